//! Verbs of queues.
use super::Verb;
use super::verb::{BLOCK, TIMEOUT, into};
use crate::graph::schema::{Field, Shape};

pub(super) static VERBS: &[Verb] = &[
    Verb::new(
        "put",
        Shape::Reference,
        &[Field::required("value", Shape::Any, "The item."), BLOCK, TIMEOUT],
        "Puts an item into a queue; `Full` when it does not block or in time.",
    ),
    Verb::new(
        "get",
        Shape::Reference,
        &[into("The variable that takes the item."), BLOCK, TIMEOUT],
        "Takes an item from a queue; `Empty` when it does not block or in time.",
    ),
    Verb::new("task_done", Shape::Reference, &[], "Marks one item that was taken as done."),
    Verb::new(
        "join",
        Shape::Reference,
        &[TIMEOUT, into("The variable that takes whether it is done.")],
        "Waits until every item of a queue is marked done, or until a process has ended.",
    ),
    Verb::new("close", Shape::Reference, &[], "This process puts no more into a queue, or uses a pipe's end no more."),
];
