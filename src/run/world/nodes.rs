//! What runs as a process: instances, the workers of pools, and what carries the streams of commands.
//!
//! What must stay true: their order, and that of their slots, is the same in every process of a run, and instances come
//! first, in the plan's order.
use std::collections::BTreeSet;
use std::ops::Range;

use super::SUPERVISOR;
use crate::check::Plan;
use crate::graph::{ObjectId, ObjectKind, Stdin, Stdout};
use crate::shm::SlotIndex;
use crate::value::Str;

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

/// How many `mpgraph ipc` clients of one node can work at once.
const CLIENTS: u32 = 16;

/// All that may run: instances in the plan's order, then workers, then feeders; slots are given in that order.
pub(super) fn nodes(plan: &Plan) -> Vec<Node> {
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

/// The actors of a node, by their slots, with the names that schedules know them by.
pub(in crate::run) fn named_actors(plan: &Plan, node: &Node) -> Vec<(Str, SlotIndex)> {
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
