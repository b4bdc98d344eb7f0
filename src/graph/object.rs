//! The shared objects and their attributes.
use std::time::Duration;

use super::{Name, ScalarType};
use crate::diag::Spanned;
use crate::value::Value;

#[derive(Clone, Debug)]
pub struct Object {
    pub name: Name,
    pub kind: ObjectKind,
}

#[derive(Clone, Debug)]
pub enum ObjectKind {
    Queue(Queue),
    Pipe(Pipe),
    Event(Event),
    Barrier(Barrier),
    Lock(Lock),
    Semaphore(Semaphore),
    Condition(Condition),
    Value(Cell),
    Array(Array),
    Pool(Pool),
}

/// What an object is, without its attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Queue,
    Pipe,
    Event,
    Barrier,
    Lock,
    Semaphore,
    Condition,
    Value,
    Array,
    Pool,
}

#[derive(Clone, Debug)]
pub struct Queue {
    /// In items; 0 is unbounded.
    pub maxsize: u64,
    pub joinable: bool,
    pub items: Vec<Value>,
    pub redeliver: bool,
}

#[derive(Clone, Debug)]
pub struct Pipe {
    pub duplex: bool,
    /// With `duplex: false` the first end reads and the second writes.
    pub ends: [Name; 2],
    pub mode: PipeMode,
    /// Of a bytes pipe, in bytes; `None`: nothing is said, see [`Pipe::capacity`].
    pub said_capacity: Option<u64>,
}

impl Pipe {
    /// What a bytes pipe holds, in bytes: by default what the kernel gives a pipe by itself.
    pub fn capacity(&self) -> u64 {
        self.said_capacity.unwrap_or(64 << 10)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipeMode {
    Message,
    Bytes,
}

#[derive(Clone, Debug)]
pub struct Event {
    pub set: bool,
}

#[derive(Clone, Debug)]
pub struct Barrier {
    pub parties: Spanned<u32>,
    pub timeout: Option<Duration>,
}

#[derive(Clone, Debug)]
pub struct Lock {
    pub recursive: bool,
}

#[derive(Clone, Debug)]
pub struct Semaphore {
    pub value: u32,
    pub bounded: bool,
}

#[derive(Clone, Debug)]
pub struct Condition {
    /// A lock of the graph; its own if absent.
    pub lock: Option<Name>,
}

/// A shared value.
#[derive(Clone, Debug)]
pub struct Cell {
    pub scalar: ScalarType,
    pub initial: Value,
}

#[derive(Clone, Debug)]
pub struct Array {
    pub scalar: ScalarType,
    /// As long as the array.
    pub initial: Vec<Value>,
}

#[derive(Clone, Debug)]
pub struct Pool {
    pub processes: Spanned<u32>,
    pub maxtasksperchild: Option<u64>,
    pub initializer: Option<Name>,
}

impl ObjectKind {
    pub fn kind(&self) -> Kind {
        match self {
            ObjectKind::Queue(_) => Kind::Queue,
            ObjectKind::Pipe(_) => Kind::Pipe,
            ObjectKind::Event(_) => Kind::Event,
            ObjectKind::Barrier(_) => Kind::Barrier,
            ObjectKind::Lock(_) => Kind::Lock,
            ObjectKind::Semaphore(_) => Kind::Semaphore,
            ObjectKind::Condition(_) => Kind::Condition,
            ObjectKind::Value(_) => Kind::Value,
            ObjectKind::Array(_) => Kind::Array,
            ObjectKind::Pool(_) => Kind::Pool,
        }
    }
}

impl Kind {
    pub const ALL: &'static [Kind] = &[
        Kind::Queue,
        Kind::Pipe,
        Kind::Event,
        Kind::Barrier,
        Kind::Lock,
        Kind::Semaphore,
        Kind::Condition,
        Kind::Value,
        Kind::Array,
        Kind::Pool,
    ];

    /// The word of the YAML: `queue`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Queue => "queue",
            Kind::Pipe => "pipe",
            Kind::Event => "event",
            Kind::Barrier => "barrier",
            Kind::Lock => "lock",
            Kind::Semaphore => "semaphore",
            Kind::Condition => "condition",
            Kind::Value => "value",
            Kind::Array => "array",
            Kind::Pool => "pool",
        }
    }

    /// The root key that declares them: `queues`.
    pub fn root_key(self) -> &'static str {
        match self {
            Kind::Queue => "queues",
            Kind::Pipe => "pipes",
            Kind::Event => "events",
            Kind::Barrier => "barriers",
            Kind::Lock => "locks",
            Kind::Semaphore => "semaphores",
            Kind::Condition => "conditions",
            Kind::Value => "values",
            Kind::Array => "arrays",
            Kind::Pool => "pools",
        }
    }

    /// With its article, for messages: `a queue`, `an event`.
    pub fn with_article(self) -> &'static str {
        match self {
            Kind::Queue => "a queue",
            Kind::Pipe => "a pipe",
            Kind::Event => "an event",
            Kind::Barrier => "a barrier",
            Kind::Lock => "a lock",
            Kind::Semaphore => "a semaphore",
            Kind::Condition => "a condition",
            Kind::Value => "a value",
            Kind::Array => "an array",
            Kind::Pool => "a pool",
        }
    }

    /// What a `read` step may ask for; of a pipe it is asked of an end. A value and an array are also read whole.
    pub fn properties(self) -> &'static [&'static str] {
        match self {
            Kind::Queue => &["qsize", "empty", "full", "unfinished"],
            Kind::Pipe => &["poll"],
            Kind::Event => &["is_set"],
            Kind::Barrier => &["parties", "n_waiting", "broken"],
            Kind::Lock => &["locked"],
            Kind::Semaphore => &["value"],
            Kind::Condition | Kind::Value | Kind::Array | Kind::Pool => &[],
        }
    }
}

impl Object {
    pub fn kind(&self) -> Kind {
        self.kind.kind()
    }
}
