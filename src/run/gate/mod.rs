//! Steps of real processes, taken one at a time.
//!
//! | file | says |
//! |---|---|
//! | `follow` | a schedule, entry by entry |
//! | `after` | the rest of the run, after its schedule |
//! | `note` | the order in which steps are taken |
//!
//! Every actor comes to the gate before a step ([`Ready`](super::wire::FrameKind::Ready)), is let through by a word in
//! its slot, performs the real operation, and tells what came of it. A schedule says who goes next and what must come of
//! it: a difference is a bug of mpgraph. At random, or as they come, one goes when nobody else is on the way.
//!
//! What a process does that no schedule speaks of (it prints, it logs) goes through at once.
mod after;
mod follow;
mod note;

use std::collections::{BTreeMap, VecDeque};

use super::NodeId;
use super::options::Order;
use super::reactor::Reactor;
use super::world::{NodeKind, World, named_actors};
use crate::expr::Random;
use crate::program::{Entry, Phase, Schedule};
use crate::shm::{self, SlotIndex, State, supervise};
use crate::value::Str;

/// Words of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Grant {
    /// The operation waits as long as it takes.
    Go = 1,
    /// It is over at once for want of time.
    TimeOut = 2,
    /// A wait with an end of its own ends when it is told so: somebody else goes on before that.
    UntilTold = 3,
    /// As the step says, but sleeps are over at once.
    Freely = 4,
    /// As the step says.
    AsItIs = 5,
    /// There is no gate any more.
    Open = 6,
}

/// How long a wait has that cannot be told when to end.
pub const BRIEFLY_NS: u64 = 200_000_000;
/// How long a draw waits for those who have not come to the gate yet.
const STRAGGLERS_NS: u64 = 100_000_000;
/// What one who was woken in a condition says before it takes the lock back.
pub const RETAKES: &str = "retakes";

/// Why a schedule could not be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// Of the schedule, from 1.
    pub step: usize,
    pub message: String,
}

pub struct Gate {
    order: Order,
    random: Random,
    /// The slot of each actor, by the name it has in a schedule.
    slots: BTreeMap<Str, SlotIndex>,
    /// Who stands at the gate, with what it is about to do; in the order of coming.
    ready: Vec<(SlotIndex, Str, Str)>,
    /// Who was let through and has not told what came of it, with the step.
    inside: BTreeMap<SlotIndex, Step>,
    /// Those whose waits have ended by a step that is still to be noted, with what came of them.
    woken: Vec<(SlotIndex, Step, Phase, String)>,
    /// Those woken in a condition, with the step, that have not taken the lock back.
    woken_up: BTreeMap<SlotIndex, Step>,
    /// What came of steps whose turn to end is still to come.
    did: BTreeMap<SlotIndex, VecDeque<String>>,
    /// Of the processes that ended.
    exits: BTreeMap<SlotIndex, VecDeque<i32>>,
    /// Of each actor the entries by which it goes through the gate, that are still to come.
    coming: BTreeMap<SlotIndex, VecDeque<usize>>,
    /// Entries of the schedule before this one are done.
    next: usize,
    /// Since when the next entry is waited for.
    since_ns: Option<u64>,
    /// Since when a death waits to be recorded.
    held_back_ns: Option<u64>,
    /// It has been let through.
    entered: bool,
    /// Signals held back until the schedule comes to the end they bring.
    pub held: BTreeMap<NodeId, i32>,
    /// Whose time is over, says the schedule.
    pub out_of_time: Vec<NodeId>,
    open: bool,
    /// When the last step of the schedule was taken.
    followed_ns: Option<u64>,
    pub recorded: Schedule,
    pub divergence: Option<Divergence>,
}

#[derive(Clone, Debug)]
struct Step {
    place: Str,
    verb: Str,
    /// Its begin stands in the record already.
    begun: bool,
    /// No schedule speaks of it.
    silent: bool,
}

impl Step {
    fn new(place: Str, verb: Str) -> Step {
        Step { place, verb, begun: false, silent: false }
    }
}

/// What the supervisor is to do.
pub enum Next {
    Nothing,
    /// Deliver the signal that was held back.
    Signal(NodeId, i32),
    /// End the run: what the schedule shows has been seen.
    Stop,
    /// End the run: its time is over, says the schedule.
    TimeUp,
}

impl Gate {
    pub fn new(order: Order, world: &World) -> Gate {
        let seed = match order {
            Order::Random(seed) => seed,
            _ => 0,
        };
        let slots: BTreeMap<Str, SlotIndex> =
            world.nodes.iter().flat_map(|node| named_actors(world.plan, node)).collect();
        let mut coming: BTreeMap<SlotIndex, VecDeque<usize>> = BTreeMap::new();
        if let Order::Schedule(schedule) = &order {
            for (index, entry) in schedule.entries.iter().enumerate() {
                let enters = matches!(entry.phase, Phase::Whole | Phase::Begin | Phase::Exit);
                if let (true, Some(slot)) = (enters, slots.get(&entry.process)) {
                    coming.entry(*slot).or_default().push_back(index);
                }
            }
        }
        Gate {
            coming,
            random: Random::new(seed, "the order of steps"),
            order,
            slots,
            ready: Vec::new(),
            inside: BTreeMap::new(),
            woken: Vec::new(),
            woken_up: BTreeMap::new(),
            did: BTreeMap::new(),
            exits: BTreeMap::new(),
            followed_ns: None,
            next: 0,
            since_ns: None,
            held_back_ns: None,
            entered: false,
            held: BTreeMap::new(),
            out_of_time: Vec::new(),
            open: false,
            recorded: Schedule::default(),
            divergence: None,
        }
    }

    pub fn is_open(&self) -> bool {
        self.open
    }

    /// The schedule speaks of more that comes before the run is over: of steps of daemons. What the runner ends with the run
    /// is told of afterwards.
    pub fn has_more(&self) -> bool {
        let Order::Schedule(schedule) = &self.order else { return false };
        let comes_first = |entry: &Entry| match entry.phase {
            Phase::Clock | Phase::Stop | Phase::TimeUp => false,
            Phase::Exit => !entry.result.starts_with('-'),
            _ => true,
        };
        let mut rest = schedule.entries.iter().skip(self.next).take_while(|entry| entry.phase != Phase::Stop);
        !self.open && rest.any(comes_first)
    }

    /// Steps of the schedule that were taken.
    pub fn taken(&self) -> usize {
        self.next
    }

    pub fn comes(&mut self, slot: SlotIndex, step: &str) {
        let (place, verb) = step.split_once('\t').unwrap_or((step, ""));
        if verb == RETAKES
            && let Some(mut step) = self.inside.remove(&slot)
        {
            if matches!(self.order, Order::Record) && !step.begun {
                self.note(slot, &step, Phase::Begin, "");
                step.begun = true;
            }
            self.woken_up.insert(slot, step);
        }
        self.ready.push((slot, Str::from(place), Str::from(verb)));
    }

    pub fn tells(&mut self, slot: SlotIndex, result: &str) {
        let Some(step) = self.inside.remove(&slot) else { return };
        if matches!(self.order, Order::Record) {
            let phase = if step.begun { Phase::End } else { Phase::Whole };
            // Woken by somebody who has not told yet: that one's step comes first, whoever else tells meanwhile.
            if step.begun && self.has_mover() {
                self.woken.push((slot, step, Phase::End, result.to_owned()));
                return;
            }
            self.note(slot, &step, phase, result);
            if !self.has_mover() {
                self.note_woken();
            }
            return;
        }
        if !step.silent {
            self.did.entry(slot).or_default().push_back(result.to_owned());
        }
    }

    pub fn ended(&mut self, slot: SlotIndex, exit: i32) {
        self.ready.retain(|(other, ..)| *other != slot);
        self.inside.remove(&slot);
        self.woken_up.remove(&slot);
        self.exits.entry(slot).or_default().push_back(exit);
        // What the runner ends with the run is no step of anybody.
        if matches!(self.order, Order::Record) && !self.open {
            let step = Step::new(Str::EMPTY, Str::EMPTY);
            // Whoever ordered it may not have told yet: the order comes first.
            let is_ordered = self.inside.values().any(|step| matches!(&*step.verb, "kill" | "terminate"));
            match is_ordered {
                true => self.woken.push((slot, step, Phase::Exit, exit.to_string())),
                false => self.note(slot, &step, Phase::Exit, &exit.to_string()),
            }
        }
    }

    /// Lets through whoever is next. Called after everything that has happened, and every few milliseconds.
    pub fn advance(&mut self, world: &World, reactor: &Reactor) -> Next {
        if self.open || reactor.cause().is_some() {
            self.open_up(world);
            return self.rest(world, reactor);
        }
        match &self.order {
            Order::Schedule(_) if self.followed_ns.is_some() => self.go_on(world, reactor),
            Order::Schedule(_) => self.follow(world, reactor),
            Order::Random(_) => {
                if self.is_quiet(world) && !self.ready.is_empty() && self.has_everyone(world) {
                    self.since_ns = None;
                    // Who came first is the kernel's choice: what is drawn must not depend on it.
                    self.ready.sort_by_key(|(slot, ..)| *slot);
                    let last = self.ready.len() as i64 - 1;
                    let chosen = self.random.int(0, last) as usize;
                    self.let_through(world, chosen, Grant::Freely);
                }
                Next::Nothing
            }
            Order::Record => {
                if self.is_quiet(world) && !self.ready.is_empty() {
                    self.begin_blocked();
                    self.let_through(world, 0, Grant::AsItIs);
                }
                Next::Nothing
            }
        }
    }

    /// Everyone who runs a body stands at the gate or has been let through. One who computes for long, or in a command, is
    /// not waited for: then the same seed may draw another order.
    fn has_everyone(&mut self, world: &World) -> bool {
        let is_on_its_way = |slot: &SlotIndex| {
            let steps = world.node_of(*slot).is_some_and(|node| match world.node(node).kind {
                NodeKind::Instance(instance) => !world.process(instance).is_external(),
                _ => false,
            });
            let lives = world.arena.slot(*slot).state() == State::Running;
            let here = self.inside.contains_key(slot) || self.ready.iter().any(|(ready, ..)| ready == slot);
            steps && lives && !here && !world.arena.slot(*slot).has_left()
        };
        let missing = self.slots.values().any(is_on_its_way);
        let now = shm::now_ns();
        !missing || *self.since_ns.get_or_insert(now) + STRAGGLERS_NS <= now
    }

    /// Nobody who was let through can do more without somebody else.
    fn is_quiet(&self, world: &World) -> bool {
        let waits = |slot, step: &Step| match &*step.verb {
            "sleep" => true,
            // The runner answers it at once.
            "start" => false,
            // One thread of several; the end of a process is seen otherwise.
            "exit" => world.arena.slot(slot).has_left(),
            _ => supervise::blocked(&world.arena, slot),
        };
        self.inside.iter().all(|(slot, step)| waits(*slot, step))
    }

    fn let_through(&mut self, world: &World, index: usize, grant: Grant) {
        let (slot, place, verb) = self.ready.remove(index);
        let step = self.woken_up.remove(&slot).unwrap_or_else(|| Step::new(place, verb));
        self.inside.insert(slot, step);
        supervise::grant(&world.arena, slot, grant as u32);
    }

    fn open_up(&mut self, world: &World) {
        self.open = true;
        for (slot, ..) in std::mem::take(&mut self.ready) {
            supervise::grant(&world.arena, slot, Grant::Open as u32);
        }
    }
}
