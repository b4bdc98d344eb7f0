//! A value as written in a step or an argument: any YAML, whose strings may hold `${ }`.
use crate::diag::Span;
use crate::expr::Template;
use crate::value::Value;

#[derive(Clone, Debug)]
pub enum Datum {
    /// Nothing in it is computed.
    Constant(Value, Span),
    /// A string with `${ }` in it.
    Template(Template, Span),
    List(Vec<Datum>, Span),
    /// Keys are text, in the order written; each with its own place.
    Map(Vec<(String, Span, Datum)>, Span),
}

impl Datum {
    pub fn span(&self) -> Span {
        match self {
            Datum::Constant(_, span) | Datum::Template(_, span) | Datum::List(_, span) | Datum::Map(_, span) => *span,
        }
    }

    pub fn constant(&self) -> Option<&Value> {
        match self {
            Datum::Constant(value, _) => Some(value),
            _ => None,
        }
    }
}
