//! A verification as JSON: the format that the reference of the command line promises.
use std::io::{self, Write};

use serde::Serialize;

use super::cause::causes;
use crate::diag::{Finding, Label, Sources};
use crate::report::diagnostics::LabelRecord;
use crate::verify::{Counterexample, Limit, Report, Waiting};

/// One document and a line end.
pub fn json(report: &Report, (sources, known): (&Sources, &[Finding]), out: &mut dyn Write) -> io::Result<()> {
    let spots: Vec<Vec<Label>> = report
        .obstacles
        .iter()
        .map(|obstacle| vec![Label { span: obstacle.span, text: obstacle.node.clone() }])
        .collect();
    let obstacles = report.obstacles.iter().zip(&spots).map(|(obstacle, labels)| ObstacleRecord {
        node: &obstacle.node,
        message: &obstacle.message,
        help: &obstacle.help,
        labels: LabelRecord::all(labels, sources),
    });
    let record = Record {
        path: &sources.get(crate::diag::FileId(0)).path,
        verdict: report.verdict.as_str(),
        time: report.times.as_str(),
        timing_dependent: report.timing_dependent,
        findings: report.counterexamples.iter().map(|example| FindingRecord::new(example, (sources, known))).collect(),
        states: report.states,
        transitions: report.transitions,
        depth: report.depth,
        terminal_states: report.terminal_states,
        limit: report.limit.map(Limit::as_str),
        complete_depth: report.complete,
        near_depth: report.near,
        reduction: report.reduction,
        opaque: report.opaque,
        obstacles: obstacles.collect(),
        assumptions: &report.assumptions,
        seconds: report.elapsed.as_secs_f64(),
    };
    serde_json::to_writer_pretty(&mut *out, &record)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Record<'a> {
    path: &'a str,
    verdict: &'a str,
    time: &'a str,
    timing_dependent: bool,
    findings: Vec<FindingRecord<'a>>,
    states: u64,
    transitions: u64,
    depth: u32,
    terminal_states: u64,
    /// Which limit was reached: `states`, `memory`, `time`.
    limit: Option<&'a str>,
    /// Then every run that is over after so many steps was seen.
    complete_depth: Option<u32>,
    /// Then there is nothing wrong within so many steps, in any order.
    near_depth: Option<u32>,
    reduction: bool,
    /// Items that nobody decides by were not told apart.
    opaque: bool,
    /// What cannot be verified.
    obstacles: Vec<ObstacleRecord<'a>>,
    assumptions: &'a [String],
    seconds: f64,
}

#[derive(Serialize)]
struct FindingRecord<'a> {
    code: &'a str,
    message: &'a str,
    help: &'a str,
    time: &'a str,
    labels: Vec<LabelRecord<'a>>,
    trace: Vec<StepRecord<'a>>,
    /// Of a deadlock: who waits for what at the end.
    waiting: Vec<WaitingRecord<'a>>,
    /// Who has to be late for it, where timers may be late, and by how many seconds at least.
    late: Vec<LateRecord<'a>>,
    /// What `validate` says about the same steps and objects.
    causes: Vec<CauseRecord<'a>>,
}

#[derive(Serialize)]
struct LateRecord<'a> {
    process: &'a str,
    seconds: f64,
}

#[derive(Serialize)]
struct CauseRecord<'a> {
    code: &'a str,
    message: &'a str,
    place: String,
}

/// `process` is empty, and `line` 0, where the runner or the clock acts.
#[derive(Serialize)]
struct StepRecord<'a> {
    process: &'a str,
    line: usize,
    place: &'a str,
    step: &'a str,
    result: &'a str,
    /// The objects that changed, as they are then.
    changes: Vec<(&'a str, &'a str)>,
}

#[derive(Serialize)]
struct WaitingRecord<'a> {
    process: &'a str,
    place: &'a str,
    step: &'a str,
    what: &'a str,
    /// Who would have to act.
    on: Vec<&'a str>,
    in_cycle: bool,
}

#[derive(Serialize)]
struct ObstacleRecord<'a> {
    node: &'a str,
    message: &'a str,
    help: &'a str,
    labels: Vec<LabelRecord<'a>>,
}

impl<'a> FindingRecord<'a> {
    fn new(example: &'a Counterexample, (sources, known): (&'a Sources, &'a [Finding])) -> Self {
        let causes = causes(example, known).into_iter().map(|cause| CauseRecord {
            code: cause.code.as_str(),
            message: &cause.message,
            place: cause.labels.first().map_or(String::new(), |label| sources.place(label.span)),
        });
        let steps = example.trace.iter().map(|step| StepRecord {
            process: &step.process,
            line: step.line,
            place: &step.place,
            step: &step.step,
            result: &step.result,
            changes: step.changes.iter().map(|(object, state)| (object.as_str(), state.as_str())).collect(),
        });
        FindingRecord {
            code: example.finding.code.as_str(),
            message: &example.finding.message,
            help: &example.finding.help,
            time: example.time.as_str(),
            labels: LabelRecord::all(&example.finding.labels, sources),
            trace: steps.collect(),
            waiting: example.waiting.iter().map(WaitingRecord::new).collect(),
            late: example
                .late
                .iter()
                .map(|late| LateRecord { process: &late.process, seconds: late.by.as_secs_f64() })
                .collect(),
            causes: causes.collect(),
        }
    }
}

impl<'a> WaitingRecord<'a> {
    fn new(waiting: &'a Waiting) -> Self {
        WaitingRecord {
            process: &waiting.process,
            place: &waiting.place,
            step: &waiting.step,
            what: &waiting.what,
            on: waiting.on.iter().map(|name| name.as_str()).collect(),
            in_cycle: waiting.in_cycle,
        }
    }
}
