//! Steps of real processes, taken one at a time.
//!
//! Every actor comes to the gate before a step ([`Ready`](super::wire::FrameKind::Ready)), is let through by a word in
//! its slot, performs the real operation, and tells what came of it. A schedule says who goes next and what must come of
//! it: a difference is a bug of mpgraph. At random, or as they come, one goes when nobody else is on the way.
//!
//! What a process does that no schedule speaks of (it prints, it logs) goes through at once.
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::NodeId;
use super::options::Order;
use super::reactor::Reactor;
use super::world::{World, named_actors};
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

/// How long it may take a process to come to its step, or to end it.
const PATIENCE_NS: u64 = 10_000_000_000;
/// How long a wait has that cannot be told when to end.
pub const BRIEFLY_NS: u64 = 200_000_000;
/// How long the rest of a run may take when a counterexample has been followed to its end.
const REST_NS: u64 = 5_000_000_000;
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
    woken: Vec<(SlotIndex, Step, String)>,
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
    /// It has been let through.
    entered: bool,
    /// Signals held back until the schedule comes to the end they bring.
    pub held: BTreeMap<NodeId, i32>,
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
            entered: false,
            held: BTreeMap::new(),
            open: false,
            recorded: Schedule::default(),
            divergence: None,
        }
    }

    pub fn is_open(&self) -> bool {
        self.open
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
            // Woken by somebody who has not told yet: that one's step comes first.
            let mover = |step: &Step| !step.begun && *step.verb != *"sleep";
            if step.begun && self.inside.values().any(mover) {
                self.woken.push((slot, step, result.to_owned()));
            } else {
                self.note(slot, &step, phase, result);
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
            self.note(slot, &step, Phase::Exit, &exit.to_string());
        }
    }

    fn note_woken(&mut self) {
        for (slot, step, result) in std::mem::take(&mut self.woken) {
            self.note(slot, &step, Phase::End, &result);
        }
    }

    fn note(&mut self, slot: SlotIndex, step: &Step, phase: Phase, result: &str) {
        let Some((name, _)) = self.slots.iter().find(|(_, of)| **of == slot) else { return };
        let (place, verb) = (step.place.clone(), step.verb.clone());
        // What a worker does between its jobs is known by its result.
        let result = if matches!(&*verb, "takes" | "delivers") { verb.to_string() } else { result.to_owned() };
        self.recorded.entries.push(Entry { process: name.clone(), place, verb, phase, result });
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
                if self.is_quiet(world) && !self.ready.is_empty() {
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

    /// Those who are on the way now, and wait, have begun their steps before whoever goes next.
    fn begin_blocked(&mut self) {
        let begun: Vec<(SlotIndex, Step)> = self
            .inside
            .iter()
            .filter(|(_, step)| !step.begun && !matches!(&*step.verb, "sleep" | "exit"))
            .map(|(slot, step)| (*slot, step.clone()))
            .collect();
        for (slot, step) in begun {
            self.note(slot, &step, Phase::Begin, "");
            if let Some(step) = self.inside.get_mut(&slot) {
                step.begun = true;
            }
        }
        self.note_woken();
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

    /// The schedule has been followed: nobody is held up any more, and the rest of a counterexample sleeps no longer.
    fn go_on(&mut self, world: &World, reactor: &Reactor) -> Next {
        match &self.order {
            Order::Schedule(schedule) if schedule.finds.as_ref().is_some_and(|finds| !finds.is_deadlock()) => {
                while !self.ready.is_empty() {
                    self.let_through(world, 0, Grant::Freely);
                }
            }
            _ => self.open_up(world),
        }
        self.rest(world, reactor)
    }

    /// What becomes of a run after its schedule.
    fn rest(&mut self, world: &World, reactor: &Reactor) -> Next {
        // What still waits to be told that its time is over has no other end.
        for slot in self.inside.keys().filter(|slot| supervise::blocked(&world.arena, **slot)) {
            supervise::time_up(&world.arena, *slot);
        }
        let (Order::Schedule(schedule), Some(since)) = (&self.order, self.followed_ns) else { return Next::Nothing };
        // A deadlock is seen by who watches for it.
        let to_come = schedule.finds.as_ref().is_some_and(|finds| !finds.is_deadlock());
        match to_come && reactor.cause().is_none() && shm::now_ns().saturating_sub(since) > REST_NS {
            true => Next::Stop,
            false => Next::Nothing,
        }
    }

    /// The run is over: what of the schedule has come with its end, and whether anything has not.
    pub fn finish(&mut self, world: &World, reactor: &Reactor) {
        let Order::Schedule(schedule) = &self.order else { return };
        let schedule = Rc::clone(schedule);
        while let (Some(entry), None) = (schedule.entries.get(self.next), &self.divergence) {
            match self.entry(world, reactor, entry) {
                Ok(true) => self.next += 1,
                Ok(false) => {
                    let message = format!(
                        "the run was over before `{}` of `{}` ({})",
                        step_word(entry),
                        entry.process,
                        entry.place
                    );
                    self.divergence = Some(Divergence { step: self.next + 1, message });
                }
                Err(message) => self.divergence = Some(Divergence { step: self.next + 1, message }),
            }
        }
    }

    fn follow(&mut self, world: &World, reactor: &Reactor) -> Next {
        let Order::Schedule(schedule) = &self.order else { return Next::Nothing };
        let schedule = Rc::clone(schedule);
        loop {
            self.let_unspoken_through(world, &schedule);
            let Some(entry) = schedule.entries.get(self.next) else {
                if schedule.again.is_some() {
                    return Next::Stop;
                }
                self.followed_ns = Some(shm::now_ns());
                return self.go_on(world, reactor);
            };
            match self.entry(world, reactor, entry) {
                Ok(true) => {
                    self.next += 1;
                    self.since_ns = None;
                    self.entered = false;
                }
                Ok(false) => {
                    let now = shm::now_ns();
                    let since = *self.since_ns.get_or_insert(now);
                    if entry.phase == Phase::Exit
                        && let Some(slot) = self.slots.get(&entry.process)
                        && let Some(node) = world.node_of(*slot)
                        && let Some(signal) = self.held.remove(&node)
                    {
                        return Next::Signal(node, signal);
                    }
                    if now.saturating_sub(since) > PATIENCE_NS {
                        let what = step_word(entry);
                        self.diverge(world, format!("`{}` did not come to `{what}` ({})", entry.process, entry.place));
                    }
                    return Next::Nothing;
                }
                Err(message) => {
                    self.diverge(world, message);
                    return Next::Nothing;
                }
            }
        }
    }

    fn diverge(&mut self, world: &World, message: String) {
        self.divergence = Some(Divergence { step: self.next + 1, message });
        self.open_up(world);
    }

    /// One entry; true when it is over.
    fn entry(&mut self, world: &World, reactor: &Reactor, entry: &Entry) -> Result<bool, String> {
        if matches!(entry.phase, Phase::Clock | Phase::Stop | Phase::Start) {
            return Ok(true);
        }
        let Some(&slot) = self.slots.get(&entry.process) else {
            return Err(format!("the graph has no process `{}`", entry.process));
        };
        if world.is_command(slot) {
            // What stands in its model is not seen of it; what comes of it is.
            return Ok(true);
        }
        match entry.phase {
            Phase::Exit => {
                if let Some(index) = self.at_gate(slot, "", "exit") {
                    self.let_through(world, index, Grant::Go);
                    self.entered = true;
                }
                // Daemons and workers are ended by the runner when the run is over.
                if entry.result.starts_with('-')
                    && !world.node_of(slot).is_some_and(|node| self.held.contains_key(&node))
                    && !self.entered
                {
                    return Ok(true);
                }
                if let Some(exit) = self.exits.get_mut(&slot).and_then(VecDeque::pop_front) {
                    return match entry.result.parse() == Ok(exit) {
                        true => Ok(true),
                        false => Err(format!("`{}` ended with {exit}, and not with {}", entry.process, entry.result)),
                    };
                }
                // One thread of several has left.
                let alone = entry.result == "0" && world.arena.slot(slot).has_left();
                let exit = world.node_of(slot).and_then(|node| reactor.exit(node));
                Ok(alone || exit.is_some() || matches!(world.arena.slot(slot).state(), State::Ended | State::Starting))
            }
            Phase::End => {
                if !self.entered
                    && let Some(index) = self.at_gate(slot, &entry.place, RETAKES)
                {
                    self.let_through(world, index, Grant::Go);
                    self.entered = true;
                    return Ok(false);
                }
                if let Some(result) = self.did.get_mut(&slot).and_then(VecDeque::pop_front) {
                    return same(entry, &result).map(|()| true);
                }
                if for_want_of_time(entry) {
                    self.tell_time(world, slot);
                }
                Ok(false)
            }
            _ => {
                if !self.entered
                    && let Some(index) = self.at_gate(slot, &entry.place, step_word(entry))
                {
                    let grant = Self::grant(entry);
                    self.let_through(world, index, grant);
                    self.entered = true;
                    return Ok(false);
                }
                if entry.phase == Phase::Begin {
                    if for_want_of_time(entry) {
                        self.tell_time(world, slot);
                        return Ok(self.woken_up.contains_key(&slot));
                    }
                    // It waits, or it is over already: then its end is told when its turn comes.
                    let over = self.did.get(&slot).is_some_and(|did| !did.is_empty());
                    let inside = self.inside.contains_key(&slot);
                    let woken = self.woken_up.contains_key(&slot);
                    return Ok(over || woken || inside && world.arena.slot(slot).waiting().is_some());
                }
                match self.did.get_mut(&slot).and_then(VecDeque::pop_front) {
                    Some(result) => same(entry, &result).map(|()| true),
                    None => Ok(false),
                }
            }
        }
    }

    fn at_gate(&self, slot: SlotIndex, place: &str, verb: &str) -> Option<usize> {
        let placed = !matches!(verb, "takes" | "delivers" | "exit");
        self.ready.iter().position(|(other, at, what)| {
            *other == slot && **what == *verb && (!placed || Entry::same_place(at, place))
        })
    }

    /// How it is let through: what becomes of it stands in the schedule.
    fn grant(entry: &Entry) -> Grant {
        match entry.phase {
            Phase::Begin => Grant::UntilTold,
            _ if entry.result == "timeout" => Grant::TimeOut,
            _ => Grant::Go,
        }
    }

    /// Only one who really waits is told: the word would be news to its next wait.
    fn tell_time(&self, world: &World, slot: SlotIndex) {
        if self.inside.contains_key(&slot) && supervise::blocked(&world.arena, slot) {
            supervise::time_up(&world.arena, slot);
        }
    }

    /// What the schedule does not speak of, because it concerns nobody: lines that nobody watches, the log, sleeps.
    fn let_unspoken_through(&mut self, world: &World, schedule: &Schedule) {
        let mut index = 0;
        while let Some((slot, place, verb)) = self.ready.get(index) {
            let slot = *slot;
            // The step that is being taken is no more to come.
            let from = self.next + usize::from(self.entered);
            let coming = self.coming.entry(slot).or_default();
            while coming.front().is_some_and(|entry| *entry < from) {
                coming.pop_front();
            }
            let passes = match coming.front().map(|entry| &schedule.entries[*entry]) {
                // A signal ends it where it stands.
                Some(entry) if entry.phase == Phase::Exit && entry.result.starts_with('-') => false,
                Some(entry) => {
                    let is_next =
                        *step_word(entry) == **verb && (place.is_empty() || Entry::same_place(&entry.place, place));
                    matches!(&**verb, "print" | "log" | "sleep") && !is_next
                }
                // The schedule ends before: it waits for the others.
                None => false,
            };
            if passes {
                self.let_through(world, index, Grant::Go);
                if let Some(step) = self.inside.get_mut(&slot) {
                    step.silent = true;
                }
            } else {
                index += 1;
            }
        }
    }
}

/// What a worker does between its jobs has a word of its own.
fn step_word(entry: &Entry) -> &str {
    match entry.result.as_str() {
        "takes" | "delivers" => &entry.result,
        _ => &entry.verb,
    }
}

/// A barrier tells of it as of any other break.
fn for_want_of_time(entry: &Entry) -> bool {
    matches!(&*entry.result, "timeout" | "error BrokenBarrierError")
}

fn same(entry: &Entry, result: &str) -> Result<(), String> {
    if entry.agrees_with(result) {
        return Ok(());
    }
    Err(format!(
        "`{}` at {} of `{}` gave `{result}`, and not `{}`",
        entry.verb, entry.place, entry.process, entry.result
    ))
}
