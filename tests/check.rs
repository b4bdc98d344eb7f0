//! The rules, on a corpus of graphs: `tests/corpus/check/FAMILY/NAME.yaml` with what is found in `NAME.findings` next to
//! it, empty for a near miss. `MPGRAPH_BLESS=1 cargo test --test check` writes what is found down anew.
use mpgraph::check::{CheckOptions, Checked, check};
use mpgraph::diag::{Code, Finding, Sources};
use mpgraph::graph::lower::{LoadOptions, load, load_text};
use mpgraph::report::explain::Explanation;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const CORPUS: &str = "tests/corpus/check";

/// Graphs that a code needs of either sort.
const ENOUGH: usize = 5;

/// What `verify` finds has a corpus of its own.
const ELSEWHERE: &[&str] = &["verify"];

#[test]
fn every_graph_of_the_corpus_has_the_findings_that_are_written_down() {
    let bless = std::env::var_os("MPGRAPH_BLESS").is_some();
    let mut wrong = String::new();
    for path in yaml_files(Path::new(CORPUS)) {
        let found = told(&checked(&path));
        let expected_path = path.with_extension("findings");
        if bless {
            std::fs::write(&expected_path, &found).expect("the corpus can be written");
            continue;
        }
        let expected = std::fs::read_to_string(&expected_path).unwrap_or_default();
        if expected != found {
            let _ = writeln!(wrong, "== {}\n-- expected\n{expected}-- found\n{found}", path.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// `FAMILY/CODE_near_miss*.yaml` is one; which graphs are reported for a code, their findings say.
#[test]
fn every_code_has_graphs_that_are_reported_for_it_and_near_misses_that_are_not() {
    let mut reported: BTreeMap<Code, usize> = BTreeMap::new();
    let mut silent: BTreeMap<Code, usize> = BTreeMap::new();
    let mut wrong = String::new();
    for path in yaml_files(Path::new(CORPUS)) {
        let findings = checked(&path).findings;
        for code in findings.iter().map(|finding| finding.code).collect::<BTreeSet<Code>>() {
            *reported.entry(code).or_default() += 1;
        }
        let name = path.file_stem().expect("a graph has a name").to_string_lossy();
        let Some((stem, _)) = name.split_once("_near_miss") else { continue };
        let family = path.parent().and_then(Path::file_name).expect("a graph lies in a folder of its family");
        let code = format!("{}/{}", family.to_string_lossy(), stem.replace('_', "-"));
        match Code::parse(&code) {
            Some(code) if findings.is_empty() => *silent.entry(code).or_default() += 1,
            Some(_) => drop(writeln!(wrong, "{}: a near miss that is reported", path.display())),
            None => drop(writeln!(wrong, "{}: a near miss of no code", path.display())),
        }
    }
    for code in Code::ALL.iter().filter(|code| !ELSEWHERE.contains(&code.family())) {
        let count = |graphs: &BTreeMap<Code, usize>| graphs.get(code).copied().unwrap_or(0);
        let (bad, near) = (count(&reported), count(&silent));
        if bad < ENOUGH || near < ENOUGH {
            let _ = writeln!(wrong, "{code}: {bad} graphs are reported for it, and {near} are near misses");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_graphs_that_come_with_the_program_have_no_findings() {
    let mut wrong = String::new();
    for path in yaml_files(Path::new("graphs")).into_iter().filter(|path| is_graph(path)) {
        let checked = checked(&path);
        if !checked.findings.is_empty() || checked.plan.is_none() {
            let _ = writeln!(wrong, "== {}\n{}", path.display(), told(&checked));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_plan_is_made_if_and_only_if_no_error_is_left() {
    for path in yaml_files(Path::new(CORPUS)) {
        let checked = checked(&path);
        let errors = checked.findings.iter().any(Finding::is_error);
        assert_eq!(checked.plan.is_none(), errors, "{}", path.display());
    }
}

fn checked(path: &Path) -> Checked {
    let loaded = load(path, &LoadOptions::default()).expect("a graph of the corpus can be read");
    check(loaded, &CheckOptions::default())
}

/// A finding a block: `code severity line:column word`, then message, help and further labels, indented.
fn told(checked: &Checked) -> String {
    let mut text = String::new();
    for finding in &checked.findings {
        let primary = finding.primary();
        let _ =
            writeln!(text, "{} {} {}", finding.code, finding.severity.as_str(), place(&checked.sources, primary.span));
        let _ = writeln!(text, "  {}", finding.message);
        let _ = writeln!(text, "  help: {}", finding.help);
        for label in &finding.labels {
            let _ = writeln!(text, "  {} {}", place(&checked.sources, label.span), label.text);
        }
    }
    text
}

fn place(sources: &Sources, span: mpgraph::diag::Span) -> String {
    let (start, text) = (sources.start(span), sources.text(span));
    let line = text.lines().next().unwrap_or("");
    let more = if text.contains('\n') { ".." } else { "" };
    format!("{}:{} [{line}{more}]", start.line, start.column)
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            // What is included from there is no graph.
            if !path.ends_with("lib") {
                found.extend(yaml_files(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A library of targets is none.
fn is_graph(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.lines().any(|line| line.starts_with("processes:")))
}

#[test]
fn graphs_that_run_have_no_errors() {
    let mut wrong = String::new();
    for folder in ["tests/corpus/run", "tests/corpus/fail"] {
        for path in yaml_files(Path::new(folder)).into_iter().filter(|path| is_graph(path)) {
            let checked = checked(&path);
            if checked.plan.is_none() {
                let _ = writeln!(wrong, "== {}\n{}", path.display(), told(&checked));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Each graph of the corpus with words of its own put in the place of others: whatever becomes of it is told, and what
/// has no error compiles.
#[test]
fn a_graph_with_words_exchanged_is_checked_without_a_panic() {
    let mut seed = 7_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below.max(1)
    };
    let mut files = yaml_files(Path::new(CORPUS));
    files.extend(yaml_files(Path::new("graphs")).into_iter().filter(|path| is_graph(path)));
    for path in files {
        // What is no text, or has no words, has none to exchange.
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let words = words(&text);
        if words.is_empty() {
            continue;
        }
        for _ in 0..4 {
            let mut changed = text.clone();
            for _ in 0..=random(2) {
                let (at, with) = (words[random(words.len())], words[random(words.len())]);
                // Later places have moved; what matters is that something is changed.
                if let (Some(_), Some(with)) = (changed.get(at.0..at.1), text.get(with.0..with.1)) {
                    changed.replace_range(at.0..at.1, with);
                }
            }
            let folder = path.parent().expect("a graph lies in a folder");
            let loaded = load_text("changed.yaml", folder, changed.as_bytes(), &LoadOptions::default());
            let checked = check(loaded, &CheckOptions::default());
            let errors = checked.findings.iter().any(Finding::is_error);
            assert_eq!(checked.plan.is_none(), errors, "{}\n{changed}", told(&checked));
        }
    }
}

/// Where the words of a text stand.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (c.is_alphanumeric() || c == '_', start) {
            (true, None) => start = Some(at),
            (false, Some(begin)) => {
                found.push((begin, at));
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// What needs no second file and no run: the bad example is reported for its code and nothing else, the good one not at
/// all.
#[test]
fn the_examples_of_an_explanation_show_what_it_says() {
    let mut wrong = String::new();
    for &code in Code::ALL.iter().filter(|code| !["include", "verify"].contains(&code.family())) {
        let explanation = Explanation::of(code);
        for (example, expected) in [(explanation.bad(), Some(code)), (explanation.good(), None)] {
            let (_, text) = example.files[0];
            let loaded = load_text("graph.yaml", Path::new("."), text.as_bytes(), &LoadOptions::default());
            let checked = check(loaded, &CheckOptions::default());
            let found: BTreeSet<Code> = checked.findings.iter().map(|finding| finding.code).collect();
            if found != expected.into_iter().collect() {
                let _ = writeln!(wrong, "== {code}\n{text}\n{}", told(&checked));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn correct_graphs_of_many_sorts_have_no_findings() {
    for path in yaml_files(Path::new("tests/corpus/run/concurrent")) {
        let checked = checked(&path);
        assert!(checked.findings.is_empty(), "{}\n{}", path.display(), told(&checked));
    }
}
