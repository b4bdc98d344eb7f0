//! What a machine asks of the world, and what the world answers.
//!
//! A request is one operation on at most one shared object. Three drivers answer it: a forked process on shared
//! memory, the explorer on its model, a replay that gates the first by a schedule of the second.
use std::sync::Arc;

use crate::graph::{LogLevel, ObjectId, ProcessId, Until};
use crate::value::{Fault, Handle, Str, Value};

use super::JobId;

#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    Print {
        line: Str,
        stderr: bool,
    },
    Log {
        text: Str,
        level: LogLevel,
    },
    /// Nanoseconds; 0 yields the processor and no more.
    Sleep(u64),
    Put {
        queue: ObjectId,
        value: Value,
        wait: Wait,
    },
    Get {
        queue: ObjectId,
        wait: Wait,
    },
    /// The next item of a queue or message of an end, or [`Outcome::Ended`] when it is finished.
    Next {
        from: Source,
    },
    TaskDone {
        queue: ObjectId,
    },
    JoinQueue {
        queue: ObjectId,
        wait: Wait,
    },
    CloseQueue {
        queue: ObjectId,
    },
    Send {
        end: End,
        value: Value,
    },
    Recv {
        end: End,
        part: Part,
        wait: Wait,
    },
    CloseEnd {
        end: End,
    },
    /// Of a lock, a semaphore, or a condition (its lock).
    Acquire {
        of: ObjectId,
        wait: Wait,
    },
    Release {
        of: ObjectId,
    },
    WaitEvent {
        event: ObjectId,
        wait: Wait,
    },
    /// `None`: the barrier's own timeout, if it has one.
    WaitBarrier {
        barrier: ObjectId,
        wait: Option<Wait>,
    },
    WaitCondition {
        condition: ObjectId,
        wait: Wait,
    },
    /// Answered with the list of the names of those that are ready.
    WaitAny {
        on: Arc<[Waitee]>,
        wait: Wait,
    },
    SetEvent {
        event: ObjectId,
    },
    ClearEvent {
        event: ObjectId,
    },
    /// `None`: everyone.
    Notify {
        condition: ObjectId,
        n: Option<u64>,
    },
    AbortBarrier {
        barrier: ObjectId,
    },
    ResetBarrier {
        barrier: ObjectId,
    },
    Read(Readable),
    /// `index` of an array's cell; without one the whole.
    Write {
        of: ObjectId,
        index: Option<i64>,
        value: Value,
    },
    Add {
        of: ObjectId,
        index: Option<i64>,
        by: Value,
    },
    Start(ProcessRef),
    Terminate(ProcessRef),
    Kill(ProcessRef),
    JoinProcess {
        process: ProcessRef,
        wait: Wait,
    },
    /// Hands calls to a pool; answered with a handle at once.
    Submit {
        pool: ObjectId,
        job: JobId,
        calls: Calls,
    },
    /// Answered with the result of a single handle, or the list of those of several.
    Await {
        handles: Vec<Handle>,
        single: bool,
        wait: Wait,
    },
    /// Answered with `[stdout, stderr, exit]`, as text where UTF-8, untrimmed; of a stream that is shown its end only.
    Exec {
        argv: Vec<Str>,
        input: Option<Value>,
        shown: Shown,
        wait: Wait,
    },
}

/// How long an operation may block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wait {
    /// Not at all.
    Poll,
    /// Nanoseconds from now, more than 0.
    For(u64),
    Forever,
}

impl Wait {
    pub fn is_forever(self) -> bool {
        self == Wait::Forever
    }

    /// In nanoseconds; `None` is for ever.
    pub fn limit_ns(self) -> Option<u64> {
        match self {
            Wait::Poll => Some(0),
            Wait::For(ns) => Some(ns),
            Wait::Forever => None,
        }
    }
}

/// One end of a pipe: 0 is the first of `ends`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct End {
    pub pipe: ObjectId,
    pub side: u8,
}

impl End {
    pub fn peer(self) -> End {
        End { side: 1 - self.side, ..self }
    }
}

/// A process as declared, all of its instances, or one of them (from 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessRef {
    pub process: ProcessId,
    pub instance: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    Queue(ObjectId),
    End(End),
}

/// How much a `recv` takes; a message end knows only `Message`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Message,
    /// Exactly so many bytes, fewer only at the end of the stream.
    Size(u64),
    Until(Until),
    /// What is there, at least one byte.
    Some,
}

/// One of several things waited for, with the name it was written by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Waitee {
    pub name: Str,
    pub what: WaiteeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaiteeKind {
    Queue(ObjectId),
    End(End),
    Event(ObjectId),
    Process(ProcessRef),
}

/// What a `read` step reads, atomically.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Readable {
    Property(ObjectId, Property),
    Poll(End),
    Value(ObjectId),
    Array(ObjectId),
    Cell(ObjectId, i64),
    IsAlive(ProcessRef),
    ExitCode(ProcessRef),
    Pid(ProcessRef),
    ActiveChildren,
    /// Seconds since the run began.
    Clock,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Property {
    Qsize,
    Empty,
    Full,
    Unfinished,
    IsSet,
    Parties,
    NWaiting,
    Broken,
    Locked,
    /// Of a semaphore.
    Value,
}

impl Property {
    pub fn parse(text: &str) -> Option<Property> {
        Some(match text {
            "qsize" => Property::Qsize,
            "empty" => Property::Empty,
            "full" => Property::Full,
            "unfinished" => Property::Unfinished,
            "is_set" => Property::IsSet,
            "parties" => Property::Parties,
            "n_waiting" => Property::NWaiting,
            "broken" => Property::Broken,
            "locked" => Property::Locked,
            "value" => Property::Value,
            _ => return None,
        })
    }
}

/// The calls that one `apply` or `map` makes.
#[derive(Clone, Debug, PartialEq)]
pub enum Calls {
    /// One call; its result is the handle's.
    One(Vec<Value>),
    /// Calls in chunks; the result is the list of theirs, in the order of the calls, or of completion.
    Many { chunks: Vec<Vec<Vec<Value>>>, ordered: bool },
}

/// Which streams of a command nobody takes: they become output of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shown {
    pub stdout: bool,
    pub stderr: bool,
}

/// How the world answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is done; the value is null where there is nothing to say.
    Done(Value),
    /// It could not be done in time, or at once; nothing has changed.
    TimedOut,
    /// Of [`Request::Next`]: finished.
    Ended,
    Failed(Fault),
}
