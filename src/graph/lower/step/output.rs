//! `print`, `log`, `let` and `sleep`.
use super::Written;
use crate::graph::lower::Lower;
use crate::graph::lower::name::Naming;
use crate::graph::{Action, Datum, LogLevel};
use crate::text::Kind;
use crate::value::Value;

pub(super) fn print(lower: &mut Lower, step: &Written) -> Option<Action> {
    let stream = step.get("to").and_then(|given| lower.choice(given, &["stdout", "stderr"]));
    Some(Action::Print { text: text(lower, step), stderr: stream == Some("stderr") })
}

pub(super) fn log(lower: &mut Lower, step: &Written) -> Option<Action> {
    let level = step.get("level").and_then(|given| lower.choice(given, LogLevel::NAMES)).and_then(LogLevel::parse);
    Some(Action::Log { text: text(lower, step), level: level.unwrap_or(LogLevel::Info) })
}

/// `print:` with nothing behind it is an empty line; `print: null` says so.
fn text(lower: &mut Lower, step: &Written) -> Datum {
    let node = step.verb.node;
    if node.is_null() && node.span.is_empty() {
        return Datum::Constant(Value::from(""), step.verb.key);
    }
    lower.datum_or_null(step.verb)
}

pub(super) fn bind(lower: &mut Lower, step: &Written) -> Option<Action> {
    if !matches!(step.verb.node.kind, Kind::Map(_)) {
        lower.wrong_type(step.verb.node, "a map of variables and their values");
        return None;
    }
    let named = lower.named(step.verb, Naming::Variable);
    Some(Action::Let(named.into_iter().map(|(name, given)| (name, lower.datum_or_null(given))).collect()))
}

pub(super) fn sleep(lower: &mut Lower, step: &Written) -> Option<Action> {
    let pause = lower.pause(step.verb);
    Some(Action::Sleep(pause.unwrap_or(Datum::Constant(Value::Int(0), step.verb.node.place()))))
}
