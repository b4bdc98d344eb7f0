//! The summary of a run that did not go as it should.
use std::io::{self, Write};

use super::deadlock::deadlock;
use super::failure;
use super::processes::processes;
use super::record::{Cause, RunReport, Verdict};
use crate::report::diagnostics::one_line;
use crate::report::paint::Paint;

/// Failures shown at most.
const FAILURES_MAX: usize = 20;

/// What went wrong, each process, and each expectation that did not hold. Nothing if all is well.
pub fn human(report: &RunReport, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    if report.exit == 0 {
        return Ok(());
    }
    writeln!(out, "{} {}", paint.strong(format!("{}:", one_line(&report.graph))), headline(report))?;
    if report.verdict == Verdict::Interrupted {
        return Ok(());
    }
    processes(&report.processes, paint, out)?;
    if let Some(told) = report.deadlock.as_ref().filter(|_| report.cause == Cause::Deadlock) {
        deadlock(told, paint, out)?;
    }
    for one in report.failures.iter().take(FAILURES_MAX) {
        failure(one, paint, out)?;
    }
    match report.failures.len().saturating_sub(FAILURES_MAX) {
        0 => Ok(()),
        more => writeln!(out, "... and {more} failures more"),
    }
}

fn headline(report: &RunReport) -> String {
    let failures = match report.failures.len() {
        1 => "1 failure".to_owned(),
        many => format!("{many} failures"),
    };
    let what = match report.verdict {
        Verdict::Passed => "passed".to_owned(),
        Verdict::Failed => failures,
        Verdict::Deadlock => "deadlocked".to_owned(),
        Verdict::Timeout => "hit its timeout".to_owned(),
        Verdict::Interrupted => match report.signal {
            Some(2) => "interrupted".to_owned(),
            Some(15) => "terminated".to_owned(),
            Some(number) => format!("stopped by signal {number}"),
            None => "stopped".to_owned(),
        },
    };
    format!("{what} after {:.3} s", report.elapsed)
}
