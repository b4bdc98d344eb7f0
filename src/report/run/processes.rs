//! Each process with how it ended and how long it took.
use std::io::{self, Write};

use super::record::ProcessReport;
use crate::report::diagnostics::harmless;
use crate::report::paint::Paint;

/// Processes that ended well, and those that did not, are shown up to this many each.
const SHOWN_MAX: usize = 20;

/// In the order of declaration.
pub fn processes(processes: &[ProcessReport], paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let width = processes.iter().map(|process| process.name.chars().count()).max().unwrap_or(0).min(40);
    let (mut well, mut badly) = (0, 0);
    for process in processes {
        let count = if process.ended_badly() { &mut badly } else { &mut well };
        *count += 1;
        if *count <= SHOWN_MAX {
            line(process, width, paint, out)?;
        }
    }
    for (count, how) in [(badly, "badly"), (well, "well")] {
        if count > SHOWN_MAX {
            writeln!(out, "  ... and {} more that ended {how}", count - SHOWN_MAX)?;
        }
    }
    Ok(())
}

fn line(process: &ProcessReport, width: usize, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let time = process.seconds().map_or("        -".to_owned(), |seconds| format!("{seconds:8.3} s"));
    let end = harmless(&process.end);
    write!(out, "  {:width$}  {time:>10}  ", process.name)?;
    match process.ended_badly() {
        true => write!(out, "{}", paint.bad(end))?,
        false => write!(out, "{end}")?,
    }
    match process.restarts {
        0 => {}
        1 => write!(out, ", restarted once")?,
        more => write!(out, ", restarted {more} times")?,
    }
    if let Some(stood) = &process.stood
        && process.raised.is_none()
    {
        write!(out, ", at {}", harmless(stood))?;
    }
    if !process.held.is_empty() {
        let held: Vec<String> = process.held.iter().map(|name| format!("`{name}`")).collect();
        write!(out, ", holding {}", held.join(", "))?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_process_has_a_line_with_what_there_is_to_say() {
        let all = [
            ProcessReport {
                name: "main".into(),
                exit: Some(0),
                end: "ended with 0".into(),
                started: Some(0.0),
                ended: Some(1.25),
                ..Default::default()
            },
            ProcessReport {
                name: "Worker-1".into(),
                exit: Some(-9),
                end: "was ended by SIGKILL".into(),
                started: Some(0.5),
                ended: Some(0.75),
                restarts: 2,
                stood: Some("a.yaml:9: get: tasks".into()),
                held: vec!["door".into()],
                ..Default::default()
            },
            ProcessReport { name: "last".into(), end: "never started".into(), ..Default::default() },
        ];
        let mut out = Vec::new();
        processes(&all, Paint::default(), &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "  main         1.250 s  ended with 0\n  \
             Worker-1     0.250 s  was ended by SIGKILL, restarted 2 times, at a.yaml:9: get: tasks, holding `door`\n  \
             last               -  never started\n"
        );
    }

    #[test]
    fn a_crowd_is_counted() {
        let all: Vec<ProcessReport> = (0..100)
            .map(|n| ProcessReport {
                name: format!("w-{n}"),
                exit: Some(i32::from(n >= 70)),
                end: "ended".into(),
                ..Default::default()
            })
            .collect();
        let mut out = Vec::new();
        processes(&all, Paint::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("... and 10 more that ended badly\n  ... and 50 more that ended well\n"), "{text}");
        assert!(text.contains("w-70") && !text.contains("w-95"), "{text}");
    }
}
