//! `apply`, `map`, their asynchronous forms, and `await`.
use super::Written;
use crate::diag::{Code, Finding, Span};
use crate::expr::{Expr, parse_expr};
use crate::graph::lower::{Given, Lower};
use crate::graph::{Action, Datum};
use crate::text::{Kind, Node, Scalar};
use std::ops::Range;

pub(super) fn apply(lower: &mut Lower, step: &Written, asynchronous: bool) -> Option<Action> {
    let pool = step.of(lower);
    let target = step.fields.require(lower, "target");
    let args = step.get("args");
    let args_span = args.or(target).map(|given| given.key);
    let target = target.and_then(|given| lower.reference(given));
    let args = args.map(|given| lower.arguments(given)).unwrap_or_default();
    let into = step.into(lower);
    Some(Action::Apply { pool: pool?, target: target?, args, args_span: args_span?, into, asynchronous })
}

pub(super) fn map(lower: &mut Lower, step: &Written, asynchronous: bool) -> Option<Action> {
    let pool = step.of(lower);
    let target = step.fields.require(lower, "target").and_then(|given| lower.reference(given));
    let over = step.fields.require(lower, "over").and_then(|given| over(lower, given));
    let chunksize = step.int(lower, "chunksize", 1);
    let into = step.into(lower);
    let ordered = lower.flag(&step.fields, "ordered", true);
    Some(Action::Map { pool: pool?, target: target?, over: over?, chunksize, into, ordered, asynchronous })
}

/// A list that is written down keeps the places of its items.
fn over(lower: &mut Lower, given: Given) -> Option<Datum> {
    let list = whole(lower, given)?;
    let Some(nodes) = given.node.as_list() else { return Some(list) };
    let items: Option<Vec<Datum>> = nodes.iter().map(|node| lower.datum(node)).collect();
    Some(Datum::List(items?, given.node.place()))
}

fn whole(lower: &mut Lower, given: Given) -> Option<Datum> {
    lower.checked(given, |lower, value| {
        let list = value.as_list().is_some();
        match value.as_str() {
            Some(text) if text.contains(['(', '[']) => {
                let message = "expected a list, found text";
                let finding = Finding::new(Code::SyntaxWrongType, given.node.place(), message, "this is text");
                lower.report(finding.help(format!("write a list here; if it is an expression, `${{{text}}}`")));
            }
            _ if !list => lower.wrong_value(given.node.place(), value, "a list"),
            _ => {}
        }
        list
    })
}

pub(super) fn wait_for(lower: &mut Lower, step: &Written) -> Option<Action> {
    let handle = match &step.verb.node.kind {
        Kind::List(nodes) => handles(lower, step.verb.node, nodes),
        _ => lower.expr(step.verb.node),
    };
    let (timeout, into) = (step.timeout(lower), step.into(lower));
    Some(Action::Await { handle: handle?, timeout, into })
}

/// A YAML list of handles, `[first, second]`, is the same list as an expression.
fn handles(lower: &mut Lower, node: &Node, nodes: &[Node]) -> Option<Expr> {
    let mut text = "[".to_owned();
    let mut places: Vec<(Range<usize>, &Scalar, usize)> = Vec::new();
    for node in nodes {
        let Some(scalar) = node.as_text() else {
            lower.wrong_type(node, "a handle");
            return None;
        };
        let bare = scalar.text.trim();
        let bare = bare.strip_prefix("${").and_then(|bare| bare.strip_suffix('}')).unwrap_or(bare);
        let inside = scalar.text.find(bare).unwrap_or(0);
        if !places.is_empty() {
            text.push_str(", ");
        }
        places.push((text.len()..text.len() + bare.len(), scalar, inside));
        text.push_str(bare);
    }
    text.push(']');
    let whole = node.place();
    let at = |range: Range<usize>| -> Span {
        let place = places.iter().find(|(item, ..)| item.start <= range.start && range.end <= item.end);
        place.map_or(whole, |(item, scalar, inside)| {
            scalar.at(range.start - item.start + inside..range.end - item.start + inside)
        })
    };
    parse_expr(&text, &at, &mut lower.bag)
}
