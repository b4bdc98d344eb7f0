//! The instructions that a body of steps becomes.
use std::sync::Arc;

use super::{End, JobId, ProcessRef, Property, Source, Waitee};
use crate::expr::Code;
use crate::graph::{LogLevel, ObjectId, Until, ValueKind};
use crate::value::{Str, Value};

/// An index into a program's code.
pub type Pc = u32;
/// A variable of a process.
pub type Slot = u16;

/// A value as written in a step, ready to be computed.
#[derive(Clone, Debug)]
pub enum Operand {
    Constant(Value),
    Code(Code),
    Slot(Slot),
    List(Vec<Operand>),
    Map(Vec<(Str, Operand)>),
}

/// The time a step may take: absent is for ever.
#[derive(Clone, Debug, Default)]
pub struct Patience {
    /// `block: false` does not wait at all.
    pub block: Option<Operand>,
    pub timeout: Option<Operand>,
}

#[derive(Clone, Debug)]
pub enum Instr {
    /// Does nothing; a place to stand.
    Pass,
    Jump(Pc),
    /// Goes on if the condition holds, else jumps.
    Unless(Code, Pc),
    Set(Slot, Operand),
    /// Sets a parameter, after a check and conversion to its kind.
    Bind(Slot, Operand, ValueKind),
    /// Forgets a variable.
    Unset(Slot),
    /// Copies the first into the second.
    Copy(Slot, Slot),
    /// Starts counting: the slot holds what is left.
    Count(Slot, Code),
    /// One fewer, or jumps when none is left.
    CountDown(Slot, Pc),
    /// Takes a list to walk over: the first slot holds it, the second the position.
    Iterate(Slot, Slot, Operand),
    /// The next of the list into `variable`, or jumps at its end.
    Advance {
        list: Slot,
        position: Slot,
        variable: Slot,
        end: Pc,
    },
    /// Raises: type (`RuntimeError` if absent) and text.
    Raise {
        error: Option<Operand>,
        text: Operand,
    },
    /// Raises what the slot holds, with the place it first had.
    Reraise(Slot),
    /// Goes on if the error in the slot is one of these (empty: any), else jumps.
    Catches {
        slot: Slot,
        errors: Vec<Str>,
        otherwise: Pc,
    },
    /// Says where the `finally` block of this slot goes on afterwards.
    Then(Slot, Pc),
    /// The end of a `finally` block: goes on, jumps or raises as the slot says.
    EndFinally(Slot),
    /// The end of the body with a value.
    Return(Option<Operand>),
    /// Keeps the value for [`Instr::ReturnSlot`] while `finally` blocks run.
    ReturnSlot(Slot),
    Exit(Option<Operand>),
    /// An operation of the world; its answer goes to `into`.
    Op(Box<Op>),
}

/// An operation before its operands are computed.
#[derive(Clone, Debug)]
pub enum Op {
    Print {
        text: Operand,
        stderr: bool,
    },
    Log {
        text: Operand,
        level: LogLevel,
    },
    Sleep(Operand),
    Put {
        queue: ObjectId,
        value: Operand,
        patience: Patience,
    },
    Get {
        queue: ObjectId,
        into: Option<Slot>,
        patience: Patience,
    },
    Next {
        from: Source,
        variable: Slot,
        end: Pc,
    },
    TaskDone(ObjectId),
    JoinQueue {
        queue: ObjectId,
        into: Option<Slot>,
        patience: Patience,
    },
    CloseQueue(ObjectId),
    Send {
        end: End,
        value: Operand,
    },
    Recv {
        end: End,
        size: Option<Operand>,
        until: Option<Until>,
        bytes: bool,
        into: Option<Slot>,
        patience: Patience,
    },
    CloseEnd(End),
    Acquire {
        of: ObjectId,
        into: Option<Slot>,
        patience: Patience,
    },
    Release(ObjectId),
    WaitEvent {
        event: ObjectId,
        into: Option<Slot>,
        patience: Patience,
    },
    WaitBarrier {
        barrier: ObjectId,
        into: Option<Slot>,
        patience: Patience,
    },
    WaitCondition {
        condition: ObjectId,
        into: Option<Slot>,
        patience: Patience,
    },
    WaitAny {
        on: Arc<[Waitee]>,
        into: Option<Slot>,
        patience: Patience,
    },
    SetEvent(ObjectId),
    ClearEvent(ObjectId),
    Notify {
        condition: ObjectId,
        n: Option<Operand>,
        all: bool,
    },
    AbortBarrier(ObjectId),
    ResetBarrier(ObjectId),
    ReadProperty {
        of: ObjectId,
        property: Property,
        into: Option<Slot>,
    },
    ReadPoll {
        end: End,
        into: Option<Slot>,
    },
    ReadValue {
        of: ObjectId,
        into: Option<Slot>,
    },
    ReadArray {
        of: ObjectId,
        index: Option<Operand>,
        into: Option<Slot>,
    },
    ReadProcess {
        process: ProcessRef,
        what: ProcessProperty,
        into: Option<Slot>,
    },
    ReadActiveChildren {
        into: Option<Slot>,
    },
    ReadClock {
        into: Option<Slot>,
    },
    Write {
        of: ObjectId,
        index: Option<Operand>,
        value: Operand,
    },
    Add {
        of: ObjectId,
        index: Option<Operand>,
        by: Option<Operand>,
        into: Option<Slot>,
    },
    Start(ProcessRef),
    Terminate(ProcessRef),
    Kill(ProcessRef),
    JoinProcess {
        process: ProcessRef,
        into: Option<Slot>,
        patience: Patience,
    },
    /// One call; `arguments` are those of value kinds, in the order of the target's parameters.
    Apply {
        pool: ObjectId,
        job: JobId,
        arguments: Vec<Operand>,
        into: Option<Slot>,
    },
    /// `parameters` are the names of the target's, over which an item is spread if there are several.
    Map {
        pool: ObjectId,
        job: JobId,
        over: Operand,
        chunksize: Option<Operand>,
        /// To cut the default chunks: a fourth of an equal share.
        workers: u32,
        parameters: Arc<[Str]>,
        ordered: bool,
        into: Option<Slot>,
    },
    Await {
        handle: Operand,
        into: Option<Slot>,
        patience: Patience,
    },
    Exec {
        argv: Vec<Operand>,
        input: Option<Operand>,
        into: ExecSlots,
        patience: Patience,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProcessProperty {
    IsAlive,
    ExitCode,
    Pid,
}

#[derive(Clone, Debug, Default)]
pub struct ExecSlots {
    pub stdout: Option<Slot>,
    pub stderr: Option<Slot>,
    /// Set: an exit other than 0 is no error.
    pub exit: Option<Slot>,
}
