//! `order/cycle`: processes that wait for one another with `after`.
//!
//! None of them would ever begin. Every ring is told once, and written out.
//!
//! Bad: `a: {after: [b], ..}` and `b: {after: [a], ..}`. Good: drop one of the two entries.
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::diag::{Bag, Code, Finding, Span};
use crate::graph::{Graph, ProcessId};
use crate::program::find_process;

pub(in crate::check) fn cycle(graph: &Graph, bag: &mut Bag) {
    let entries: Vec<Vec<(ProcessId, Span)>> = graph
        .processes
        .iter()
        .map(|process| {
            let entry =
                |after: &crate::graph::After| Some((find_process(graph, &after.process)?.process, after.process.span));
            process.after.iter().filter_map(entry).collect()
        })
        .collect();
    for component in components(&entries) {
        // The entries that a ring has been told for.
        let mut told: BTreeSet<Span> = BTreeSet::new();
        let mut rings = 0;
        for from in &component {
            for entry in &entries[from.index()] {
                if rings == RINGS_MAX || told.contains(&entry.1) {
                    continue;
                }
                let Some(ring) = shortest_ring(&entries, &component, *from, *entry) else { continue };
                told.extend(ring.iter().map(|(_, span)| *span));
                rings += 1;
                bag.add(finding(graph, ring));
            }
        }
    }
}

/// Rings that are told of processes each of which waits for all others; mending these mends more.
const RINGS_MAX: usize = 50;

/// Processes of one ring that are written out.
const SHOWN_MAX: usize = 20;

/// `ring`: each process with its entry for the next, the last one's for the first.
fn finding(graph: &Graph, mut ring: Vec<(ProcessId, Span)>) -> Finding {
    let first = (0..ring.len()).min_by_key(|i| ring[*i].1).unwrap_or(0);
    ring.rotate_left(first);
    let name = |process: ProcessId| graph.process(process).name.value.as_str();
    let (begin, span) = ring[0];
    let message = if ring.len() == 1 {
        format!("`{}` waits for its own end before it begins", name(begin))
    } else {
        let mut names: Vec<String> = ring.iter().map(|(process, _)| name(*process).to_owned()).collect();
        if names.len() > SHOWN_MAX {
            let more = names.len() - SHOWN_MAX;
            names.truncate(SHOWN_MAX);
            names.push(format!("({more} more)"));
        }
        names.push(name(begin).to_owned());
        format!("these processes wait for one another, and none can begin: {}", names.join(" -> "))
    };
    let next = |i: usize| name(ring[(i + 1) % ring.len()].0);
    let mut finding =
        Finding::new(Code::OrderCycle, span, message, format!("`{}` begins after `{}`", name(begin), next(0)));
    for (i, (process, span)) in ring.iter().enumerate().take(SHOWN_MAX).skip(1) {
        finding = finding.also(*span, format!("`{}` begins after `{}`", name(*process), next(i)));
    }
    finding.help("remove one of these entries")
}

/// The shortest ring through an entry of `start`.
fn shortest_ring(
    entries: &[Vec<(ProcessId, Span)>],
    component: &BTreeSet<ProcessId>,
    start: ProcessId,
    first: (ProcessId, Span),
) -> Option<Vec<(ProcessId, Span)>> {
    if first.0 == start {
        return Some(vec![(start, first.1)]);
    }
    // For each process the one it was come to from, and the entry.
    let mut came: BTreeMap<ProcessId, (ProcessId, Span)> = BTreeMap::from([(first.0, (start, first.1))]);
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
fn components(entries: &[Vec<(ProcessId, Span)>]) -> Vec<BTreeSet<ProcessId>> {
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
