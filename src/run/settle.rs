//! What a dead worker or feeder had taken: answered for, or marked done.
use super::NodeId;
use super::supervisor::Supervisor;
use super::world::NodeKind;
use crate::graph::Stdin;
use crate::shm::{self, SlotIndex, State};

impl Supervisor<'_> {
    /// Before the slots of a dead node are repaired: the repair gives back what is still marked as taken by a feeder, and
    /// does not know how a worker ended.
    pub(super) fn settle_taken(&mut self, node: NodeId, exit: i32) {
        let slot = SlotIndex(self.world.node(node).slots.start);
        match self.world.node(node).kind {
            NodeKind::Worker { pool, .. } => {
                let name = &self.world.node(node).name;
                let number = name.rsplit_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or_default();
                let end = shm::WorkerEnd { number, exit };
                self.world.object::<shm::Pool>(pool).fail_taken(&self.world.arena, slot, end);
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
            }
            _ => {}
        }
    }
}
