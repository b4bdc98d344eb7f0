//! The root of a graph, and of a library of targets.
use super::{EXPECT, PROCESS, object};
use super::{Field, Shape, TARGET, Table};
use crate::graph::LogLevel;

const VERSION: Field = Field::required("mpgraph", Shape::Int { min: 1, max: 1 }, "The version of the language: 1.");
static TARGET_ENTRY: Shape = Shape::Map(&TARGET);
const TARGETS: Field =
    Field::optional("targets", Shape::Named(&TARGET_ENTRY), "Named bodies that processes and pools run.");
const INCLUDE: Field = Field::optional(
    "include",
    Shape::List(&Shape::Text),
    "YAML files, relative to this one, whose targets are taken in.",
);

pub static ROOT: Table = Table::new(
    "a graph",
    "Processes, the objects they share, and what must have been observed when they have ended.",
    &[
        VERSION,
        Field::optional("name", Shape::Text, "The graph's name; the file's stem if absent."),
        Field::optional("description", Shape::Text, "What the graph is about."),
        Field::optional(
            "params",
            Shape::Named(&Shape::Any),
            "Constants by name with their defaults; `--set NAME=VALUE` overrides one with a value of the same type.",
        ),
        object::field("queues", &object::QUEUE_ENTRY, "Queues by name."),
        object::field("pipes", &object::PIPE_ENTRY, "Pipes by name; an end is written `chan.a`."),
        object::field("events", &object::EVENT_ENTRY, "Events by name."),
        object::field("barriers", &object::BARRIER_ENTRY, "Barriers by name."),
        object::field("locks", &object::LOCK_ENTRY, "Locks by name."),
        object::field("semaphores", &object::SEMAPHORE_ENTRY, "Semaphores by name."),
        object::field("conditions", &object::CONDITION_ENTRY, "Conditions by name."),
        object::field("values", &object::VALUE_ENTRY, "Shared numbers by name."),
        object::field("arrays", &object::ARRAY_ENTRY, "Shared arrays of numbers by name."),
        object::field("pools", &object::POOL_ENTRY, "Pools of workers by name."),
        TARGETS,
        INCLUDE,
        Field::required(
            "processes",
            Shape::NamedProcesses(&Shape::Map(&PROCESS)),
            "The processes by name; at least one.",
        ),
        Field::optional("expect", Shape::Map(&EXPECT), "What must have been observed when the run ends."),
        Field::optional("timeout", Shape::Duration, "Limit on the whole run; none if absent."),
        Field::optional("log", Shape::Choice(LogLevel::NAMES), "Level of the runner's own messages on stderr."),
        Field::optional("seed", Shape::Int { min: 0, max: i64::MAX }, "Seed of every random function.").default("0"),
        Field::optional("allow", Shape::List(&Shape::Text), "Codes of diagnostics not to be reported for this file."),
    ],
)
.extensible();

pub static LIBRARY: Table =
    Table::new("a library of targets", "What an included file may carry.", &[VERSION, TARGETS, INCLUDE]).extensible();
