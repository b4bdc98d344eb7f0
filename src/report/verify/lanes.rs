//! A trace as lanes: a column for each process, a line for each step.
use std::io::{self, Write};

use crate::report::diagnostics::harmless;
use crate::report::paint::Paint;
use crate::verify::{TraceStep, Waiting};

/// A step's text is cut here.
const STEP_MAX: usize = 44;
/// Past so many processes the names alone tell.
const LANES_MAX: usize = 16;

pub(super) fn lanes(trace: &[TraceStep], unicode: bool, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let mut names: Vec<&str> = Vec::new();
    for step in trace {
        if !step.process.is_empty() && !names.contains(&step.process.as_str()) {
            names.push(&step.process);
        }
    }
    let shown = if names.len() <= LANES_MAX { names.as_slice() } else { &[] };
    let wide = |width: usize, text: &str| width.max(text.chars().count());
    let name_width = names.iter().fold(0, |width, name| wide(width, name));
    let place_width = trace.iter().fold(0, |width, step| wide(width, &step.place));
    let step_width = trace.iter().fold(0, |width, step| wide(width, &cut(&step.step)));
    let digits = trace.len().to_string().len();
    for (number, step) in trace.iter().enumerate() {
        let mut lane = String::new();
        for name in shown {
            lane.push(' ');
            lane.push(match (step.process.as_str() == *name, unicode) {
                (true, true) => '●',
                (true, false) => 'o',
                (false, true) => '│',
                (false, false) => '|',
            });
        }
        let number = number + 1;
        let (name, place, text) = (harmless(&step.process), &step.place, cut(&step.step));
        write!(out, "  {number:digits$} {lane}  {name:name_width$}  {place:place_width$}  {text:step_width$}  ")?;
        write!(out, "{}", harmless(&step.result))?;
        let changes: Vec<String> = step.changes.iter().map(|(object, state)| format!("{object} = {state}")).collect();
        match changes.is_empty() {
            true => writeln!(out)?,
            false => writeln!(out, "  {}", paint.faint(format!("[{}]", harmless(&changes.join(", ")))))?,
        }
    }
    Ok(())
}

/// Who waits for what where nothing can move; the circle first.
pub(super) fn waiting(all: &[Waiting], paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    for (in_cycle, title) in [(true, "in a circle:"), (false, "and hanging on it:")] {
        let part: Vec<&Waiting> = all.iter().filter(|waiting| waiting.in_cycle == in_cycle).collect();
        if part.is_empty() {
            continue;
        }
        let title = if in_cycle || part.len() < all.len() { title } else { "for ever:" };
        writeln!(out, "  waiting {title}")?;
        for waiting in part {
            let on: Vec<String> = waiting.on.iter().map(|name| format!("`{name}`")).collect();
            let on = match on.is_empty() {
                true => ", and nobody is left who could act".to_owned(),
                false => format!(", which only {} could give", on.join(" or ")),
            };
            let name = paint.strong(harmless(&waiting.process));
            writeln!(out, "    {name} at {} waits for {}{on}", waiting.place, waiting.what)?;
        }
    }
    Ok(())
}

fn cut(text: &str) -> String {
    let text = harmless(text).into_owned();
    match text.chars().count() {
        count if count <= STEP_MAX => text,
        _ => text.chars().take(STEP_MAX - 3).chain("...".chars()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Span;
    use crate::value::Str;

    #[test]
    fn each_process_has_a_lane_and_what_changes_is_shown() {
        let step = |process: &str, step: &str, changes: &[(&str, &str)]| TraceStep {
            process: Str::from(process),
            span: Span::default(),
            place: Str::from("g.yaml:7"),
            line: 7,
            step: Str::from(step),
            result: "done".into(),
            changes: changes.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect(),
        };
        let mut out = Vec::new();
        let trace = [step("a", "put: q", &[("q", "[1]")]), step("bc", "get: q", &[])];
        lanes(&trace, false, Paint::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "  1  o |  a   g.yaml:7  put: q  done  [q = [1]]\n  2  | o  bc  g.yaml:7  get: q  done\n");
    }
}
