//! `acquire`, `with`, `wait` and `notify`.
use super::Written;
use crate::graph::lower::Lower;
use crate::graph::{Action, Name};
use crate::text::Kind;

pub(super) fn acquire(lower: &mut Lower, step: &Written) -> Option<Action> {
    let of = step.of(lower);
    let (block, timeout) = (step.block(lower), step.timeout(lower));
    let into = step.into(lower);
    Some(Action::Acquire { of: of?, block, timeout, into })
}

pub(super) fn with(lower: &mut Lower, step: &Written) -> Option<Action> {
    let of = step.of(lower);
    let body = step.body(lower);
    Some(Action::With { of: of?, body: body? })
}

/// For one thing, or for the first of several.
pub(super) fn wait(lower: &mut Lower, step: &Written) -> Option<Action> {
    let (timeout, into) = (step.timeout(lower), step.into(lower));
    let Kind::List(nodes) = &step.verb.node.kind else {
        return step.of(lower).map(|on| Action::Wait { on, timeout, into });
    };
    if nodes.is_empty() {
        lower.bad_value(step.verb.node.place(), "an empty list is waited for in vain", "name what to wait for");
        return None;
    }
    let names: Vec<Option<Name>> = nodes.iter().map(|node| lower.reference_at(node)).collect();
    names.into_iter().collect::<Option<Vec<Name>>>().map(|on| Action::WaitAny { on, timeout, into })
}

pub(super) fn notify(lower: &mut Lower, step: &Written) -> Option<Action> {
    let condition = step.of(lower);
    let all = step.get("n").is_some_and(|given| given.node.as_text().is_some_and(|word| &*word.text == "all"));
    let n = if all { None } else { step.int(lower, "n", 0) };
    Some(Action::Notify { condition: condition?, n, all })
}
