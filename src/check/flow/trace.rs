//! A way through a body from one node to another that has some property.
use std::collections::VecDeque;

use super::{Act, Flow, Node, NodeId};
use crate::expr::Expr;
use crate::graph::Action;

/// What a node means to the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Seen {
    GoOn,
    /// No way through here counts.
    Stop,
    /// This is what was looked for.
    Found,
}

/// The nearest node after `from` that `judge` finds, on ways on which `assumed` conditions hold. Only errors that a
/// step is known for are followed.
pub(in crate::check) fn trace(
    flow: &Flow,
    from: NodeId,
    assumed: &dyn Fn(&Expr) -> Option<bool>,
    judge: &mut dyn FnMut(NodeId, &Node) -> Seen,
) -> Option<NodeId> {
    let mut seen = vec![false; flow.nodes.len()];
    let mut due: VecDeque<NodeId> = flow.node(from).next.iter().copied().collect();
    while let Some(id) = due.pop_front() {
        if std::mem::replace(&mut seen[id.index()], true) {
            continue;
        }
        let node = flow.node(id);
        match judge(id, node) {
            Seen::Found => return Some(id),
            Seen::Stop => continue,
            Seen::GoOn => {}
        }
        match (&node.act, node.next.as_slice()) {
            (Act::Step(step), [then, otherwise]) if matches!(step.action, Action::If { .. }) => {
                let Action::If { condition, .. } = &step.action else { unreachable!("it was matched") };
                match assumed(condition) {
                    Some(true) => due.push_back(*then),
                    Some(false) => due.push_back(*otherwise),
                    None => due.extend([*then, *otherwise]),
                }
            }
            (_, next) => due.extend(next),
        }
        due.extend(node.raises.iter().filter(|raise| raise.known).map(|raise| raise.to));
    }
    None
}
