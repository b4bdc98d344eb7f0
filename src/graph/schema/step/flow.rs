//! Verbs that steer.
use super::Verb;
use crate::graph::schema::{Field, Shape};

const DO: Field = Field::required("do", Shape::Steps, "What is repeated.");

pub(super) static VERBS: &[Verb] = &[
    Verb::new(
        "if",
        Shape::Expr,
        &[
            Field::optional("then", Shape::Steps, "Done when it is true."),
            Field::optional("else", Shape::Steps, "Done when it is false."),
        ],
        "Does one thing or the other.",
    )
    .with_one_of(&["then", "else"]),
    Verb::new("while", Shape::Expr, &[DO], "Repeats as long as it is true."),
    Verb::new("loop", Shape::Steps, &[], "Repeats until `break`."),
    Verb::new("repeat", Shape::Expr, &[DO], "Repeats so many times."),
    Verb::new(
        "for",
        Shape::Name,
        &[
            Field::optional("in", Shape::OneOf(&[Shape::List(&Shape::Any), Shape::Expr]), "The list; or give `from`."),
            Field::optional(
                "from",
                Shape::Reference,
                "The queue or end whose items are taken until it is finished; or give `in`.",
            ),
            Field::required("do", Shape::Steps, "What is done for each."),
        ],
        "Does something for each item.",
    )
    .with_one_of(&["in", "from"]),
    Verb::new(
        "try",
        Shape::Steps,
        &[
            Field::optional(
                "except",
                Shape::Words(&Shape::Steps),
                "Handlers by the error's name; `any` takes every one.",
            ),
            Field::optional("else", Shape::Steps, "Done when nothing was raised."),
            Field::optional("finally", Shape::Steps, "Done however it ends."),
        ],
        "Does steps and catches their errors.",
    )
    .with_one_of(&["except", "finally"]),
    Verb::new(
        "raise",
        Shape::Any,
        &[Field::optional("error", Shape::Text, "The error's name.").default("RuntimeError")],
        "Raises an error with this message.",
    ),
    Verb::new("return", Shape::Any, &[], "Ends the target with a value."),
    Verb::new(
        "exit",
        Shape::OneOf(&[Shape::Int { min: 0, max: 255 }, Shape::Null]),
        &[],
        "Ends the process with an exit code; 0 if empty.",
    ),
    Verb::new("break", Shape::Null, &[], "Leaves the loop."),
    Verb::new("continue", Shape::Null, &[], "Goes on with the next turn of the loop."),
    Verb::new("pass", Shape::Any, &[], "Does nothing."),
];
