//! A process: one body, and how it lives.
use std::time::Duration;

use super::{Datum, Name, Stdin, Stdout, Step};
use crate::diag::{Span, Spanned};
use crate::expr::Template;

#[derive(Clone, Debug)]
pub struct Process {
    pub name: Name,
    /// The whole map of the process.
    pub span: Span,
    pub body: Body,
    /// Present: instances are `NAME-1` .. `NAME-N`; absent: one instance `NAME`.
    pub replicas: Option<Spanned<u32>>,
    pub start: Start,
    /// Where `start` is written, if it is.
    pub start_span: Option<Span>,
    pub after: Vec<After>,
    /// 1 is no threads: the body runs in the process itself.
    pub threads: Spanned<u32>,
    /// `threads` is written: instances run as `NAME.1` .. `NAME.N`.
    pub threaded: bool,
    pub daemon: bool,
    /// What a command may touch, as written: `tasks`, `tasks.get`, `chan.a`, `chan.a.recv`.
    pub uses: Option<Vec<Name>>,
    /// The span of `uses`.
    pub uses_span: Option<Span>,
    pub stdin: Stdin,
    pub stdout: Stdout,
    pub stderr: Stdout,
    pub env: Vec<(Name, Template)>,
    pub cwd: Option<Template>,
    pub timeout: Option<Duration>,
    pub limits: Limits,
    pub restart: Option<Restart>,
    /// Steps that stand for a command when the graph is verified.
    pub model: Option<Vec<Step>>,
}

#[derive(Clone, Debug)]
pub enum Body {
    /// `args_span` is the `args` key, or the `target` key where there is none: a missing argument is shown there.
    Target {
        target: Name,
        args: Vec<Argument>,
        args_span: Span,
    },
    Steps(Vec<Step>),
    Command(Vec<Template>, Span),
    Shell(Template, Span),
}

#[derive(Clone, Debug)]
pub struct Argument {
    pub name: Name,
    pub value: Datum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Auto,
    Manual,
}

#[derive(Clone, Debug)]
pub struct After {
    pub process: Name,
    /// `{NAME: exited}`: any end will do; otherwise it must end with 0.
    pub any_end: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Address space, in bytes.
    pub memory: Option<u64>,
    /// Processor time.
    pub cpu: Option<Duration>,
    /// Open descriptors.
    pub files: Option<u64>,
}

/// `{on: failure, max: N, backoff: D}`: started again after an end that is not 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restart {
    /// Restarts at most, the first start not counted.
    pub max: u32,
    /// The pause before each restart.
    pub backoff: Duration,
}

impl Process {
    /// How many instances it has.
    pub fn instances(&self) -> u32 {
        self.replicas.as_ref().map_or(1, |replicas| replicas.value)
    }

    /// The name of instance `index` (from 1).
    pub fn instance_name(&self, index: u32) -> String {
        match self.replicas {
            Some(_) => format!("{}-{index}", *self.name),
            None => self.name.value.clone(),
        }
    }

    pub fn is_external(&self) -> bool {
        matches!(self.body, Body::Command(..) | Body::Shell(..))
    }
}
