//! What is expected to be left in queues, values and arrays.
use super::{Fields, Given, Lower};
use crate::diag::{Code, Finding, Spanned};
use crate::graph::{Bounds, Items, ValuePattern, schema};
use crate::text::{Kind, Node};
use crate::value::Value;

pub(super) fn items(lower: &mut Lower, given: Given) -> Option<Items> {
    let span = given.node.place();
    match &given.node.kind {
        Kind::Map(_) => {
            let fields = Fields::read(lower, given, &schema::ITEMS)?;
            let any_order = fields.get("any_order").and_then(|given| lower.fold_list(given));
            let contains = fields.get("contains").and_then(|given| lower.fold_list(given));
            let count = fields.get("count").and_then(|given| {
                let count = lower.count(given)?;
                Some(Spanned::new(count, given.node.place()))
            });
            Some(Items { span, exact: None, any_order, contains, count })
        }
        _ => Some(Items { span, exact: Some(lower.fold_list(given)?), ..Items::default() }),
    }
}

/// A value, or `{min: .., max: ..}`, or `{any_of: [..]}`.
pub(super) fn value_pattern(lower: &mut Lower, given: Given) -> Option<ValuePattern> {
    let span = given.node.place();
    if !matches!(given.node.kind, Kind::Map(_)) {
        let cells = given.node.as_list().unwrap_or_default().iter().map(Node::place).collect();
        return lower.fold(given.node).map(|value| ValuePattern::Equals(value, span, cells));
    }
    let fields = Fields::read(lower, given, &schema::BOUNDS)?;
    let mut number = |name| {
        let given: Given = fields.get(name)?;
        let value = lower.fold(given.node)?;
        if value.as_float().is_none() {
            lower.wrong_value(given.node.place(), &value, "a number");
            return None;
        }
        Some(value)
    };
    let (min, max): (Option<Value>, Option<Value>) = (number("min"), number("max"));
    let any_of = fields.get("any_of").and_then(|given| lower.fold_list(given));
    let bound = fields.get("min").or(fields.get("max"));
    match (fields.get("any_of"), bound) {
        (Some(list), Some(bound)) => {
            let message = "`any_of` and bounds exclude each other";
            let finding = Finding::new(Code::SyntaxConflict, list.key.max(bound.key), message, "this one or");
            lower.report(finding.also(list.key.min(bound.key), "this one").help("remove one of them"));
            None
        }
        (Some(_), None) => any_of.map(|any_of| ValuePattern::AnyOf(any_of, span)),
        (None, Some(_)) => Some(ValuePattern::Bounds(Bounds { span, min, max })),
        (None, None) => {
            if given.node.as_map().is_some_and(<[_]>::is_empty) {
                fields.missing(lower, "`min`, `max` or `any_of`", "write `{min: 1, max: 2}` or `{any_of: [1, 2]}`");
            }
            None
        }
    }
}
