//! Verbs of pools.
use super::Verb;
use super::verb::{TIMEOUT, into};
use crate::graph::schema::{Field, Shape};

const TARGET: Field = Field::required("target", Shape::Reference, "The target that the workers run.");
const ARGS: Field = Field::optional("args", Shape::Words(&Shape::Any), "The target's arguments by name.");
const OVER: Field = Field::required("over", Shape::List(&Shape::Any), "The list of items.");
const CHUNKSIZE: Field = Field::optional("chunksize", Shape::POSITIVE, "Items that a worker takes at once.");
const ORDERED: Field =
    Field::optional("ordered", Shape::Bool, "Results in the order of the items, or of their completion.")
        .default("true");

pub(super) static VERBS: &[Verb] = &[
    Verb::new(
        "apply",
        Shape::Reference,
        &[TARGET, ARGS, into("The variable that takes the result.")],
        "Runs a target in a worker and waits for its result.",
    ),
    Verb::new(
        "map",
        Shape::Reference,
        &[TARGET, OVER, CHUNKSIZE, into("The variable that takes the list of results."), ORDERED],
        "Runs a target for each item and waits for the results.",
    ),
    Verb::new(
        "apply_async",
        Shape::Reference,
        &[TARGET, ARGS, into("The variable that takes the handle.")],
        "Runs a target in a worker.",
    ),
    Verb::new(
        "map_async",
        Shape::Reference,
        &[TARGET, OVER, CHUNKSIZE, into("The variable that takes the handle."), ORDERED],
        "Runs a target for each item.",
    ),
    Verb::new(
        "await",
        Shape::OneOf(&[Shape::Expr, Shape::List(&Shape::Expr)]),
        &[TIMEOUT, into("The variable that takes the result.")],
        "Waits for the result of a handle, or of a list of them.",
    ),
];
