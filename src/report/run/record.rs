//! The result of a run as data: what `--report FILE` writes.
use serde::{Deserialize, Serialize};

use crate::report::diagnostics::one_line;

/// Times are seconds since the run began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The graph's file.
    pub graph: String,
    pub verdict: Verdict,
    /// The exit code of `mpgraph run`.
    pub exit: i32,
    pub cause: Cause,
    /// The signal that stopped the run.
    pub signal: Option<i32>,
    pub seed: u64,
    pub elapsed: f64,
    pub processes: Vec<ProcessReport>,
    pub failures: Vec<FailureReport>,
    /// Whether it was expected or not.
    pub deadlock: Option<DeadlockReport>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything held.
    Passed,
    /// Something did not hold.
    Failed,
    /// One that was not expected.
    Deadlock,
    /// One of the whole run that was not expected.
    Timeout,
    /// Stopped from outside.
    Interrupted,
}

/// What ended the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Every process ended.
    Completed,
    Deadlock,
    Timeout,
    Signal,
    /// Nobody read the results any more.
    OutputClosed,
    /// The system had no room for a further process.
    NoRoom,
    /// The run's shared memory held what none of its processes writes there.
    Damaged,
    /// A schedule was followed to its end, and the rest cut off.
    Followed,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProcessReport {
    pub name: String,
    /// Python's: `N`, or `-SIGNAL`. Null if it never ran.
    pub exit: Option<i32>,
    /// In words: `ended with 0`, `was ended by SIGKILL`, `never started`.
    pub end: String,
    /// For the last time.
    pub started: Option<f64>,
    pub ended: Option<f64>,
    pub restarts: u32,
    /// Its own `timeout` ended it.
    pub timed_out: bool,
    /// The runner ended it: a daemon with the run, or everybody when the run was stopped.
    pub stopped: bool,
    /// It never started because this one did not end with 0.
    pub skipped_by: Option<String>,
    /// The error that nothing caught.
    pub raised: Option<Raised>,
    /// `file:line: the step` where it ended badly.
    pub stood: Option<String>,
    /// The locks and semaphores that it held then.
    pub held: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    #[serde(rename = "type")]
    pub kind: String,
    pub message: String,
    /// `file:line` of the step.
    pub place: String,
}

/// Something that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureReport {
    /// One sentence.
    pub message: String,
    /// Where the graph asks for it.
    pub place: Place,
    /// For a diff; both empty where the sentence says it all.
    pub expected: Vec<String>,
    pub observed: Vec<String>,
}

/// Lines and columns from 1, columns in characters; offset and length in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub offset: usize,
    pub length: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlockReport {
    /// Names of processes, each waiting for the next and the last for the first; empty without a ring.
    pub cycle: Vec<String>,
    pub waiters: Vec<WaiterReport>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaiterReport {
    pub name: String,
    /// `file:line`; empty for what has no step.
    pub place: String,
    /// The step as written.
    pub step: String,
    /// ``the lock `x` ``.
    pub waits_for: String,
    pub would_have_to_act: Vec<String>,
    /// On a ring, not merely hanging on one.
    pub in_cycle: bool,
    pub holds: Vec<String>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", one_line(&self.path), self.line, self.column)
    }
}

impl ProcessReport {
    /// How long it ran, the last time; nothing if it never did.
    pub fn seconds(&self) -> Option<f64> {
        Some((self.ended? - self.started?).max(0.0))
    }

    /// Whether there is more to say of it than that it is over.
    pub fn ended_badly(&self) -> bool {
        self.skipped_by.is_some() || self.timed_out || self.exit.is_some_and(|exit| exit != 0) && !self.stopped
    }
}
