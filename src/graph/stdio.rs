//! Where a process's standard streams come from and go to.
use super::Name;
use crate::diag::Span;
use crate::expr::Template;

#[derive(Clone, Debug)]
pub enum Stdin {
    Inherit,
    Null,
    File(Template, Span),
    /// An end of a bytes pipe: the descriptor itself.
    Pipe(Name),
    Queue {
        queue: Name,
        format: Format,
    },
}

/// Of stdout and stderr alike.
#[derive(Clone, Debug)]
pub enum Stdout {
    /// Passed on line by line under the node's name; the default.
    Captured,
    Inherit,
    Null,
    /// Created, or emptied if it exists.
    File(Template, Span),
    Pipe(Name),
    Queue {
        queue: Name,
        format: Format,
    },
}

/// How queue items and lines stand for one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// An item is the text of a line.
    #[default]
    Lines,
    /// An item is the value of a line of JSON.
    Json,
}
