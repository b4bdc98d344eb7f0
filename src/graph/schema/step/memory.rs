//! Verbs that read and write shared state.
use super::Verb;
use super::verb::{INDEX, into};
use crate::graph::schema::{Field, Shape};

pub(super) static VERBS: &[Verb] = &[
    Verb::new(
        "read",
        Shape::Reference,
        &[into("The variable that takes it."), INDEX],
        "Reads an object, a property of one or of a process, `active_children` or `clock`, in one go.",
    ),
    Verb::new(
        "write",
        Shape::Reference,
        &[Field::required("value", Shape::Any, "What is written; a list for a whole array."), INDEX],
        "Writes a value or an array in one go.",
    ),
    Verb::new(
        "add",
        Shape::Reference,
        &[
            Field::optional("by", Shape::Number, "How much.").default("1"),
            INDEX,
            into("The variable that takes the new value."),
        ],
        "Adds to a value or a cell in one go.",
    ),
];
