//! What a verification has to say.
use super::lateness::Late;
use super::limits::{Limit, Limits};
use super::obstacle::Obstacle;
use super::system::Time;
use super::waits::Waiting;
use crate::diag::{Finding, Span};
use crate::program::Schedule;
use crate::value::Str;
use std::time::Duration;

/// Which clocks to look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    Ideal,
    Any,
    #[default]
    Both,
}

#[derive(Clone, Debug)]
pub struct Options {
    pub times: Times,
    pub limits: Limits,
    /// Leave out what can make no difference. Off, every interleaving is taken.
    pub reduction: bool,
    /// Go on to the last state, whatever was found.
    pub exhaust: bool,
}

impl Default for Options {
    /// Both clocks, 20 million states, 2 GiB, ten minutes.
    fn default() -> Self {
        let limits = Limits { states: 20_000_000, memory: 2 << 30, time: Duration::from_secs(600) };
        Options { times: Times::Both, limits, reduction: true, exhaust: false }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every interleaving was seen, and all that is asked held.
    Proved,
    Violated,
    /// Nothing was found before a limit was reached.
    Bounded,
    /// Some interleavings were tried on real processes.
    Sampled,
    NotVerifiable,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Proved => "proved",
            Verdict::Violated => "violated",
            Verdict::Bounded => "bounded",
            Verdict::Sampled => "sampled",
            Verdict::NotVerifiable => "not-verifiable",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Report {
    pub verdict: Verdict,
    pub times: Times,
    /// Something in the graph looks at a clock.
    pub timed: bool,
    /// It holds with an exact clock, and not when timers may be late.
    pub timing_dependent: bool,
    pub counterexamples: Vec<Counterexample>,
    /// Of all searches together.
    pub states: u64,
    pub transitions: u64,
    pub terminal_states: u64,
    /// Of the deepest.
    pub depth: u32,
    /// Which limit was reached.
    pub limit: Option<Limit>,
    /// Every run that is over after so many steps was seen, where a limit was reached.
    pub complete: Option<u32>,
    /// Then there is nothing wrong within so many steps, in any order.
    pub near: Option<u32>,
    /// What can make no difference was left out.
    pub reduction: bool,
    /// So was which process has which of the items that nobody decides by.
    pub opaque: bool,
    pub obstacles: Vec<Obstacle>,
    /// What the verdict rests on.
    pub assumptions: Vec<String>,
    pub elapsed: Duration,
}

/// A way to something wrong.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// `verify/...`, with the steps concerned.
    pub finding: Finding,
    pub time: Time,
    pub trace: Vec<TraceStep>,
    /// Who waits for whom, where it ends in a deadlock.
    pub waiting: Vec<Waiting>,
    /// Who has to be late for it, where timers may be late.
    pub late: Vec<Late>,
    pub schedule: Schedule,
}

impl Counterexample {
    /// It ends where the run goes on for ever.
    pub(super) fn is_endless(&self) -> bool {
        self.schedule.again.is_some()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceStep {
    /// Empty: the runner.
    pub process: Str,
    pub span: Span,
    /// `file:line`.
    pub place: Str,
    pub line: usize,
    /// As written.
    pub step: Str,
    /// What came of it.
    pub result: String,
    /// The objects that it changed, as they are then.
    pub changes: Vec<(String, String)>,
}

impl Time {
    pub fn as_str(self) -> &'static str {
        match self {
            Time::Ideal => "ideal",
            Time::Any => "any",
        }
    }
}

impl Times {
    pub fn as_str(self) -> &'static str {
        match self {
            Times::Ideal => "ideal",
            Times::Any => "any",
            Times::Both => "both",
        }
    }

    pub fn parse(text: &str) -> Option<Times> {
        [Times::Ideal, Times::Any, Times::Both].into_iter().find(|times| times.as_str() == text)
    }
}

impl Limit {
    pub fn as_str(self) -> &'static str {
        match self {
            Limit::States => "states",
            Limit::Memory => "memory",
            Limit::Time => "time",
        }
    }
}
