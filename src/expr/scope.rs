//! What the names of an expression mean: asked once, when it is compiled.
use crate::diag::{Finding, Span};
use crate::value::Value;

pub trait Scope {
    /// What `name`, read at `span`, stands for. Called once for each place a variable is read, in source order.
    fn resolve(&mut self, name: &str, span: Span) -> Resolved;

    /// Every name that could have been meant, for suggestions.
    fn known(&self) -> Vec<String>;
}

#[derive(Clone, Debug)]
pub enum Resolved {
    /// A variable of the process: its index in [`Env::slots`](super::Env::slots).
    Slot(u16),
    /// Known now, as a parameter of the graph is.
    Constant(Value),
    /// The name means something that an expression cannot read; the finding says what to do.
    Refused(Box<Finding>),
    /// Nothing: reported as `names/unknown` with the nearest known name.
    Unknown,
}
