//! A suite for people: a line for each graph as it is over, at the end the failures with all they said, and a count.
use std::io::{self, Write};

use super::tally::{GraphTally, Status, Tally};
use crate::report::diagnostics::{harmless, one_line};
use crate::report::paint::Paint;
use crate::report::run;
use crate::suite::{Attempt, End};

/// Failed runs of one graph that are shown in full.
const SHOWN_MAX: usize = 2;

/// `passed  graphs/queue.yaml   0.104 s`.
pub fn line(graph: &GraphTally, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let status = graph.status();
    let word = format!("{:7}", status.as_str());
    match status {
        Status::Passed => write!(out, "{}", paint.good(word))?,
        Status::NotRun => write!(out, "{}", paint.faint(word))?,
        Status::Failed | Status::Flaky => write!(out, "{}", paint.bad(word))?,
    }
    let average = graph.elapsed.as_secs_f64() / f64::from(graph.runs.max(1));
    write!(out, " {average:8.3} s  {}", path(graph))?;
    if graph.wanted > 1 {
        write!(out, "{}", rate(graph))?;
    }
    writeln!(out)
}

fn rate(graph: &GraphTally) -> String {
    match graph.failed {
        0 => format!(": {} runs", graph.runs),
        failed => format!(": {failed} of {} runs failed, with seed {}", graph.runs, graph.seed),
    }
}

/// What every failed run said, and what of it did not hold; then a table of the failed graphs.
pub fn failures(tally: &Tally, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let failed: Vec<&GraphTally> = tally.graphs.iter().filter(|graph| graph.failed > 0).collect();
    for graph in &failed {
        for (attempt, report) in graph.failures.iter().take(SHOWN_MAX) {
            heading(graph, attempt, paint, out)?;
            for (name, tail) in [("stdout", &attempt.stdout), ("stderr", &attempt.stderr)] {
                if !tail.is_empty() {
                    writeln!(out, "{}", paint.faint(format!("-- its {name}:")))?;
                    for line in tail.text().lines() {
                        writeln!(out, "{}", harmless(line))?;
                    }
                }
            }
            writeln!(out, "{}", paint.faint("-- what did not hold:"))?;
            match report {
                Some(report) => run::human(report, paint, out)?,
                None => writeln!(out, "{}: {}", path(graph), end(attempt.end))?,
            }
        }
    }
    if !failed.is_empty() {
        writeln!(out)?;
        failed.iter().try_for_each(|graph| line(graph, paint, out))?;
    }
    Ok(())
}

fn heading(graph: &GraphTally, attempt: &Attempt, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let run = match graph.wanted {
        1 => String::new(),
        wanted => format!(", run {} of {wanted}", attempt.number),
    };
    writeln!(out, "\n{}", paint.strong(format!("==== {}{run}", path(graph))))
}

fn path(graph: &GraphTally) -> String {
    one_line(&graph.path.display().to_string()).into_owned()
}

pub fn end(end: End) -> String {
    match end {
        End::Exit(code) => format!("the run ended with {code} and left no report"),
        End::Signal(number) => format!("the run was ended by signal {number}"),
        End::Stopped => "the run was stopped".to_owned(),
        End::NotStarted => "the run could not be started".to_owned(),
    }
}

/// `12 passed, 1 failed (1 flaky) in 3.210 s`.
pub fn summary(tally: &Tally) -> String {
    let (flaky, failed) = (tally.count(Status::Flaky), tally.count(Status::Failed));
    let mut text = format!("{} passed, {} failed", tally.count(Status::Passed), failed + flaky);
    if flaky > 0 {
        text += &format!(" ({flaky} flaky)");
    }
    match tally.count(Status::NotRun) {
        0 => {}
        rest => text += &format!(", {rest} not run"),
    }
    if tally.without_expect > 0 {
        text += &format!(", {} without `expect`", tally.without_expect);
    }
    text + &format!(" in {:.3} s", tally.elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::super::tally::tests::graph;
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_failure_is_told_with_what_was_said_and_counted() {
        let tally = Tally {
            graphs: vec![
                graph("good.yaml", &[End::Exit(0)]),
                graph("bad.yaml", &[End::Exit(1)]),
                graph("odd.yaml", &[End::Exit(0), End::Signal(6), End::Exit(0)]),
                graph("late.yaml", &[End::Stopped]),
            ],
            without_expect: 3,
            elapsed: Duration::from_millis(1500),
        };
        assert_eq!(summary(&tally), "1 passed, 2 failed (1 flaky), 1 not run, 3 without `expect` in 1.500 s");
        let mut out = Vec::new();
        failures(&tally, Paint::default(), &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\n==== bad.yaml\n-- its stdout:\nhello? <&>\n-- what did not hold:\n\
             bad.yaml: the run ended with 1 and left no report\n\
             \n==== odd.yaml, run 2 of 3\n-- its stdout:\nhello? <&>\n-- what did not hold:\n\
             odd.yaml: the run was ended by signal 6\n\
             \nfailed     0.250 s  bad.yaml\n\
             flaky      0.250 s  odd.yaml: 1 of 3 runs failed, with seed 0\n"
        );
        assert!(!tally.held());
    }

    #[test]
    fn a_graph_is_a_line() {
        let mut out = Vec::new();
        line(&graph("a.yaml", &[End::Exit(0)]), Paint::default(), &mut out).unwrap();
        line(&graph("b.yaml", &[End::Exit(0); 4]), Paint::default(), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "passed     0.250 s  a.yaml\npassed     0.250 s  b.yaml: 4 runs\n");
    }
}
