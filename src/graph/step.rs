//! One step: one verb and its modifiers.
use super::{Argument, Datum, LogLevel, Name};
use crate::diag::{Span, Spanned};
use crate::expr::Expr;

#[derive(Clone, Debug)]
pub struct Step {
    /// The whole step: its map, or the bare word.
    pub span: Span,
    /// The verb's key, where a message about the step points.
    pub verb: Spanned<&'static str>,
    pub action: Action,
}

/// A [`Name`] in an object position is as written: an object, a parameter of the target that stands for one, a
/// process, an end (`chan.a`), or for `read` any of them with a property.
#[derive(Clone, Debug)]
pub enum Action {
    Print {
        text: Datum,
        stderr: bool,
    },
    Log {
        text: Datum,
        level: LogLevel,
    },
    Let(Vec<(Name, Datum)>),
    Sleep(Datum),
    Put {
        queue: Name,
        value: Datum,
        block: Option<Datum>,
        timeout: Option<Datum>,
    },
    Get {
        queue: Name,
        into: Option<Name>,
        block: Option<Datum>,
        timeout: Option<Datum>,
    },
    TaskDone {
        queue: Name,
    },
    Join {
        of: Name,
        timeout: Option<Datum>,
        into: Option<Name>,
    },
    Close {
        of: Name,
    },
    Send {
        end: Name,
        value: Datum,
    },
    Recv {
        end: Name,
        into: Option<Name>,
        timeout: Option<Datum>,
        size: Option<Datum>,
        until: Option<Until>,
    },
    Acquire {
        of: Name,
        block: Option<Datum>,
        timeout: Option<Datum>,
        into: Option<Name>,
    },
    Release {
        of: Name,
    },
    With {
        of: Name,
        body: Vec<Step>,
    },
    Wait {
        on: Name,
        timeout: Option<Datum>,
        into: Option<Name>,
    },
    WaitAny {
        on: Vec<Name>,
        timeout: Option<Datum>,
        into: Option<Name>,
    },
    Set {
        event: Name,
    },
    Clear {
        event: Name,
    },
    /// `n` absent: 1. `all`: everyone.
    Notify {
        condition: Name,
        n: Option<Datum>,
        all: bool,
    },
    Abort {
        barrier: Name,
    },
    Reset {
        barrier: Name,
    },
    Read {
        of: Name,
        into: Option<Name>,
        index: Option<Datum>,
    },
    Write {
        of: Name,
        value: Datum,
        index: Option<Datum>,
    },
    Add {
        of: Name,
        by: Option<Datum>,
        index: Option<Datum>,
        into: Option<Name>,
    },
    Start {
        process: Name,
    },
    Terminate {
        process: Name,
    },
    Kill {
        process: Name,
    },
    /// `args_span` as in a process's body. With `asynchronous` it is `apply_async`.
    Apply {
        pool: Name,
        target: Name,
        args: Vec<Argument>,
        args_span: Span,
        into: Option<Name>,
        asynchronous: bool,
    },
    Map {
        pool: Name,
        target: Name,
        over: Datum,
        chunksize: Option<Datum>,
        into: Option<Name>,
        ordered: bool,
        asynchronous: bool,
    },
    Await {
        handle: Expr,
        timeout: Option<Datum>,
        into: Option<Name>,
    },
    Exec {
        argv: Vec<Datum>,
        input: Option<Datum>,
        into: Option<ExecInto>,
        timeout: Option<Datum>,
    },
    If {
        condition: Expr,
        then: Vec<Step>,
        otherwise: Vec<Step>,
    },
    While {
        condition: Expr,
        body: Vec<Step>,
    },
    Loop {
        body: Vec<Step>,
    },
    Repeat {
        times: Expr,
        body: Vec<Step>,
    },
    ForIn {
        variable: Name,
        list: Datum,
        body: Vec<Step>,
    },
    /// Items of a queue, or messages of an end, until it is finished.
    ForFrom {
        variable: Name,
        from: Name,
        body: Vec<Step>,
    },
    Try {
        body: Vec<Step>,
        handlers: Vec<Handler>,
        otherwise: Vec<Step>,
        finally: Vec<Step>,
    },
    Raise {
        text: Datum,
        error: Option<Datum>,
    },
    Return(Option<Datum>),
    Exit(Option<Datum>),
    Break,
    Continue,
    Pass,
}

/// Until when a bytes end is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Until {
    Eof,
    Line,
}

/// What an `exec` sets.
#[derive(Clone, Debug)]
pub enum ExecInto {
    /// `into: x`: stdout without its last newline.
    Stdout(Name),
    /// `into: {stdout: a, stderr: b, exit: c}`.
    Parts { stdout: Option<Name>, stderr: Option<Name>, exit: Option<Name> },
}

/// One entry of `except`.
#[derive(Clone, Debug)]
pub struct Handler {
    /// The error's name, or `any`.
    pub error: Name,
    pub body: Vec<Step>,
}
