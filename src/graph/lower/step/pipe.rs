//! `send` and `recv`.
use super::Written;
use crate::graph::lower::Lower;
use crate::graph::{Action, Until};

pub(super) fn send(lower: &mut Lower, step: &Written) -> Option<Action> {
    let end = step.of(lower);
    let value = step.required(lower, "value");
    Some(Action::Send { end: end?, value: value? })
}

pub(super) fn recv(lower: &mut Lower, step: &Written) -> Option<Action> {
    let end = step.of(lower);
    let (into, timeout) = (step.into(lower), step.timeout(lower));
    let size = step.get("size").and_then(|given| lower.step_size(given));
    let until = step.get("until").and_then(|given| lower.choice(given, &["eof", "line"]));
    let until = until.map(|word| if word == "eof" { Until::Eof } else { Until::Line });
    Some(Action::Recv { end: end?, into, timeout, size, until })
}
