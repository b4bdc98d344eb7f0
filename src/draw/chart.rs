//! A recorded run as a sequence chart: a lane for each process and object, time goes down.
use std::collections::BTreeSet;
use std::io::{self, Write};

use super::recording::{Act, Recording};
use super::svg::{escaped, head, letters, text};

/// More would be no picture; what is left out is said.
const ACTS_MAX: usize = 1000;

fn shown(recording: &Recording) -> (&[Act], Option<String>) {
    let count = recording.acts.len().min(ACTS_MAX);
    let rest = recording.acts.len() - count;
    (&recording.acts[..count], (rest > 0).then(|| format!("{rest} further steps are not shown")))
}

/// A row a step, a column a process.
pub fn chart_text(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    let processes: BTreeSet<usize> = recording.acts.iter().map(|act| act.process).collect();
    let name = |act: &Act| recording.lanes[act.process].name.clone();
    let what = |act: &Act| if act.name.is_empty() { act.verb.clone() } else { format!("{}: {}", act.verb, act.name) };
    let (acts, rest) = shown(recording);
    let width = |of: &dyn Fn(&Act) -> String| acts.iter().map(|act| of(act).chars().count()).max().unwrap_or(0);
    let (names, whats) = (width(&name), width(&what));
    let places = width(&|act| act.place.clone());
    for act in acts {
        let marks: Vec<&str> = processes.iter().map(|lane| if *lane == act.process { "●" } else { "│" }).collect();
        writeln!(
            out,
            "{:10.6}  {}  {:names$}  {:places$}  {:whats$}  {}",
            act.at,
            marks.join(" "),
            name(act),
            act.place,
            what(act),
            act.outcome
        )?;
    }
    rest.map_or(Ok(()), |rest| writeln!(out, "... {rest}"))
}

pub fn chart_mermaid(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "sequenceDiagram")?;
    // A semicolon ends a statement, a number sign begins a character's number.
    let plain = |text: &str| text.replace(['#', ';'], " ");
    for (number, lane) in recording.lanes.iter().enumerate() {
        let word = if lane.is_process { "actor" } else { "participant" };
        writeln!(out, "  {word} n{number} as {}", plain(&lane.name))?;
    }
    let (acts, rest) = shown(recording);
    for act in acts {
        let label = plain(&act.label());
        match act.object {
            Some(object) if act.takes() => writeln!(out, "  n{object}-->>n{}: {label}", act.process)?,
            Some(object) => writeln!(out, "  n{}->>n{object}: {label}", act.process)?,
            None => writeln!(out, "  note over n{}: {label}", act.process)?,
        }
    }
    rest.map_or(Ok(()), |rest| writeln!(out, "  %% {rest}"))
}

const ROW: f64 = 22.0;
const TOP: f64 = 58.0;
/// For the times at the left.
const LEFT: f64 = 84.0;

pub fn chart_svg(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    let (acts, rest) = shown(recording);
    let widths: Vec<f64> = recording.lanes.iter().map(|lane| (letters(&lane.name) * 7.6 + 24.0).max(70.0)).collect();
    let mut x = LEFT;
    let columns: Vec<f64> = widths
        .iter()
        .map(|width| {
            x += width + 28.0;
            x - 28.0 - width / 2.0
        })
        .collect();
    let bottom = TOP + ROW * (acts.len() as f64 + 1.0);
    head(&recording.graph, x + 40.0, bottom + 24.0, out)?;
    for ((lane, at), width) in recording.lanes.iter().zip(&columns).zip(&widths) {
        let (class, round) = if lane.is_process { ("box process", 6.0) } else { ("box", 14.0) };
        let left = at - width / 2.0;
        writeln!(out, "<path class=\"line dashed\" d=\"M{at:.1} 42 V{bottom:.1}\"/>")?;
        writeln!(
            out,
            "<rect class=\"{class}\" x=\"{left:.1}\" y=\"14\" width=\"{width:.1}\" height=\"28\" rx=\"{round}\"/>"
        )?;
        text("name", *at, 32.0, &lane.name, out)?;
    }
    for (number, act) in acts.iter().enumerate() {
        let y = TOP + ROW * (number as f64 + 0.5);
        text("small", LEFT / 2.0, y + 3.0, &format!("{:.6}", act.at), out)?;
        let from = columns[act.process];
        match act.object.map(|object| columns[object]) {
            Some(object) => {
                let (start, end) = if act.takes() { (object, from) } else { (from, object) };
                writeln!(
                    out,
                    "<path class=\"line\" d=\"M{start:.1} {y:.1} H{end:.1}\" marker-end=\"url(#tip)\"><title>{}</title></path>",
                    escaped(&act.place)
                )?;
                text("small label", (from + object) / 2.0, y - 3.0, &act.label(), out)?;
            }
            None => {
                writeln!(out, "<circle class=\"tip\" cx=\"{from:.1}\" cy=\"{y:.1}\" r=\"3\"/>")?;
                text("small label", from + 10.0 + letters(&act.label()) * 3.0, y + 3.0, &act.label(), out)?;
            }
        }
    }
    if let Some(rest) = rest {
        text("small", LEFT, bottom + 14.0, &rest, out)?;
    }
    writeln!(out, "</svg>")
}
