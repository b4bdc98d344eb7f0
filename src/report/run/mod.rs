//! How a run came out: for people on stderr, for programs as JSON (`--report`).
//!
//! [`RunReport`] is the JSON and what the text is made of, so that `test` tells of a run in another process what `run`
//! tells of its own.
mod deadlock;
mod diff;
mod failure;
mod human;
mod observed;
mod processes;
mod record;
mod trace;

pub use diff::diff;
pub use failure::failure;
pub use human::human;
pub use observed::report;
pub use record::{
    Cause, DeadlockReport, FailureReport, Place, ProcessReport, Raised, RunReport, Verdict, WaiterReport,
};
pub use trace::trace;
