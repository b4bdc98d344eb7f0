//! What steers: conditions, loops, errors and ends.
use super::Written;
use crate::diag::{Code, Finding, Spanned};
use crate::expr::{Expr, Template, parse_expr};
use crate::graph::lower::{Given, Lower};
use crate::graph::{Action, Datum, Handler};
use crate::text::{Kind, Node};
use crate::value::Value;

pub(super) fn choose(lower: &mut Lower, step: &Written) -> Option<Action> {
    let condition = expr_or_null(lower, step.verb.node);
    if step.fields.get_null("then").is_none() && step.fields.get_null("else").is_none() {
        step.fields.missing(lower, "`then`", "add `then` with the steps to do when it is true");
    }
    let then = step.branch(lower, "then");
    let otherwise = step.branch(lower, "else");
    Some(Action::If { condition, then, otherwise })
}

pub(super) fn repeat_while(lower: &mut Lower, step: &Written) -> Option<Action> {
    let condition = expr_or_null(lower, step.verb.node);
    let body = step.body(lower)?;
    Some(Action::While { condition, body })
}

pub(super) fn repeat(lower: &mut Lower, step: &Written) -> Option<Action> {
    if let Kind::Bool(_) | Kind::Float(_) = step.verb.node.kind {
        lower.wrong_type(step.verb.node, "a whole number");
    } else if let Kind::Int(times) = step.verb.node.kind {
        lower.int_value(&Spanned::new(Value::Int(times), step.verb.node.place()), 0, i64::MAX);
    }
    let times = expr_or_null(lower, step.verb.node);
    let body = step.body(lower)?;
    Some(Action::Repeat { times, body })
}

/// An expression; null in the place of one that cannot be read, so that the steps in it are not lost.
fn expr_or_null(lower: &mut Lower, node: &Node) -> Expr {
    lower.expr(node).unwrap_or_else(|| {
        let place = node.place();
        lower.lose(place);
        parse_expr("null", &|_| place, &mut lower.bag).expect("`null` is an expression")
    })
}

/// `for: x` with either `in` or `from`.
pub(super) fn each(lower: &mut Lower, step: &Written) -> Option<Action> {
    let variable = lower.variable(step.verb);
    let list = step.get("in");
    let from = step.get("from");
    if let (Some(list), Some(from)) = (list, from) {
        let finding = Finding::new(
            Code::SyntaxConflict,
            list.key.max(from.key),
            "`in` and `from` exclude each other: a loop has one source",
            "this one or",
        );
        lower.report(finding.also(list.key.min(from.key), "this one").help("remove one of them"));
    }
    if list.is_none() && from.is_none() {
        step.fields.missing(
            lower,
            "`in` or `from`",
            "add `in: [..]` for a list, or `from: NAME` for a queue or an end",
        );
    }
    let list = list.map(|given| self::list(lower, given));
    let from = from.map(|given| lower.reference(given));
    let body = step.body(lower);
    match (list, from) {
        (Some(list), None) => Some(Action::ForIn { variable: variable?, list, body: body? }),
        (None, Some(from)) => Some(Action::ForFrom { variable: variable?, from: from?, body: body? }),
        _ => None,
    }
}

/// A list written out, or an expression that gives one.
fn list(lower: &mut Lower, given: Given) -> Datum {
    let place = given.node.place();
    match &given.node.kind {
        Kind::List(_) => lower.datum_or_null(given),
        Kind::Text(_) => Datum::Template(Template::Expr(expr_or_null(lower, given.node)), place),
        _ => {
            lower.gaps.complete &= given.node.is_broken();
            lower.gaps.lost.push(place);
            lower.wrong_type(given.node, "a list or an expression");
            Datum::Constant(Value::list(Vec::new()), place)
        }
    }
}

pub(super) fn attempt(lower: &mut Lower, step: &Written) -> Option<Action> {
    let body = lower.steps(step.verb);
    let except = step.fields.get_null("except");
    if except.is_none() && step.fields.get_null("finally").is_none() {
        let help = "add `except: {Empty: [..]}` for what may go wrong, or `finally: [..]`";
        step.fields.missing(lower, "`except` or `finally`", help);
    }
    let handlers = except.map(|given| lower.entries(given)).unwrap_or_default();
    let handlers = handlers.into_iter().map(|(error, given)| Handler { error, body: lower.steps(given) }).collect();
    let otherwise = step.branch(lower, "else");
    let finally = step.branch(lower, "finally");
    Some(Action::Try { body, handlers, otherwise, finally })
}

pub(super) fn raise(lower: &mut Lower, step: &Written) -> Option<Action> {
    if step.verb.node.is_null() {
        lower.wrong_type(step.verb.node, "the text of the error");
    }
    let text = lower.datum_or_null(step.verb);
    let error = step.get("error").and_then(|given| {
        lower.checked(given, |lower, value| {
            let word = value.as_str().is_some_and(|word| !word.is_empty());
            if !word {
                lower.wrong_value(given.node.place(), value, "the name of an error");
            }
            word
        })
    });
    Some(Action::Raise { text, error })
}

/// The code a process ends with; nothing is 0.
pub(super) fn exit_code(lower: &mut Lower, step: &Written) -> Option<Datum> {
    if step.verb.node.is_null() {
        return None;
    }
    let place = step.verb.node.place();
    lower.checked(step.verb, |lower, value| lower.int_value(&Spanned::new(value.clone(), place), 0, 255).is_some())
}

/// `break:` and `continue:` stand for the bare words.
pub(super) fn bare(lower: &mut Lower, step: &Written, action: Action) -> Option<Action> {
    if !step.verb.node.is_null() {
        lower.wrong_type(step.verb.node, "nothing");
    }
    Some(action)
}
