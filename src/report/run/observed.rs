//! What the supervisor observed, as a report.
use super::record::{
    Cause, DeadlockReport, FailureReport, Place, ProcessReport, Raised, RunReport, Verdict, WaiterReport,
};
use crate::check::Plan;
use crate::run::{self, Deadlock, Failure, Finished, Outcome, ProcessRecord, ending};
use crate::value::Value;

/// Of a run that is over, with the verdict on it.
pub fn report(finished: &Finished, outcome: &Outcome) -> RunReport {
    let plan = finished.world.plan;
    let (cause, signal) = match finished.cause {
        run::Cause::Completed => (Cause::Completed, None),
        run::Cause::Deadlock => (Cause::Deadlock, None),
        run::Cause::Timeout => (Cause::Timeout, None),
        run::Cause::Signal(signal) => (Cause::Signal, Some(signal)),
        run::Cause::Followed => (Cause::Followed, None),
        run::Cause::OutputClosed => (Cause::OutputClosed, None),
        run::Cause::NoRoom => (Cause::NoRoom, None),
        run::Cause::Damaged => (Cause::Damaged, None),
    };
    RunReport {
        graph: plan.sources().get(plan.graph().span.file).path.clone(),
        verdict: match (outcome.exit, cause) {
            (_, Cause::Signal | Cause::OutputClosed) => Verdict::Interrupted,
            (0, _) => Verdict::Passed,
            (3, _) => Verdict::Deadlock,
            (5, _) => Verdict::Timeout,
            _ => Verdict::Failed,
        },
        exit: outcome.exit,
        cause,
        signal,
        seed: finished.world.seed,
        elapsed: seconds(finished.elapsed_ns),
        processes: finished.record.processes.iter().map(process).collect(),
        failures: outcome.failures.iter().map(|what| failure(what, plan)).collect(),
        deadlock: finished.deadlock.as_ref().map(deadlock),
    }
}

fn seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}

fn process(record: &ProcessRecord) -> ProcessReport {
    let end = match record.exit {
        Some(exit) if record.stopped && exit < 0 => "was stopped with the run".to_owned(),
        Some(exit) => ending(exit, record),
        None => match &record.skipped_by {
            Some(culprit) => format!("was skipped: `{culprit}` did not end with 0"),
            None => "never started".to_owned(),
        },
    };
    ProcessReport {
        name: record.name.to_string(),
        exit: record.exit,
        end,
        started: record.started_ns.map(seconds),
        ended: record.ended_ns.map(seconds),
        restarts: record.restarts,
        timed_out: record.timed_out,
        stopped: record.stopped,
        skipped_by: record.skipped_by.as_ref().map(ToString::to_string),
        raised: record.raised.as_ref().map(raised),
        stood: record.stood.clone(),
        held: record.held.clone(),
    }
}

fn raised(error: &Value) -> Raised {
    let field = |name| {
        let value = error.as_map().and_then(|map| map.field(name)).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    Raised { kind: field("type"), message: field("message"), place: field("place") }
}

fn failure(failure: &Failure, plan: &Plan) -> FailureReport {
    let (sources, span) = (plan.sources(), failure.span);
    let start = sources.start(span);
    FailureReport {
        message: failure.message.clone(),
        place: Place {
            path: sources.get(span.file).path.clone(),
            line: start.line,
            column: start.column,
            offset: span.start as usize,
            length: span.len(),
        },
        expected: failure.expected.clone(),
        observed: failure.observed.clone(),
    }
}

fn deadlock(deadlock: &Deadlock) -> DeadlockReport {
    let waiters = deadlock.waiters.iter().map(|waiter| WaiterReport {
        name: waiter.name.clone(),
        place: waiter.place.clone(),
        step: waiter.step.clone(),
        waits_for: waiter.waits_for.clone(),
        would_have_to_act: waiter.would_have_to_act.clone(),
        in_cycle: waiter.in_cycle,
        holds: waiter.holds.clone(),
    });
    DeadlockReport { cycle: deadlock.cycle.clone(), waiters: waiters.collect() }
}
