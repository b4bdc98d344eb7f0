//! Verbs of pipes.
use super::Verb;
use super::verb::{TIMEOUT, into};
use crate::graph::schema::{Field, Shape};

pub(super) static VERBS: &[Verb] = &[
    Verb::new(
        "send",
        Shape::Reference,
        &[Field::required("value", Shape::Any, "The message; text or bytes on a bytes pipe.")],
        "Sends a message into an end of a pipe.",
    ),
    Verb::new(
        "recv",
        Shape::Reference,
        &[
            into("The variable that takes the message."),
            TIMEOUT,
            Field::optional("size", Shape::Size, "Of a bytes pipe: at most so many bytes."),
            Field::optional("until", Shape::Choice(&["eof", "line"]), "Of a bytes pipe: up to its end, or one line."),
        ],
        "Receives a message from an end of a pipe.",
    ),
];
