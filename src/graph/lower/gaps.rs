//! What could not be read of a graph: nothing is concluded from its absence.
use std::collections::BTreeSet;

use crate::diag::Span;

#[derive(Clone, Debug)]
pub struct Gaps {
    /// False once something was left out that others may have needed: a step, a body, an included file. Then that a name
    /// is not used, set or filled means nothing.
    pub complete: bool,
    /// Where in bodies something was left out that may have set a variable, or read one.
    pub lost: Vec<Span>,
    /// Where something was refused that may have been meant as a variable or a parameter.
    pub unread: Vec<Span>,
    /// The names of objects and processes that stand with defaults in the place of what could not be read.
    pub unsound: BTreeSet<Span>,
    /// Declarations of objects or processes are missing: that a name is not declared means nothing.
    pub undeclared: bool,
    /// And so of parameters.
    pub undeclared_params: bool,
    /// And so of targets, which may be in a file that could not be included.
    pub undeclared_targets: bool,
}

impl Gaps {
    pub(super) fn none() -> Self {
        Gaps {
            complete: true,
            lost: Vec::new(),
            unread: Vec::new(),
            unsound: BTreeSet::new(),
            undeclared: false,
            undeclared_params: false,
            undeclared_targets: false,
        }
    }
}
