//! What must have been observed when the run ends.
use std::time::Duration;

use super::{Name, ScalarType};
use crate::diag::{Span, Spanned};
use crate::expr::Template;
use crate::value::Value;

#[derive(Clone, Debug)]
pub struct Expect {
    pub span: Span,
    pub outcome: Option<Spanned<OutcomeKind>>,
    pub clean: Option<Spanned<bool>>,
    pub elapsed: Option<Elapsed>,
    pub stdout: Option<Lines>,
    /// By process as written: a declared name, or one instance's.
    pub processes: Vec<(Name, ProcessExpect)>,
    pub queues: Vec<(Name, Items)>,
    pub values: Vec<(Name, ValuePattern)>,
    pub arrays: Vec<(Name, ValuePattern)>,
    pub events: Vec<(Name, Spanned<bool>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeKind {
    Completed,
    Deadlock,
    Timeout,
}

#[derive(Clone, Debug)]
pub struct Elapsed {
    pub span: Span,
    pub min: Option<Duration>,
    pub max: Option<Duration>,
}

#[derive(Clone, Debug, Default)]
pub struct ProcessExpect {
    pub span: Span,
    /// Any one of them will do.
    pub exit: Option<Spanned<Vec<Spanned<ExitPattern>>>>,
    pub stdout: Option<Lines>,
    pub stderr: Option<Lines>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitPattern {
    /// `0`, `N`, or `-SIGNAL`; a signal's name is its number here.
    Code(i32),
    /// Any end but 0, signals too.
    Nonzero,
}

/// All that is present must hold.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    pub span: Span,
    /// Exactly these, in this order.
    pub exact: Option<Vec<LinePattern>>,
    /// Exactly these, in any order.
    pub any_order: Option<Vec<LinePattern>>,
    pub contains: Option<Vec<LinePattern>>,
    /// These as a subsequence.
    pub in_order: Option<Vec<LinePattern>>,
    pub excludes: Option<Vec<LinePattern>>,
    pub count: Option<Spanned<u64>>,
}

#[derive(Clone, Debug)]
pub enum LinePattern {
    /// May hold graph parameters, and for a process's own lines `self.name` and `self.index`.
    Text(Template, Span),
    /// Matches the whole line.
    Regex(regex::Regex, Span),
}

/// What is left in a queue.
#[derive(Clone, Debug, Default)]
pub struct Items {
    pub span: Span,
    pub exact: Option<Vec<Value>>,
    pub any_order: Option<Vec<Value>>,
    pub contains: Option<Vec<Value>>,
    pub count: Option<Spanned<u64>>,
}

/// What a value, or a whole array, is at the end.
#[derive(Clone, Debug)]
pub enum ValuePattern {
    /// With the places of the items, if it is a list that is written out.
    Equals(Value, Span, Vec<Span>),
    Bounds(Bounds),
    AnyOf(Vec<Value>, Span),
}

#[derive(Clone, Debug)]
pub struct Bounds {
    pub span: Span,
    pub min: Option<Value>,
    pub max: Option<Value>,
}

impl ValuePattern {
    pub fn span(&self) -> Span {
        match self {
            ValuePattern::Equals(_, span, _) | ValuePattern::AnyOf(_, span) => *span,
            ValuePattern::Bounds(bounds) => bounds.span,
        }
    }

    /// What is expected is put as a value of the type is kept: 1 is true, and 0.1 the nearest `f32`.
    pub fn admit(&mut self, scalar: ScalarType) {
        let values = match self {
            ValuePattern::Equals(value, ..) => std::slice::from_mut(value),
            ValuePattern::AnyOf(values, _) => values.as_mut_slice(),
            ValuePattern::Bounds(_) => &mut [],
        };
        let kept = |value: &Value| scalar.admit(value).unwrap_or_else(|_| value.clone());
        for value in values {
            *value = match &*value {
                Value::List(cells) => Value::list(cells.iter().map(kept).collect()),
                value => kept(value),
            };
        }
    }
}

impl LinePattern {
    pub fn span(&self) -> Span {
        match self {
            LinePattern::Text(_, span) | LinePattern::Regex(_, span) => *span,
        }
    }
}
