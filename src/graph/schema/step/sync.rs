//! Verbs of locks, semaphores, conditions, events and barriers.
use super::Verb;
use super::verb::{BLOCK, TIMEOUT, into};
use crate::graph::schema::{Field, Shape};

pub(super) static VERBS: &[Verb] = &[
    Verb::new(
        "acquire",
        Shape::Reference,
        &[BLOCK, TIMEOUT, into("The variable that takes whether it was taken.")],
        "Takes a lock, a unit of a semaphore, or a condition's lock.",
    ),
    Verb::new("release", Shape::Reference, &[], "Gives it back."),
    Verb::new(
        "with",
        Shape::Reference,
        &[Field::required("do", Shape::Steps, "What is done while it is held.")],
        "Acquires, does, and releases however it ends.",
    ),
    Verb::new(
        "wait",
        Shape::OneOf(&[Shape::Reference, Shape::Filled(&Shape::Reference)]),
        &[TIMEOUT, into("The variable that takes the outcome.")],
        "Waits for an event, a barrier, a condition, or the first of several things.",
    ),
    Verb::new("set", Shape::Reference, &[], "Sets an event."),
    Verb::new("clear", Shape::Reference, &[], "Clears an event."),
    Verb::new(
        "notify",
        Shape::Reference,
        &[Field::optional("n", Shape::OneOf(&[Shape::COUNT, Shape::Choice(&["all"])]), "How many of those who wait.")
            .default("1")],
        "Wakes processes that wait for a condition.",
    ),
    Verb::new("abort", Shape::Reference, &[], "Breaks a barrier."),
    Verb::new("reset", Shape::Reference, &[], "Makes a barrier as new."),
];
