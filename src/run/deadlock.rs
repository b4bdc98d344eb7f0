//! Seeing that nothing can move any more, and saying why.
//!
//! Every process publishes what it waits for. When all that live wait without a time limit for what, as the objects
//! are, really cannot come about ([`supervise::blocked`]), and a second look some time later finds that none of them
//! has moved, then none ever will: only they could change what they wait for.
use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use super::reactor::Reactor;
use super::stall::{self, Stall};
use super::world::{NodeKind, Shared, World};
use super::{NodeId, blame};
use crate::graph::{ObjectId, ObjectKind, Operation};
use crate::program::{End, Found, Thing, find};
use crate::shm::{self, SlotIndex, State, Target, Verb, Waiting, supervise};

/// A deadlock, explained.
#[derive(Clone, Debug, Default)]
pub struct Deadlock {
    pub waiters: Vec<Waiter>,
    /// Names of processes, each waiting for the next, the last for the first; empty when no ring is among them.
    pub cycle: Vec<String>,
}

/// One process (or thread) that waits for ever.
#[derive(Clone, Debug)]
pub struct Waiter {
    pub name: String,
    /// `file:line`, empty for what has no step.
    pub place: String,
    /// The step as written.
    pub step: String,
    /// `get on the queue `tasks``.
    pub waits_for: String,
    /// Who would have to act, with what is known of them.
    pub would_have_to_act: Vec<String>,
    /// On a ring, not merely hanging on one.
    pub in_cycle: bool,
    pub holds: Vec<String>,
}

/// The first of two looks.
#[derive(Debug, Default)]
pub struct Watch {
    seen: Option<Vec<(SlotIndex, u64)>>,
}

impl Watch {
    /// A deadlock, if the look before this one saw the same standstill.
    pub fn look(&mut self, world: &World, reactor: &Reactor) -> Option<Deadlock> {
        let now = standstill(world, reactor);
        let same = now.is_some() && now == self.seen && all_sleep(world, reactor);
        self.seen = now;
        same.then(|| explain(world, reactor))
    }
}

/// Whether every process of steps is asleep. One that was sent a signal and has not come to run since is not, and one that
/// has ended and is not reaped yet: what either waits for does not matter any more.
fn all_sleep(world: &World, reactor: &Reactor) -> bool {
    let is_external = |kind| matches!(kind, NodeKind::Instance(instance) if world.process(instance).is_external());
    (0..world.nodes.len() as u32).map(NodeId).filter(|node| reactor.is_running(*node)).all(|node| {
        let pid = world.arena.slot(first(world, node)).pid();
        is_external(world.node(node).kind) || pid.is_some_and(stall::is_asleep)
    })
}

/// Every live actor with its count of waits, if all of them are blocked; `None` if anybody can move.
fn standstill(world: &World, reactor: &Reactor) -> Option<Vec<(SlotIndex, u64)>> {
    if reactor.rests() {
        return None;
    }
    let mut seen = Vec::new();
    for (index, node) in world.nodes.iter().enumerate() {
        let id = NodeId(index as u32);
        if !reactor.is_running(id) {
            continue;
        }
        if let NodeKind::Instance(instance) = node.kind
            && world.process(instance).is_external()
        {
            // A command moves, unless it waits for a client that waits in an object, or at a stream that leads to one.
            stalled(world, id)?;
            seen.push((first(world, id), 0));
            let clients = node.clients().filter(|slot| world.arena.slot(*slot).state() == State::Running);
            seen.extend(clients.map(|slot| (slot, supervise::ops(&world.arena, slot))));
            continue;
        }
        if let NodeKind::DrainsOutput { instance, .. } | NodeKind::FeedsStdin(instance) = node.kind
            && supervise::waiting(&world.arena, first(world, id)).is_none()
        {
            // Asleep, it waits for its command, which is looked at for itself. One whose command has ended carries the
            // last of what that wrote, or is about to end.
            if !reactor.is_running(NodeId(instance as u32)) || !stall::sleeps(world, id) {
                return None;
            }
            continue;
        }
        let mut waits = false;
        for slot in node.slots.clone().take(node.threads as usize).map(SlotIndex) {
            let blocked = is_blocked(world, slot);
            if !blocked && !has_left(world, node.threads, slot) {
                return None;
            }
            waits |= blocked;
            seen.push((slot, supervise::ops(&world.arena, slot)));
        }
        // All its threads have left: it is on its way out.
        if !waits {
            return None;
        }
    }
    (!seen.is_empty()).then_some(seen)
}

fn is_blocked(world: &World, slot: SlotIndex) -> bool {
    let timed = supervise::waiting(&world.arena, slot).is_none_or(|waiting| waiting.timed);
    !timed && supervise::blocked(&world.arena, slot)
}

/// A thread whose body has ended while others go on.
fn has_left(world: &World, threads: u32, slot: SlotIndex) -> bool {
    threads > 1 && world.arena.slot(slot).has_left()
}

fn stalled(world: &World, command: NodeId) -> Option<Stall> {
    stall::stall(world, command, |slot| is_blocked(world, slot))
}

fn first(world: &World, node: NodeId) -> SlotIndex {
    SlotIndex(world.node(node).slots.start)
}

/// Whom a wait is for, in words and as nodes.
struct Reason {
    waits_for: String,
    actors: BTreeSet<NodeId>,
}

fn explain(world: &World, reactor: &Reactor) -> Deadlock {
    let mut waiting: Vec<(NodeId, SlotIndex, Reason)> = Vec::new();
    for (index, node) in world.nodes.iter().enumerate() {
        let id = NodeId(index as u32);
        if !reactor.is_running(id) {
            continue;
        }
        for slot in node.slots.clone().map(SlotIndex) {
            if is_idle_worker(world, id, slot) {
                continue;
            }
            let waits = supervise::waiting_list(&world.arena, slot);
            if !waits.is_empty() {
                waiting.push((on_behalf_of(world, id), slot, reason(world, slot, &waits)));
            }
        }
    }
    waiting.extend(at_streams(world, reactor));
    let rings = rings(&waiting);
    let in_ring = |node: NodeId| rings.iter().any(|ring| ring.contains(&node));
    let waiters = waiting
        .iter()
        .map(|(node, slot, reason)| {
            let step = blame::step(world, *node, *slot);
            let (place, text) = match (step, world.said.get(slot)) {
                (Some(step), _) => (step.place.to_string(), step.text.to_string()),
                (None, Some(said)) => (blame::declared(world, *node), said.clone()),
                (None, None) => Default::default(),
            };
            let actors = reason.actors.iter().filter(|actor| *actor != node || reason.actors.len() == 1);
            Waiter {
                name: actor_name(world, *node, *slot),
                place,
                step: text,
                waits_for: reason.waits_for.clone(),
                would_have_to_act: actors.map(|actor| describe(world, reactor, *actor)).collect(),
                in_cycle: in_ring(*node),
                holds: blame::held(world, *node),
            }
        })
        .collect();
    let cycle = rings.first().map(|ring| ring.iter().map(|node| world.node(*node).name.to_string()).collect());
    Deadlock { waiters, cycle: cycle.unwrap_or_default() }
}

/// A feeder waits in its command's name.
fn on_behalf_of(world: &World, node: NodeId) -> NodeId {
    match world.node(node).kind {
        NodeKind::FeedsStdin(instance) | NodeKind::DrainsOutput { instance, .. } => NodeId(instance as u32),
        _ => node,
    }
}

/// Commands that wait at an end of a bytes pipe.
fn at_streams(world: &World, reactor: &Reactor) -> Vec<(NodeId, SlotIndex, Reason)> {
    let mut waiting = Vec::new();
    for (index, node) in world.nodes.iter().enumerate() {
        let id = NodeId(index as u32);
        let NodeKind::Instance(instance) = node.kind else { continue };
        if !reactor.is_running(id) || !world.process(instance).is_external() {
            continue;
        }
        let Some(stall) = stalled(world, id) else { continue };
        for name in stall::ends(world, id, stall) {
            let Ok(Found::Thing(Thing::End(end))) = find(world.plan.graph(), &Default::default(), &name.value) else {
                continue;
            };
            let actors = world.users_of(end.peer()).collect();
            let waits_for = format!("the other end of `{}`", name.value);
            waiting.push((id, first(world, id), Reason { waits_for, actors }));
        }
    }
    waiting
}

fn actor_name(world: &World, node: NodeId, slot: SlotIndex) -> String {
    let declared = world.node(node);
    match declared.threads {
        _ if !declared.slots.contains(&slot.0) => declared.name.to_string(),
        1 => declared.name.to_string(),
        _ => format!("{}.{}", declared.name, slot.0 - declared.slots.start + 1),
    }
}

/// A worker without a task hangs on nobody.
fn is_idle_worker(world: &World, node: NodeId, slot: SlotIndex) -> bool {
    let NodeKind::Worker { pool, .. } = world.node(node).kind else { return false };
    let Shared::Object(index) = *world.shared(pool) else { return false };
    let at_tasks = Target::Object(index);
    supervise::waiting(&world.arena, slot)
        .is_some_and(|waiting| waiting.target == at_tasks && waiting.verb == Verb::Get)
}

fn describe(world: &World, reactor: &Reactor, node: NodeId) -> String {
    let name = &world.node(node).name;
    match reactor.exit(node) {
        Some(exit) => format!("`{name}` (ended with {exit})"),
        None if reactor.was_skipped(node) => format!("`{name}` (skipped)"),
        None if !reactor.is_running(node) => format!("`{name}` (not started)"),
        None => format!("`{name}`"),
    }
}

/// Rings of processes that wait for each other, each in the order of waiting, the one of the earliest process first.
fn rings(waiting: &[(NodeId, SlotIndex, Reason)]) -> Vec<Vec<NodeId>> {
    let waits: BTreeMap<NodeId, &BTreeSet<NodeId>> =
        waiting.iter().map(|(node, _, reason)| (*node, &reason.actors)).collect();
    let mut graph = DiGraphMap::<u32, ()>::new();
    for (node, actors) in &waits {
        graph.add_node(node.0);
        for actor in actors.iter().filter(|actor| waits.contains_key(actor)) {
            graph.add_edge(node.0, actor.0, ());
        }
    }
    let knots: Vec<Vec<u32>> = tarjan_scc(&graph);
    let is_ring = |knot: &&Vec<u32>| knot.len() > 1 || graph.contains_edge(knot[0], knot[0]);
    let mut rings: Vec<Vec<NodeId>> = knots.iter().filter(is_ring).map(|knot| shortest_ring(&graph, knot)).collect();
    rings.sort_unstable();
    rings
}

/// A shortest way from the earliest of a knot back to it, breadth first.
fn shortest_ring(graph: &DiGraphMap<u32, ()>, knot: &[u32]) -> Vec<NodeId> {
    let start = knot.iter().copied().min().unwrap_or_default();
    let mut from: BTreeMap<u32, u32> = BTreeMap::new();
    let mut level = vec![start];
    while !level.is_empty() {
        let mut next = Vec::new();
        for node in level {
            for neighbour in graph.neighbors(node).filter(|neighbour| knot.contains(neighbour)) {
                if neighbour == start {
                    let mut ring = vec![node];
                    while let Some(before) = from.get(ring.last().expect("it begins with one")) {
                        ring.push(*before);
                    }
                    ring.reverse();
                    return ring.into_iter().map(NodeId).collect();
                }
                if neighbour != start && !from.contains_key(&neighbour) {
                    from.insert(neighbour, node);
                    next.push(neighbour);
                }
            }
        }
        level = next;
    }
    vec![NodeId(start)]
}

fn reason(world: &World, slot: SlotIndex, waits: &[Waiting]) -> Reason {
    let mut words = Vec::new();
    let mut actors = BTreeSet::new();
    for waiting in waits {
        let (text, who) = one(world, slot, waiting);
        words.push(text);
        actors.extend(who);
    }
    words.dedup();
    Reason { waits_for: words.join(" or "), actors }
}

fn one(world: &World, slot: SlotIndex, waiting: &Waiting) -> (String, BTreeSet<NodeId>) {
    let nodes = |slots: Vec<SlotIndex>| slots.into_iter().filter_map(|slot| world.node_of(slot)).collect();
    let object = match waiting.target {
        Target::Slot(other) => {
            let node = world.node_of(other);
            let name = node.map_or("a process".into(), |node| format!("`{}`", world.node(node).name));
            return (format!("the end of {name}"), node.into_iter().collect());
        }
        Target::Several(_) => return ("one of several".into(), BTreeSet::new()),
        Target::Object(object) => object,
    };
    if waiting.verb == Verb::Await {
        let workers = world.nodes.iter().enumerate().filter(|(_, node)| matches!(node.kind, NodeKind::Worker { .. }));
        let busy = workers.map(|(index, _)| NodeId(index as u32));
        let busy = busy.filter(|node| !is_idle_worker(world, *node, first(world, *node)));
        return ("the result of a pool".into(), busy.collect());
    }
    let Some(id) = world.object_id(object) else { return ("something".into(), BTreeSet::new()) };
    let declared = world.plan.graph().object(id);
    let name = &declared.name.value;
    let wired = |thing, operation| nodes(world.slots_of(thing, operation));
    let end = End { pipe: id, side: waiting.part.min(1) };
    let thing = Thing::Object(id);
    match (&declared.kind, waiting.verb) {
        (ObjectKind::Queue(_), Verb::Put) => (format!("room in the queue `{name}`"), wired(thing, Operation::Get)),
        (ObjectKind::Queue(_), Verb::Join) => {
            (format!("the tasks of the queue `{name}` to be done"), wired(thing, Operation::TaskDone))
        }
        (ObjectKind::Queue(_), Verb::Drain) => {
            (format!("an item, or the end, of the queue `{name}`"), wired(thing, Operation::Put))
        }
        (ObjectKind::Queue(_), _) => (format!("an item of the queue `{name}`"), wired(thing, Operation::Put)),
        (ObjectKind::Pipe(pipe), verb) => {
            let end_name = &pipe.ends[usize::from(end.side)].value;
            match verb {
                Verb::Send => (format!("room in `{name}.{end_name}`"), wired(Thing::End(end.peer()), Operation::Recv)),
                _ => (format!("a message at `{name}.{end_name}`"), wired(Thing::End(end.peer()), Operation::Send)),
            }
        }
        (ObjectKind::Event(_), _) => (format!("the event `{name}`"), wired(thing, Operation::Set)),
        (ObjectKind::Barrier(barrier), _) => {
            let waiting = world.object::<shm::Barrier>(id).n_waiting();
            let mut others: BTreeSet<NodeId> = wired(thing, Operation::Wait);
            others.retain(|node| {
                !world
                    .node(*node)
                    .slots
                    .clone()
                    .any(|slot| is_waiting_at(world, SlotIndex(slot), waiting_object(world, id)))
            });
            (format!("the barrier `{name}` ({waiting} of {} parties)", barrier.parties.value), others)
        }
        (ObjectKind::Lock(_), _) => {
            let holder = world.object::<shm::Lock>(id).holder();
            (format!("the lock `{name}`"), holder.and_then(|slot| world.node_of(slot)).into_iter().collect())
        }
        (ObjectKind::Semaphore(_), _) => {
            let holders = world.object::<shm::Semaphore>(id).holders(&world.arena);
            let mut actors: BTreeSet<NodeId> = holders
                .into_iter()
                .filter(|(_, units)| *units > 0)
                .filter_map(|(slot, _)| world.node_of(slot))
                .collect();
            if actors.is_empty() {
                actors = wired(thing, Operation::Release);
                actors.retain(|node| world.node_of(slot) != Some(*node));
            }
            (format!("the semaphore `{name}`"), actors)
        }
        (ObjectKind::Condition(_), Verb::Acquire) => {
            let holder = world.object::<shm::Condition>(id).lock(&world.arena).holder();
            (format!("the lock of `{name}`"), holder.and_then(|slot| world.node_of(slot)).into_iter().collect())
        }
        (ObjectKind::Condition(_), _) => {
            let mut actors: BTreeSet<NodeId> = wired(thing, Operation::Notify);
            actors.retain(|node| world.node_of(slot) != Some(*node));
            (format!("the condition `{name}`"), actors)
        }
        (kind, _) => (format!("the {} `{name}`", kind.kind().name()), BTreeSet::new()),
    }
}

fn waiting_object(world: &World, id: ObjectId) -> Option<Target> {
    match world.shared(id) {
        Shared::Object(index) => Some(Target::Object(*index)),
        _ => None,
    }
}

fn is_waiting_at(world: &World, slot: SlotIndex, target: Option<Target>) -> bool {
    supervise::waiting(&world.arena, slot).is_some_and(|waiting| Some(waiting.target) == target)
}
