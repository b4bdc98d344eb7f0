//! A target.
use super::{Field, Shape, Table};

/// Every word that a parameter's kind may be.
const KINDS: &[&str] = &[
    "queue",
    "pipe",
    "event",
    "barrier",
    "lock",
    "semaphore",
    "condition",
    "value",
    "array",
    "pool",
    "process",
    "any",
    "int",
    "float",
    "string",
    "bool",
    "list",
    "map",
    "duration",
];

pub static TARGET: Table = Table::new(
    "a target",
    "A named body with typed parameters.",
    &[
        Field::optional(
            "params",
            Shape::Named(&Shape::Choice(KINDS)),
            "Parameters by name with their kinds; `pipe` is one end of a pipe.",
        ),
        Field::required("steps", Shape::Steps, "What it does."),
    ],
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Kind, ParamKind};

    #[test]
    fn the_kinds_of_the_table_are_those_of_the_language() {
        let all = Kind::ALL.iter().map(|kind| kind.name()).chain(["process"]);
        let all: Vec<&str> = all.chain(ParamKind::VALUE_NAMES.iter().copied()).collect();
        assert_eq!(KINDS, all);
    }
}
