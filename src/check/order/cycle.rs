//! `order/cycle`: processes that wait for one another with `after`.
//!
//! None of them would ever begin. Every ring is told once, and written out.
//!
//! Bad: `a: {after: [b], ..}` and `b: {after: [a], ..}`. Good: drop one of the two entries.
use super::ring::{Entry, rings};
use crate::diag::{Bag, Code, Finding};
use crate::graph::{Graph, ProcessId};
use crate::program::find_process;

pub(in crate::check) fn cycle(graph: &Graph, bag: &mut Bag) {
    let entries: Vec<Vec<Entry>> = graph
        .processes
        .iter()
        .map(|process| {
            let entry =
                |after: &crate::graph::After| Some((find_process(graph, &after.process)?.process, after.process.span));
            process.after.iter().filter_map(entry).collect()
        })
        .collect();
    for ring in rings(&entries) {
        bag.add(finding(graph, ring));
    }
}

/// Processes of one ring that are written out.
pub(super) const SHOWN_MAX: usize = 20;

/// `ring`: each process with its entry for the next, the last one's for the first.
fn finding(graph: &Graph, mut ring: Vec<Entry>) -> Finding {
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
