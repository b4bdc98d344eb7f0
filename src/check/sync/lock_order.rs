//! `sync/lock-order`: locks that are taken in opposite orders by processes that can run at the same time.
//!
//! Each may hold what the other wants. Nothing can happen where all of them hold one more lock before, where a semaphore
//! lets in too few of them, where an order keeps them apart, or where one gives up waiting.
//!
//! Bad: `with: a` around `with: b` here, `with: b` around `with: a` there. Good: the same order everywhere.
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use super::held::{Effect, Locks, units};
use super::meeting::{Meeting, Site};
use crate::check::flow::{Care, solve};
use crate::check::study::Study;
use crate::check::wiring::Actor;
use crate::diag::{Bag, Code, Finding, Span};
use crate::graph::{ObjectId, Operation};

/// Ways to get from one lock to the next that are tried for a ring, and runners of each.
const TRIED_MAX: usize = 16;

/// Choices that are tried for one ring; if none of them will do, it is not told.
const CHOICES_MAX: usize = 10_000;

/// Somebody takes `to` while he holds `from`.
struct Edge {
    from: ObjectId,
    to: ObjectId,
    /// Where.
    from_span: Span,
    to_span: Span,
    /// All that he holds, in the order taken; `from` stands at `place`. Shared by all edges to `to`.
    held: Rc<[ObjectId]>,
    place: usize,
    /// The semaphores he is in, with how many they let in.
    rooms: Rc<BTreeMap<ObjectId, u32>>,
    at: Site,
}

impl Edge {
    /// What he held before he took `from`.
    fn before(&self) -> &[ObjectId] {
        &self.held[..self.place]
    }

    /// Both took one lock first, which keeps them apart.
    fn is_guarded_with(&self, other: &Edge) -> bool {
        let others: BTreeSet<&ObjectId> = other.before().iter().collect();
        self.before().iter().any(|lock| others.contains(lock))
    }
}

pub(in crate::check) fn lock_order(study: &Study, bag: &mut Bag) {
    let edges = edges(study);
    let mut by_pair: BTreeMap<(ObjectId, ObjectId), Vec<&Edge>> = BTreeMap::new();
    for edge in &edges {
        by_pair.entry((edge.from, edge.to)).or_default().push(edge);
    }
    let mut next: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
    for (from, to) in by_pair.keys() {
        next.entry(*from).or_default().insert(*to);
    }
    let meeting = Meeting::new(study);
    let mut told = BTreeSet::new();
    let component = components(&next);
    for (from, to) in by_pair.keys() {
        if component.get(from) != component.get(to) {
            continue;
        }
        let Some(ring) = ring(&next, *from, *to) else { continue };
        let mut members = ring.clone();
        members.sort_unstable();
        if told.contains(&members) {
            continue;
        }
        let steps: Vec<&[&Edge]> =
            (0..ring.len()).map(|i| by_pair[&(ring[i], ring[(i + 1) % ring.len()])].as_slice()).collect();
        if let Some(chosen) = choose(study, &meeting, &mut CHOICES_MAX.clone(), &steps, Vec::new()) {
            told.insert(members);
            bag.add(finding(study, &chosen));
        }
    }
}

fn edges(study: &Study) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (number, body) in study.running().filter(|(_, body)| !body.model && body.does(&[Operation::Acquire])) {
        let Some(flow) = &body.flow else { continue };
        let locks = Locks { graph: study.graph, body };
        let mut takes = 0;
        for step in body.steps {
            step.walk(&mut |step| takes += usize::from(matches!(locks.effect_of(step), Some(Effect::Takes { .. }))));
        }
        if takes < 2 {
            continue;
        }
        let held = solve(flow, &locks, Care::Known);
        for id in flow.ids() {
            let Some(held) = &held[id.index()] else { continue };
            let Some(Effect::Takes { lock, name, bounded: false, .. }) = locks.effect(flow.node(id)) else { continue };
            if held.since(lock.id).is_some() || units(study.graph, lock.id).is_some() {
                continue;
            }
            let rooms = |(id, _): &(ObjectId, Span)| Some((*id, units(study.graph, *id)?));
            let rooms: Rc<BTreeMap<ObjectId, u32>> = Rc::new(held.surely.iter().filter_map(rooms).collect());
            let alone: Vec<(ObjectId, Span)> =
                held.surely.iter().copied().filter(|(id, _)| !rooms.contains_key(id)).collect();
            let held: Rc<[ObjectId]> = alone.iter().map(|(id, _)| *id).collect();
            for (place, (from, from_span)) in alone.into_iter().enumerate() {
                let (to, to_span, at) = (lock.id, name.span, Site { body: number, node: id });
                let (held, rooms) = (held.clone(), rooms.clone());
                edges.push(Edge { from, to, from_span, to_span, held, place, rooms, at });
            }
        }
    }
    edges
}

/// For each lock the set of those that can be come to from it and back, by a number.
fn components(next: &BTreeMap<ObjectId, BTreeSet<ObjectId>>) -> BTreeMap<ObjectId, usize> {
    let mut graph = petgraph::graphmap::DiGraphMap::<ObjectId, ()>::new();
    for (from, all) in next {
        for to in all {
            graph.add_edge(*from, *to, ());
        }
    }
    let all = petgraph::algo::tarjan_scc(&graph).into_iter().enumerate();
    all.flat_map(|(number, component)| component.into_iter().map(move |lock| (lock, number))).collect()
}

/// The shortest ring of locks that begins with these two.
fn ring(next: &BTreeMap<ObjectId, BTreeSet<ObjectId>>, first: ObjectId, second: ObjectId) -> Option<Vec<ObjectId>> {
    let mut came: BTreeMap<ObjectId, ObjectId> = BTreeMap::new();
    let mut due = VecDeque::from([second]);
    while let Some(lock) = due.pop_front() {
        for after in next.get(&lock).into_iter().flatten() {
            if *after == first {
                let mut ring = vec![lock];
                let mut at = lock;
                while at != second {
                    at = came[&at];
                    ring.push(at);
                }
                ring.push(first);
                ring.reverse();
                return Some(ring);
            }
            if *after != second && !came.contains_key(after) {
                came.insert(*after, lock);
                due.push_back(*after);
            }
        }
    }
    None
}

/// One edge and one runner for each step of the ring, all of which can be at it at the same time.
fn choose<'e>(
    study: &Study,
    meeting: &Meeting,
    left: &mut usize,
    steps: &[&[&'e Edge]],
    chosen: Vec<(&'e Edge, Actor)>,
) -> Option<Vec<(&'e Edge, Actor)>> {
    let Some((edges, rest)) = steps.split_first() else { return (!is_too_small(&chosen)).then_some(chosen) };
    for edge in edges.iter().take(TRIED_MAX) {
        for actor in study.bodies[edge.at.body].runners.iter().take(TRIED_MAX) {
            if *left == 0 {
                return None;
            }
            *left -= 1;
            let together = chosen.iter().all(|(other, by)| {
                !edge.is_guarded_with(other) && meeting.can_meet_as((edge.at, *actor), (other.at, *by))
            });
            if together {
                let mut more = chosen.clone();
                more.push((edge, *actor));
                if let Some(all) = choose(study, meeting, left, rest, more) {
                    return Some(all);
                }
            }
        }
    }
    None
}

/// All of them are in one room that does not hold so many.
fn is_too_small(chosen: &[(&Edge, Actor)]) -> bool {
    let Some(((first, _), others)) = chosen.split_first() else { return false };
    first.rooms.iter().any(|(room, holds)| {
        (*holds as usize) < chosen.len() && others.iter().all(|(edge, _)| edge.rooms.contains_key(room))
    })
}

fn finding(study: &Study, chosen: &[(&Edge, Actor)]) -> Finding {
    let name = |id: ObjectId| study.graph.object(id).name.value.as_str();
    let mut places: Vec<&(&Edge, Actor)> = chosen.iter().collect();
    places.sort_by_key(|(edge, actor)| (edge.to_span, *actor));
    let says = |edge: &Edge, actor: Actor| {
        format!("{} takes `{}` while it holds `{}`", study.actor_name(actor), name(edge.to), name(edge.from))
    };
    let message = match chosen {
        [(one, _), _] => {
            let (a, b) = (name(one.from).min(name(one.to)), name(one.from).max(name(one.to)));
            format!("`{a}` and `{b}` are taken in opposite orders: each may hold what the other waits for")
        }
        _ => {
            let (first, _) = places[0];
            let from = chosen.iter().position(|(edge, _)| std::ptr::eq(*edge, *first)).unwrap_or(0);
            let ring: Vec<String> =
                (0..=chosen.len()).map(|i| format!("`{}`", name(chosen[(from + i) % chosen.len()].0.from))).collect();
            format!(
                "these locks are taken in a ring, and each may be held by who waits for the next: {}",
                ring.join(" -> ")
            )
        }
    };
    let (first, actor) = places[0];
    let mut finding = Finding::new(Code::SyncLockOrder, first.to_span, message, says(first, *actor));
    for (edge, actor) in &places[1..] {
        // Where they share the steps of a target, the process tells them apart.
        let span = if finding.labels.iter().any(|label| label.span == edge.to_span) {
            study.actor_span(*actor)
        } else {
            edge.to_span
        };
        finding = finding.also(span, says(edge, *actor));
    }
    for (edge, _) in places {
        if finding.labels.iter().all(|label| label.span != edge.from_span) {
            finding = finding.also(edge.from_span, format!("`{}` is held since here", name(edge.from)));
        }
    }
    finding.help("take them in the same order everywhere, or hold one more lock around both")
}
