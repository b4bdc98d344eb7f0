//! A suite as JUnit XML, as CI services read it: a test suite for each graph, a test case for each expectation, and one
//! for the run itself.
use std::io::{self, Write};

use super::human::end;
use super::tally::{GraphTally, Status, Tally};
use crate::report::paint::Paint;
use crate::report::run::{self, FailureReport, RunReport};
use crate::suite::{Attempt, Expectation};

/// The case that has every failure that is no expectation's: a process that failed, a deadlock, a timeout.
const RUN: &str = "run";

pub fn junit(tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
    let suites: Vec<Suite> = tally.graphs.iter().map(Suite::new).collect();
    let sum = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="mpgraph" tests="{}" failures="{}" errors="{}" time="{:.3}">"#,
        sum(|suite| suite.cases.len()),
        sum(|suite| suite.failures()),
        sum(|suite| suite.errors()),
        tally.elapsed.as_secs_f64()
    )?;
    for suite in &suites {
        suite.write(out)?;
    }
    writeln!(out, "</testsuites>")
}

struct Suite<'a> {
    graph: &'a GraphTally,
    cases: Vec<Case>,
}

#[derive(Default)]
struct Case {
    name: String,
    /// A sentence, and all there is to say.
    failures: Vec<(String, String)>,
    /// A run that came to no verdict.
    errors: Vec<(String, String)>,
}

impl<'a> Suite<'a> {
    fn new(graph: &'a GraphTally) -> Suite<'a> {
        let named = |name: &str| Case { name: name.to_owned(), ..Default::default() };
        let mut cases: Vec<Case> = graph.expectations.iter().map(|one| named(&one.name)).collect();
        cases.push(named(RUN));
        for (attempt, report) in &graph.failures {
            add(&mut cases, graph, attempt, report.as_ref());
        }
        Suite { graph, cases }
    }

    fn failures(&self) -> usize {
        self.cases.iter().filter(|case| !case.failures.is_empty()).count()
    }

    fn errors(&self) -> usize {
        self.cases.iter().filter(|case| !case.errors.is_empty()).count()
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let name = escaped(&self.graph.path.display().to_string());
        let skipped = self.graph.status() == Status::NotRun;
        writeln!(
            out,
            r#"  <testsuite name="{name}" tests="{}" failures="{}" errors="{}" skipped="{}" time="{:.3}">"#,
            self.cases.len(),
            self.failures(),
            self.errors(),
            if skipped { self.cases.len() } else { 0 },
            self.graph.elapsed.as_secs_f64()
        )?;
        writeln!(out, "    <properties>")?;
        for (key, value) in
            [("seed", self.graph.seed), ("runs", self.graph.runs.into()), ("failed", self.graph.failed.into())]
        {
            writeln!(out, r#"      <property name="{key}" value="{value}"/>"#)?;
        }
        writeln!(out, "    </properties>")?;
        for case in &self.cases {
            case.write(&name, skipped, self.graph, out)?;
        }
        for (element, text) in
            [("system-out", self.said(|run| run.stdout.text())), ("system-err", self.said(|run| run.stderr.text()))]
        {
            if !text.is_empty() {
                writeln!(out, "    <{element}>{}</{element}>", escaped(&text))?;
            }
        }
        writeln!(out, "  </testsuite>")
    }

    /// What the first failed run said.
    fn said(&self, text: impl Fn(&Attempt) -> String) -> String {
        self.graph.failures.first().map(|(attempt, _)| text(attempt)).unwrap_or_default()
    }
}

impl Case {
    fn write(&self, class: &str, skipped: bool, graph: &GraphTally, out: &mut dyn Write) -> io::Result<()> {
        let seconds = if self.name == RUN { graph.elapsed.as_secs_f64() } else { 0.0 };
        write!(out, r#"    <testcase classname="{class}" name="{}" time="{seconds:.3}""#, escaped(&self.name))?;
        if !skipped && self.failures.is_empty() && self.errors.is_empty() {
            return writeln!(out, "/>");
        }
        writeln!(out, ">")?;
        if skipped {
            writeln!(out, "      <skipped/>")?;
        }
        for (element, all) in [("error", &self.errors), ("failure", &self.failures)] {
            for (message, text) in all {
                let (message, text) = (escaped(message), escaped(text));
                writeln!(out, r#"      <{element} message="{message}" type="{element}">{text}</{element}>"#)?;
            }
        }
        writeln!(out, "    </testcase>")
    }
}

/// Gives what went wrong in one run to the cases it belongs to.
fn add(cases: &mut [Case], graph: &GraphTally, attempt: &Attempt, report: Option<&RunReport>) {
    let last = cases.len() - 1;
    let Some(report) = report else {
        let message = end(attempt.end);
        cases[last].errors.push((message, attempt.stderr.text()));
        return;
    };
    let numbered = |text: &str| match graph.wanted {
        1 => text.to_owned(),
        wanted => format!("{text} (run {} of {wanted})", attempt.number),
    };
    for failure in &report.failures {
        let place = graph.expectations.iter().position(|one| is_of(failure, one, report));
        let text = shown(|out| run::failure(failure, Paint::default(), out));
        cases[place.unwrap_or(last)].failures.push((numbered(&failure.message), text));
    }
    let all = shown(|out| run::human(report, Paint::default(), out));
    if report.failures.is_empty() || matches!(report.exit, 3 | 5) {
        let message = all.lines().next().unwrap_or_default().to_owned();
        cases[last].failures.push((numbered(&message), all));
    }
}

fn is_of(failure: &FailureReport, expectation: &Expectation, report: &RunReport) -> bool {
    let (place, span) = (&failure.place, expectation.span);
    place.path == report.graph
        && (span.start as usize..(span.end as usize).max(span.start as usize + 1)).contains(&place.offset)
}

fn shown(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut text = Vec::new();
    // A vector takes everything.
    let _ = write(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// For an attribute or a text. What XML 1.0 forbids even as a reference is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            '\r' => escaped.push_str("&#13;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() && c < ' ' => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::tally::tests::graph;
    use super::*;
    use crate::diag::{FileId, Span};
    use crate::report::run::{Cause, Place, Verdict};
    use crate::suite::End;
    use std::time::Duration;

    fn report(offset: usize) -> RunReport {
        RunReport {
            graph: "bad.yaml".into(),
            verdict: Verdict::Failed,
            exit: 1,
            cause: Cause::Completed,
            signal: None,
            seed: 0,
            elapsed: 0.25,
            processes: Vec::new(),
            failures: vec![FailureReport {
                message: "stdout is \"not\" what was expected".into(),
                place: Place { path: "bad.yaml".into(), line: 9, column: 3, offset, length: 4 },
                expected: vec!["a".into()],
                observed: vec!["b".into()],
            }],
            deadlock: None,
        }
    }

    #[test]
    fn a_graph_is_a_suite_and_an_expectation_a_case() {
        let mut bad = graph("bad.yaml", &[End::Exit(1)]);
        bad.expectations = vec![
            Expectation { name: "clean".into(), span: Span::new(FileId(0), 10, 14) },
            Expectation { name: "stdout".into(), span: Span::new(FileId(0), 20, 30) },
        ];
        bad.failures[0].1 = Some(report(20));
        let tally = Tally { graphs: vec![bad], without_expect: 0, elapsed: Duration::from_millis(300) };
        let mut out = Vec::new();
        junit(&tally, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="mpgraph" tests="3" failures="1" errors="0" time="0.300">
  <testsuite name="bad.yaml" tests="3" failures="1" errors="0" skipped="0" time="0.250">
    <properties>
      <property name="seed" value="0"/>
      <property name="runs" value="1"/>
      <property name="failed" value="1"/>
    </properties>
    <testcase classname="bad.yaml" name="clean" time="0.000"/>
    <testcase classname="bad.yaml" name="stdout" time="0.000">
      <failure message="stdout is &quot;not&quot; what was expected" type="failure">bad.yaml:9:3: stdout is &quot;not&quot; what was expected
  - a
  + b
</failure>
    </testcase>
    <testcase classname="bad.yaml" name="run" time="0.250"/>
    <system-out>hello &lt;&amp;&gt;
</system-out>
  </testsuite>
</testsuites>
"#
        );
    }

    #[test]
    fn a_failure_that_is_no_expectations_is_the_runs_and_no_verdict_is_an_error() {
        let mut bad = graph("bad.yaml", &[End::Exit(1), End::Exit(70)]);
        bad.failures[0].1 = Some(report(99));
        let suite = Suite::new(&bad);
        assert_eq!(suite.cases.len(), 1);
        assert_eq!((suite.cases[0].failures.len(), suite.cases[0].errors.len()), (1, 1));
        assert!(suite.cases[0].failures[0].0.ends_with("expected (run 1 of 2)"));
    }

    #[test]
    fn what_xml_forbids_is_left_out() {
        assert_eq!(escaped("a\u{0}\u{1b}[31m<\u{ffff}é\t\r\n"), "a[31m&lt;é\t&#13;\n");
    }
}
