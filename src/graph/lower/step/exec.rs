//! `exec`.
use super::Written;
use crate::graph::lower::{Fields, Given, Lower};
use crate::graph::{Action, Datum, ExecInto, schema};
use crate::text::Kind;
use crate::value::Value;

pub(super) fn exec(lower: &mut Lower, step: &Written) -> Option<Action> {
    let argv = argv(lower, step.verb);
    let input = step.get("input").map(|given| lower.datum_or_null(given));
    let into = step.get("into").and_then(|given| into(lower, given));
    let timeout = step.timeout(lower);
    Some(Action::Exec { argv: argv?, input, into, timeout })
}

fn argv(lower: &mut Lower, given: Given) -> Option<Vec<Datum>> {
    let nodes = lower.list(given, "a list: a program and its arguments")?;
    if nodes.is_empty() {
        let help = "write the program and its arguments: `[date, -u]`";
        lower.bad_value(given.node.place(), "an empty list is no command", help);
        return None;
    }
    let words: Vec<Option<Datum>> = nodes
        .iter()
        .map(|node| match &node.kind {
            // A number is the word it is written as: `010` and not 10.
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => {
                Some(Datum::Constant(Value::from(lower.sources.text(node.span)), node.place()))
            }
            Kind::Text(_) => lower.datum(node),
            _ => {
                lower.wrong_type(node, "text");
                None
            }
        })
        .collect();
    words.into_iter().collect()
}

fn into(lower: &mut Lower, given: Given) -> Option<ExecInto> {
    if !matches!(given.node.kind, Kind::Map(_)) {
        let name = lower.variable(given);
        if name.is_none() {
            lower.lose(given.node.place());
        }
        return name.map(ExecInto::Stdout);
    }
    let fields = Fields::read(lower, given, &schema::EXEC_INTO)?;
    let mut part = |name| {
        let given = fields.get(name)?;
        let variable = lower.variable(given);
        if variable.is_none() {
            lower.lose(given.node.place());
        }
        variable
    };
    Some(ExecInto::Parts { stdout: part("stdout"), stderr: part("stderr"), exit: part("exit") })
}
