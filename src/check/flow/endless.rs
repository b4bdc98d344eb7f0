//! `flow/endless`: a loop without a way out, in a process that nothing ends.
//!
//! The run waits for every process that is no daemon. Left alone is a process that somebody terminates or kills, that has
//! a timeout or is expected to end badly, and a loop that a known error can end.
//!
//! Bad: `loop: [sleep: 1s]`. Good: the same in a process with `daemon: true`, or with a `break`.
use std::collections::VecDeque;

use super::{Act, Flow, NodeId, Raise};
use crate::check::body::Body;
use crate::check::count::is_cut_short;
use crate::check::study::{Study, Touch};
use crate::check::wiring::Actor;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{Action, Operation, ProcessId, Step, gives_up};

pub(in crate::check) fn endless(study: &Study, bag: &mut Bag) {
    if study.is_wrong_on_purpose() || study.graph.timeout.is_some() {
        return;
    }
    for (_, body) in study.running().filter(|(_, body)| !body.model) {
        let mut runners = body.runners.iter().filter_map(|actor| match actor {
            Actor::Process(process) => Some(*process),
            Actor::Worker(_) => None,
        });
        let Some(process) = runners.find(|process| goes_on(study, *process)) else { continue };
        let Some(step) = stuck(body) else { continue };
        let span = step.verb.span;
        // What stands behind the loop is told as unreachable: one mistake, one finding.
        let told = |finding: &Finding| {
            finding.code == Code::FlowUnreachable && finding.labels.iter().any(|label| label.span == span)
        };
        if bag.iter().any(told) {
            continue;
        }
        let name = &study.graph.process(process).name;
        let message =
            format!("nothing ends this `{}`, and the run waits for `{}` for ever", step.verb.value, name.value);
        let finding = Finding::new(Code::FlowEndless, span, message, "has no way out");
        let help = format!("leave it by `break`, or give `{}` the key `daemon: true`", name.value);
        bag.add(finding.also(name.span, "is no daemon").help(help));
    }
}

/// It is no daemon, and nothing but its own steps is known to end it.
fn goes_on(study: &Study, id: ProcessId) -> bool {
    // Who asks for its number may end it by other means.
    let asks = |touch: &Touch| touch.operation == Operation::Read && study.sources.text(touch.span).ends_with(".pid");
    let process = study.graph.process(id);
    !process.daemon && !is_cut_short(study, id) && !study.touches_of_process(id).any(|(_, touch)| asks(touch))
}

/// A loop that is surely come to and never left.
fn stuck<'a>(body: &Body<'a>) -> Option<&'a Step> {
    let flow = body.flow.as_ref()?;
    let from_entry = reached(flow, Flow::ENTRY);
    if from_entry.iter().any(|id| matches!(*id, Flow::END | Flow::EXIT | Flow::DIED)) {
        return None;
    }
    let back = backwards(flow);
    let loops = from_entry.into_iter().filter_map(|id| match flow.node(id).act {
        Act::Step(step) | Act::Item(step) if matches!(step.action, Action::Loop { .. } | Action::While { .. }) => {
            Some((id, step))
        }
        _ => None,
    });
    // The one that is never left, and not one before it.
    let stuck = loops.take(LOOPS_MAX).find(|(id, _)| {
        let again = comes_to(flow, &back, &[*id]);
        reached(flow, *id).into_iter().all(|id| again[id.index()])
    });
    stuck.map(|(_, step)| step)
}

/// Loops of a body that are looked at.
const LOOPS_MAX: usize = 50;

/// Where control goes from a node, by its own work or by an error that is known, or that somebody catches.
fn ways<'f>(flow: &'f Flow, id: NodeId) -> impl Iterator<Item = NodeId> + 'f {
    let node = flow.node(id);
    let counts = |raise: &&Raise| raise.to != Flow::DIED || (raise.known && !is_rare(node.act));
    let errors = node.raises.iter().filter(counts).map(|raise| raise.to);
    node.next.iter().copied().chain(errors)
}

fn backwards(flow: &Flow) -> Vec<Vec<NodeId>> {
    let mut back: Vec<Vec<NodeId>> = vec![Vec::new(); flow.nodes.len()];
    for id in flow.ids() {
        ways(flow, id).for_each(|to| back[to.index()].push(id));
    }
    back
}

/// From where one of these can be come to.
fn comes_to(flow: &Flow, back: &[Vec<NodeId>], these: &[NodeId]) -> Vec<bool> {
    let mut seen = vec![false; flow.nodes.len()];
    let mut due = these.to_vec();
    while let Some(id) = due.pop() {
        if !std::mem::replace(&mut seen[id.index()], true) {
            due.extend(&back[id.index()]);
        }
    }
    seen
}

/// What can be come to from here, the nearest first.
fn reached(flow: &Flow, from: NodeId) -> Vec<NodeId> {
    let mut seen = vec![false; flow.nodes.len()];
    let mut all = Vec::new();
    let mut due = VecDeque::from([from]);
    while let Some(id) = due.pop_front() {
        if !std::mem::replace(&mut seen[id.index()], true) {
            all.push(id);
            due.extend(ways(flow, id));
        }
    }
    all
}

/// The death of another process is no way to end a loop, nor is a mark too many.
fn is_rare(act: Act) -> bool {
    let Act::Step(step) = act else { return false };
    match &step.action {
        Action::Acquire { block, timeout, .. } => !gives_up(block, timeout),
        Action::With { .. } | Action::Release { .. } | Action::TaskDone { .. } => true,
        _ => false,
    }
}
