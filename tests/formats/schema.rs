//! `--format json` and `--format sarif` against their schemas; `--format github` against the grammar of its lines.
use mpgraph::check::{CheckOptions, Checked, check};
use mpgraph::diag::Code;
use mpgraph::graph::lower::{LoadOptions, load, load_text};
use mpgraph::report::diagnostics::{self, github, json, sarif};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// Names that some format or other gives a meaning to.
const HOSTILE: &[&str] = &[
    "a b.yaml",
    "\"quoted\" 'twice'.yaml",
    "100%.yaml",
    "%0A.yaml",
    "two\nlines.yaml",
    "back\rslash\\.yaml",
    "a,b:c::d.yaml",
    "-dash.yaml",
    "#<&>;?.yaml",
    "gr\u{fc}n \u{1f600}.yaml",
    "not utf\u{fffd}8.yaml",
    "bell\u{7}\u{1b}[31m.yaml",
    "/absolute path/a:b.yaml",
    "../up/x.yaml",
    "c:/drive.yaml",
];

/// Whatever the findings say is taken from such a graph.
const GRAPH: &str = "mpgraph: 1\nqueues: {\"a%b\": , q: }\nprocesses:\n  main:\n    steps:\n      - get: \"a\\n::error::b,c\\u0007\"\n      - put: q\n        valu: \"100%\\r\\n<&>\\uFFFE]]>\"\n";

fn corpus() -> Vec<Checked> {
    let mut checked = Vec::new();
    let mut folders = vec![PathBuf::from("tests/corpus/check"), PathBuf::from("graphs")];
    while let Some(folder) = folders.pop() {
        for path in folder.read_dir().expect("a readable folder").map(|entry| entry.expect("a readable folder").path())
        {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml") {
                let loaded = load(&path, &LoadOptions::default()).expect("a readable file");
                checked.push(check(loaded, &CheckOptions::default()));
            }
        }
    }
    checked.extend(HOSTILE.iter().map(|name| {
        let loaded = load_text(name, Path::new("/nowhere"), GRAPH.as_bytes(), &LoadOptions::default());
        check(loaded, &CheckOptions::default())
    }));
    checked
}

type Pen = fn(&[diagnostics::Checked], &mut dyn io::Write) -> io::Result<()>;

fn written(checked: &[Checked], pen: Pen) -> String {
    let files: Vec<diagnostics::Checked> = checked
        .iter()
        .map(|graph| diagnostics::Checked { sources: &graph.sources, findings: &graph.findings })
        .collect();
    let mut out = Vec::new();
    pen(&files, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("the report is text")
}

fn assert_valid(schema: &str, report: &str) {
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let report: Value = serde_json::from_str(report).expect("the report is JSON");
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("the schema is one");
    let trouble: Vec<String> =
        validator.iter_errors(&report).take(10).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(trouble.is_empty(), "{}", trouble.join("\n"));
}

#[test]
fn json_is_what_its_schema_says() {
    let checked = corpus();
    let codes: BTreeSet<Code> = checked.iter().flat_map(|graph| &graph.findings).map(|finding| finding.code).collect();
    assert!(codes.len() > 30, "the corpus has too little to say: {codes:?}");
    let schema = include_str!("../../schemas/diagnostics.schema.json");
    assert_valid(schema, &written(&checked, json));
    assert_valid(schema, &written(&[], json));
    let label = r#"{"path":"a","line":1,"column":1,"end_line":1,"end_column":1,"offset":0,"length":0,"text":"","primary":true}"#;
    let report = |code: &str, labels: &str| {
        format!(
            r#"{{"files":[{{"path":"a","diagnostics":[{{"code":"{code}","severity":"error","message":"m","help":"","labels":[{labels}]}}]}}]}}"#
        )
    };
    let second = label.replace("true", "false");
    assert_valid(schema, &report("names/unknown", &format!("{label},{second}")));
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).expect("the schema is JSON"))
        .expect("the schema is one");
    for bad in [
        report("unknown", label),
        report("names/unknown", ""),
        report("names/unknown", &second),
        report("names/unknown", &format!("{label},{label}")),
        report("names/unknown", &label.replace("\"line\":1", "\"line\":0")),
        report("names/unknown", &label.replace("\"offset\":0,", "")),
        "{}".to_owned(),
    ] {
        assert!(!validator.is_valid(&serde_json::from_str(&bad).expect("JSON")), "{bad}");
    }
}

#[test]
fn sarif_is_what_its_schema_says_and_every_rule_has_help() {
    let report = written(&corpus(), sarif);
    // A bracket that stands alone is itself in JavaScript's regular expressions, and an error in others.
    let schema = &include_str!("sarif-schema-2.1.0.json").replace("{2}]?$", r"{2}\\]?$");
    assert_valid(schema, &report);
    assert_valid(schema, &written(&[], sarif));
    let report: Value = serde_json::from_str(&report).expect("the report is JSON");
    let run = &report["runs"][0];
    for rule in run["tool"]["driver"]["rules"].as_array().expect("a list") {
        for text in [&rule["shortDescription"]["text"], &rule["help"]["text"], &rule["help"]["markdown"]] {
            assert!(text.as_str().is_some_and(|text| text.len() > 20), "{rule}");
        }
    }
    for result in run["results"].as_array().expect("a list") {
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        let uri = uri.as_str().expect("a URI");
        assert!(uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#?".contains(&byte)), "{uri}");
        assert!(!uri.split('/').next().expect("a first part").contains(':') || uri.starts_with("file:///"), "{uri}");
    }
}

/// A line each, of which GitHub reads `key=value` pairs and a text, and gets back exactly what was meant.
#[test]
fn a_workflow_command_says_what_it_was_given() {
    let checked = corpus();
    let text = written(&checked, github);
    let findings: Vec<_> =
        checked.iter().flat_map(|graph| graph.findings.iter().map(move |finding| (graph, finding))).collect();
    let lines: Vec<&str> = text.split('\n').filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), findings.len());
    for (line, (graph, finding)) in lines.iter().zip(findings) {
        let rest = line.strip_prefix("::").unwrap_or_else(|| panic!("{line}"));
        let (head, message) = rest.split_once("::").unwrap_or_else(|| panic!("{line}"));
        let (command, properties) = head.split_once(' ').unwrap_or_else(|| panic!("{line}"));
        assert_eq!(command, finding.severity.as_str());
        let property = |name: &str| {
            let value = properties.split(',').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            decoded(value.unwrap_or_else(|| panic!("no {name}: {line}")), &[("%3A", ":"), ("%2C", ",")])
        };
        let span = finding.primary().span;
        let source = graph.sources.get(span.file);
        assert_eq!(property("file"), source.path.trim_start_matches("./"));
        assert_eq!(property("title"), finding.code.as_str());
        assert_eq!(property("line"), graph.sources.start(span).line.to_string());
        assert!(decoded(message, &[]).starts_with(&finding.message), "{line}");
    }
}

/// As the runner does it.
fn decoded(text: &str, more: &[(&str, &str)]) -> String {
    let text = more.iter().fold(text.to_owned(), |text, (code, meant)| text.replace(code, meant));
    text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
}
