//! Which actors' steps are enough: a stubborn set, deadlock-preserving.
//!
//! Grown from one actor that can move: with an actor that can move, everybody whose *future* holds something that
//! depends on its next step; with one that cannot, everybody who could make it possible. The steps of such a set,
//! taken in every order, reach every state in which nothing can move any more, by paths as short as any. The smallest
//! set over all first actors is taken. A set that leads back is not trusted: see `explore`.
use super::access::{Kind, Resource};
use super::bits::Bits;
use super::block::{Block, Leaving, Life, Phase};
use super::layout::{Object, Place};
use super::system::{Role, System, Time};
use super::world::World;
use crate::program::{ProcessRef, Request, Source};

/// What the reduction needs to know of a block.
struct Reach {
    /// What it may touch from here on, the next step too.
    future: Bits,
    /// What depends on its next step, if that can be taken.
    depends: Bits,
    /// And if that step is a `for .. from` at the end of its queue.
    depends_at_end: Option<(Place, Bits)>,
    /// What could make its next step possible.
    enables: Bits,
    /// Who could, where that is one certain actor.
    special: Special,
    /// It waits for the clock, which stands still as long as anybody can move, or for a signal.
    sleeps: bool,
}

enum Special {
    None,
    Holder(Place),
    Enders(ProcessRef),
    Queued,
}

/// So many first actors are tried.
const SEEDS_MAX: usize = 24;

pub(super) struct Reducer {
    /// By block.
    reaches: Vec<Option<Box<Reach>>>,
    /// By actor: the access by which it is signalled.
    signals: Vec<Option<usize>>,
    /// By actor, once asked: whom it drags along in this state.
    needs: Vec<Option<Bits>>,
    set: Bits,
    stack: Vec<usize>,
}

impl Reducer {
    pub fn new(world: &World) -> Reducer {
        let signal = |actor: usize| match world.system.instances[world.system.actors[actor].instance].role {
            Role::Process(process) => world.footprint.of(Resource::Process(process), Kind::Signal),
            Role::Worker(_) => None,
        };
        let actors = world.system.actors.len();
        Reducer {
            reaches: Vec::new(),
            signals: (0..actors).map(signal).collect(),
            needs: vec![None; actors],
            set: Bits::new(actors),
            stack: Vec::new(),
        }
    }

    /// Fills `chosen` with the actors whose steps are enough. `can_move` are those with a step.
    pub fn choose(&mut self, world: &World, row: &[u32], can_move: &[bool], chosen: &mut Vec<bool>) {
        let actors = world.system.actors.len();
        let movers = can_move.iter().filter(|moves| **moves).count();
        chosen.clear();
        chosen.extend_from_slice(can_move);
        if movers < 2 || row[..actors].iter().any(|block| world.infos[*block as usize].is_doomed) {
            return;
        }
        for (actor, block) in row[..actors].iter().enumerate() {
            self.know(world, actor, *block);
            self.needs[actor] = None;
        }
        let mut best = movers;
        for first in (0..actors).filter(|actor| can_move[*actor]).take(SEEDS_MAX) {
            if let Some(size) = self.grow(world, row, can_move, first, best) {
                best = size;
                for actor in 0..actors {
                    chosen[actor] = self.set.contains(actor) && can_move[actor];
                }
                if best == 1 {
                    return;
                }
            }
        }
    }

    /// The set that grows from one actor, if fewer than `best` of it can move.
    fn grow(&mut self, world: &World, row: &[u32], can_move: &[bool], first: usize, best: usize) -> Option<usize> {
        let mut size = 0;
        self.set.clear();
        self.set.insert(first);
        self.stack.clear();
        self.stack.push(first);
        while let Some(actor) = self.stack.pop() {
            if can_move[actor] {
                size += 1;
                if size >= best {
                    return None;
                }
            }
            if self.needs[actor].is_none() {
                self.needs[actor] = Some(self.needs_of(world, row, can_move, actor));
            }
            let needs = self.needs[actor].as_ref().expect("it was just found");
            for other in needs.without(&self.set) {
                self.stack.push(other);
            }
            self.set.extend(needs);
        }
        Some(size)
    }

    /// Whom an actor drags into the set that it is in.
    fn needs_of(&self, world: &World, row: &[u32], can_move: &[bool], actor: usize) -> Bits {
        let mut needs = Bits::new(can_move.len());
        let reach = self.reach(row[actor]);
        let instance = &world.system.instances[world.system.actors[actor].instance];
        if can_move[actor] {
            self.all_with(row, actor, &reach.depends, &mut needs);
            if let Some((queue, depends)) = &reach.depends_at_end
                && matches!(world.object(row, *queue).as_ref(), Object::Queue(queue) if queue.is_empty())
            {
                self.all_with(row, actor, depends, &mut needs);
            }
        } else {
            self.all_with(row, actor, &reach.enables, &mut needs);
            add_special(world, row, actor, &reach.special, &mut needs);
        }
        if let Some(signal) = self.signals[actor] {
            self.all_who_may(row, signal, &mut needs);
        }
        // One thread's end may be the end of all.
        if instance.actors.len() > 1 {
            instance.actors.clone().for_each(|sibling| needs.insert(sibling));
        }
        // The end of the run stops a daemon, and cannot come before all others have ended.
        if instance.daemon {
            let waited_for = |other: &usize| {
                let block = world.block(row, *other);
                !world.system.instances[world.system.actors[*other].instance].daemon
                    && !block.is_over()
                    && block.life != Life::Dormant
            };
            (0..can_move.len()).find(waited_for).into_iter().for_each(|other| needs.insert(other));
        }
        needs
    }

    /// Everybody else whose future meets these; of one that sleeps those who may signal it.
    fn all_with(&self, row: &[u32], actor: usize, accesses: &Bits, needs: &mut Bits) {
        for (other, block) in row[..self.needs.len()].iter().enumerate() {
            let reach = self.reach(*block);
            if other == actor || !reach.future.meets(accesses) {
                continue;
            }
            if !reach.sleeps {
                needs.insert(other);
            } else if let Some(signal) = self.signals[other] {
                self.all_who_may(row, signal, needs);
            }
        }
    }

    /// Everybody whose future holds this.
    fn all_who_may(&self, row: &[u32], access: usize, needs: &mut Bits) {
        for (other, block) in row[..self.needs.len()].iter().enumerate() {
            if self.reach(*block).future.contains(access) {
                needs.insert(other);
            }
        }
    }

    fn reach(&self, block: u32) -> &Reach {
        self.reaches[block as usize].as_ref().expect("all blocks of the state are known")
    }

    fn know(&mut self, world: &World, actor: usize, number: u32) {
        let at = number as usize;
        if self.reaches.len() <= at {
            self.reaches.resize_with(at + 1, || None);
        }
        self.reaches[at].get_or_insert_with(|| Box::new(Reach::new(world, actor, number)));
    }
}

/// The one actor, or the few, that could let a waiting one go on.
fn add_special(world: &World, row: &[u32], actor: usize, special: &Special, needs: &mut Bits) {
    let unfinished = |other: &usize| !world.block(row, *other).is_over();
    match special {
        Special::None => {}
        Special::Holder(lock) => {
            let holds = |other: &usize| world.block(row, *other).holds.depth(*lock) > 0;
            (0..world.system.actors.len()).find(holds).into_iter().for_each(|holder| needs.insert(holder));
        }
        Special::Enders(process) => {
            world.actors_of(*process).find(unfinished).into_iter().for_each(|other| needs.insert(other));
        }
        Special::Queued => {
            let instance = &world.system.instances[world.system.actors[actor].instance];
            needs.insert(instance.actors.start);
            let mut firsts = instance.after.iter().flat_map(|(first, _)| world.system.instances[*first].actors.clone());
            firsts.find(unfinished).into_iter().for_each(|other| needs.insert(other));
        }
    }
}

impl Reach {
    fn new(world: &World, actor: usize, number: u32) -> Reach {
        let (system, footprint) = (world.system, world.footprint);
        let block = world.blocks.get(number);
        let request = world.asks(number);
        let instance = &system.instances[system.actors[actor].instance];
        let mut future = match &block.life {
            Life::Ended(_) | Life::Skipped | Life::Stopped => footprint.none(),
            Life::Running if block.machine.is_some() && !matches!(instance.role, Role::Worker(_)) => {
                let machine = block.machine.as_ref().expect("it was just seen");
                footprint.future(block.body as usize, machine.pc()).clone()
            }
            Life::Leaving(_) => footprint.none(),
            _ => footprint.whole(actor).clone(),
        };
        if !block.is_over() {
            footprint.exit(actor).iter().for_each(|access| future.insert(*access));
        }
        // A thread that has ended begins again when another of them fails and all are restarted.
        if instance.restarts > 0 && (!block.is_over() || instance.actors.len() > 1) {
            future.extend(footprint.whole(actor));
        }
        let next = next_accesses(world, actor, block);
        let (mut depends, mut enables) = (footprint.none(), footprint.none());
        for access in &next {
            depends.extend(footprint.depends(*access));
            enables.extend(footprint.enables(*access));
        }
        let special = special(system, block, request);
        if let Special::Holder(_) = special {
            enables = footprint.none();
        }
        if block.life == Life::Dormant
            && let Role::Process(process) = instance.role
            && let Some(start) = footprint.of(Resource::Process(process), Kind::Start)
        {
            enables.insert(start);
        }
        let depends_at_end = match request {
            Some(Request::Next { from: Source::Queue(queue) }) => {
                let place = system.layout.place(*queue);
                let mut more = footprint.none();
                for kind in [Kind::Put, Kind::PutTry, Kind::GiveBack] {
                    footprint.of(Resource::Object(place), kind).into_iter().for_each(|access| more.insert(access));
                }
                Some((place, more))
            }
            _ => None,
        };
        let timed = block.timer.is_some_and(|left| left > 0);
        let sleeps = system.time == Time::Ideal
            && timed
            && (matches!(request, Some(Request::Sleep(_))) || block.life == Life::Resting);
        Reach { future, depends, depends_at_end, enables, special, sleeps }
    }
}

/// What the next step of a block touches.
fn next_accesses(world: &World, actor: usize, block: &Block) -> Vec<usize> {
    let footprint = world.footprint;
    let kind = |access: &usize| footprint.access(*access).1;
    let is_sleep = |access: &usize| matches!(kind(access), Kind::Sleep | Kind::SleepTry);
    match &block.life {
        Life::Running => match &block.machine {
            Some(machine) => {
                let all = footprint.at(block.body as usize, machine.pc()).iter().copied();
                match block.phase {
                    Phase::Asleep(sleeper) if sleeper.leaving => all
                        .filter(|access| matches!(kind(access), Kind::Take | Kind::TakeTry | Kind::Approach))
                        .collect(),
                    Phase::Asleep(_) => all.filter(is_sleep).collect(),
                    _ if all.clone().any(|access| is_sleep(&access)) => {
                        all.filter(|access| !matches!(kind(access), Kind::Take | Kind::TakeTry)).collect()
                    }
                    _ => all.collect(),
                }
            }
            None => {
                let wanted = if block.rare.chunk.is_some() { Kind::Deliver } else { Kind::Serve };
                footprint
                    .exit(actor)
                    .iter()
                    .copied()
                    .filter(|access| [wanted, Kind::Approach].contains(&kind(access)))
                    .collect()
            }
        },
        Life::Leaving(leaving) => {
            let Leaving { code, .. } = **leaving;
            // What its threads hold goes with it.
            let instance = &world.system.instances[world.system.actors[actor].instance];
            let held = !block.holds.locks.is_empty() || instance.actors.len() > 1;
            let matters = |access: &usize| match kind(access) {
                Kind::Spoil | Kind::GiveBack | Kind::Raise | Kind::RaiseRisky => code != 0,
                Kind::Free => held,
                _ => true,
            };
            footprint.exit(actor).iter().copied().filter(matters).collect()
        }
        Life::Queued | Life::Resting => footprint.exit(actor).to_vec(),
        Life::Dormant | Life::Ended(_) | Life::Skipped | Life::Stopped => Vec::new(),
    }
}

fn special(system: &System, block: &Block, request: Option<&Request>) -> Special {
    if block.life == Life::Queued {
        return Special::Queued;
    }
    match request {
        Some(Request::Acquire { of, .. }) if super::layout::is_lock(system.plan.graph(), *of) => {
            Special::Holder(system.layout.place(*of))
        }
        Some(Request::WaitCondition { condition, .. }) => match block.phase {
            Phase::Asleep(sleeper) if sleeper.leaving => Special::Holder(system.layout.place(*condition)),
            _ => Special::None,
        },
        Some(Request::JoinProcess { process, .. }) => Special::Enders(*process),
        _ => Special::None,
    }
}
