//! The arena of one run, and what in it stands for what.
//!
//! Made before the first fork and the same in every process after it: a forked child reads its copy, an attached
//! client gets the part that concerns it ([`super::ipc`]).
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;

use super::files::Files;
use super::{BytesPipe, NodeId, Wire};
use crate::check::Plan;
use crate::graph::Operation;
use crate::graph::{Kind, LogLevel, ObjectId, ObjectKind, PipeMode, Process, Stdin, Stdout};
use crate::program::{End, ProcessRef, Thing};
use crate::shm::{self, Arena, ObjectIndex, Sizes, SlotIndex};
use crate::value::{Fault, Str, encode};

pub struct World<'p> {
    pub plan: &'p Plan,
    pub arena: Arena,
    pub nodes: Vec<Node>,
    pub wire: Wire,
    pub files: Files,
    /// When the run began, on the monotonic clock.
    pub begun_ns: u64,
    pub seed: u64,
    /// What processes log below this is not even sent.
    pub log: LogLevel,
    /// Step processes ask before each step and tell what came of it.
    pub gated: bool,
    /// Signals that the runner was started to ignore, and SIGPIPE: nodes do not inherit that.
    pub ignored: Vec<i32>,
    /// Where step processes note what they do, if that is asked for.
    pub trace: Option<shm::Trace>,
    /// What each client that is attached now was called as.
    pub said: BTreeMap<SlotIndex, String>,
    objects: Vec<Shared>,
    /// By slot: where the results of the calls of that actor come to, if it may make any.
    results: Vec<Option<ObjectIndex>>,
    /// By slot: whose it is.
    node_of: Vec<Option<NodeId>>,
}

/// What an object of the graph is at run time.
#[derive(Debug)]
pub enum Shared {
    Object(ObjectIndex),
    Bytes(BytesPipe),
    /// The tasks of a pool, and an event that says that its initializer failed.
    Pool {
        tasks: ObjectIndex,
        failed: ObjectIndex,
    },
}

/// Something that runs as a process.
#[derive(Clone, Debug)]
pub struct Node {
    pub kind: NodeKind,
    pub name: Str,
    /// The first is the process's; with threads, or attached clients, there are more.
    pub slots: Range<u32>,
    /// Of these the ones that run the body.
    pub threads: u32,
}

impl Node {
    /// The slots of those who run its body.
    pub fn actors(&self) -> impl Iterator<Item = SlotIndex> + use<> {
        self.slots.clone().take(self.threads as usize).map(SlotIndex)
    }

    /// The slots for programs that attach in its name.
    pub fn clients(&self) -> impl Iterator<Item = SlotIndex> + use<> {
        self.slots.clone().skip(self.threads as usize).map(SlotIndex)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// Of the plan's instances.
    Instance(usize),
    Worker {
        pool: ObjectId,
        /// From 0, among the pool's.
        place: u32,
    },
    /// Carries a queue to the stdin of an instance.
    FeedsStdin(usize),
    /// Carries the stdout (or stderr) of an instance to a queue.
    DrainsOutput { instance: usize, stderr: bool },
}

/// Why an object could not be made.
struct Unmade(String);

impl From<shm::OutOfMemory> for Unmade {
    fn from(_: shm::OutOfMemory) -> Self {
        Unmade("the shared objects do not fit into the run's memory (see --memory)".into())
    }
}

impl From<shm::CannotMake> for Unmade {
    fn from(why: shm::CannotMake) -> Self {
        Unmade(format!("a shared object cannot be made: {why:?}"))
    }
}

impl From<Fault> for Unmade {
    fn from(fault: Fault) -> Self {
        Unmade(fault.to_string())
    }
}

impl From<io::Error> for Unmade {
    fn from(error: io::Error) -> Self {
        Unmade(error.to_string())
    }
}

/// The supervisor's own slot: it answers for dead workers.
pub const SUPERVISOR: SlotIndex = SlotIndex(0);
/// How many `mpgraph ipc` clients of one node can work at once.
const CLIENTS: u32 = 16;

impl<'p> World<'p> {
    /// `memory` is the limit on what queues and pipes hold, in bytes.
    ///
    /// # Errors
    /// What the system says when the memory or the pipes cannot be had.
    pub fn new(plan: &'p Plan, seed: u64, memory: u64, log: LogLevel, wire: Wire) -> io::Result<World<'p>> {
        let nodes = nodes(plan);
        let slots = nodes.last().map_or(1, |node| node.slots.end);
        let graph = plan.graph();
        let callers = callers(plan, &nodes);
        let sizes = Sizes {
            bytes: shm::Heap::reservation(slots, memory).saturating_add(1 << 30),
            slots,
            objects: 3 * graph.objects.len() as u32 + callers.len() as u32 + 16,
            longest_wait: longest_wait(plan),
        };
        let arena = Arena::create(sizes)?;
        arena.set_limit(memory);
        let made = shm::Heap::build(&arena, memory);
        made.map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        let mut node_of = vec![None; slots as usize];
        for (index, node) in nodes.iter().enumerate() {
            for slot in node.slots.clone() {
                node_of[slot as usize] = Some(NodeId(index as u32));
            }
        }
        let mut world = World {
            plan,
            arena,
            nodes,
            wire,
            files: Files::default(),
            begun_ns: shm::now_ns(),
            seed,
            log,
            gated: false,
            ignored: super::furnish::ignored(),
            trace: None,
            said: BTreeMap::new(),
            objects: Vec::new(),
            results: vec![None; slots as usize],
            node_of,
        };
        world.build(&callers).map_err(|Unmade(why)| io::Error::other(why))?;
        Ok(world)
    }

    fn build(&mut self, callers: &[u32]) -> Result<(), Unmade> {
        shm::supervise::begin_aside(&self.arena, SUPERVISOR, std::process::id() as i32);
        let ids = || (0..self.plan.graph().objects.len() as u32).map(ObjectId);
        let is_condition = |id: &ObjectId| self.plan.graph().object(*id).kind() == Kind::Condition;
        let mut made: Vec<Option<Shared>> = ids().map(|_| None).collect();
        // A condition stands on a lock, which may be declared after it.
        for id in ids().filter(|id| !is_condition(id)).chain(ids().filter(is_condition)) {
            made[id.index()] = Some(self.make(id, &made)?);
        }
        self.objects = made.into_iter().flatten().collect();
        for &slot in callers {
            self.results[slot as usize] = Some(shm::Queue::create(&self.arena, &shm::QueueForm::default(), &[])?);
        }
        Ok(())
    }

    fn make(&self, id: ObjectId, made: &[Option<Shared>]) -> Result<Shared, Unmade> {
        let arena = &self.arena;
        let object = self.plan.graph().object(id);
        let thing = Thing::Object(id);
        Ok(Shared::Object(match &object.kind {
            ObjectKind::Queue(queue) => {
                let items: Result<Vec<Vec<u8>>, Fault> = queue
                    .items
                    .iter()
                    .map(|item| {
                        let mut bytes = Vec::new();
                        encode(item, &mut bytes).map(|()| bytes)
                    })
                    .collect();
                let items = items?;
                let items: Vec<&[u8]> = items.iter().map(Vec::as_slice).collect();
                let form = shm::QueueForm {
                    maxsize: queue.maxsize,
                    redeliver: queue.redeliver,
                    putters: &self.slots_of(thing, Operation::Put),
                    takers: &self.slots_of(thing, Operation::Get),
                    clients: &self.clients_of(thing),
                };
                shm::Queue::create(arena, &form, &items)?
            }
            ObjectKind::Pipe(pipe) => match pipe.mode {
                PipeMode::Bytes => {
                    // Nothing ever sets it: it is what a wait at this pipe is published for.
                    let marker = shm::Event::create(arena, false)?;
                    let of_programs = [0, 1].into_iter().flat_map(|side| self.users_of(End { pipe: id, side })).all(
                        |node| matches!(self.node(node).kind, NodeKind::Instance(of) if self.process(of).is_external()),
                    );
                    return Ok(Shared::Bytes(BytesPipe::new(pipe, of_programs, marker)?));
                }
                PipeMode::Message => {
                    let wired = |side| {
                        let end = Thing::End(End { pipe: id, side });
                        // Whoever does anything at an end has it.
                        let operations = Operation::of_kind(Kind::Pipe).iter();
                        let mut slots: Vec<SlotIndex> =
                            operations.flat_map(|operation| self.slots_of(end, *operation)).collect();
                        slots.sort_unstable();
                        slots.dedup();
                        slots
                    };
                    shm::Pipe::create(arena, pipe.duplex, [&wired(0), &wired(1)])?
                }
            },
            ObjectKind::Event(event) => shm::Event::create(arena, event.set)?,
            ObjectKind::Barrier(barrier) => shm::Barrier::create(arena, barrier.parties.value)?,
            ObjectKind::Lock(lock) => shm::Lock::create(arena, lock.recursive)?,
            ObjectKind::Semaphore(semaphore) => shm::Semaphore::create(arena, semaphore.value, semaphore.bounded)?,
            ObjectKind::Condition(condition) => {
                let named = condition.lock.as_ref().and_then(|name| self.plan.graph().object_named(&name.value));
                let lock = match named.map(|lock| &made[lock.index()]) {
                    Some(Some(Shared::Object(lock))) => Some(*lock),
                    _ => None,
                };
                shm::Condition::create(arena, lock)?
            }
            ObjectKind::Value(cell) => {
                let scalar = super::cells::scalar_type(cell.scalar);
                shm::Value::create(arena, scalar, super::cells::scalar(&cell.initial)?)?
            }
            ObjectKind::Array(array) => {
                let scalar = super::cells::scalar_type(array.scalar);
                let initial: Result<Vec<_>, _> = array.initial.iter().map(super::cells::scalar).collect();
                shm::Array::create_with(arena, scalar, &initial?)?
            }
            ObjectKind::Pool(_) => {
                // What a dead worker had taken is answered for by the runner, which finds it there.
                let takers: Vec<SlotIndex> = self.worker_slots(id);
                let form = shm::QueueForm { redeliver: true, takers: &takers, ..Default::default() };
                let tasks = shm::Queue::create(arena, &form, &[])?;
                let failed = shm::Event::create(arena, false)?;
                return Ok(Shared::Pool { tasks, failed });
            }
        }))
    }

    /// The slots of all that may do this, in order: processes with their threads, and the workers of pools.
    pub fn slots_of(&self, thing: Thing, operation: Operation) -> Vec<SlotIndex> {
        let wiring = self.plan.wiring();
        let mut slots = Vec::new();
        for node in &self.nodes {
            let may = match node.kind {
                NodeKind::Instance(instance) => {
                    wiring.uses(self.plan.instances()[instance].process).contains(&(thing, operation))
                }
                NodeKind::Worker { pool, .. } => self.worker_uses(pool).any(|used| *used == (thing, operation)),
                NodeKind::FeedsStdin(_) => false,
                NodeKind::DrainsOutput { instance, stderr } => {
                    let process = self.process(instance);
                    let stream = if stderr { &process.stderr } else { &process.stdout };
                    operation == Operation::Put
                        && matches!(stream, Stdout::Queue { queue, .. }
                            if self.plan.graph().object_named(&queue.value).map(Thing::Object) == Some(thing))
                }
            };
            if may {
                slots.extend(node.slots.clone().take(node.threads as usize).map(SlotIndex));
            }
        }
        slots
    }

    /// The slots for the clients of all commands that may put into or get from this queue.
    fn clients_of(&self, queue: Thing) -> Vec<SlotIndex> {
        let wired = |operation| self.slots_of(queue, operation);
        let mut nodes: Vec<NodeId> = [Operation::Put, Operation::Get]
            .into_iter()
            .flat_map(wired)
            .filter_map(|slot| self.node_of(slot))
            .collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes.into_iter().flat_map(|node| self.node(node).clients()).collect()
    }

    fn worker_slots(&self, id: ObjectId) -> Vec<SlotIndex> {
        let workers = self.nodes.iter().filter(|node| matches!(node.kind, NodeKind::Worker { pool, .. } if pool == id));
        workers.map(|node| SlotIndex(node.slots.start)).collect()
    }

    /// What the workers of a pool may do: what its jobs do.
    pub fn worker_uses(&self, pool: ObjectId) -> impl Iterator<Item = &'p (Thing, Operation)> + use<'p> {
        worker_uses(self.plan, pool)
    }

    /// The nodes that may do this.
    pub fn nodes_that(&self, thing: Thing, operation: Operation) -> impl Iterator<Item = NodeId> + '_ {
        self.slots_of(thing, operation).into_iter().filter_map(|slot| self.node_of(slot))
    }

    /// The nodes that have this end of a bytes pipe.
    pub fn users_of(&self, end: End) -> impl Iterator<Item = NodeId> + '_ {
        let wiring = self.plan.wiring();
        self.nodes.iter().enumerate().filter_map(move |(index, node)| {
            let mut uses: Box<dyn Iterator<Item = &(Thing, Operation)>> = match node.kind {
                NodeKind::Instance(instance) => Box::new(wiring.uses(self.plan.instances()[instance].process).iter()),
                NodeKind::Worker { pool, .. } => Box::new(self.worker_uses(pool)),
                _ => return None,
            };
            uses.any(|(thing, _)| *thing == Thing::End(end)).then_some(NodeId(index as u32))
        })
    }

    /// The descriptor of the arena, for those who attach.
    pub fn arena_fd(&self) -> std::os::fd::RawFd {
        use std::os::fd::AsRawFd;
        self.arena.fd().as_raw_fd()
    }

    /// Where the results of some actor's calls come to.
    pub fn is_results(&self, index: ObjectIndex) -> bool {
        self.results.contains(&Some(index))
    }

    pub fn process(&self, instance: usize) -> &'p Process {
        self.plan.graph().process(self.plan.instances()[instance].process)
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// Whose slot this is.
    pub fn node_of(&self, slot: SlotIndex) -> Option<NodeId> {
        self.node_of.get(slot.0 as usize).copied().flatten()
    }

    /// Whether it is a command's, or a script's.
    pub fn is_command(&self, slot: SlotIndex) -> bool {
        let kind = self.node_of(slot).map(|node| self.node(node).kind);
        matches!(kind, Some(NodeKind::Instance(instance)) if self.process(instance).is_external())
    }

    pub fn shared(&self, id: ObjectId) -> &Shared {
        &self.objects[id.index()]
    }

    pub fn shared_mut(&mut self, id: ObjectId) -> &mut Shared {
        &mut self.objects[id.index()]
    }

    /// The object in the arena; it has been checked to be of this kind.
    pub fn object<T: shm::Object>(&self, id: ObjectId) -> &T {
        let Shared::Object(index) = self.objects[id.index()] else { panic!("the kind was checked") };
        self.at(index)
    }

    pub fn at<T: shm::Object>(&self, index: ObjectIndex) -> &T {
        self.arena.object(index).expect("an object of the arena is what it was made as")
    }

    /// Which object of the graph lies there.
    pub fn object_id(&self, index: ObjectIndex) -> Option<ObjectId> {
        let at = self.objects.iter().position(|shared| match shared {
            Shared::Object(object) => *object == index,
            Shared::Pool { tasks, .. } => *tasks == index,
            Shared::Bytes(bytes) => bytes.marker == index,
        })?;
        Some(ObjectId(at as u32))
    }

    /// Where the results of this actor's calls come to.
    pub fn results(&self, slot: SlotIndex) -> Option<ObjectIndex> {
        self.results.get(slot.0 as usize).copied().flatten()
    }

    /// The first slots of the instances that are named.
    pub fn slots_of_process(&self, process: ProcessRef) -> impl Iterator<Item = SlotIndex> + '_ {
        // Instances are the first nodes, in the plan's order.
        self.plan.instances_of(process).map(|instance| SlotIndex(self.nodes[instance].slots.start))
    }

    pub fn nodes_of_process(&self, process: ProcessRef) -> impl Iterator<Item = NodeId> + '_ {
        self.plan.instances_of(process).map(|instance| NodeId(instance as u32))
    }
}

/// The actors of a node, by their slots, with the names that schedules know them by.
pub(super) fn named_actors(plan: &Plan, node: &Node) -> Vec<(Str, SlotIndex)> {
    let threaded = match node.kind {
        NodeKind::Instance(instance) => plan.graph().process(plan.instances()[instance].process).threaded,
        _ => false,
    };
    let name = |thread: usize| match threaded {
        true => Str::from(format!("{}.{}", node.name, thread + 1)),
        false => node.name.clone(),
    };
    node.actors().enumerate().map(|(thread, slot)| (name(thread), slot)).collect()
}

/// The names of all actors of a graph: processes, threads, workers.
pub fn actors(plan: &Plan) -> BTreeSet<Str> {
    nodes(plan).iter().flat_map(|node| named_actors(plan, node)).map(|(name, _)| name).collect()
}

/// All that may run: instances in the plan's order, then workers, then feeders; slots are given in that order.
fn nodes(plan: &Plan) -> Vec<Node> {
    let graph = plan.graph();
    let mut nodes: Vec<Node> = Vec::new();
    let mut next = SUPERVISOR.0 + 1;
    let mut add = |kind, name: Str, threads: u32, more: u32| {
        nodes.push(Node { kind, name, slots: next..next + threads + more, threads });
        next += threads + more;
    };
    for (index, instance) in plan.instances().iter().enumerate() {
        let process = graph.process(instance.process);
        let clients = if process.is_external() && process.uses.is_some() { CLIENTS } else { 0 };
        add(NodeKind::Instance(index), Str::from(&instance.name), process.threads.value, clients);
    }
    for (index, object) in graph.objects.iter().enumerate() {
        if let ObjectKind::Pool(pool) = &object.kind {
            for place in 0..pool.processes.value {
                let name = Str::from(format!("{}-{}", *object.name, place + 1));
                add(NodeKind::Worker { pool: ObjectId(index as u32), place }, name, 1, 0);
            }
        }
    }
    for (index, instance) in plan.instances().iter().enumerate() {
        let process = graph.process(instance.process);
        let name = |what: &str| Str::from(format!("{} ({what})", instance.name));
        if !process.is_external() {
            continue;
        }
        if matches!(process.stdin, Stdin::Queue { .. }) {
            add(NodeKind::FeedsStdin(index), name("stdin"), 1, 0);
        }
        if matches!(process.stdout, Stdout::Queue { .. }) {
            add(NodeKind::DrainsOutput { instance: index, stderr: false }, name("stdout"), 1, 0);
        }
        if matches!(process.stderr, Stdout::Queue { .. }) {
            add(NodeKind::DrainsOutput { instance: index, stderr: true }, name("stderr"), 1, 0);
        }
    }
    nodes
}

fn worker_uses(plan: &Plan, pool: ObjectId) -> impl Iterator<Item = &(Thing, Operation)> {
    let wiring = plan.wiring();
    wiring.jobs_of(pool).flat_map(|job| wiring.job_uses(job))
}

/// The slots of those that may hand calls to a pool.
fn callers(plan: &Plan, nodes: &[Node]) -> Vec<u32> {
    let wiring = plan.wiring();
    let calls = |(_, operation): &(Thing, Operation)| *operation == Operation::Apply;
    let caller = |node: &&Node| match node.kind {
        NodeKind::Instance(instance) => wiring.uses(plan.instances()[instance].process).iter().any(calls),
        NodeKind::Worker { pool, .. } => worker_uses(plan, pool).any(calls),
        _ => false,
    };
    nodes.iter().filter(caller).flat_map(|node| node.slots.clone().take(node.threads as usize)).collect()
}

/// The most things that one step waits for at once.
fn longest_wait(plan: &Plan) -> u32 {
    let graph = plan.graph();
    let bodies = graph.targets.iter().map(|target| target.steps.as_slice()).chain(graph.processes.iter().filter_map(
        |process| match &process.body {
            crate::graph::Body::Steps(steps) => Some(steps.as_slice()),
            _ => None,
        },
    ));
    let instances = plan.instances().len().max(1);
    let mut longest = 1;
    for step in bodies.flatten() {
        step.walk(&mut |step| {
            if let crate::graph::Action::WaitAny { on, .. } = &step.action {
                // A replicated process is one word, and one wait for each instance.
                longest = longest.max(on.len() + instances);
            }
        });
    }
    for process in graph.processes.iter().filter(|process| process.is_external()) {
        // A client may wait for all that its command uses, and for processes by declaration and one by one.
        longest = longest.max(process.uses.as_ref().map_or(0, |uses| uses.len() + 2 * instances));
    }
    longest.min(4096) as u32
}
