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
use std::rc::Rc;

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
    /// It waits for the clock alone, which stands still as long as anybody can move.
    sleeps: bool,
}

enum Special {
    None,
    Holder(Place),
    Enders(ProcessRef),
    Queued,
}

pub(super) struct Reducer {
    /// By block.
    reaches: Vec<Option<Rc<Reach>>>,
    /// By actor: the access by which it is signalled.
    signals: Vec<Option<usize>>,
    state: Vec<Rc<Reach>>,
    stack: Vec<usize>,
}

impl Reducer {
    pub fn new(world: &World) -> Reducer {
        let signal = |actor: usize| match world.system.instances[world.system.actors[actor].instance].role {
            Role::Process(process) => world.footprint.of(Resource::Process(process), Kind::Signal),
            Role::Worker(_) => None,
        };
        let signals = (0..world.system.actors.len()).map(signal).collect();
        Reducer { reaches: Vec::new(), signals, state: Vec::new(), stack: Vec::new() }
    }

    /// Fills `chosen` with the actors whose steps are enough. `can_move` are those with a step.
    pub fn choose(&mut self, world: &World, row: &[u32], can_move: &[bool], chosen: &mut Vec<bool>) {
        let actors = world.system.actors.len();
        let movers = can_move.iter().filter(|moves| **moves).count();
        chosen.clear();
        chosen.extend_from_slice(can_move);
        if movers < 2 || (0..actors).any(|actor| world.block(row, actor).doom.is_some()) {
            return;
        }
        self.state.clear();
        for (actor, block) in row.iter().take(actors).enumerate() {
            let reach = self.reach(world, actor, *block);
            self.state.push(reach);
        }
        let mut best = movers;
        let mut set = vec![false; actors];
        for first in (0..actors).filter(|actor| can_move[*actor]) {
            set.fill(false);
            if let Some(size) = self.grow(world, row, can_move, first, best, &mut set) {
                best = size;
                for actor in 0..actors {
                    chosen[actor] = set[actor] && can_move[actor];
                }
                if best == 1 {
                    return;
                }
            }
        }
    }

    /// The set that grows from one actor, if fewer than `best` of it can move.
    fn grow(
        &mut self,
        world: &World,
        row: &[u32],
        can_move: &[bool],
        first: usize,
        best: usize,
        set: &mut [bool],
    ) -> Option<usize> {
        let mut size = 0;
        self.stack.clear();
        self.stack.push(first);
        set[first] = true;
        while let Some(actor) = self.stack.pop() {
            if can_move[actor] {
                size += 1;
                if size >= best {
                    return None;
                }
            }
            let reach = self.state[actor].clone();
            let instance = &world.system.instances[world.system.actors[actor].instance];
            if can_move[actor] {
                self.add_all(actor, &reach.depends, set);
                if let Some((queue, depends)) = &reach.depends_at_end
                    && matches!(world.object(row, *queue).as_ref(), Object::Queue(queue) if queue.is_empty())
                {
                    self.add_all(actor, depends, set);
                }
            } else {
                self.add_all(actor, &reach.enables, set);
                self.add_special(world, row, actor, &reach.special, set);
            }
            if let Some(signal) = self.signals[actor] {
                for other in 0..set.len() {
                    if self.state[other].future.contains(signal) {
                        self.add(other, set);
                    }
                }
            }
            // One thread's end may be the end of all.
            if instance.actors.len() > 1 {
                instance.actors.clone().for_each(|sibling| self.add(sibling, set));
            }
            // The end of the run stops a daemon, and cannot come before all others have ended.
            if instance.daemon {
                let waited_for = |other: &usize| {
                    let block = world.block(row, *other);
                    !world.system.instances[world.system.actors[*other].instance].daemon
                        && !block.is_over()
                        && block.life != Life::Dormant
                };
                if let Some(other) = (0..set.len()).find(waited_for) {
                    self.add(other, set);
                }
            }
        }
        Some(size)
    }

    fn add(&mut self, actor: usize, set: &mut [bool]) {
        if !std::mem::replace(&mut set[actor], true) {
            self.stack.push(actor);
        }
    }

    /// Everybody else whose future meets these.
    fn add_all(&mut self, actor: usize, accesses: &Bits, set: &mut [bool]) {
        for other in 0..set.len() {
            if other != actor && !set[other] {
                let reach = &self.state[other];
                if !reach.sleeps && reach.future.meets(accesses) {
                    self.add(other, set);
                }
            }
        }
    }

    fn add_special(&mut self, world: &World, row: &[u32], actor: usize, special: &Special, set: &mut [bool]) {
        match special {
            Special::None => {}
            Special::Holder(lock) => {
                let holds = |other: &usize| world.block(row, *other).holds.depth(*lock) > 0;
                if let Some(holder) = (0..set.len()).find(holds) {
                    self.add(holder, set);
                }
            }
            Special::Enders(process) => {
                let unfinished =
                    world.actors_of(*process).into_iter().find(|other| !world.block(row, *other).is_over());
                if let Some(other) = unfinished {
                    self.add(other, set);
                }
            }
            Special::Queued => {
                let instance = &world.system.instances[world.system.actors[actor].instance];
                self.add(instance.actors.start, set);
                let firsts = instance.after.iter().flat_map(|(first, _)| world.system.instances[*first].actors.clone());
                let unfinished = firsts.into_iter().find(|other| !world.block(row, *other).is_over());
                if let Some(other) = unfinished {
                    self.add(other, set);
                }
            }
        }
    }

    fn reach(&mut self, world: &World, actor: usize, number: u32) -> Rc<Reach> {
        let number = number as usize;
        if self.reaches.len() <= number {
            self.reaches.resize(number + 1, None);
        }
        let known = &mut self.reaches[number];
        known.get_or_insert_with(|| Rc::new(Reach::new(world, actor, number as u32))).clone()
    }
}

impl Reach {
    fn new(world: &World, actor: usize, number: u32) -> Reach {
        let (system, footprint) = (world.system, world.footprint);
        let block = world.blocks.get(number);
        let request = world.infos[number as usize].request.as_ref();
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
            if instance.restarts > 0 {
                future.extend(footprint.whole(actor));
            }
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
    match &block.life {
        Life::Running => match &block.machine {
            Some(machine) => {
                let all = footprint.at(block.body as usize, machine.pc()).iter().copied();
                match block.phase {
                    Phase::Asleep(sleeper) if sleeper.leaving => {
                        all.filter(|access| matches!(kind(access), Kind::Take | Kind::TakeTry)).collect()
                    }
                    Phase::Asleep(_) => all.filter(|access| kind(access) == Kind::Sleep).collect(),
                    _ if all.clone().any(|access| kind(&access) == Kind::Sleep) => {
                        all.filter(|access| !matches!(kind(access), Kind::Take | Kind::TakeTry)).collect()
                    }
                    _ => all.collect(),
                }
            }
            None => {
                let wanted = if block.chunk.is_some() { Kind::Deliver } else { Kind::Serve };
                footprint.exit(actor).iter().copied().filter(|access| kind(access) == wanted).collect()
            }
        },
        Life::Leaving(leaving) => {
            let Leaving { code, .. } = **leaving;
            let held = !block.holds.locks.is_empty();
            let matters = |access: &usize| match kind(access) {
                Kind::Spoil | Kind::GiveBack | Kind::Raise => code != 0,
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
