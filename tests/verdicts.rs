//! The table of verdicts in `docs/verify.md` is what `verify` says of the graphs in `graphs/`.
//!
//! `MPGRAPH_WRITE_VERDICTS=1 cargo test --release --test verdicts` writes it.
use mpgraph::check::{CheckOptions, check};
use mpgraph::graph::lower::{LoadOptions, load};
use mpgraph::verify::{Options, Report, Verdict, verify};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Too much for an unoptimised build.
const LARGE: &[&str] = &["consumer"];

/// Parameters whose default is not the same everywhere.
const SET: &[(&str, &str, &str)] = &[("consumer", "consumers", "4")];

const BEGIN: &str = "<!-- the verdicts -->\n";
const END: &str = "<!-- end of the verdicts -->\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn graphs() -> Vec<PathBuf> {
    let mut all = Vec::new();
    for folder in ["graphs", "graphs/pipelines"] {
        for file in std::fs::read_dir(root().join(folder)).expect("the graphs are there").flatten() {
            let path = file.path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                all.push(path.strip_prefix(root()).expect("it is below").to_owned());
            }
        }
    }
    all.sort_by_key(|path| (path.components().count(), path.clone()));
    all
}

/// What the table says of a graph.
fn row(path: &Path) -> String {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let set: Vec<_> = SET.iter().filter(|(graph, ..)| *graph == name).collect();
    let options = LoadOptions {
        set: set.iter().map(|(_, name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        seed: None,
    };
    let loaded = load(&root().join(path), &options).expect("it can be read");
    let plan = check(loaded, &CheckOptions::default()).plan.expect("it is valid");
    let report = verify(&plan, &Options::default(), &mut |_| {});
    let set: Vec<String> = set.iter().map(|(_, name, value)| format!(" (`--set {name}={value}`)")).collect();
    let verdict = report.verdict.as_str().replace('-', " ");
    format!("| [{name}](../{}){} | {verdict} | {} |\n", path.display(), set.concat(), why(&report))
}

fn why(report: &Report) -> String {
    let mut codes: Vec<&str> = report.counterexamples.iter().map(|found| found.finding.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let codes = codes.join(", ");
    match report.verdict {
        Verdict::Violated if report.timing_dependent => format!("timing-dependent: {codes}, when timers may be late"),
        Verdict::Violated => codes,
        Verdict::NotVerifiable => report.obstacles.first().map_or(String::new(), |found| found.message.clone()),
        Verdict::Bounded => format!("the limit of {}", report.limit.map_or("", |limit| limit.as_str())),
        _ if report.timed => "with an exact clock, and when timers may be late".into(),
        _ => String::new(),
    }
}

#[test]
fn the_table_of_verdicts_is_what_verify_says() {
    let document = root().join("docs/verify.md");
    let text = std::fs::read_to_string(&document).expect("the document is there");
    let (before, rest) = text.split_once(BEGIN).expect("the table begins");
    let (table, after) = rest.split_once(END).expect("the table ends");
    if std::env::var_os("MPGRAPH_WRITE_VERDICTS").is_some() {
        let rows: String = graphs().iter().map(|path| row(path)).collect();
        let table = format!("| graph | verdict | |\n|---|---|---|\n{rows}");
        std::fs::write(&document, format!("{before}{BEGIN}{table}{END}{after}")).expect("it can be written");
        return;
    }
    let mut wrong = Vec::new();
    for path in graphs() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let link = format!("](../{})", path.display());
        let Some(written) = table.lines().find(|line| line.contains(&link)) else {
            wrong.push(format!("{name} is not in the table"));
            continue;
        };
        if cfg!(debug_assertions) && LARGE.contains(&name.as_str()) {
            continue;
        }
        let found = row(&path);
        if found.trim_end() != written {
            wrong.push(format!("{written}\n  is now\n{found}"));
        }
    }
    let rows = table.lines().filter(|line| line.contains("](../graphs/")).count();
    assert_eq!(rows, graphs().len(), "rows of graphs that are gone");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The race is told before much is explored, and in four steps of the two that race.
#[test]
fn the_race_for_the_balance_is_told_at_once() {
    let loaded = load(&root().join("graphs/balance_race.yaml"), &LoadOptions::default()).expect("it can be read");
    let plan = check(loaded, &CheckOptions::default()).plan.expect("it is valid");
    let report = verify(&plan, &Options::default(), &mut |_| {});
    let lost = report.counterexamples.iter().find(|found| found.finding.code.as_str() == "verify/lost-update");
    let trace = &lost.expect("an update can be lost").trace;
    let racing = trace.iter().filter(|step| step.step.starts_with("read") || step.step.starts_with("write"));
    assert_eq!(racing.count(), 4);
    assert!(report.states < 100_000, "{} states", report.states);
    assert!(report.elapsed < Duration::from_secs(60), "{:?}", report.elapsed);
}
