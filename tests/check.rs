//! The rules, on a corpus of graphs: `tests/corpus/check/FAMILY/NAME.yaml` with what is found in `NAME.findings` next to
//! it, empty for a near miss. `MPGRAPH_BLESS=1 cargo test --test check` writes what is found down anew.
use mpgraph::check::{CheckOptions, Checked, check};
use mpgraph::diag::{Code, Finding, Sources};
use mpgraph::graph::lower::{LoadOptions, load, load_text};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const CORPUS: &str = "tests/corpus/check";

/// Those that nothing of this folder reports: the text, its decoding and its inclusion have tests of their own, and
/// `verify` has its.
const ELSEWHERE: &[&str] = &["syntax", "include", "verify"];

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

#[test]
fn every_code_has_a_graph_that_is_reported_for_it_and_one_that_is_not() {
    let mut reported = BTreeSet::new();
    let mut silent = BTreeSet::new();
    for path in yaml_files(Path::new(CORPUS)) {
        let findings = checked(&path).findings;
        reported.extend(findings.iter().map(|finding| finding.code));
        if findings.is_empty() {
            let family = path.parent().and_then(Path::file_name).expect("a graph lies in a folder of its family");
            silent.insert(family.to_string_lossy().into_owned());
        }
    }
    for code in Code::ALL.iter().filter(|code| !ELSEWHERE.contains(&code.family())) {
        // Two of one name are seen when the text is decoded.
        if *code != Code::NamesDuplicate {
            assert!(reported.contains(code), "no graph of the corpus is reported for {code}");
        }
        assert!(silent.contains(code.family()), "no graph of the corpus is a near miss of {}", code.family());
    }
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
            found.extend(yaml_files(&path));
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
        let text = std::fs::read_to_string(&path).expect("a graph of the corpus can be read");
        let words = words(&text);
        for _ in 0..20 {
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
