//! A suite as JSON.
use std::io::{self, Write};

use serde::Serialize;

use super::tally::{GraphTally, Status, Tally};
use crate::report::run::RunReport;
use crate::suite::{Attempt, End};

/// One document and a line end.
pub fn json(tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
    let report = SuiteReport {
        passed: tally.count(Status::Passed),
        failed: tally.count(Status::Failed),
        flaky: tally.count(Status::Flaky),
        not_run: tally.count(Status::NotRun),
        without_expect: tally.without_expect,
        seconds: tally.elapsed.as_secs_f64(),
        graphs: tally.graphs.iter().map(graph).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

#[derive(Serialize)]
struct SuiteReport<'a> {
    passed: usize,
    /// In every run.
    failed: usize,
    /// In some runs.
    flaky: usize,
    not_run: usize,
    without_expect: usize,
    seconds: f64,
    graphs: Vec<GraphReport<'a>>,
}

#[derive(Serialize)]
struct GraphReport<'a> {
    path: String,
    status: &'static str,
    runs: u32,
    failed_runs: u32,
    seed: u64,
    /// Of all runs together.
    seconds: f64,
    /// Of the first failed runs.
    failures: Vec<FailedRun<'a>>,
}

#[derive(Serialize)]
struct FailedRun<'a> {
    /// From 1.
    run: u32,
    /// Null if it was ended by a signal, or could not be started.
    exit: Option<i32>,
    signal: Option<i32>,
    stdout: String,
    stderr: String,
    /// As `mpgraph run --report` writes it; null if the run came to none.
    report: Option<&'a RunReport>,
}

fn graph(graph: &GraphTally) -> GraphReport<'_> {
    GraphReport {
        path: graph.path.display().to_string(),
        status: graph.status().as_str(),
        runs: graph.runs,
        failed_runs: graph.failed,
        seed: graph.seed,
        seconds: graph.elapsed.as_secs_f64(),
        failures: graph.failures.iter().map(|(attempt, report)| failed(attempt, report.as_ref())).collect(),
    }
}

fn failed<'a>(attempt: &Attempt, report: Option<&'a RunReport>) -> FailedRun<'a> {
    let (exit, signal) = match attempt.end {
        End::Exit(code) => (Some(code), None),
        End::Signal(number) => (None, Some(number)),
        End::Stopped | End::NotStarted => (None, None),
    };
    let (stdout, stderr) = (attempt.stdout.text(), attempt.stderr.text());
    FailedRun { run: attempt.number, exit, signal, stdout, stderr, report }
}
