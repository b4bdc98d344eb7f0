//! Making the objects of a graph, before the first fork.
//!
//! What must stay true: an object that stands on another one is made after it.
use std::io;

use super::nodes::NodeKind;
use super::{SUPERVISOR, Shared, World};
use crate::check::Plan;
use crate::graph::{Kind, ObjectId, ObjectKind, Operation, PipeMode};
use crate::program::{End, Thing};
use crate::run::{BytesPipe, NodeId};
use crate::shm::{self, SlotIndex};
use crate::value::{Fault, encode};

impl World<'_> {
    pub(super) fn build(&mut self) -> Result<(), Unmade> {
        shm::supervise::begin_aside(&self.arena, SUPERVISOR, std::process::id() as i32);
        let ids = || (0..self.plan.graph().objects.len() as u32).map(ObjectId);
        let is_condition = |id: &ObjectId| self.plan.graph().object(*id).kind() == Kind::Condition;
        let mut made: Vec<Option<Shared>> = ids().map(|_| None).collect();
        // A condition stands on a lock, which may be declared after it.
        for id in ids().filter(|id| !is_condition(id)).chain(ids().filter(is_condition)) {
            made[id.index()] = Some(self.make(id, &made)?);
        }
        self.objects = made.into_iter().flatten().collect();
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
                let scalar = crate::run::cells::scalar_type(cell.scalar);
                shm::Value::create(arena, scalar, crate::run::cells::scalar(&cell.initial)?)?
            }
            ObjectKind::Array(array) => {
                let scalar = crate::run::cells::scalar_type(array.scalar);
                let initial: Result<Vec<_>, _> = array.initial.iter().map(crate::run::cells::scalar).collect();
                shm::Array::create_with(arena, scalar, &initial?)?
            }
            ObjectKind::Pool(_) => {
                let form =
                    shm::PoolForm { callers: &self.slots_of(thing, Operation::Apply), workers: &self.worker_slots(id) };
                shm::Pool::create(arena, &form)?
            }
        }))
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
}

/// The most things that one step waits for at once.
pub(super) fn longest_wait(plan: &Plan) -> u32 {
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

/// Why an object could not be made.
pub(super) struct Unmade(pub(super) String);

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
