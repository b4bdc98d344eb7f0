//! `read`, `write` and `add`.
use super::Written;
use crate::graph::Action;
use crate::graph::lower::Lower;

pub(super) fn read(lower: &mut Lower, step: &Written) -> Option<Action> {
    let of = step.of(lower);
    let (into, index) = (step.into(lower), step.index(lower));
    Some(Action::Read { of: of?, into, index })
}

pub(super) fn write(lower: &mut Lower, step: &Written) -> Option<Action> {
    let of = step.of(lower);
    let value = step.required(lower, "value");
    let index = step.index(lower);
    Some(Action::Write { of: of?, value: value?, index })
}

pub(super) fn add(lower: &mut Lower, step: &Written) -> Option<Action> {
    let of = step.of(lower);
    let by = step.get("by").and_then(|given| {
        lower.checked(given, |lower, value| {
            let number = value.as_float().is_some();
            if !number {
                lower.wrong_value(given.node.place(), value, "a number");
            }
            number
        })
    });
    let (index, into) = (step.index(lower), step.into(lower));
    Some(Action::Add { of: of?, by, index, into })
}
