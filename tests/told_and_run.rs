//! What runs well is not called wrong by `verify`, and what fails is not called proved.
//!
//! With an exact clock: graphs of the corpus leave margins to the clock, which timers that may be late do not keep.
use mpgraph::check::{CheckOptions, Plan, check};
use mpgraph::graph::lower::{LoadOptions, load};
use mpgraph::verify::{Limits, Options, Report, Times, Verdict, verify};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Threads that look at graphs.
const AT_ONCE: usize = 2;

/// It has a lost update on purpose, and is content with either end.
const MEANT: &[&str] = &["allow_comment"];

/// They end when what a command does ends, of which `verify` assumes that it does.
const OF_COMMANDS: &[&str] = &["timeout_without_expect"];

fn graphs(folder: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the corpus is there").flatten() {
            let path = entry.path();
            match path.extension() {
                None if path.is_dir() => folders.push(path),
                Some(extension) if extension == "yaml" => all.push(path),
                _ => {}
            }
        }
    }
    all.sort();
    all
}

/// `None`: a part of a graph, or one with errors.
fn plan(path: &Path) -> Option<Plan> {
    let loaded = load(path, &LoadOptions { set: Vec::new(), seed: None }).ok()?;
    check(loaded, &CheckOptions::default()).plan
}

/// Names of the graphs of a folder whose report is `wrong`, and how many have a verdict.
fn wrong(folder: &str, meant: &[&str], wrong: impl Fn(&Report) -> bool + Sync) -> (Vec<String>, usize) {
    let limits = Limits { states: 100_000, memory: 200 << 20, time: Duration::from_secs(5) };
    let options = Options { times: Times::Ideal, limits, ..Options::default() };
    let (rest, found) = (Mutex::new(graphs(folder).into_iter()), Mutex::new((Vec::new(), 0)));
    let next = || rest.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(path) = next() {
                    let Some(plan) = plan(&path) else { continue };
                    let report = verify(&plan, &options, &mut |_| {});
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    found.1 += usize::from(matches!(report.verdict, Verdict::Proved | Verdict::Violated));
                    let name = path.file_stem().unwrap_or_default().to_string_lossy();
                    if wrong(&report) && !meant.contains(&name.as_ref()) {
                        let what = report.counterexamples.first().map_or("", |found| &found.finding.message);
                        found.0.push(format!("{}: {} {what}", path.display(), report.verdict.as_str()));
                    }
                }
            });
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn what_keeps_its_promises_is_not_violated() {
    let (wrong, judged) = wrong("run", MEANT, |report| report.verdict == Verdict::Violated);
    assert!(judged > 250, "only {judged} graphs have a verdict");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_fails_is_not_proved() {
    let (wrong, judged) = wrong("fail", OF_COMMANDS, |report| report.verdict == Verdict::Proved);
    assert!(judged > 20, "only {judged} graphs have a verdict");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
