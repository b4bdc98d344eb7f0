//! A way through a body from one node to another that has some property.
use std::collections::{BTreeSet, VecDeque};

use super::{Act, Flow, Node, NodeId};
use crate::expr::Expr;
use crate::graph::{Action, Step};

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
        due.extend(ways(node, assumed));
    }
    None
}

/// As [`trace`], with a count that begins at 1 and that `weigh` raises and lowers: a way ends where it comes to 0.
pub(in crate::check) fn trace_counted(
    flow: &Flow,
    from: NodeId,
    assumed: &dyn Fn(&Expr) -> Option<bool>,
    weigh: &dyn Fn(&Node) -> i32,
    judge: &mut dyn FnMut(NodeId, &Node) -> Seen,
) -> Option<NodeId> {
    let mut seen = BTreeSet::new();
    let mut due: VecDeque<(NodeId, i32)> = flow.node(from).next.iter().map(|id| (*id, 1)).collect();
    while let Some((id, count)) = due.pop_front() {
        if !seen.insert((id, count)) {
            continue;
        }
        let node = flow.node(id);
        match judge(id, node) {
            Seen::Found => return Some(id),
            Seen::Stop => continue,
            Seen::GoOn => {}
        }
        let count = (count + weigh(node)).min(COUNT_MAX);
        if count > 0 {
            due.extend(ways(node, assumed).into_iter().map(|id| (id, count)));
        }
    }
    None
}

/// Higher is not counted.
const COUNT_MAX: i32 = 8;

fn ways(node: &Node, assumed: &dyn Fn(&Expr) -> Option<bool>) -> Vec<NodeId> {
    let mut ways = match (&node.act, &*node.next) {
        (
            Act::Step(Step { action: Action::If { condition, .. } | Action::While { condition, .. }, .. }),
            [then, otherwise],
        ) => match assumed(condition) {
            Some(true) => vec![*then],
            Some(false) => vec![*otherwise],
            None => vec![*then, *otherwise],
        },
        (_, next) => next.to_vec(),
    };
    ways.extend(node.raises.iter().filter(|raise| raise.known).map(|raise| raise.to));
    ways
}
