//! `sync/not-released`: a path on which a taken lock is not given back.
//!
//! The next taker gets it with `OwnerDied` once this process has ended, and waits until then. An error that nothing
//! catches ends the process anyway and is no such path; where somebody catches `OwnerDied`, nor is the end.
//! A recursive lock is given back as often as it was taken.
//!
//! Bad: `acquire: lock`, then `return` before `release: lock`. Good: `with: lock` with `do: [..]`.
use std::collections::BTreeSet;

use super::conditions::Conditions;
use super::hanging::hanging;
use super::held::{Effect, LockKind, Locks};
use crate::check::flow::{Act, Care, Flow, Node, NodeId, OwnerDied, Seen, reached, trace, trace_counted};
use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding, Span};
use crate::expr::Expr;
use crate::graph::{Action, ObjectId};

pub(in crate::check) fn not_released(study: &Study, bag: &mut Bag) {
    let inherited = inherited(study);
    for (_, body) in study.running().filter(|(_, body)| !body.model) {
        let Some(flow) = &body.flow else { continue };
        let locks = Locks { graph: study.graph, body };
        if !locks.any() {
            continue;
        }
        let reached = reached(flow, Care::Known);
        let unsure = unsure(&locks);
        let hanging = hanging(flow, &locks);
        let hangs = |id: NodeId| hanging.places.iter().any(|(place, _)| *place == id);
        let conditions = Conditions::new(study, body.steps);
        for id in flow.ids().filter(|id| reached[id.index()] && hanging.reached[id.index()] && !hangs(*id)) {
            let Act::Step(step) = flow.node(id).act else { continue };
            if !matches!(step.action, Action::Acquire { .. }) {
                continue;
            }
            let Some(Effect::Takes { lock, name, .. }) = locks.effect(flow.node(id)) else { continue };
            if !lock.kind.has_holder() {
                continue;
            }
            let gives = |node: &Node| matches!(locks.effect(node), Some(Effect::Gives(given)) if given.id == lock.id);
            // How often a loop takes a recursive one is not counted: where it is given back at all, it may be as often.
            let in_loop = lock.kind == LockKind::Recursive
                && find(flow, id, &|at, _| at == id)
                && find(flow, id, &|_, node| gives(node));
            if in_loop {
                continue;
            }
            let mut judge = |at: NodeId, node: &Node| match node.act {
                Act::End | Act::Exit => Seen::Found,
                Act::Died => Seen::Stop,
                _ if hangs(at) => Seen::Stop,
                _ if at == id => Seen::Found,
                _ if gives(node) => Seen::Stop,
                _ => Seen::GoOn,
            };
            let assumed = |condition: &Expr| conditions.hold_after(step, condition);
            let end = if lock.kind == LockKind::Recursive && !unsure.contains(&lock.id) {
                let weigh = |node: &Node| match locks.effect(node) {
                    Some(Effect::Takes { lock: taken, .. }) if taken.id == lock.id => 1,
                    Some(Effect::Gives(given)) if given.id == lock.id => -1,
                    _ => 0,
                };
                let mut judge = |at: NodeId, node: &Node| match judge(at, node) {
                    Seen::Stop if gives(node) => Seen::GoOn,
                    seen => seen,
                };
                trace_counted(flow, id, &assumed, &weigh, &mut judge)
            } else {
                trace(flow, id, &assumed, &mut judge)
            };
            let ends = |end: &NodeId| matches!(flow.node(*end).act, Act::End | Act::Exit);
            let end = end.filter(|end| !ends(end) || !inherited.contains(&lock.id));
            // Who catches `OwnerDied` has it as well.
            let mut caught = flow.node(id).raises.iter().filter(|raise| raise.owner_died == OwnerDied::Surely);
            let end = end.or_else(|| caught.find_map(|raise| trace(flow, raise.to, &assumed, &mut judge)));
            let Some(end) = end else { continue };
            let of = &study.graph.object(lock.id).name;
            let (how, label) = match flow.node(end).act {
                Act::Exit => ("the process can end by `exit`", "not given back on every way"),
                Act::End => ("the steps can end", "not given back on every way"),
                _ => ("the loop can come back here", "taken again before it is given back"),
            };
            let message = format!("`{}` is taken here, and {how} without releasing it", of.value);
            let finding = Finding::new(Code::SyncNotReleased, name.span, message, label);
            let finding = match leaves(flow, id, end, &assumed, &locks, lock.id) {
                Some(span) => finding.also(span, "leaves without releasing it"),
                None => finding,
            };
            bag.add(finding.help(format!("use `with: {0}`, or release it on every way out", name.value)));
        }
    }
}

/// Whether such a node is on some way behind `from`.
fn find(flow: &Flow, from: NodeId, wanted: &dyn Fn(NodeId, &Node) -> bool) -> bool {
    trace(flow, from, &|_| None, &mut |at, node| if wanted(at, node) { Seen::Found } else { Seen::GoOn }).is_some()
}

/// The locks that somebody takes who catches `OwnerDied`.
fn inherited(study: &Study) -> BTreeSet<ObjectId> {
    let mut inherited = BTreeSet::new();
    for (_, body) in study.running() {
        let Some(flow) = &body.flow else { continue };
        let locks = Locks { graph: study.graph, body };
        for id in flow.ids() {
            let node = flow.node(id);
            if node.raises.iter().any(|raise| raise.owner_died == OwnerDied::Surely)
                && let Some(Effect::Takes { lock, .. }) = locks.effect(node)
            {
                inherited.insert(lock.id);
            }
        }
    }
    inherited
}

/// The locks of which a step says in a variable whether it has taken them: how often they are held is not known.
fn unsure(locks: &Locks) -> BTreeSet<ObjectId> {
    let mut unsure = BTreeSet::new();
    for step in locks.body.steps {
        step.walk(&mut |step| {
            if let Some(Effect::Takes { lock, perhaps: true, .. }) = locks.effect_of(step) {
                unsure.insert(lock.id);
            }
        });
    }
    unsure
}

/// A `return` or an `exit` through which `end` is come to from `from` with the lock held.
fn leaves(
    flow: &Flow,
    from: NodeId,
    end: NodeId,
    assumed: &dyn Fn(&Expr) -> Option<bool>,
    locks: &Locks,
    lock: ObjectId,
) -> Option<Span> {
    let mut place = None;
    trace(flow, from, assumed, &mut |_, node| match node.act {
        Act::Step(step) if matches!(step.action, Action::Return(_) | Action::Exit(_)) && node.next.contains(&end) => {
            place = Some(step.verb.span);
            Seen::Found
        }
        _ => match locks.effect(node) {
            Some(Effect::Gives(given)) if given.id == lock => Seen::Stop,
            _ => Seen::GoOn,
        },
    });
    place
}
