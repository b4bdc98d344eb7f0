//! The documents of the YAML test suite: each gives a tree or a finding with line and column, and what is read is what the
//! suite says and what another parser reads. Each document is tried as it is, and once more as the value of a key, so
//! that those that are no map say more than that.
mod same;

use mpgraph::diag::{Bag, Sources};
use mpgraph::text::{Node, read_file};
use same::same;
use serde_json::Value;

#[path = "../targets/mod.rs"]
mod targets;

struct Case {
    id: String,
    yaml: String,
    /// A parser is to refuse it.
    fail: bool,
    /// What it means, where that can be said in JSON and is one document.
    meaning: Option<Value>,
}

/// Why a document that means something is refused all the same: YAML is more than a graph can be.
const REFUSED: &[&str] = &["a graph is a map of keys", "has no meaning in a graph", "the file is empty"];

/// Documents that the suite says are to be refused, and that are read: it is clear what they mean.
const LENIENT: &[(&str, &str)] = &[
    ("9C9N", "lines inside brackets that are not indented"),
    ("Y79Y/0", "a tab in an otherwise empty line of a block scalar"),
];

/// Where the other parser reads something else; the suite agrees with us.
const DIFFERENT: &[(&str, &str)] = &[
    ("652Z", "`?foo` in brackets is a word, and no key that is `foo`"),
    ("HM87/1", "as is `?x`"),
    ("JEF9/2", "the last line of a block scalar ends with the file"),
    ("L24T/1", "and has blanks"),
    ("S4JQ", "`! 12` is text"),
    ("UKK6/2", "and `!` is an empty one"),
    ("Y2GN", "an anchor may have a colon in its name"),
];

fn cases() -> Vec<Case> {
    let lines = include_str!("cases.jsonl").lines();
    lines
        .map(|line| {
            let case: Value = serde_json::from_str(line).expect("a case is a line of JSON");
            let text = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
            let meanings = text("json");
            let mut meanings = serde_json::Deserializer::from_str(&meanings).into_iter::<Value>();
            let meaning = match (meanings.next(), meanings.next()) {
                (Some(Ok(one)), None) => Some(one),
                _ => None,
            };
            Case { id: text("id"), yaml: text("yaml"), fail: case["fail"] == Value::Bool(true), meaning }
        })
        .collect()
}

/// The tree, or where and why there is none.
fn read(text: &str) -> Result<Node, String> {
    targets::text::text(text.as_bytes());
    let (mut sources, mut bag) = (Sources::new(), Bag::new());
    let (_, tree) = read_file("case.yaml", text.as_bytes().to_vec(), &mut sources, &mut bag);
    let findings = bag.into_sorted();
    match (tree, findings.first()) {
        (Some(tree), None) => Ok(tree),
        (_, Some(finding)) => {
            let start = sources.start(finding.primary().span);
            assert!(start.line <= text.split('\n').count(), "{text}");
            Err(format!("{}:{}: {}: {}", start.line, start.column, finding.code, finding.message))
        }
        (None, None) => panic!("neither a tree nor a finding: {text}"),
    }
}

/// The document as the value of the key `case`; none where it has markers or directives of its own.
fn as_value(text: &str) -> Option<String> {
    let marked = |line: &str| ["---", "...", "%"].iter().any(|mark| line.starts_with(mark));
    if text.lines().any(marked) || text.starts_with('\u{feff}') {
        return None;
    }
    let lines: Vec<String> =
        text.split('\n').map(|line| if line.is_empty() { String::new() } else { format!("  {line}") }).collect();
    Some(format!("case:\n{}", lines.join("\n")))
}

#[test]
fn every_document_gives_a_tree_or_a_finding_with_its_place() {
    let cases = cases();
    assert!(cases.len() > 400);
    let (mut trees, mut refused) = (0, 0);
    for case in &cases {
        for text in [Some(case.yaml.clone()), as_value(&case.yaml)].into_iter().flatten() {
            match read(&text) {
                Ok(_) => trees += 1,
                Err(_) => refused += 1,
            }
        }
    }
    println!("{trees} trees, {refused} refused");
    assert!(trees > 250 && refused > 200, "{trees} {refused}");
}

#[test]
fn what_is_read_is_what_the_suite_says() {
    let mut wrong = String::new();
    for case in cases() {
        let whole = read(&case.yaml);
        let inside = as_value(&case.yaml).map(|text| read(&text));
        let value = match (&whole, &inside) {
            (_, Some(Ok(tree))) => Ok(&tree.get("case").expect("the key is there").value),
            (Ok(tree), None) => Ok(tree),
            (_, Some(Err(why))) | (Err(why), None) => Err(why),
        };
        let id = case.id.as_str();
        match (value, &case.meaning) {
            (Ok(_), _) if case.fail && !LENIENT.iter().any(|(known, _)| *known == id) => {
                wrong += &format!("{id} is read: {:?}\n", case.yaml)
            }
            (Ok(value), Some(meaning)) if !case.fail && !same(value, meaning) => {
                wrong += &format!("{id} is another: {:?}\n  {meaning}\n  {value:?}\n", case.yaml);
            }
            (Err(why), Some(_)) if !case.fail && !REFUSED.iter().any(|part| why.contains(part)) => {
                wrong += &format!("{id} is refused: {why}: {:?}\n", case.yaml);
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_another_parser_reads_too_is_the_same() {
    let mut wrong = String::new();
    let mut both = 0;
    for case in cases() {
        for text in [Some(case.yaml.clone()), as_value(&case.yaml)].into_iter().flatten() {
            let (Ok(ours), Ok(theirs)) = (read(&text), serde_yaml::from_str::<serde_yaml::Value>(&text)) else {
                continue;
            };
            both += 1;
            let theirs = same::as_json(&theirs);
            if !same(&ours, &theirs) && !DIFFERENT.iter().any(|(id, _)| *id == case.id) {
                wrong += &format!("{}: {text:?}\n  {theirs}\n  {ours:?}\n", case.id);
            }
        }
    }
    println!("{both} are read by both");
    assert!(wrong.is_empty(), "{wrong}");
    assert!(both > 200, "only {both} are read by both");
}

/// Plain words of which the two make something else, all of them meant: the graph's language is YAML 1.2 with its core
/// schema, and a number must be one.
#[test]
fn plain_words_are_what_another_parser_makes_of_them_but_for_these() {
    let differ = [
        // Digits are a decimal number, however many zeros are before them.
        ("007", "Int(7)"),
        ("017", "Int(17)"),
        ("08", "Int(8)"),
        // Only decimal numbers have a sign, and there are no binary ones.
        ("-0x1F", "\"-0x1F\""),
        ("+0x1F", "\"+0x1F\""),
        ("-0o17", "\"-0o17\""),
        ("0b11", "\"0b11\""),
        // A number has no bound where it has a point or an exponent.
        ("1e400", "Float(inf)"),
    ];
    let words = [
        "",
        "~",
        "null",
        "Null",
        "NULL",
        "nUll",
        "true",
        "True",
        "TRUE",
        "tRue",
        "yes",
        "Yes",
        "no",
        "on",
        "off",
        "y",
        "0",
        "-0",
        "+5",
        "007",
        "017",
        "08",
        "0o17",
        "0o8",
        "0x1F",
        "0xfg",
        "-0x1F",
        "+0x1F",
        "-0o17",
        "0b11",
        "1_000",
        "12:30",
        "1.",
        "1.5",
        ".5",
        "-.5e-1",
        "1e3",
        "1E+3",
        "1e",
        "+1.5",
        ".",
        ".e3",
        "-",
        "+",
        ".inf",
        "-.INF",
        "+.Inf",
        "inf",
        "-infinity",
        ".nan",
        ".NaN",
        "nan",
        "+.nan",
        "1.2.3",
        "1.5e300",
        "1e400",
        "9223372036854775807",
        "-9223372036854775808",
        "2001-12-14",
        "0.1",
        "00.5",
        "1__0",
        "<<",
        "=",
        "%x",
        "a: ",
    ];
    let mut found = Vec::new();
    for word in words {
        let text = format!("k: {word}\n");
        let (Ok(ours), Ok(theirs)) = (read(&text), serde_yaml::from_str::<serde_yaml::Value>(&text)) else { continue };
        if !same(&ours, &same::as_json(&theirs)) {
            found.push((word, same::shown(&ours.get("k").expect("the key is there").value)));
        }
    }
    let found: Vec<(&str, &str)> = found.iter().map(|(word, ours)| (*word, ours.as_str())).collect();
    assert_eq!(found, differ);
}
