//! Other processes: start, terminate, kill, join, and what can be read of them.
use super::hands::{Done, Hands};
use crate::program::{ProcessRef, Readable, Wait};
use crate::run::NodeId;
use crate::run::wire::FrameKind;
use crate::run::world::{NodeKind, World};
use crate::shm::{self, SlotIndex, State};
use crate::value::{Fault, Value};

impl Hands<'_> {
    /// Returns when the runner has taken it up: the process is alive then, unless it waits for others (`after`).
    pub(super) fn start(&mut self, process: ProcessRef) -> Done {
        let slots: Vec<SlotIndex> = self.world.slots_of_process(process).collect();
        for slot in &slots {
            if !self.world.arena.slot(*slot).claim_start(&self.world.arena) {
                let name = &self.world.plan.graph().process(process.process).name.value;
                return Err(Fault::new("AssertionError", format!("cannot start the process `{name}` twice")).into());
            }
        }
        self.ask(process, FrameKind::Start)?;
        // The last one first: when it has been taken up so have the others, and one wake-up was enough.
        for slot in slots.into_iter().rev() {
            // The runner answers at once, or ends this process: the time only keeps it out of the deadlock watch.
            let hour = std::time::Duration::from_secs(3600);
            while self.actor.started(slot, shm::Wait::at_most(hour)).is_err() {}
        }
        Ok(Value::Null)
    }

    /// The runner does it, for each instance.
    pub(super) fn ask(&mut self, process: ProcessRef, what: FrameKind) -> Done {
        self.world.wire.send_all(self.world.nodes_of_process(process), self.thread, what);
        Ok(Value::Null)
    }

    pub(super) fn join_process(&mut self, process: ProcessRef, wait: Wait) -> Done {
        let until = self.until(wait);
        let slots: Vec<SlotIndex> = self.world.slots_of_process(process).collect();
        // The last one first: when it has ended most others have, and this process is not woken for each of them.
        for slot in slots.into_iter().rev() {
            self.actor.join(slot, until)?;
        }
        Ok(Value::Bool(true))
    }

    pub(super) fn read_process(&mut self, what: Readable) -> Done {
        Ok(read_process(self.world, self.node, what)?)
    }
}

/// What `node` reads of processes and of the clock. Of a process as declared with replicas: whether any is alive; the
/// exit codes and ids of all as a list.
///
/// # Errors
/// `TypeError` for what is no property of a process.
pub fn read_process(world: &World, node: NodeId, what: Readable) -> Result<Value, Fault> {
    let slot = |slot: SlotIndex| world.arena.slot(slot);
    let one_or_all = |process: ProcessRef, of: &dyn Fn(SlotIndex) -> Value| {
        let mut values: Vec<Value> = world.slots_of_process(process).map(of).collect();
        let declared = world.plan.graph().process(process.process);
        match declared.replicas.is_none() || process.instance.is_some() {
            true => values.pop().unwrap_or(Value::Null),
            false => Value::list(values),
        }
    };
    Ok(match what {
        Readable::IsAlive(process) => {
            Value::Bool(world.slots_of_process(process).any(|index| slot(index).state() == State::Running))
        }
        Readable::ExitCode(process) => one_or_all(process, &|index| match (slot(index).pid(), slot(index).exit()) {
            // One that was skipped has no exit code; one that could not be started has.
            (Some(_), Some(exit)) | (None, Some(exit @ ..=-1 | exit @ 1..)) => Value::Int(i64::from(exit)),
            _ => Value::Null,
        }),
        Readable::Pid(process) => one_or_all(process, &|index| match slot(index).pid() {
            Some(pid) => Value::Int(i64::from(pid)),
            None => Value::Null,
        }),
        Readable::ActiveChildren => active_children(world, node),
        Readable::Clock => Value::Float((shm::now_ns() - world.begun_ns) as f64 / 1e9),
        _ => return Err(Fault::type_error("not a property of a process")),
    })
}

/// The other processes that live, in the order in which they started.
fn active_children(world: &World, node: NodeId) -> Value {
    let mut alive: Vec<(u64, u32, Value)> = Vec::new();
    for (index, other) in world.nodes.iter().enumerate() {
        let slot = world.arena.slot(SlotIndex(other.slots.start));
        let is_process = matches!(other.kind, NodeKind::Instance(_));
        if is_process && index != node.index() && slot.state() == State::Running {
            alive.push((slot.started_ns(), index as u32, Value::Str(other.name.clone())));
        }
    }
    alive.sort_by_key(|(started, index, _)| (*started, *index));
    Value::list(alive.into_iter().map(|(_, _, name)| name).collect())
}
