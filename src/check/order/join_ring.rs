//! `order/join-ring`: processes that each join the next before they end, in a ring; also where one of them begins only
//! `after` the other.
//!
//! A join that gives up, that some way goes round, or of a process that is ended by a signal, is left alone.
//!
//! Bad: `a` with `join: b`, and `b` with `join: a`. Good: one of them joins the other.
use std::collections::BTreeSet;

use super::cycle::SHOWN_MAX;
use super::ring::{Entry, rings};
use crate::check::body::Body;
use crate::check::flow::{Act, Flow, Node, NodeId, Seen, trace};
use crate::check::study::Study;
use crate::check::wiring::Actor;
use crate::diag::{Bag, Code, Finding, Span};
use crate::graph::{Action, ProcessId, gives_up};
use crate::program::{Thing, find_process};

pub(in crate::check) fn join_ring(study: &Study, bag: &mut Bag) {
    if study.is_wrong_on_purpose() {
        return;
    }
    let mut entries: Vec<Vec<Entry>> = vec![Vec::new(); study.graph.processes.len()];
    for (_, body) in study.running().filter(|(_, body)| !body.model) {
        let joins = joins(study, body);
        for actor in body.runners.iter().filter(|_| !joins.is_empty()) {
            if let Actor::Process(process) = actor {
                entries[process.index()].extend(&joins);
            }
        }
    }
    if entries.iter().all(Vec::is_empty) {
        return;
    }
    let joins: BTreeSet<Span> = entries.iter().flatten().map(|(_, span)| *span).collect();
    for (process, entries) in study.graph.processes.iter().zip(&mut entries) {
        let befores = process.after.iter();
        entries.extend(
            befores.filter_map(|after| Some((find_process(study.graph, &after.process)?.process, after.process.span))),
        );
    }
    for ring in rings(&entries) {
        // One that joins itself alone is reported, and so is a ring of `after`.
        let is_new = ring.len() > 1 && ring.iter().any(|(_, span)| joins.contains(span));
        if is_new && !ring.iter().any(|(process, _)| study.is_ended(*process)) {
            bag.add(finding(study, ring, &joins));
        }
    }
}

/// The joins that the body comes to on every way to its end.
fn joins(study: &Study, body: &Body) -> Vec<Entry> {
    let Some(flow) = &body.flow else { return Vec::new() };
    let joined = |node: &Node| match node.act {
        Act::Step(step) => match &step.action {
            Action::Join { of, timeout, .. } if !gives_up(&None, timeout) => match body.thing(study.graph, of) {
                Some(Thing::Process(process)) => Some((process.process, of.span)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    let all = flow.ids().filter_map(|id| joined(flow.node(id))).take(LOOKED_AT_MAX);
    let certain = |(process, _): &Entry| {
        let judge = &mut |at: NodeId, node: &Node| match joined(node) {
            Some((other, _)) if other == *process => Seen::Stop,
            _ if at == Flow::END || at == Flow::EXIT => Seen::Found,
            _ => Seen::GoOn,
        };
        trace(flow, Flow::ENTRY, &|_| None, judge).is_none()
    };
    all.filter(certain).collect()
}

/// Joins of one body that are looked at.
const LOOKED_AT_MAX: usize = 100;

fn finding(study: &Study, mut ring: Vec<Entry>, joins: &BTreeSet<Span>) -> Finding {
    let first = (0..ring.len()).min_by_key(|i| ring[*i].1).unwrap_or(0);
    ring.rotate_left(first);
    let name = |process: ProcessId| study.graph.process(process).name.value.as_str();
    let mut names: Vec<&str> = ring.iter().take(SHOWN_MAX).map(|(process, _)| name(*process)).collect();
    names.push(name(ring[0].0));
    let message = format!("these processes wait for one another, and none can end: {}", names.join(" -> "));
    let label = |i: usize| {
        let (process, span) = ring[i];
        let does = if joins.contains(&span) { "joins" } else { "begins after" };
        (span, format!("`{}` {does} `{}`", name(process), name(ring[(i + 1) % ring.len()].0)))
    };
    let (span, text) = label(0);
    let finding = Finding::new(Code::OrderJoinRing, span, message, text);
    let finding =
        (1..ring.len().min(SHOWN_MAX)).map(label).fold(finding, |finding, (span, text)| finding.also(span, text));
    finding.help("let one of them not wait for the other, or give its `join` a `timeout`")
}
