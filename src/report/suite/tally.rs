//! What came of each graph of a suite.
use std::path::PathBuf;
use std::time::Duration;

use crate::report::run::RunReport;
use crate::suite::{Attempt, End, Expectation};

/// Failed runs of one graph that are kept with all they said; the others are counted.
const KEPT_MAX: usize = 10;

#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub graphs: Vec<GraphTally>,
    /// Graphs that expect nothing, and are no tests.
    pub without_expect: usize,
    /// Of the whole suite.
    pub elapsed: Duration,
}

#[derive(Clone, Debug, Default)]
pub struct GraphTally {
    pub path: PathBuf,
    pub expectations: Vec<Expectation>,
    pub seed: u64,
    /// Runs asked for, and of these how many are over.
    pub wanted: u32,
    pub runs: u32,
    pub failed: u32,
    /// Of all its runs together.
    pub elapsed: Duration,
    /// Some of the failed runs, each with its report if it came to one.
    pub failures: Vec<(Attempt, Option<RunReport>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Passed,
    Failed,
    /// Some of its runs failed, and some did not.
    Flaky,
    /// The suite was stopped before it had been run.
    NotRun,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Passed => "passed",
            Status::Failed => "failed",
            Status::Flaky => "flaky",
            Status::NotRun => "not-run",
        }
    }
}

impl GraphTally {
    /// Takes a run in. One that the suite stopped says nothing about the graph.
    pub fn add(&mut self, attempt: Attempt) {
        if attempt.end == End::Stopped {
            return;
        }
        self.runs += 1;
        self.elapsed += attempt.elapsed;
        if !attempt.passed() {
            self.failed += 1;
            if self.failures.len() < KEPT_MAX {
                let report = serde_json::from_slice(&attempt.report).ok();
                self.failures.push((attempt, report));
            }
        }
    }

    pub fn is_over(&self) -> bool {
        self.runs == self.wanted
    }

    pub fn status(&self) -> Status {
        match (self.runs, self.failed) {
            (0, _) => Status::NotRun,
            (_, 0) => Status::Passed,
            (runs, failed) if runs == failed => Status::Failed,
            _ => Status::Flaky,
        }
    }
}

impl Tally {
    pub fn count(&self, status: Status) -> usize {
        self.graphs.iter().filter(|graph| graph.status() == status).count()
    }

    /// Whether every run that was asked for has passed.
    pub fn held(&self) -> bool {
        self.graphs.iter().all(|graph| graph.is_over() && graph.failed == 0)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::suite::Tail;

    pub fn attempt(number: u32, end: End) -> Attempt {
        let mut stdout = Tail::default();
        stdout.push(b"hello\x00 <&>\n");
        Attempt {
            graph: 0,
            number,
            end,
            elapsed: Duration::from_millis(250),
            stdout,
            stderr: Tail::default(),
            report: Vec::new(),
        }
    }

    pub fn graph(name: &str, ends: &[End]) -> GraphTally {
        let mut graph = GraphTally { path: name.into(), wanted: ends.len() as u32, ..Default::default() };
        for (number, end) in ends.iter().enumerate() {
            graph.add(attempt(number as u32 + 1, *end));
        }
        graph
    }

    #[test]
    fn the_runs_of_a_graph_make_its_status() {
        let (good, bad) = (End::Exit(0), End::Exit(1));
        assert_eq!(graph("a", &[good, good]).status(), Status::Passed);
        assert_eq!(graph("a", &[bad, End::Signal(9)]).status(), Status::Failed);
        assert_eq!(graph("a", &[good, bad, good]).status(), Status::Flaky);
        assert_eq!(graph("a", &[End::Stopped]).status(), Status::NotRun);
        assert!(!graph("a", &[good, End::Stopped]).is_over());
        assert_eq!(graph("a", &[bad; 50]).failures.len(), KEPT_MAX);
    }
}
