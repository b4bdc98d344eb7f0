//! Verbs that speak, remember and pause.
use super::Verb;
use crate::graph::LogLevel;
use crate::graph::schema::{Field, Shape};

pub(super) static VERBS: &[Verb] = &[
    Verb::new(
        "print",
        Shape::Any,
        &[Field::optional("to", Shape::Choice(&["stdout", "stderr"]), "The stream.").default("stdout")],
        "Prints one line, whole.",
    ),
    Verb::new(
        "log",
        Shape::Any,
        &[Field::optional("level", Shape::Choice(LogLevel::NAMES), "How grave it is.").default("info")],
        "A message through the runner's log.",
    ),
    Verb::new("let", Shape::Named(&Shape::Any), &[], "Sets variables in order; a later one sees the earlier."),
    Verb::new("sleep", Shape::Duration, &[], "Pauses."),
];
