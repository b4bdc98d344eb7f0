//! Rings of processes that wait for one another.
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::diag::Span;
use crate::graph::ProcessId;

/// Whom a process waits for, and where that is said.
pub(super) type Entry = (ProcessId, Span);

/// Rings that are told of processes each of which waits for all others; mending these mends more.
const RINGS_MAX: usize = 50;

/// By process its entries. Each ring is a list of processes, each with its entry for the next, the last one's for the
/// first; every entry that is in some ring is in one of these.
pub(super) fn rings(entries: &[Vec<Entry>]) -> Vec<Vec<Entry>> {
    let mut found = Vec::new();
    for component in components(entries) {
        let mut told: BTreeSet<Span> = BTreeSet::new();
        let mut rings = 0;
        for from in &component {
            for entry in &entries[from.index()] {
                if rings == RINGS_MAX || told.contains(&entry.1) {
                    continue;
                }
                let Some(ring) = shortest_ring(entries, &component, *from, *entry) else { continue };
                told.extend(ring.iter().map(|(_, span)| *span));
                rings += 1;
                found.push(ring);
            }
        }
    }
    found
}

/// The shortest ring through an entry of `start`.
fn shortest_ring(
    entries: &[Vec<Entry>],
    component: &BTreeSet<ProcessId>,
    start: ProcessId,
    first: Entry,
) -> Option<Vec<Entry>> {
    if first.0 == start {
        return Some(vec![(start, first.1)]);
    }
    // For each process the one it was come to from, and the entry.
    let mut came: BTreeMap<ProcessId, Entry> = BTreeMap::from([(first.0, (start, first.1))]);
    let mut due = VecDeque::from([first.0]);
    while let Some(process) = due.pop_front() {
        for (before, span) in &entries[process.index()] {
            if *before == start {
                let mut ring = vec![(process, *span)];
                let mut at = process;
                while at != start {
                    let (from, span) = came[&at];
                    ring.push((from, span));
                    at = from;
                }
                ring.reverse();
                return Some(ring);
            }
            if component.contains(before) && !came.contains_key(before) {
                came.insert(*before, (process, *span));
                due.push_back(*before);
            }
        }
    }
    None
}

/// Sets of processes each of which waits for all others of its set, those with a ring only, by their first process.
fn components(entries: &[Vec<Entry>]) -> Vec<BTreeSet<ProcessId>> {
    let mut graph = petgraph::graph::DiGraph::<(), ()>::with_capacity(entries.len(), entries.len());
    let nodes: Vec<_> = entries.iter().map(|_| graph.add_node(())).collect();
    for (from, befores) in entries.iter().enumerate() {
        for (before, _) in befores {
            graph.add_edge(nodes[from], nodes[before.index()], ());
        }
    }
    let mut all: Vec<BTreeSet<ProcessId>> = petgraph::algo::tarjan_scc(&graph)
        .into_iter()
        .map(|component| component.into_iter().map(|node| ProcessId(node.index() as u32)).collect())
        .collect();
    all.sort();
    all
}
