//! One graph as written.
use std::path::PathBuf;
use std::time::Duration;

use super::{Expect, Index, Object, ObjectId, Process, ProcessId, Target, TargetId};
use crate::diag::{Code, Span, Spanned};
use crate::value::Value;

/// A word that stands for something, not yet resolved.
pub type Name = Spanned<String>;

#[derive(Clone, Debug)]
pub struct Graph {
    /// The root map.
    pub span: Span,
    pub name: String,
    pub description: Option<String>,
    /// Where relative paths start and commands run: the folder of the graph's file.
    pub folder: PathBuf,
    pub params: Vec<Param>,
    /// All kinds together, in the order of declaration.
    pub objects: Vec<Object>,
    pub targets: Vec<Target>,
    pub processes: Vec<Process>,
    pub expect: Option<Expect>,
    pub timeout: Option<Spanned<Duration>>,
    pub log: Option<Spanned<LogLevel>>,
    pub seed: u64,
    /// Codes not to be reported for this file.
    pub allow: Vec<Spanned<Code>>,
    pub index: Index,
}

/// A graph parameter with its value: the default, or what `--set` says.
#[derive(Clone, Debug)]
pub struct Param {
    pub name: Name,
    pub value: Value,
}

/// From the gravest on; a level lets itself and the graver ones through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    Error,
    Warning,
    Info,
    Debug,
}

impl LogLevel {
    pub const NAMES: &'static [&'static str] = &["error", "warning", "info", "debug"];

    pub fn parse(text: &str) -> Option<LogLevel> {
        Some(match text {
            "error" => LogLevel::Error,
            "warning" => LogLevel::Warning,
            "info" => LogLevel::Info,
            "debug" => LogLevel::Debug,
            _ => return None,
        })
    }

    /// As it stands in a log line: `INFO`.
    pub fn label(self) -> &'static str {
        match self {
            LogLevel::Error => "ERROR",
            LogLevel::Warning => "WARNING",
            LogLevel::Info => "INFO",
            LogLevel::Debug => "DEBUG",
        }
    }
}

impl Graph {
    pub fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.index()]
    }

    pub fn process(&self, id: ProcessId) -> &Process {
        &self.processes[id.index()]
    }

    pub fn target(&self, id: TargetId) -> &Target {
        &self.targets[id.index()]
    }

    pub fn object_named(&self, name: &str) -> Option<ObjectId> {
        self.index.of(self).objects.get(name).copied()
    }

    /// A process as declared (`Consumer`, not `Consumer-2`).
    pub fn process_named(&self, name: &str) -> Option<ProcessId> {
        self.index.of(self).processes.get(name).copied()
    }

    /// Whether several objects or processes have this name.
    pub fn is_ambiguous(&self, name: &str) -> bool {
        self.index.of(self).ambiguous.contains(name)
    }

    pub fn is_ambiguous_target(&self, name: &str) -> bool {
        self.index.of(self).ambiguous_targets.contains(name)
    }

    pub fn target_named(&self, name: &str) -> Option<TargetId> {
        self.index.of(self).targets.get(name).copied()
    }

    pub fn param_named(&self, name: &str) -> Option<&Param> {
        self.index.of(self).params.get(name).map(|i| &self.params[*i])
    }
}
