//! The attributes of the shared objects.
use super::{Field, Shape, Table};
use crate::graph::{Kind, ScalarType};

pub static QUEUE: Table = Table::new(
    "a queue",
    "Items in the order they were put, from any process to any process.",
    &[
        Field::optional("maxsize", Shape::COUNT, "The most items it holds; 0 is unbounded.").default("0"),
        Field::optional("joinable", Shape::Bool, "Items are marked done, and the queue can be joined.")
            .default("false"),
        Field::optional("items", Shape::List(&Shape::Any), "What is in it at the start.").default("[]"),
        Field::optional(
            "redeliver",
            Shape::Bool,
            "Joinable only: what a process that died had taken and not marked done goes back to the front.",
        )
        .default("false"),
    ],
);

pub static PIPE: Table = Table::new(
    "a pipe",
    "Two connected ends.",
    &[
        Field::optional(
            "duplex",
            Shape::Bool,
            "Both ends send and receive; otherwise the first reads and the second writes.",
        )
        .default("true"),
        Field::optional(
            "ends",
            Shape::List(&Shape::Name),
            "The two names of the ends; `[reader, writer]` with `duplex: false`.",
        )
        .default("[a, b]"),
        Field::optional(
            "mode",
            Shape::Choice(&["message", "bytes"]),
            "Whole messages of any value, or a stream of bytes.",
        )
        .default("message"),
        Field::optional("capacity", Shape::Size, "Of a bytes pipe: how much it holds.").default("64KiB"),
    ],
);

pub static EVENT: Table = Table::new(
    "an event",
    "A flag that processes wait for.",
    &[Field::optional("set", Shape::Bool, "Set at the start.").default("false")],
);

pub static BARRIER: Table = Table::new(
    "a barrier",
    "A place where so many processes wait for one another.",
    &[
        Field::required("parties", Shape::POSITIVE, "How many must wait until all go on."),
        Field::optional(
            "timeout",
            Shape::Duration,
            "How long a `wait` without its own timeout waits; for ever if absent.",
        ),
    ],
);

pub static LOCK: Table = Table::new(
    "a lock",
    "Held by one process at a time, released by its holder only.",
    &[Field::optional("recursive", Shape::Bool, "Its holder may take it again.").default("false")],
);

pub static SEMAPHORE: Table = Table::new(
    "a semaphore",
    "A number of units that are taken and given back.",
    &[
        Field::optional("value", Shape::Int { min: 0, max: u32::MAX as i64 }, "Units at the start.").default("1"),
        Field::optional(
            "bounded",
            Shape::Bool,
            "It never rises above its first value, and a dead process's unit is given back.",
        )
        .default("false"),
    ],
);

pub static CONDITION: Table = Table::new(
    "a condition",
    "A lock and those who wait to be notified.",
    &[Field::optional("lock", Shape::Reference, "The lock it goes with; its own if absent.")],
);

pub static VALUE: Table = Table::new(
    "a value",
    "One shared number.",
    &[
        Field::required("type", Shape::Choice(ScalarType::NAMES), "What it holds."),
        Field::optional("initial", Shape::OneOf(&[Shape::Number, Shape::Bool]), "What it is at the start.")
            .default("0"),
    ],
);

pub static ARRAY: Table = Table::new(
    "an array",
    "Shared numbers of one type.",
    &[
        Field::required("type", Shape::Choice(ScalarType::NAMES), "What each cell holds."),
        Field::optional("length", Shape::COUNT, "How many cells, all zero at the start; or give `initial`."),
        Field::optional(
            "initial",
            Shape::List(&Shape::OneOf(&[Shape::Number, Shape::Bool])),
            "The cells at the start; or give `length`.",
        ),
    ],
)
.one_of(&["length", "initial"]);

pub static POOL: Table = Table::new(
    "a pool",
    "Workers that run targets on request.",
    &[
        Field::required("processes", Shape::POSITIVE, "How many workers."),
        Field::optional(
            "maxtasksperchild",
            Shape::POSITIVE,
            "A worker is replaced after so many tasks; never if absent.",
        ),
        Field::optional("initializer", Shape::Reference, "A target that each worker runs first."),
    ],
);

pub(super) static QUEUE_ENTRY: Shape = Shape::OneOf(&[Shape::Map(&QUEUE), Shape::Null]);
pub(super) static PIPE_ENTRY: Shape = Shape::OneOf(&[Shape::Map(&PIPE), Shape::Null]);
pub(super) static EVENT_ENTRY: Shape = Shape::OneOf(&[Shape::Map(&EVENT), Shape::Null]);
pub(super) static BARRIER_ENTRY: Shape = Shape::Map(&BARRIER);
pub(super) static LOCK_ENTRY: Shape = Shape::OneOf(&[Shape::Map(&LOCK), Shape::Null]);
pub(super) static SEMAPHORE_ENTRY: Shape = Shape::OneOf(&[Shape::Map(&SEMAPHORE), Shape::Null]);
pub(super) static CONDITION_ENTRY: Shape = Shape::OneOf(&[Shape::Map(&CONDITION), Shape::Null]);
pub(super) static VALUE_ENTRY: Shape = Shape::Map(&VALUE);
pub(super) static ARRAY_ENTRY: Shape = Shape::Map(&ARRAY);
pub(super) static POOL_ENTRY: Shape = Shape::Map(&POOL);

/// The root key that declares objects of one kind.
pub(super) const fn field(name: &'static str, entry: &'static Shape, doc: &'static str) -> Field {
    Field::optional(name, Shape::Named(entry), doc)
}

/// The attributes of an object of this kind.
pub fn of_kind(kind: Kind) -> &'static Table {
    match kind {
        Kind::Queue => &QUEUE,
        Kind::Pipe => &PIPE,
        Kind::Event => &EVENT,
        Kind::Barrier => &BARRIER,
        Kind::Lock => &LOCK,
        Kind::Semaphore => &SEMAPHORE,
        Kind::Condition => &CONDITION,
        Kind::Value => &VALUE,
        Kind::Array => &ARRAY,
        Kind::Pool => &POOL,
    }
}
