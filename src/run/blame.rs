//! Where a process stands and what it holds, in the words of the graph.
use super::NodeId;
use super::world::{NodeKind, Shared, World};
use crate::graph::{Kind, ObjectId};
use crate::program::{Program, StepInfo};
use crate::shm::{self, SlotIndex};

/// The locks and units of bounded semaphores that a node holds, by name.
pub fn held(world: &World, node: NodeId) -> Vec<String> {
    let slots = &world.node(node).slots;
    let mine = |slot: SlotIndex| slots.contains(&slot.0);
    let mut held = Vec::new();
    for (index, object) in world.plan.graph().objects.iter().enumerate() {
        let id = ObjectId(index as u32);
        let holds = match object.kind() {
            Kind::Lock => world.object::<shm::Lock>(id).holder().is_some_and(mine),
            Kind::Semaphore => {
                let holders = world.object::<shm::Semaphore>(id).holders(&world.arena);
                holders.into_iter().any(|(slot, units)| units > 0 && mine(slot))
            }
            // Of its own lock only: a named one stands for itself.
            Kind::Condition => match (&object.kind, world.shared(id)) {
                (crate::graph::ObjectKind::Condition(condition), Shared::Object(_)) if condition.lock.is_none() => {
                    world.object::<shm::Condition>(id).lock(&world.arena).holder().is_some_and(mine)
                }
                _ => false,
            },
            _ => false,
        };
        if holds {
            held.push(object.name.value.clone());
        }
    }
    held
}

/// The step at which an actor stands: the one whose operation it asked for last.
pub fn step<'w>(world: &'w World, node: NodeId, slot: SlotIndex) -> Option<&'w StepInfo> {
    let (code, pc) = world.arena.slot(slot).stands_at()?;
    let program = program(world, node, code)?;
    (pc < program.code.len() as u32).then(|| program.step_at(pc)).filter(|step| !step.verb.is_empty())
}

/// Whose code it is: 0 for the node's own, else a job's number and 1.
pub fn program<'w>(world: &'w World, node: NodeId, code: u32) -> Option<&'w Program> {
    match (code, world.node(node).kind) {
        (0, NodeKind::Instance(instance)) => world.plan.program(world.plan.instances()[instance].process),
        (0, _) => None,
        (job, _) => world.plan.jobs().get(job as usize - 1),
    }
}

/// `file:line: the step`, for a process that ended badly.
pub fn stood(world: &World, node: NodeId) -> Option<String> {
    let slot = SlotIndex(world.node(node).slots.start);
    step(world, node, slot).map(|step| format!("{}: {}", step.place, step.text))
}

/// `file:line` where a command is declared, for what it does without steps.
pub fn declared(world: &World, node: NodeId) -> String {
    match world.node(node).kind {
        NodeKind::Instance(instance) => world.plan.sources().place(world.process(instance).name.span),
        _ => String::new(),
    }
}
