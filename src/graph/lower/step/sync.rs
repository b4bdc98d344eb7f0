//! `acquire`, `with`, `wait` and `notify`.
use super::Written;
use crate::diag::Spanned;
use crate::graph::lower::{Given, Lower};
use crate::graph::{Action, Datum, Name};
use crate::text::Kind;
use crate::value::Value;

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
    let n = match step.get("n") {
        _ if all => None,
        Some(given) => Some(number(lower, given)),
        None => None,
    };
    Some(Action::Notify { condition: condition?, n, all })
}

/// How many are to wake up.
fn number(lower: &mut Lower, given: Given) -> Datum {
    let place = given.node.place();
    let n = lower.checked(given, |lower, value| match value {
        Value::Int(_) => lower.int_value(&Spanned::new(value.clone(), place), 0, i64::MAX).is_some(),
        Value::Str(word) => {
            lower.bad_value(place, &format!("`{word}` is no number"), "write a whole number, or `all`");
            false
        }
        _ => {
            lower.wrong_value(place, value, "a whole number or `all`");
            false
        }
    });
    n.unwrap_or(Datum::Constant(Value::Int(1), place))
}
