//! What each actor may still touch from where it stands: the sets that the reduction compares.
use super::access::{Kind, Resource, is_timed};
use super::approach::Approaches;
use super::bits::Bits;
use super::body::Body;
use super::commute::Commuting;
use super::flow::{Count, never_below_zero};
use super::layout::is_lock;
use super::system::{Actor, Role, System, processes};
use crate::graph::{Kind as Noun, ObjectId, ObjectKind, Operation, PipeMode};
use crate::program::{End, Op, Pc, ProcessRef, Source, Thing, WaiteeKind};
use std::collections::BTreeMap;

type Access = (Resource, Kind);

pub(super) struct Footprint {
    accesses: Vec<Access>,
    numbers: BTreeMap<Access, usize>,
    /// By body and instruction: what is touched there.
    at: Vec<Vec<Vec<usize>>>,
    /// By body and instruction: what may be touched from there on.
    future: Vec<Vec<Bits>>,
    /// By actor: what its end touches.
    exit: Vec<Vec<usize>>,
    /// By actor: everything that it may ever touch.
    whole: Vec<Bits>,
    /// By access: those that depend on it, and those that may enable it.
    depends: Vec<Bits>,
    enables: Vec<Bits>,
}

impl Footprint {
    pub fn new(system: &System) -> Footprint {
        let mut footprint = Footprint {
            accesses: Vec::new(),
            numbers: BTreeMap::new(),
            at: Vec::new(),
            future: Vec::new(),
            exit: Vec::new(),
            whole: Vec::new(),
            depends: Vec::new(),
            enables: Vec::new(),
        };
        let (risky, commuting, approaches) = (Risky::new(system), Commuting::new(system), Approaches::new(system));
        let approach = |queue: ObjectId| (Resource::Object(system.layout.place(queue)), Kind::Approach);
        for (number, body) in system.bodies.iter().enumerate() {
            let of = |pc: Pc, op: &Op| match (commuting.kind(number, pc), op) {
                (
                    Some(kind),
                    Op::ReadValue { of, .. } | Op::Write { of, .. } | Op::Add { of, .. } | Op::Acquire { of, .. },
                ) => {
                    let of_cell =
                        |(cell, kind): &(ObjectId, Kind)| (Resource::Object(system.layout.place(*cell)), *kind);
                    let own = (Resource::Object(system.layout.place(*of)), kind);
                    std::iter::once(own).chain(commuting.whole(number, pc).iter().map(of_cell)).collect()
                }
                _ => touched(system, number, op, &risky),
            };
            let mut at = vec![Vec::new(); body.as_ref().map_or(0, |body| body.program.code.len())];
            for (pc, op) in body.iter().flat_map(Body::ops) {
                let all = of(pc, op).into_iter().chain(approaches.by_op(number, pc, op).into_iter().map(approach));
                at[pc as usize] = footprint.number_all(all);
            }
            footprint.at.push(at);
        }
        for actor in 0..system.actors.len() {
            let exit = ended(system, actor, &risky);
            let freed = exit.iter().filter_map(|access| match access {
                (Resource::Object(place), Kind::Spoil) => Some(system.layout.owners[*place].0),
                _ => None,
            });
            let come = freed.flat_map(|barrier| approaches.by_freeing(barrier)).copied();
            let come: Vec<Access> = come.chain(approaches.by_beginning(system, actor)).map(approach).collect();
            let exit = footprint.number_all(exit.into_iter().chain(come));
            footprint.exit.push(exit);
        }
        let count = footprint.accesses.len();
        for body in 0..system.bodies.len() {
            let future = footprint.futures(system.bodies[body].as_ref(), body, count);
            footprint.future.push(future);
        }
        for actor in 0..system.actors.len() {
            let mut whole = Bits::new(count);
            footprint.exit[actor].iter().for_each(|access| whole.insert(*access));
            let bodies: Vec<usize> = match system.instances[system.actors[actor].instance].role {
                Role::Worker(pool) => system.jobs_of(pool).collect(),
                Role::Process(_) => system.actors[actor].body.into_iter().collect(),
            };
            for first in bodies.into_iter().filter_map(|body| footprint.future[body].first()) {
                whole.extend(first);
            }
            footprint.whole.push(whole);
        }
        for one in 0..count {
            let (resource, kind) = footprint.accesses[one];
            let (mut depends, mut enables) = (Bits::new(count), Bits::new(count));
            for (other, (there, what)) in footprint.accesses.iter().enumerate() {
                if *there == resource {
                    if kind.depends(*what) {
                        depends.insert(other);
                    }
                    if kind.enabled_by(*what) {
                        enables.insert(other);
                    }
                }
            }
            footprint.depends.push(depends);
            footprint.enables.push(enables);
        }
        footprint
    }

    /// An empty set of accesses.
    pub fn none(&self) -> Bits {
        Bits::new(self.accesses.len())
    }

    /// What is touched at an instruction.
    pub fn at(&self, body: usize, pc: Pc) -> &[usize] {
        &self.at[body][pc as usize]
    }

    /// What may be touched from an instruction on, the actor's end not among it.
    pub fn future(&self, body: usize, pc: Pc) -> &Bits {
        &self.future[body][pc as usize]
    }

    pub fn exit(&self, actor: usize) -> &[usize] {
        &self.exit[actor]
    }

    pub fn whole(&self, actor: usize) -> &Bits {
        &self.whole[actor]
    }

    pub fn depends(&self, access: usize) -> &Bits {
        &self.depends[access]
    }

    pub fn enables(&self, access: usize) -> &Bits {
        &self.enables[access]
    }

    pub fn access(&self, number: usize) -> Access {
        self.accesses[number]
    }

    /// The accesses of this kind to this resource.
    pub fn of(&self, resource: Resource, kind: Kind) -> Option<usize> {
        self.numbers.get(&(resource, kind)).copied()
    }

    fn number_all(&mut self, all: impl IntoIterator<Item = Access>) -> Vec<usize> {
        all.into_iter()
            .map(|access| {
                let next = self.accesses.len();
                let number = *self.numbers.entry(access).or_insert(next);
                if number == next {
                    self.accesses.push(access);
                }
                number
            })
            .collect()
    }

    fn futures(&self, body: Option<&Body>, number: usize, count: usize) -> Vec<Bits> {
        let Some(body) = body else { return Vec::new() };
        let length = body.program.code.len();
        let mut future = vec![Bits::new(count); length];
        let mut changed = true;
        while changed {
            changed = false;
            for at in (0..length).rev() {
                let mut all = future[at].clone();
                self.at[number][at].iter().for_each(|access| all.insert(*access));
                for next in body.edges.all(at as Pc) {
                    all.extend(&future[next as usize]);
                }
                changed |= future[at].extend(&all);
            }
        }
        future
    }
}

/// The objects on which the order of steps could make one of them fail that gives something back.
struct Risky {
    queues: Vec<bool>,
    semaphores: Vec<bool>,
}

impl Risky {
    fn new(system: &System) -> Risky {
        let bodies = || system.bodies.iter().flatten();
        let risky =
            |count: &dyn Fn(&Op) -> Count| bodies().any(|body| !never_below_zero(body.program, &body.edges, count));
        let objects = system.plan.graph().objects.iter().enumerate();
        let objects: Vec<(ObjectId, &ObjectKind)> =
            objects.map(|(number, object)| (ObjectId(number as u32), &object.kind)).collect();
        // With `redeliver` an item may be given back after it was counted as taken.
        let of_queue = |(id, kind): &(ObjectId, &ObjectKind)| {
            matches!(kind, ObjectKind::Queue(_))
                && risky(&|op| match op {
                    Op::Get { queue, .. } if queue == id => Count::Up,
                    Op::Next { from: Source::Queue(queue), .. } if queue == id => Count::Up,
                    Op::TaskDone(queue) if queue == id => Count::Down,
                    _ => Count::Same,
                })
        };
        let of_semaphore = |(id, kind): &(ObjectId, &ObjectKind)| {
            matches!(kind, ObjectKind::Semaphore(semaphore) if semaphore.bounded)
                && risky(&|op| match op {
                    Op::Acquire { of, into: None, .. } if of == id => Count::Up,
                    Op::Release(of) if of == id => Count::Down,
                    _ => Count::Same,
                })
        };
        Risky { queues: objects.iter().map(of_queue).collect(), semaphores: objects.iter().map(of_semaphore).collect() }
    }
}

/// What an operation of a body touches.
fn touched(system: &System, body: usize, op: &Op, risky: &Risky) -> Vec<Access> {
    let graph = system.plan.graph();
    let object = |id: ObjectId| Resource::Object(system.layout.place(id));
    let tried = is_timed(op);
    let one = |resource, plain, try_| vec![(resource, if tried { try_ } else { plain })];
    let is_bytes = |end: End| matches!(&graph.object(end.pipe).kind, ObjectKind::Pipe(p) if p.mode == PipeMode::Bytes);
    let receive = |end: End, try_: bool| {
        let kind = match (is_bytes(end), try_) {
            (true, _) => Kind::RecvBytes,
            (false, true) => Kind::RecvTry,
            (false, false) => Kind::Recv,
        };
        vec![(Resource::Object(system.layout.inlet(end)), kind)]
    };
    match op {
        Op::Put { queue, .. } => one(object(*queue), Kind::Put, Kind::PutTry),
        Op::Get { queue, .. } => one(object(*queue), Kind::Get, Kind::GetTry),
        Op::Next { from: Source::Queue(queue), .. } => {
            let kind = if system.is_fed(system.layout.place(*queue)) { Kind::NextFed } else { Kind::Next };
            vec![(object(*queue), kind)]
        }
        Op::Next { from: Source::End(end), .. } => receive(*end, false),
        Op::TaskDone(queue) => {
            let kind = if risky.queues[queue.index()] { Kind::DoneRisky } else { Kind::Done };
            vec![(object(*queue), kind)]
        }
        Op::JoinQueue { queue, .. } => one(object(*queue), Kind::Join, Kind::JoinTry),
        Op::CloseQueue(queue) => vec![(object(*queue), Kind::Finish)],
        Op::Send { end, .. } => {
            let kind = if is_bytes(*end) { Kind::SendBytes } else { Kind::Send };
            vec![(Resource::Object(system.layout.outlet(*end)), kind)]
        }
        Op::Recv { end, .. } => receive(*end, tried),
        Op::CloseEnd(end) => closed(system, *end),
        Op::Acquire { of, .. } if is_lock(graph, *of) => one(object(*of), Kind::Take, Kind::TakeTry),
        Op::Acquire { of, .. } => one(object(*of), Kind::Lower, Kind::LowerTry),
        Op::Release(of) if is_lock(graph, *of) => vec![(object(*of), Kind::Free)],
        Op::Release(of) => {
            let kind = if risky.semaphores[of.index()] { Kind::RaiseRisky } else { Kind::Raise };
            vec![(object(*of), kind)]
        }
        Op::WaitEvent { event, .. } => one(object(*event), Kind::Await, Kind::AwaitTry),
        Op::WaitBarrier { barrier, .. } => {
            let ObjectKind::Barrier(declared) = &graph.object(*barrier).kind else { return Vec::new() };
            let wired = system.wired(Thing::Object(*barrier), Operation::Wait);
            let arrivals: usize = wired.iter().map(|instance| system.instances[*instance].actors.len()).sum();
            let sensitive = tried
                || declared.timeout.is_some()
                || system.indexed[barrier.index()]
                || arrivals > declared.parties.value as usize;
            vec![(object(*barrier), if sensitive { Kind::ArriveTry } else { Kind::Arrive })]
        }
        Op::WaitCondition { condition, .. } => vec![
            (Resource::Sleepers(*condition), if tried { Kind::SleepTry } else { Kind::Sleep }),
            (object(*condition), Kind::Free),
            (object(*condition), if tried { Kind::TakeTry } else { Kind::Take }),
        ],
        Op::WaitAny { on, .. } => on
            .iter()
            .map(|waitee| match waitee.what {
                WaiteeKind::Queue(id) | WaiteeKind::Event(id) => (object(id), Kind::Look),
                WaiteeKind::End(end) => (Resource::Object(system.layout.inlet(end)), Kind::Look),
                WaiteeKind::Process(process) => (Resource::Process(process.process), Kind::Look),
            })
            .collect(),
        Op::SetEvent(event) => vec![(object(*event), Kind::Set)],
        Op::ClearEvent(event) => vec![(object(*event), Kind::Clear)],
        Op::Notify { condition, .. } => vec![(Resource::Sleepers(*condition), Kind::Notify)],
        Op::AbortBarrier(barrier) | Op::ResetBarrier(barrier) => vec![(object(*barrier), Kind::Spoil)],
        Op::ReadProperty { of, .. } => vec![(object(*of), Kind::Look)],
        Op::ReadPoll { end, .. } => vec![(Resource::Object(system.layout.inlet(*end)), Kind::Look)],
        Op::ReadValue { of, .. } | Op::ReadArray { of, .. } => vec![(object(*of), Kind::Read)],
        Op::Write { of, .. } | Op::Add { of, .. } => vec![(object(*of), Kind::Write)],
        Op::Apply { pool, .. } | Op::Map { pool, .. } => vec![(object(*pool), Kind::Submit)],
        Op::Await { .. } => {
            let pools = graph.objects.iter().enumerate().filter(|(_, object)| object.kind() == Noun::Pool);
            let kind = if tried { Kind::CollectTry } else { Kind::Collect };
            pools.map(|(number, _)| (object(ObjectId(number as u32)), kind)).collect()
        }
        Op::ReadActiveChildren { .. } => {
            let all = 0..graph.processes.len() as u32;
            all.map(|number| (Resource::Process(crate::graph::ProcessId(number)), Kind::Look)).collect()
        }
        Op::ReadProcess { .. } => named(op, Kind::Look),
        Op::Start(_) => named(op, Kind::Start),
        Op::Terminate(_) | Op::Kill(_) => named(op, Kind::Signal),
        Op::JoinProcess { .. } => named(op, if tried { Kind::WaitTry } else { Kind::Wait }),
        Op::Print { stderr, .. } => {
            let stream = usize::from(*stderr);
            let ordered = system.actors.iter().any(|actor| actor.ordered[stream] && may_run(system, actor, body));
            if ordered { vec![(Resource::Lines, Kind::Print)] } else { Vec::new() }
        }
        Op::Log { .. } | Op::Sleep(_) | Op::ReadClock { .. } | Op::Exec { .. } => Vec::new(),
    }
}

/// Whether an actor may come to run this body.
fn may_run(system: &System, actor: &Actor, body: usize) -> bool {
    match system.instances[actor.instance].role {
        Role::Process(_) => actor.body == Some(body),
        Role::Worker(pool) => system.jobs_of(pool).any(|job| job == body),
    }
}

fn named(op: &Op, kind: Kind) -> Vec<Access> {
    processes(op).into_iter().map(|ProcessRef { process, .. }| (Resource::Process(process), kind)).collect()
}

/// What it means to others that somebody closes an end.
fn closed(system: &System, end: End) -> Vec<Access> {
    vec![
        (Resource::Object(system.layout.inlet(end)), Kind::Deafen),
        (Resource::Object(system.layout.outlet(end)), Kind::Shut),
    ]
}

/// What an actor's end touches, whether it ends well or badly.
fn ended(system: &System, actor: usize, risky: &Risky) -> Vec<Access> {
    let graph = system.plan.graph();
    let instance = system.actors[actor].instance;
    let again = system.instances[instance].restarts > 0;
    let has_threads = system.instances[instance].actors.len() > 1;
    let mut all = Vec::new();
    match system.instances[instance].role {
        Role::Process(process) => all.push((Resource::Process(process), Kind::Exit)),
        Role::Worker(pool) => {
            let place = Resource::Object(system.layout.place(pool));
            all.extend([(place, Kind::Serve), (place, Kind::Deliver)]);
        }
    }
    for (number, object) in graph.objects.iter().enumerate() {
        let id = ObjectId(number as u32);
        let may = |operation| system.wired(Thing::Object(id), operation).contains(&instance);
        let place = || Resource::Object(system.layout.place(id));
        // The notification that another of its threads had goes to the next sleeper.
        if has_threads && matches!(object.kind, ObjectKind::Condition(_)) && may(Operation::Wait) {
            all.push((Resource::Sleepers(id), Kind::Notify));
        }
        match &object.kind {
            ObjectKind::Queue(queue) => {
                if may(Operation::Put) {
                    all.push((place(), Kind::Finish));
                    if again {
                        all.push((place(), Kind::Reopen));
                    }
                }
                if queue.redeliver && may(Operation::Get) {
                    all.push((place(), Kind::GiveBack));
                }
            }
            ObjectKind::Pipe(_) => {
                for side in [0, 1] {
                    let end = End { pipe: id, side };
                    if system.holders(end).contains(&instance) {
                        let places = closed(system, end);
                        if again {
                            all.extend(places.iter().map(|(place, _)| (*place, Kind::Reopen)));
                        }
                        all.extend(places);
                    }
                }
            }
            ObjectKind::Barrier(_) if may(Operation::Wait) => all.push((place(), Kind::Spoil)),
            ObjectKind::Lock(_) | ObjectKind::Condition(_) if may(Operation::Acquire) => {
                all.push((place(), Kind::Free));
            }
            ObjectKind::Semaphore(semaphore) if semaphore.bounded && may(Operation::Acquire) => {
                // What the bound cuts off depends on the order.
                let kind = if risky.semaphores[number] { Kind::RaiseRisky } else { Kind::Raise };
                all.push((place(), kind));
            }
            _ => {}
        }
    }
    all
}
