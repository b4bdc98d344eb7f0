//! Where a body surely waits for a lock that it holds itself, so that nothing behind is ever come to.
use std::borrow::Cow;

use super::held::{Effect, Held, LockKind, Locks};
use crate::check::flow::{Act, Analysis, Care, Flow, Node, NodeId, Raise, Seen, rounds, solve, trace};
use crate::diag::Span;
use crate::graph::{Action, Step};

pub(super) struct Hanging {
    /// Each with the place since which the lock is held.
    pub places: Vec<(NodeId, Span)>,
    /// By node: control can come to it.
    pub reached: Vec<bool>,
}

pub(super) fn hanging(flow: &Flow, locks: &Locks) -> Hanging {
    let hangs = Hangs { locks };
    let before = solve(flow, &hangs, Care::Every);
    let known = |id: NodeId| before[id.index()].as_ref().and_then(Option::as_ref);
    let mut places: Vec<(NodeId, Span)> =
        flow.ids().filter_map(|id| Some((id, hangs.hangs(flow.node(id), known(id)?)?))).collect();
    let rounds = rounds(flow, locks.body.steps);
    let mut later = Vec::new();
    for id in flow.ids().filter(|id| known(*id).is_some() && !rounds.is_empty()) {
        if let Act::Step(step) = flow.node(id).act
            && matches!(step.action, Action::Acquire { .. })
            && let Some(around) = rounds.get(&std::ptr::from_ref(step))
            && places.iter().all(|(place, _)| *place != id)
        {
            later.extend(hangs.hangs_later(flow, id, around).map(|since| (id, since)));
        }
    }
    places.extend(later);
    Hanging { places, reached: flow.ids().map(|id| known(id).is_some()).collect() }
}

/// What is held where control comes; `None` behind a step that it never gets past.
struct Hangs<'l, 's, 'a> {
    locks: &'l Locks<'s, 'a>,
}

impl Hangs<'_, '_, '_> {
    /// Since where the lock is held that the node waits for.
    fn hangs(&self, node: &Node, held: &Held) -> Option<Span> {
        match self.locks.effect(node)? {
            Effect::Takes { lock, bounded: false, .. } if lock.kind == LockKind::Plain => held.since(lock.id),
            _ => None,
        }
    }

    /// As [`Self::hangs`], when the loop `around` comes back here: nothing in it gives the lock back.
    fn hangs_later(&self, flow: &Flow, id: NodeId, around: &Step) -> Option<Span> {
        let Effect::Takes { lock, name, perhaps: false, bounded: false } = self.locks.effect(flow.node(id))? else {
            return None;
        };
        if lock.kind != LockKind::Plain {
            return None;
        }
        let mut given = false;
        around.walk(&mut |step| {
            given |= match self.locks.effect_of(step) {
                Some(Effect::Gives(of)) => of.id == lock.id,
                Some(Effect::Takes { lock: of, .. }) => of.id == lock.id && matches!(step.action, Action::With { .. }),
                None => false,
            };
        });
        let back = &mut |at, _: &Node| if at == id { Seen::Found } else { Seen::GoOn };
        (!given && trace(flow, id, &|_| None, back).is_some()).then_some(name.span)
    }
}

impl Analysis for Hangs<'_, '_, '_> {
    type State = Option<Held>;

    fn entry(&self) -> Option<Held> {
        Some(self.locks.entry())
    }

    fn join(&self, into: &mut Option<Held>, from: &Option<Held>) -> bool {
        match (into, from) {
            (_, None) => false,
            (Some(into), Some(from)) => self.locks.join(into, from),
            (into, Some(_)) => {
                into.clone_from(from);
                true
            }
        }
    }

    fn done(&self, node: &Node, held: &Option<Held>) -> Option<Held> {
        let held = held.as_ref()?;
        self.hangs(node, held).is_none().then(|| self.locks.done(node, held))
    }

    fn raised<'h>(&self, node: &Node, raise: &Raise, state: &'h Option<Held>) -> Cow<'h, Option<Held>> {
        match state.as_ref().filter(|held| self.hangs(node, held).is_none()) {
            None => Cow::Owned(None),
            Some(held) => match self.locks.raised(node, raise, held) {
                Cow::Borrowed(_) => Cow::Borrowed(state),
                Cow::Owned(held) => Cow::Owned(Some(held)),
            },
        }
    }
}
