//! `flow/unreachable`: steps that can never run, whatever the parameters are; also those of a handler for an error that
//! nothing raises.
//!
//! Bad: `[return, print: done]`. Good: `[print: done, return]`.
use std::collections::BTreeSet;

use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding, Span, nearest_help};
use crate::expr::{Expr, Resolved, Scope};
use crate::graph::{Action, Handler, Step};
use crate::value::{Fault, Value};

pub(in crate::check) fn unreachable(study: &Study, bag: &mut Bag) {
    for steps in study.written_by_author() {
        block(steps, bag);
    }
    handlers(study, bag);
}

/// Handlers for errors that nothing raises.
fn handlers(study: &Study, bag: &mut Bag) {
    let mut raised: BTreeSet<&str> = Fault::KINDS.iter().copied().chain(["any"]).collect();
    let (mut computed, mut catches) = (false, false);
    let all = study.written();
    for step in all.iter().copied().flatten() {
        step.walk(&mut |step| match &step.action {
            Action::Raise { error: Some(error), .. } => match error.constant().and_then(Value::as_str) {
                Some(name) => drop(raised.insert(name)),
                None => computed = true,
            },
            Action::Try { .. } => catches = true,
            _ => {}
        });
    }
    if computed || !catches {
        return;
    }
    for step in all.iter().copied().flatten() {
        step.walk(&mut |step| {
            let Action::Try { handlers, .. } = &step.action else { return };
            for Handler { error, .. } in
                handlers.iter().filter(|handler| !raised.contains(handler.error.value.as_str()))
            {
                let message = format!("this handler can never run: nothing raises `{}`", error.value);
                let finding = Finding::new(Code::FlowUnreachable, error.span, message, "raised nowhere");
                bag.add(finding.help(match error.value.as_str() {
                    "Exception" | "BaseException" | "Error" | "all" | "else" => {
                        "write `any` for every error".to_owned()
                    }
                    name => nearest_help(name, "errors are", raised.iter().copied()),
                }));
            }
        });
    }
}

/// How a body can end.
#[derive(Clone, Copy, Default)]
struct Ends {
    /// At its last step, going on with what follows.
    falls: bool,
    /// By a `break` of the loop around it.
    breaks: bool,
}

impl Ends {
    const FALLS: Ends = Ends { falls: true, breaks: false };

    fn or(self, other: Ends) -> Ends {
        Ends { falls: self.falls || other.falls, breaks: self.breaks || other.breaks }
    }
}

/// Reports the first step of every stretch that cannot be reached, and not what is inside of it.
fn block(steps: &[Step], bag: &mut Bag) -> Ends {
    let mut ends = Ends::FALLS;
    for (at, step) in steps.iter().enumerate() {
        let of_step = self::step(step, bag);
        ends.breaks |= of_step.breaks;
        ends.falls = of_step.falls;
        if !of_step.falls {
            if let Some(next) = steps.get(at + 1) {
                let why = match &step.action {
                    Action::Loop { .. } | Action::While { .. } => "is never left",
                    Action::Break | Action::Continue | Action::Return(_) | Action::Exit(_) | Action::Raise { .. } => {
                        "goes elsewhere"
                    }
                    _ => "never gets to its end",
                };
                let message = format!("this step can never run: the `{}` before it {why}", step.verb.value);
                let finding = Finding::new(Code::FlowUnreachable, next.verb.span, message, "never runs");
                bag.add(finding.also(step.verb.span, why).help("remove it, or move it before"));
            }
            break;
        }
    }
    ends
}

fn step(step: &Step, bag: &mut Bag) -> Ends {
    match &step.action {
        Action::If { condition, then, otherwise } => {
            let known = literal(condition);
            for (dead, body) in [(Some(false), then), (Some(true), otherwise)] {
                if known == dead {
                    never(body, condition.span(), "the condition never holds here", bag);
                }
            }
            match known {
                Some(true) => block(then, bag),
                Some(false) => block(otherwise, bag),
                None => block(then, bag).or(block(otherwise, bag)),
            }
        }
        Action::While { condition, body } => match literal(condition) {
            Some(false) => {
                never(body, condition.span(), "the condition never holds", bag);
                Ends::FALLS
            }
            known => {
                let ends = block(body, bag);
                Ends { falls: known.is_none() || ends.breaks, breaks: false }
            }
        },
        Action::Loop { body } => Ends { falls: block(body, bag).breaks, breaks: false },
        Action::Repeat { times, body } if constant(times).and_then(|times| times.as_int()).is_some_and(|n| n <= 0) => {
            never(body, times.span(), "it is repeated no time", bag);
            Ends::FALLS
        }
        Action::ForIn { list, body, .. }
            if list.constant().and_then(|list| list.as_list()).is_some_and(<[Value]>::is_empty) =>
        {
            never(body, list.span(), "there is nothing in the list", bag);
            Ends::FALLS
        }
        Action::Repeat { body, .. } | Action::ForIn { body, .. } | Action::ForFrom { body, .. } => {
            block(body, bag);
            Ends::FALLS
        }
        Action::With { body, .. } => block(body, bag),
        Action::Try { body, handlers, otherwise, finally } => {
            let tried = block(body, bag);
            let mut ends = Ends { falls: false, breaks: tried.breaks };
            if tried.falls {
                ends = ends.or(block(otherwise, bag));
            } else {
                never(otherwise, step.verb.span, "the `try` never gets to its end", bag);
            }
            let mut all: Option<Span> = None;
            for handler in handlers {
                if let Some(span) = all {
                    never(&handler.body, span, "`any` takes every error before", bag);
                }
                ends = ends.or(block(&handler.body, bag));
                if handler.error.value == "any" {
                    all = Some(handler.error.span);
                }
            }
            let last = block(finally, bag);
            if last.falls { Ends { breaks: ends.breaks || last.breaks, ..ends } } else { last }
        }
        Action::Break => Ends { falls: false, breaks: true },
        Action::Continue | Action::Return(_) | Action::Exit(_) | Action::Raise { .. } => Ends::default(),
        _ => Ends::FALLS,
    }
}

fn never(body: &[Step], because: Span, why: &str, bag: &mut Bag) {
    if let Some(first) = body.first() {
        let message = format!("this step can never run: {why}");
        let finding = Finding::new(Code::FlowUnreachable, first.verb.span, message, "never runs");
        bag.add(finding.also(because, why).help("remove it, or mend the condition"));
    }
}

fn literal(condition: &Expr) -> Option<bool> {
    constant(condition)?.as_bool()
}

/// Of an expression without any name in it: what depends on a parameter may be otherwise in the next run.
fn constant(expr: &Expr) -> Option<Value> {
    struct Nothing;
    impl Scope for Nothing {
        fn resolve(&mut self, _name: &str, _span: Span) -> Resolved {
            Resolved::Slot(0)
        }

        fn known(&self) -> Vec<String> {
            Vec::new()
        }
    }
    if !expr.names().is_empty() {
        return None;
    }
    expr.compile(&mut Nothing, &mut Bag::new())?.constant().cloned()
}
