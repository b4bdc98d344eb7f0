//! What a dead worker or feeder had taken: answered for, or marked done.
use super::NodeId;
use super::node::broken;
use super::pool::Task;
use super::supervisor::Supervisor;
use super::world::{NodeKind, SUPERVISOR, Shared};
use crate::graph::{ObjectId, Stdin};
use crate::shm::{self, Actor, SlotIndex, State};
use crate::value::{Fault, decode, encode};

impl Supervisor<'_> {
    /// Before the slots of a dead node are repaired: repairing gives back what is still marked as taken. Gives the tasks
    /// that are to be answered after the repair (the dead one may have been in the middle of answering), and with what.
    pub(super) fn settle_taken(&mut self, node: NodeId, exit: i32) -> Option<(Vec<Vec<u8>>, Fault)> {
        let slot = SlotIndex(self.world.node(node).slots.start);
        match self.world.node(node).kind {
            NodeKind::Worker { pool, .. } => {
                let Shared::Pool { tasks, .. } = *self.world.shared(pool) else { return None };
                let mut taken = Vec::new();
                let queue: &shm::Queue = self.world.at(tasks);
                queue.finish_held(&self.world.arena, slot, |bytes| taken.push(bytes.to_vec()));
                let name = &self.world.node(node).name;
                let how = match exit {
                    signal if signal < 0 => format!("was killed by signal {}", -signal),
                    code => format!("ended with {code}"),
                };
                let fault = Fault::worker_died(format!("the worker `{name}` {how} while it was at this task"));
                Some((taken, fault))
            }
            // Written to a command that ended well is done; to one that did not comes back.
            NodeKind::FeedsStdin(instance) => {
                let command = self.world.arena.slot(SlotIndex(self.world.nodes[instance].slots.start));
                let ended_well = command.state() == State::Ended && command.exit() == Some(0);
                if let (true, Stdin::Queue { queue, .. }) = (ended_well, &self.world.process(instance).stdin)
                    && let Some(id) = self.world.plan.graph().object_named(&queue.value)
                {
                    self.world.object::<shm::Queue>(id).finish_held(&self.world.arena, slot, |_| {});
                }
                None
            }
            _ => None,
        }
    }

    /// A failed pool answers every task with its failure.
    pub(super) fn answer_for(&mut self, pool: ObjectId) {
        let Shared::Pool { tasks, .. } = *self.world.shared(pool) else { return };
        let fault = broken(&self.world.plan.graph().object(pool).name.value);
        let actor = Actor::new(&self.world.arena, SUPERVISOR);
        let mut task = Vec::new();
        while self.world.at::<shm::Queue>(tasks).get(&actor, &mut task, shm::Wait::Poll).is_ok() {
            let _ = self.world.at::<shm::Queue>(tasks).task_done(&actor);
            self.answer(&task, &fault);
        }
    }

    pub(super) fn answer(&self, task: &[u8], fault: &Fault) {
        let Some(task) = decode(task).ok().and_then(|value| Task::from_value(&value)) else { return };
        let Some(results) = self.world.results(task.caller) else { return };
        let mut bytes = Vec::new();
        if encode(&task.answer(Err(fault.clone())).to_value(), &mut bytes).is_ok() {
            let actor = Actor::new(&self.world.arena, SUPERVISOR);
            // Never waits: the queue is unbounded, and without memory the caller has worse news already.
            let _ = self.world.at::<shm::Queue>(results).put(&actor, &bytes, shm::Wait::Poll);
        }
    }
}
