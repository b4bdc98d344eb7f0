//! `sync/not-released`: a path on which a taken lock is not given back.
//!
//! The next taker gets it with `OwnerDied` once this process has ended, and waits until then. An error that nothing
//! catches ends the process anyway and is no such path.
//!
//! Bad: `acquire: lock`, then `return` before `release: lock`. Good: `with: lock` with `do: [..]`.
use std::collections::HashMap;

use super::held::{Effect, LockKind, Locks};
use crate::check::flow::{Act, Care, Flow, Node, NodeId, Seen, reached, trace};
use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding, Span};
use crate::expr::Expr;
use crate::graph::{Action, ObjectId, Step};

pub(in crate::check) fn not_released(study: &Study, bag: &mut Bag) {
    for (_, body) in study.running().filter(|(_, body)| !body.model) {
        let Some(flow) = &body.flow else { continue };
        let locks = Locks { graph: study.graph, body };
        if !locks.any() {
            continue;
        }
        let reached = reached(flow, Care::Known);
        let conditions = Conditions::new(study, body.steps);
        for id in flow.ids().filter(|id| reached[id.index()]) {
            let Act::Step(step) = flow.node(id).act else { continue };
            if !matches!(step.action, Action::Acquire { .. }) {
                continue;
            }
            let Some(Effect::Takes { lock, name, .. }) = locks.effect(flow.node(id)) else { continue };
            if lock.kind == LockKind::Unit {
                continue;
            }
            let gives = |node: &Node| matches!(locks.effect(node), Some(Effect::Gives(given)) if given.id == lock.id);
            let mut judge = |at: NodeId, node: &Node| match node.act {
                Act::End | Act::Exit => Seen::Found,
                Act::Died => Seen::Stop,
                _ if at == id => Seen::Found,
                _ if gives(node) => Seen::Stop,
                _ => Seen::GoOn,
            };
            let assumed = |condition: &Expr| conditions.hold_after(step, condition);
            let Some(end) = trace(flow, id, &assumed, &mut judge) else { continue };
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

/// What is known of conditions once a certain step has taken its lock.
struct Conditions<'s> {
    /// For each step the conditions around it, as text, and on which side of them it stands.
    around: HashMap<*const Step, Vec<(&'s str, bool)>>,
    study: &'s Study<'s>,
}

impl<'s> Conditions<'s> {
    fn new(study: &'s Study<'_>, steps: &'s [Step]) -> Self {
        let mut conditions = Conditions { around: HashMap::new(), study };
        conditions.block(steps, &mut Vec::new());
        conditions
    }

    fn block(&mut self, steps: &'s [Step], around: &mut Vec<(&'s str, bool)>) {
        for step in steps {
            match &step.action {
                Action::If { condition, then, otherwise } => {
                    let text = self.study.sources.text(condition.span());
                    for (side, body) in [(true, then), (false, otherwise)] {
                        around.push((text, side));
                        self.block(body, around);
                        around.pop();
                    }
                }
                Action::Acquire { .. } => {
                    self.around.insert(std::ptr::from_ref(step), around.clone());
                }
                _ => step.bodies().into_iter().for_each(|body| self.block(body, around)),
            }
        }
    }

    /// `step` was done and had what it wanted: does the condition hold?
    fn hold_after(&self, step: &Step, condition: &Expr) -> Option<bool> {
        let text = self.study.sources.text(condition.span());
        if let Action::Acquire { into: Some(into), .. } = &step.action {
            let plain: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')')).collect();
            let name = &into.value;
            if plain == *name || plain == format!("{name}==true") || plain == format!("{name}!=false") {
                return Some(true);
            }
            if plain == format!("!{name}") || plain == format!("{name}==false") || plain == format!("{name}!=true") {
                return Some(false);
            }
        }
        let around = self.around.get(&std::ptr::from_ref(step))?;
        around.iter().find(|(around, _)| *around == text).map(|(_, side)| *side)
    }
}
