//! Graphs with known verdicts: `tests/corpus/verify/VERDICT/NAME.yaml`.
//!
//! Comments at the top say more: `# finds: CODE` what must be among the findings, `# timing-dependent` that it is, `#
//! time: ideal` which clock to look at.
use mpgraph::check::{CheckOptions, Plan, check};
use mpgraph::graph::lower::{LoadOptions, load};
use mpgraph::verify::{Options, Report, Times, verify};
use std::path::{Path, PathBuf};

fn corpus() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/verify");
    let mut all = Vec::new();
    for verdict in std::fs::read_dir(root).expect("the corpus is there").flatten() {
        for graph in std::fs::read_dir(verdict.path()).expect("a folder a verdict").flatten() {
            all.push((verdict.file_name().to_string_lossy().into_owned(), graph.path()));
        }
    }
    all.sort();
    assert!(all.len() > 85, "{} graphs", all.len());
    all
}

fn plan(path: &Path) -> Result<Plan, String> {
    let loaded = load(path, &LoadOptions::default()).map_err(|error| error.to_string())?;
    let checked = check(loaded, &CheckOptions::default());
    let errors: Vec<String> = checked
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .map(|finding| format!("{} {}", finding.code, finding.message))
        .collect();
    checked.plan.ok_or(errors.join("\n"))
}

/// The lines of a comment `# WORD: ...`.
fn notes<'t>(text: &'t str, word: &str) -> Vec<&'t str> {
    let note = |line: &'t str| line.strip_prefix("# ")?.strip_prefix(word)?.strip_prefix(": ");
    text.lines().filter_map(note).collect()
}

fn options(text: &str) -> Options {
    let times = notes(text, "time").first().and_then(|word| Times::parse(word)).unwrap_or_default();
    Options { times, ..Options::default() }
}

fn shown(report: &Report) -> String {
    let mut text = format!("{} states, depth {}", report.states, report.depth);
    for obstacle in &report.obstacles {
        text += &format!("\n  {}", obstacle.message);
    }
    for example in &report.counterexamples {
        text += &format!("\n  {} ({}): {}", example.finding.code, example.time.as_str(), example.finding.message);
        for step in &example.trace {
            text += &format!("\n    {:12} {:22} {} {}", step.process, step.place, step.step, step.result);
        }
    }
    text
}

/// The numbers are those of SPIN 6.5.2 on the same models: two checkers that agree to the state.
#[test]
fn without_reductions_the_states_are_as_many_as_another_checker_counts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/verify-counts");
    let mut counted = 0;
    for graph in std::fs::read_dir(root).expect("the corpus is there").flatten() {
        let text = std::fs::read_to_string(graph.path()).expect("a graph can be read");
        if text.contains("\n# slow\n") && cfg!(debug_assertions) {
            continue;
        }
        let plan = plan(&graph.path()).expect("it is a graph");
        let options = Options { reduction: false, exhaust: true, ..Options::default() };
        let report = verify(&plan, &options, &mut |_| {});
        assert_eq!(notes(&text, "states"), [report.states.to_string()], "{}", graph.path().display());
        counted += 1;
    }
    assert!(counted >= 4);
}

#[test]
fn every_graph_of_the_corpus_gets_its_verdict() {
    let only = std::env::var("VERIFY_ONLY").unwrap_or_default();
    let mut wrong = Vec::new();
    for (verdict, path) in corpus() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !name.contains(&only) {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a graph can be read");
        let plan = match plan(&path) {
            Ok(plan) => plan,
            Err(errors) => {
                wrong.push(format!("{verdict}/{name}: no plan: {errors}"));
                continue;
            }
        };
        let report = verify(&plan, &options(&text), &mut |_| {});
        let codes: Vec<&str> = report.counterexamples.iter().map(|found| found.finding.code.as_str()).collect();
        let finds = notes(&text, "finds").iter().all(|code| codes.contains(code));
        let timing = report.timing_dependent == text.contains("\n# timing-dependent\n");
        if report.verdict.as_str() != verdict || !finds || !timing {
            wrong.push(format!("{verdict}/{name}: {} {}", report.verdict.as_str(), shown(&report)));
        } else if !only.is_empty() {
            println!("{verdict}/{name}: {}", shown(&report));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
