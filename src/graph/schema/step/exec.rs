//! The verb that runs a command.
use super::Verb;
use super::verb::TIMEOUT;
use crate::graph::schema::{Field, Shape, Table};

pub(super) static VERBS: &[Verb] = &[Verb::new(
    "exec",
    Shape::Filled(&Shape::Any),
    &[
        Field::optional("input", Shape::Any, "What it reads on its standard input; nothing if absent."),
        Field::optional(
            "into",
            Shape::OneOf(&[Shape::Name, Shape::Map(&EXEC_INTO)]),
            "The variable that takes its stdout without the last newline, or several by name.",
        ),
        TIMEOUT,
    ],
    "Runs a command to its end.",
)];

pub static EXEC_INTO: Table = Table::new(
    "what a command leaves",
    "Variables that take what a command leaves.",
    &[
        Field::optional("stdout", Shape::Name, "Its standard output, without the last newline."),
        Field::optional("stderr", Shape::Name, "Its standard error, without the last newline."),
        Field::optional("exit", Shape::Name, "Its exit code; without it a non-zero end is an error."),
    ],
);
