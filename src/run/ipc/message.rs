//! What is said between a client and the runner: one message each way at a time, JSON in a packet.
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::graph::Operation;

/// The longest message, in bytes.
pub const MOST_BYTES: usize = 128 << 10;

/// The words of steps that a client may say, and `next`, which is one turn of a `for .. from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    Put,
    Get,
    Next,
    TaskDone,
    Join,
    Close,
    Send,
    Recv,
    Acquire,
    Release,
    Wait,
    Set,
    Clear,
    Notify,
    Abort,
    Reset,
    Read,
    Write,
    Add,
    Start,
    Terminate,
    Kill,
}

impl Verb {
    /// As `uses` calls it. `next` takes what `get` or, at an end of a pipe, `recv` takes.
    pub fn operation(self, of_end: bool) -> Operation {
        match self {
            Verb::Put => Operation::Put,
            Verb::Next if of_end => Operation::Recv,
            Verb::Get | Verb::Next => Operation::Get,
            Verb::TaskDone => Operation::TaskDone,
            Verb::Join => Operation::Join,
            Verb::Close => Operation::Close,
            Verb::Send => Operation::Send,
            Verb::Recv => Operation::Recv,
            Verb::Acquire => Operation::Acquire,
            Verb::Release => Operation::Release,
            Verb::Wait => Operation::Wait,
            Verb::Set => Operation::Set,
            Verb::Clear => Operation::Clear,
            Verb::Notify => Operation::Notify,
            Verb::Abort => Operation::Abort,
            Verb::Reset => Operation::Reset,
            Verb::Read => Operation::Read,
            Verb::Write => Operation::Write,
            Verb::Add => Operation::Add,
            Verb::Start => Operation::Start,
            Verb::Terminate => Operation::Terminate,
            Verb::Kill => Operation::Kill,
        }
    }

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Verb::Next => "next",
            other => other.operation(false).name(),
        }
    }
}

/// What a client says first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hello<'a> {
    pub token: Cow<'a, str>,
    pub verb: Verb,
    /// As written: objects, ends, processes, properties.
    pub words: Vec<Cow<'a, str>>,
}

/// What an attached client may ask later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Question {
    /// The name of the process whose slot that is.
    NameOf(u32),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// The client has begun in this slot. With it come the descriptors of the arena and of the bytes pipes among the
    /// things, in their order.
    Attached {
        slot: u32,
        /// Of the command.
        name: String,
        things: Vec<Granted>,
    },
    /// The runner has done it. JSON, or nothing to say.
    Done(Option<String>),
    /// It could not be done: kind and message of the fault.
    Failed(String, String),
    /// It may not be done, or means nothing; and what to do about it.
    Refused {
        message: String,
        help: String,
    },
    Name(String),
}

/// One of the words, as it was written, and what stands for it in the arena.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Granted {
    pub name: String,
    pub what: What,
    /// Of a `read`: which property, where it is one.
    pub property: Option<String>,
}

/// Objects by their numbers in the arena.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum What {
    Queue(u32),
    /// An end of a message pipe.
    Messages {
        pipe: u32,
        side: u8,
    },
    /// An end of a bytes pipe; what waits for it is published at that object.
    Bytes {
        marker: u32,
        side: u8,
    },
    Event(u32),
    Barrier {
        object: u32,
        timeout_ns: Option<u64>,
    },
    Lock(u32),
    Semaphore(u32),
    Condition(u32),
    Value(u32),
    Array(u32),
    /// The first slots of its instances.
    Process(Vec<u32>),
}
