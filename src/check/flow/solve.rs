//! What is known at each place of a body, given what each step does to it.
use std::borrow::Cow;

use super::{Act, Flow, Node, NodeId, Raise};

/// Knowledge that flows forward.
pub(in crate::check) trait Analysis {
    type State: Clone;

    /// At the beginning of the body.
    fn entry(&self) -> Self::State;

    /// What is known where two ways meet; `into` was known before. Says whether that has changed.
    fn join(&self, into: &mut Self::State, from: &Self::State) -> bool;

    /// After `node` has done its work.
    fn done(&self, node: &Node, state: &Self::State) -> Self::State;

    /// When it has raised instead. As a rule nothing has happened then.
    fn raised<'s>(&self, _node: &Node, _raise: &Raise, state: &'s Self::State) -> Cow<'s, Self::State> {
        Cow::Borrowed(state)
    }
}

/// Which errors count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Care {
    /// All that can happen: for what must hold however unlucky one is.
    Every,
    /// Those a step is known for: for warnings.
    Known,
}

/// What is known before each node; `None` where control never comes.
pub(in crate::check) fn solve<A: Analysis>(flow: &Flow, analysis: &A, care: Care) -> Vec<Option<A::State>> {
    let mut before: Vec<Option<A::State>> = vec![None; flow.nodes.len()];
    before[Flow::ENTRY.index()] = Some(analysis.entry());
    // In the order of the numbers, which is near the order of control.
    let mut due = std::collections::BTreeSet::from([Flow::ENTRY]);
    while let Some(id) = due.pop_first() {
        let node = flow.node(id);
        let Some(state) = before[id.index()].take() else { continue };
        let mut reach = |to: NodeId, state: Cow<A::State>| {
            let changed = match &mut before[to.index()] {
                Some(known) => analysis.join(known, &state),
                unknown => {
                    *unknown = Some(state.into_owned());
                    true
                }
            };
            if changed {
                due.insert(to);
            }
        };
        if let Some((last, others)) = node.next.split_last() {
            let after = analysis.done(node, &state);
            others.iter().for_each(|to| reach(*to, Cow::Borrowed(&after)));
            reach(*last, Cow::Owned(after));
        }
        for raise in node.raises.iter().filter(|raise| raise.known || care == Care::Every) {
            reach(raise.to, analysis.raised(node, raise, &state));
        }
        // It may lead to itself: what came back meets what it began with.
        let came_back = before[id.index()].replace(state);
        if let (Some(from), Some(known)) = (came_back, &mut before[id.index()]) {
            due.remove(&id);
            if analysis.join(known, &from) {
                due.insert(id);
            }
        }
    }
    before
}

/// Where control can come to.
pub(in crate::check) fn reached(flow: &Flow, care: Care) -> Vec<bool> {
    let mut seen = vec![false; flow.nodes.len()];
    let mut due = vec![Flow::ENTRY];
    while let Some(id) = due.pop() {
        if !std::mem::replace(&mut seen[id.index()], true) {
            let node = flow.node(id);
            due.extend(node.next.iter());
            due.extend(node.raises.iter().filter(|raise| raise.known || care == Care::Every).map(|raise| raise.to));
        }
    }
    seen
}

/// Whether an error of this node can be caught inside the body.
pub(in crate::check) fn is_caught(flow: &Flow, id: NodeId) -> bool {
    let mut seen = vec![false; flow.nodes.len()];
    let mut due: Vec<NodeId> = flow.node(id).raises.iter().map(|raise| raise.to).collect();
    while let Some(id) = due.pop() {
        if std::mem::replace(&mut seen[id.index()], true) {
            continue;
        }
        let node = flow.node(id);
        if matches!(node.act, Act::Handler) {
            return true;
        }
        // On through `finally` blocks.
        due.extend(node.next.iter());
    }
    false
}
