//! Any bytes as a graph: all the way from the text through every rule, every pen and the first steps of the proof.
use mpgraph::check::{CheckOptions, Checked, check};
use mpgraph::diag::Finding;
use mpgraph::draw;
use mpgraph::graph::lower::{LoadOptions, load_text};
use mpgraph::report::diagnostics::{self, Look};
use mpgraph::report::verify as verify_pens;
use mpgraph::verify::{Limits, Options, Times, verify};
use std::path::Path;
use std::time::Duration;

use super::text::lies_inside;

/// What came of it, for those who count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    Rejected,
    Accepted,
    /// Accepted, and some of its interleavings were looked at.
    Explored,
}

/// Relative includes are looked for in `folder`.
pub fn lower_check(bytes: &[u8], folder: &Path) -> Came {
    let loaded = load_text("any.yaml", folder, bytes, &LoadOptions::default());
    assert!(loaded.graph.is_some() || loaded.bag.has_errors(), "no graph, and nothing says why");
    let checked = check(loaded, &CheckOptions::default());
    let rejected = checked.findings.iter().any(Finding::is_error);
    assert_eq!(checked.plan.is_none(), rejected, "a plan is made if and only if nothing is wrong");
    checked.findings.iter().for_each(|finding| lies_inside(&checked.sources, finding));
    pens(&checked);
    match rejected {
        true => Came::Rejected,
        false => {
            drawn(&checked);
            explored(&checked)
        }
    }
}

/// Every format of the report can be written, and those that are JSON are.
fn pens(checked: &Checked) {
    let files = [diagnostics::Checked { sources: &checked.sources, findings: &checked.findings }];
    let mut out = Vec::new();
    let narrow = Look { color: true, width: 40, unicode: false, narrated: false };
    for look in [Look::default(), narrow, Look { narrated: true, ..Look::default() }] {
        out.clear();
        diagnostics::human(&files, look, &mut out).expect("a vector takes everything");
        assert!(std::str::from_utf8(&out).is_ok() && out.is_empty() == checked.findings.is_empty());
    }
    out.clear();
    diagnostics::github(&files, &mut out).expect("a vector takes everything");
    let lines = out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    assert_eq!(lines.clone().count(), checked.findings.len(), "an annotation is one line");
    assert!(lines.clone().all(|line| line.starts_with(b"::") && !line.contains(&b'\r')));
    for pen in [diagnostics::json, diagnostics::sarif] {
        out.clear();
        pen(&files, &mut out).expect("a vector takes everything");
        serde_json::from_slice::<serde_json::Value>(&out).expect("the report is JSON");
    }
}

/// What is accepted can be drawn by every pen, whatever its names and texts are.
fn drawn(checked: &Checked) {
    let picture = draw::picture(checked.plan.as_ref().expect("it was accepted"));
    let pens: [(Pen, &str, &str); 4] = [
        (draw::text, "", "\n"),
        (draw::svg, "<svg", "</svg>\n"),
        (draw::dot, "digraph", "}\n"),
        (draw::mermaid, "flowchart", "\n"),
    ];
    for (pen, begins, ends) in pens {
        let mut out = Vec::new();
        pen(&picture, &mut out).expect("a vector takes everything");
        let drawn = String::from_utf8(out).expect("a picture is text");
        assert!(drawn.contains(begins) && drawn.ends_with(ends), "{drawn}");
        let stray = drawn.chars().find(|c| c.is_control() && *c != '\n');
        assert!(stray.is_none(), "{stray:?} in {drawn}");
    }
}

type Pen = fn(&draw::Picture, &mut dyn std::io::Write) -> std::io::Result<()>;

fn explored(checked: &Checked) -> Came {
    let plan = checked.plan.as_ref().expect("it was accepted");
    // The first states show whether the model can be made at all; the limit of time is for a machine that stands still.
    let limits = Limits { states: 100, memory: 64 << 20, time: Duration::from_secs(5) };
    let options = Options { times: Times::Both, limits, reduction: true, exhaust: false };
    let report = verify(plan, &options, &mut |_| {});
    let mut out = Vec::new();
    verify_pens::human(&report, (&checked.sources, &checked.findings), Look::default(), &mut out)
        .expect("a vector takes everything");
    verify_pens::json(&report, (&checked.sources, &checked.findings), &mut out).expect("a vector takes everything");
    match report.obstacles.is_empty() {
        true => Came::Explored,
        false => Came::Accepted,
    }
}
