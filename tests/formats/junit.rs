//! `test --junit` is what Jenkins reads: the elements and attributes of its `junit-10.xsd`, told here as a table.
use super::xml::{Element, read};
use mpgraph::diag::{FileId, Span};
use mpgraph::report::suite::{GraphTally, Tally, junit};
use mpgraph::suite::{Attempt, End, Expectation, Tail};
use std::time::Duration;

struct Kind {
    name: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    children: &'static [&'static str],
    /// Text that is more than blanks.
    has_text: bool,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "testsuites",
        required: &[],
        optional: &["name", "time", "tests", "failures", "errors"],
        children: &["testsuite"],
        has_text: false,
    },
    Kind {
        name: "testsuite",
        required: &["name", "tests", "failures", "errors"],
        optional: &["group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"],
        children: &["testsuite", "properties", "testcase", "system-out", "system-err"],
        has_text: false,
    },
    Kind { name: "properties", required: &[], optional: &[], children: &["property"], has_text: false },
    Kind { name: "property", required: &["name", "value"], optional: &[], children: &[], has_text: false },
    Kind {
        name: "testcase",
        required: &["name"],
        optional: &["time", "classname", "group"],
        children: &["skipped", "error", "failure", "system-out", "system-err"],
        has_text: false,
    },
    Kind { name: "skipped", required: &[], optional: &["type", "message"], children: &[], has_text: true },
    Kind { name: "error", required: &[], optional: &["type", "message"], children: &[], has_text: true },
    Kind { name: "failure", required: &[], optional: &["type", "message"], children: &[], has_text: true },
    Kind { name: "system-out", required: &[], optional: &[], children: &[], has_text: true },
    Kind { name: "system-err", required: &[], optional: &[], children: &[], has_text: true },
];

fn check(element: &Element) {
    let kind = KINDS.iter().find(|kind| kind.name == element.name);
    let kind = kind.unwrap_or_else(|| panic!("`{}` is no element", element.name));
    for name in kind.required {
        assert!(element.attributes.iter().any(|(other, _)| other == name), "no `{name}`: {element:?}");
    }
    for (name, value) in &element.attributes {
        assert!(kind.required.iter().chain(kind.optional).any(|known| known == name), "`{name}` in `{}`", element.name);
        let number = || {
            value.split_once('.').is_some_and(|(whole, part)| {
                [whole, part].iter().all(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
            })
        };
        assert!(name != "time" || number(), "{value:?} is no time");
        let count = ["tests", "failures", "errors", "skipped"].contains(&name.as_str());
        assert!(!count || value.parse::<u32>().is_ok(), "{value:?} is no count");
    }
    assert!(kind.has_text || element.text.trim().is_empty(), "text in `{}`: {:?}", element.name, element.text);
    for child in &element.children {
        assert!(kind.children.contains(&child.name.as_str()), "`{}` in `{}`", child.name, element.name);
        check(child);
    }
}

fn attempt(number: u32, end: End, said: &str) -> Attempt {
    let (mut stdout, mut stderr) = (Tail::default(), Tail::default());
    stdout.push(said.as_bytes());
    stderr.push(said.as_bytes());
    stderr.push(b"\xff\xfe not text");
    Attempt { graph: 0, number, end, elapsed: Duration::from_millis(1234), stdout, stderr, report: Vec::new() }
}

fn graph(path: &str, ends: &[End], wanted: u32) -> GraphTally {
    let expectation = |name: &str| Expectation { name: name.to_owned(), span: Span::new(FileId(0), 0, 4) };
    let mut graph = GraphTally {
        path: path.into(),
        expectations: vec![expectation("stdout"), expectation("processes.\"a\" <b>&.exit")],
        wanted,
        ..GraphTally::default()
    };
    for (number, end) in ends.iter().enumerate() {
        graph.add(attempt(
            number as u32 + 1,
            *end,
            "<x a=\"1\">]]>&amp; \u{0}\u{8}\u{1b}[31m\u{fffe}\u{ffff}\r\n\t\u{1f600}\n",
        ));
    }
    graph
}

#[test]
fn every_outcome_is_told_as_jenkins_reads_it() {
    let (good, bad) = (End::Exit(0), End::Exit(1));
    let tally = Tally {
        graphs: vec![
            graph("good.yaml", &[good], 1),
            graph("b<a>&\"d\n\u{1}.yaml", &[bad, End::Exit(70), End::Signal(9), End::NotStarted], 4),
            graph("flaky.yaml", &[good, bad, good], 3),
            graph("late.yaml", &[End::Stopped], 1),
        ],
        without_expect: 1,
        elapsed: Duration::from_secs(4000),
    };
    let mut out = Vec::new();
    junit(&tally, &mut out).expect("a vector takes everything");
    let text = String::from_utf8(out).expect("XML is text");
    if let Some(path) = std::env::var_os("MPGRAPH_JUNIT_SAMPLE") {
        std::fs::write(path, &text).expect("the sample can be written");
    }
    let root = read(&text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    check(&root);
    let suites = &root.children;
    assert_eq!(suites.len(), 4);
    let of = |element: &Element, name: &str| {
        element.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    assert_eq!(of(&suites[1], "name"), "b<a>&\"d\n.yaml");
    for suite in suites {
        let cases: Vec<&Element> = suite.children.iter().filter(|child| child.name == "testcase").collect();
        let with =
            |name: &str| cases.iter().filter(|case| case.children.iter().any(|child| child.name == name)).count();
        assert_eq!(of(suite, "tests"), cases.len().to_string());
        assert_eq!(of(suite, "failures"), with("failure").to_string());
        assert_eq!(of(suite, "errors"), with("error").to_string());
        assert_eq!(of(suite, "skipped"), with("skipped").to_string());
    }
    let said = suites[1].children.iter().find(|child| child.name == "system-out").expect("it said something");
    assert!(said.text.starts_with("<x a=\"1\">]]>&amp; [31m\r\n\t\u{1f600}"), "{:?}", said.text);
}
