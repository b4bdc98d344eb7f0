//! Who may do what: the slots and nodes that the graph's wiring speaks of.
use super::World;
use super::nodes::NodeKind;
use crate::check::Plan;
use crate::graph::{ObjectId, Operation, Stdout};
use crate::program::{End, Thing};
use crate::run::NodeId;
use crate::shm::SlotIndex;

impl<'p> World<'p> {
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
}

pub(super) fn worker_uses(plan: &Plan, pool: ObjectId) -> impl Iterator<Item = &(Thing, Operation)> {
    let wiring = plan.wiring();
    wiring.jobs_of(pool).flat_map(|job| wiring.job_uses(job))
}
