//! A verification for people: each finding with its lines, how to get there, and the verdict last.
use std::io::{self, Write};

use super::cause::causes;
use super::lanes::{lanes, waiting};
use crate::diag::{Finding, Sources};
use crate::report::diagnostics::{self, Checked, Look, one_line};
use crate::report::paint::Paint;
use crate::verify::{Limit, Report, Time, Times, Verdict};

/// `known` is what `validate` finds in the same graph: it may be the cause of what is found here.
pub fn human(
    report: &Report,
    (sources, known): (&Sources, &[Finding]),
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint { color: look.color };
    for example in &report.counterexamples {
        let findings = [example.finding.clone()];
        diagnostics::human(&[Checked { sources, findings: &findings }], look, out)?;
        let clock = match example.time {
            _ if report.times != Times::Both || !report.timed => "",
            Time::Ideal => ", with an exact clock",
            Time::Any => ", when timers may be late",
        };
        match example.trace.len() {
            0 => writeln!(out, "  at once{clock}")?,
            steps => writeln!(out, "  in {}{clock}:", count(steps as u64, "step"))?,
        }
        lanes(&example.trace, look.unicode, paint, out)?;
        waiting(&example.waiting, paint, out)?;
        for late in &example.late {
            let by = crate::value::Duration::from_ns(u64::try_from(late.by.as_nanos()).unwrap_or(u64::MAX));
            writeln!(out, "  for this `{}` has to be late by {by} or more", late.process)?;
        }
        for cause in causes(example, known) {
            let place = cause.labels.first().map_or(String::new(), |label| sources.place(label.span));
            writeln!(out, "  see {} at {place}: {}", cause.code.as_str(), cause.message)?;
        }
        writeln!(out)?;
    }
    for obstacle in &report.obstacles {
        let place = sources.place(obstacle.span);
        writeln!(out, "{place}: {}", obstacle.message)?;
        writeln!(out, "  help: {}", obstacle.help)?;
    }
    let path = &sources.get(crate::diag::FileId(0)).path;
    let path = paint.strong(format!("{}:", one_line(path)));
    match report.verdict {
        Verdict::Proved => writeln!(out, "{path} {}", paint.good("PROVED"))?,
        Verdict::Violated => writeln!(out, "{path} {}", paint.bad("VIOLATED"))?,
        Verdict::Bounded => writeln!(out, "{path} {}, {}", paint.strong("BOUNDED"), bound(report))?,
        Verdict::Sampled => writeln!(out, "{path} {}", paint.strong("SAMPLED"))?,
        Verdict::NotVerifiable => {
            let why = report.obstacles.first().map_or("", |obstacle| obstacle.node.as_str());
            return writeln!(out, "{path} {}, because of `{why}`", paint.strong("NOT VERIFIABLE"));
        }
    }
    if report.timing_dependent {
        writeln!(out, "  timing-dependent: it holds with an exact clock, and not when timers may be late")?;
    }
    let (states, transitions) = (count(report.states, "state"), count(report.transitions, "step"));
    let time = match report.times {
        _ if !report.timed => "no clock matters",
        Times::Ideal => "an exact clock",
        Times::Any => "timers that may be late",
        Times::Both => "an exact clock and timers that may be late",
    };
    let seconds = report.elapsed.as_secs_f64();
    let ends = count(report.terminal_states, "end");
    writeln!(out, "  {states}, {transitions} between them, {ends}, depth {}, {seconds:.2} s; {time}", report.depth)?;
    let reduced = match report.reduction {
        true if report.opaque => {
            "orders of steps that do not concern one another, names of interchangeable processes, and which of the items \
             each has, are left out"
        }
        true => "orders of steps that do not concern one another, and names of interchangeable processes, are left out",
        false => "every interleaving, without reductions",
    };
    writeln!(out, "  {reduced}")?;
    if report.verdict != Verdict::Violated {
        for assumption in &report.assumptions {
            writeln!(out, "  assuming that {assumption}")?;
        }
    }
    Ok(())
}

fn bound(report: &Report) -> String {
    let limit = match report.limit {
        Some(Limit::States) => "the limit of states (--max-states)",
        Some(Limit::Memory) => "the limit of memory (--max-memory)",
        Some(Limit::Time) | None => "the limit of time (--max-time)",
    };
    let near = count(report.near.unwrap_or(0).into(), "step");
    let over = count(report.complete.unwrap_or(0).into(), "step");
    format!("no violation within {near}, and none in a run that is over within {over}: {limit} was reached")
}

fn count(number: u64, word: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {word}{}", if number == 1 { "" } else { "s" })
}
