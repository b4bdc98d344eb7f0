//! The nouns of the language, one file each: data only, every word with its place.
//!
//! [`lower`] turns a YAML tree into a [`Graph`] and reports all that is wrong on the way. Names are not
//! resolved here: a [`Name`] is a word and its span. Graph parameters are: every field that is not a step or
//! an argument holds its final value.
mod datum;
mod expect;
mod find;
#[expect(clippy::module_inception, reason = "the noun of the folder has a file of its own, as the others")]
mod graph;
mod id;
mod index;
pub mod lower;
mod object;
mod process;
mod reads;
mod scalar;
pub mod schema;
mod stdio;
mod step;
mod target;
mod usage;

pub use datum::Datum;
pub use expect::{
    Bounds, Elapsed, ExitPattern, Expect, Items, LinePattern, Lines, OutcomeKind, ProcessExpect, ValuePattern,
};
pub use find::{Found, find};
pub use graph::{Graph, LogLevel, Name, Param};
pub use id::{ObjectId, ProcessId, TargetId};
pub use index::Index;
pub use object::{
    Array, Barrier, Cell, Condition, Event, Kind, Lock, Object, ObjectKind, Pipe, PipeMode, Pool, Queue, Semaphore,
};
pub use process::{After, Argument, Body, Limits, Process, Restart, Start};
pub use scalar::{Misfit, ScalarType};
pub use stdio::{Format, Stdin, Stdout};
pub use step::{Action, ExecInto, Handler, Step, Until};
pub use target::{ParamKind, Target, TargetParam, ValueKind};
pub use usage::{Accept, Operation, Usage, gives_up};
