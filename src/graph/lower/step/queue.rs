//! `put`, `get` and `join`.
use super::Written;
use crate::graph::Action;
use crate::graph::lower::Lower;

pub(super) fn put(lower: &mut Lower, step: &Written) -> Option<Action> {
    let queue = step.of(lower);
    let value = step.required(lower, "value");
    let (block, timeout) = (step.block(lower), step.timeout(lower));
    Some(Action::Put { queue: queue?, value: value?, block, timeout })
}

pub(super) fn get(lower: &mut Lower, step: &Written) -> Option<Action> {
    let queue = step.of(lower);
    let into = step.into(lower);
    let (block, timeout) = (step.block(lower), step.timeout(lower));
    Some(Action::Get { queue: queue?, into, block, timeout })
}

pub(super) fn join(lower: &mut Lower, step: &Written) -> Option<Action> {
    let of = step.of(lower);
    let (timeout, into) = (step.timeout(lower), step.into(lower));
    Some(Action::Join { of: of?, timeout, into })
}
