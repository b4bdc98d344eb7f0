//! Expectations.
use super::{Fields, Given, Lower, exit, items, lines};
use crate::diag::Spanned;
use crate::graph::{Elapsed, Expect, Name, Object, ObjectKind, OutcomeKind, ProcessExpect, ScalarType, schema};
use std::collections::HashMap;

/// What is expected of values and arrays, put as their types keep it.
pub(super) fn admitted(mut expect: Expect, objects: &[Object]) -> Expect {
    let types: HashMap<&str, ScalarType> = objects
        .iter()
        .filter_map(|object| match &object.kind {
            ObjectKind::Value(cell) => Some((object.name.value.as_str(), cell.scalar)),
            ObjectKind::Array(array) => Some((object.name.value.as_str(), array.scalar)),
            _ => None,
        })
        .collect();
    for (name, pattern) in expect.values.iter_mut().chain(&mut expect.arrays) {
        if let Some(scalar) = types.get(name.value.as_str()) {
            pattern.admit(*scalar);
        }
    }
    expect
}

pub(super) fn expect(lower: &mut Lower, given: Given) -> Option<Expect> {
    let fields = Fields::read(lower, given, &schema::EXPECT);
    // What is expected of a queue reads it, and an expected deadlock is no error.
    lower.gaps.complete &= fields.is_some();
    let fields = fields?;
    Some(Expect {
        span: given.node.span,
        outcome: fields.get("outcome").and_then(|given| outcome(lower, given)),
        clean: fields.get("clean").and_then(|given| truth(lower, given)),
        elapsed: fields.get("elapsed").and_then(|given| elapsed(lower, given)),
        stdout: fields.get("stdout").and_then(|given| lines::lines(lower, given)),
        processes: each(lower, &fields, "processes", process),
        queues: each(lower, &fields, "queues", items::items),
        values: each(lower, &fields, "values", items::value_pattern),
        arrays: each(lower, &fields, "arrays", items::value_pattern),
        events: each(lower, &fields, "events", truth),
    })
}

/// One expectation for each name; what failed has been reported.
fn each<T>(
    lower: &mut Lower,
    fields: &Fields,
    name: &str,
    read: impl Fn(&mut Lower, Given) -> Option<T>,
) -> Vec<(Name, T)> {
    let Some(given) = fields.get(name) else { return Vec::new() };
    let entries: Vec<_> =
        lower.entries(given).into_iter().map(|(name, given)| Some((name, read(lower, given)?))).collect();
    lower.gaps.complete &= entries.iter().all(Option::is_some);
    entries.into_iter().flatten().collect()
}

fn outcome(lower: &mut Lower, given: Given) -> Option<Spanned<OutcomeKind>> {
    let word = lower.choice(given, &["completed", "deadlock", "timeout"]);
    lower.gaps.complete &= word.is_some();
    let kind = match word? {
        "deadlock" => OutcomeKind::Deadlock,
        "timeout" => OutcomeKind::Timeout,
        _ => OutcomeKind::Completed,
    };
    Some(Spanned::new(kind, given.node.place()))
}

fn truth(lower: &mut Lower, given: Given) -> Option<Spanned<bool>> {
    lower.boolean(given).map(|truth| Spanned::new(truth, given.node.place()))
}

fn elapsed(lower: &mut Lower, given: Given) -> Option<Elapsed> {
    let fields = Fields::read(lower, given, &schema::ELAPSED)?;
    Some(Elapsed {
        span: given.node.place(),
        min: fields.get("min").and_then(|given| lower.duration(given)).map(|min| min.value),
        max: fields.get("max").and_then(|given| lower.duration(given)).map(|max| max.value),
    })
}

fn process(lower: &mut Lower, given: Given) -> Option<ProcessExpect> {
    let fields = Fields::read(lower, given, &schema::PROCESS_EXPECT)?;
    Some(ProcessExpect {
        span: given.node.place(),
        exit: fields.get("exit").and_then(|given| exit::exit(lower, given)),
        stdout: fields.get("stdout").and_then(|given| lines::lines(lower, given)),
        stderr: fields.get("stderr").and_then(|given| lines::lines(lower, given)),
    })
}
