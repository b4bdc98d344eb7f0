//! YAML to a spanned tree: what is read, where it stands, what is wrong with it, and what a hostile file does.
use std::time::{Duration, Instant};

use mpgraph::diag::{Bag, Code, FileId, Finding, Span};
use mpgraph::text::{Entry, Kind, Node, parse};
use proptest::prelude::*;

fn read(text: &str) -> (Option<Node>, Vec<Finding>) {
    let mut bag = Bag::new();
    let tree = parse(FileId(0), text, &mut bag);
    (tree, bag.into_sorted())
}

fn clean(text: &str) -> Node {
    let (tree, findings) = read(text);
    assert_eq!(findings, [], "in {text:?}");
    tree.unwrap_or_else(|| panic!("no tree of {text:?}"))
}

fn slice(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

/// Each finding as `code @ what it points at @ further places: message`.
fn told(text: &str) -> Vec<String> {
    let show = |finding: &Finding| {
        let places: Vec<&str> = finding.labels.iter().map(|label| slice(text, label.span)).collect();
        format!("{} @ {}: {}", finding.code, places.join(" @ "), finding.message)
    };
    read(text).1.iter().map(show).collect()
}

fn value<'a>(root: &'a Node, key: &str) -> &'a Node {
    &root.get(key).unwrap_or_else(|| panic!("no key {key:?}")).value
}

/// The tree as compact JSON.
fn json(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "null".into(),
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => value.to_string(),
        Kind::Float(value) => format!("{value:?}"),
        Kind::Text(scalar) => format!("{:?}", &*scalar.text),
        Kind::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(",")),
        Kind::Map(entries) => {
            let entry = |entry: &Entry| format!("{:?}:{}", &*entry.key.text, json(&entry.value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
        }
        Kind::Broken => "BROKEN".into(),
    }
}

#[test]
fn a_graph_is_read_as_it_is_meant() {
    let text = "mpgraph: 1\nqueues:\n  tasks: {maxsize: 5, items: [1, -2.5, yes, 'no', ~, ]}\nprocesses:\n  main:\n    steps:\n    - print: |\n        one\n          two\n    - break\n    -\n";
    assert_eq!(
        json(&clean(text)),
        r#"{"mpgraph":1,"queues":{"tasks":{"maxsize":5,"items":[1,-2.5,"yes","no",null]}},"processes":{"main":{"steps":[{"print":"one\n  two\n"},"break",null]}}}"#
    );
}

#[test]
fn every_span_is_exactly_what_was_written() {
    let text = "a: word\nb: 'it''s'\nc: \"x\\ty\"\nd: [1, {e: f}, ]\ng:\n  h: 1\n  i:\n  - j\n  - -k: 2\n\n# comment\nl: |+ # header\n  one\n  two\n\n\nm:\nn:\n  - o\n  - p # comment\n\nq: two\n  lines\nr: &x>| !!str\n  >-\n  folded\n";
    let root = clean(text);
    let seen = |key: &str| slice(text, value(&root, key).span);
    assert_eq!(seen("a"), "word");
    assert_eq!(seen("b"), "'it''s'");
    assert_eq!(seen("c"), "\"x\\ty\"");
    assert_eq!(seen("d"), "[1, {e: f}, ]");
    assert_eq!(seen("g"), "h: 1\n  i:\n  - j\n  - -k: 2");
    assert_eq!(slice(text, value(value(&root, "g"), "i").span), "- j\n  - -k: 2");
    assert_eq!(slice(text, value(value(&root, "g"), "i").as_list().unwrap()[1].span), "-k: 2");
    assert_eq!(seen("l"), "|+ # header\n  one\n  two");
    assert_eq!(seen("m"), "");
    assert_eq!(seen("n"), "- o\n  - p");
    assert_eq!(seen("q"), "two\n  lines");
    assert_eq!(seen("r"), ">-\n  folded");
    for entry in root.as_map().unwrap() {
        assert_eq!(slice(text, entry.key.span), &*entry.key.text);
    }
    assert_eq!(root.span.start, 0);
    assert_eq!(root.span.end as usize, text.trim_end().len());
}

#[test]
fn a_byte_order_mark_and_carriage_returns_leave_the_places_true() {
    let text = "\u{feff}ä: 1\r\nb:\r\n- ü\r\n- |\r\n  x\r\n";
    let root = clean(text);
    assert_eq!(json(&root), r#"{"ä":1,"b":[1,"x\n"]}"#.replace("[1,", "[\"ü\","));
    assert_eq!(slice(text, root.as_map().unwrap()[0].key.span), "ä");
    assert_eq!(slice(text, value(&root, "b").span), "- ü\r\n- |\r\n  x");
}

#[test]
fn a_key_is_its_own_spelling() {
    let root = clean("1: a\ntrue: b\n1.50: c\nnull: d\n'quoted key': e\n0x1F: f\n? g\n: h\n!!str 5: i\n&a 7: j\n");
    let keys: Vec<&str> = root.as_map().unwrap().iter().map(|entry| &*entry.key.text).collect();
    assert_eq!(keys, ["1", "true", "1.50", "null", "quoted key", "0x1F", "g", "5", "7"]);
}

#[test]
fn a_key_that_is_no_text_is_told_and_the_rest_is_read() {
    let text = "a: 1\n[b]: 2\n? {c: d}\n: 3\n: 4\ne: 5\n";
    assert_eq!(
        told(text),
        [
            "syntax/wrong-type @ [b]: a key is text, but this one is a list",
            "syntax/wrong-type @ {c: d}: a key is text, but this one is a map",
            "syntax/wrong-type @ : a key is text, but this one is nothing",
        ]
    );
    assert_eq!(json(&read(text).0.unwrap()), r#"{"a":1,"e":5}"#);
}

#[test]
fn a_key_that_stands_twice_is_told_with_both_places_and_the_first_wins() {
    let text = "a: 1\nb: {c: 1, c: 2, 'c': 3}\na: 4\n";
    assert_eq!(
        told(text),
        [
            "syntax/duplicate-key @ c @ c: the key `c` stands twice in this map",
            "syntax/duplicate-key @ 'c' @ c: the key `c` stands twice in this map",
            "syntax/duplicate-key @ a @ a: the key `a` stands twice in this map",
        ]
    );
    let (tree, findings) = read(text);
    assert_eq!(json(&tree.unwrap()), r#"{"a":1,"b":{"c":1}}"#);
    assert_eq!(findings[2].labels[0].span.start, 29);
    assert_eq!(findings[2].labels[1].span.start, 0);
}

#[test]
fn an_alias_is_its_anchor_and_knows_where_it_is_used() {
    let text = "x-a: &a {b: [1, 2]}\nc: *a\nd: [*a , &e f, *e]\n";
    let root = clean(text);
    assert_eq!(json(&root), r#"{"x-a":{"b":[1,2]},"c":{"b":[1,2]},"d":[{"b":[1,2]},"f","f"]}"#);
    let used = value(&root, "c");
    assert_eq!(slice(text, used.span), "{b: [1, 2]}");
    assert_eq!(slice(text, used.used_at.unwrap()), "*a");
    assert_eq!(slice(text, used.place()), "*a");
    assert_eq!(value(&root, "x-a").used_at, None);
}

#[test]
fn an_anchor_may_be_given_again() {
    assert_eq!(json(&clean("a: &x 1\nb: *x\nc: &x 2\nd: *x\n")), r#"{"a":1,"b":1,"c":2,"d":2}"#);
}

#[test]
fn an_alias_may_be_a_key() {
    assert_eq!(json(&clean("a: &x word\n*x : 1\n&y 'k': 2\nb: *y\n")), r#"{"a":"word","word":1,"k":2,"b":"k"}"#);
}

#[test]
fn written_keys_win_over_merged_ones_and_earlier_maps_over_later_ones() {
    let text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  first: 0\n  <<: [*x, *y, {d: 5}]\n  c: 6\n";
    let root = clean(text);
    let merged = value(&root, "z");
    assert_eq!(json(merged), r#"{"first":0,"a":1,"b":2,"d":5,"c":6}"#);
    assert_eq!(slice(text, value(merged, "b").used_at.unwrap()), "*x");
    assert_eq!(value(merged, "d").used_at, None);
    assert_eq!(value(merged, "c").used_at, None);
    assert_eq!(json(&clean("a: &a {b: 1}\nc: {<<: *a, \"<<\": 2}")), r#"{"a":{"b":1},"c":{"b":1,"<<":2}}"#);
}

#[test]
fn a_merge_of_what_is_no_map_is_told() {
    let text = "a: &a [1]\nb: {<<: *a, c: 1}\nd: {<<: 5}\ne: {<<: {f: 1}, <<: {g: 2}}\n";
    assert_eq!(
        told(text),
        [
            "syntax/wrong-type @ 1: a merge key takes a map or a list of maps, not a whole number",
            "syntax/wrong-type @ 5: a merge key takes a map or a list of maps, not a whole number",
            "syntax/duplicate-key @ << @ <<: the key `<<` stands twice in this map",
        ]
    );
}

#[test]
fn an_unknown_alias_is_told_with_the_nearest_anchor() {
    let text = "a: &defaults 1\nb: *default\nc: [*zebra, 2]\n*q : 3\n";
    let (tree, findings) = read(text);
    assert_eq!(
        told(text),
        [
            "syntax/yaml @ *default: no anchor `default` stands before this alias",
            "syntax/yaml @ *zebra: no anchor `zebra` stands before this alias",
            "syntax/yaml @ *q: no anchor `q` stands before this alias",
        ]
    );
    assert_eq!(findings[0].help, "did you mean `defaults`?");
    assert_eq!(json(&tree.unwrap()), r#"{"a":1,"b":BROKEN,"c":[BROKEN,2]}"#);
}

#[test]
fn an_alias_inside_what_it_names_is_told() {
    let text = "a: &a\n  b: *a\nc: &c [*c]\n";
    assert_eq!(
        told(text),
        [
            "syntax/yaml @ *a: this alias stands inside the very thing it names",
            "syntax/yaml @ *c: this alias stands inside the very thing it names",
        ]
    );
}

#[test]
fn core_tags_are_honoured_and_others_told() {
    assert_eq!(
        json(&clean(
            "a: !!str 5\nb: !!int '7'\nc: !!float 2\nd: ! 12\ne: !!seq [1]\nf: !!map {}\ng: !!bool 'true'\nh: !!str\ni: !!null ''\n"
        )),
        r#"{"a":"5","b":7,"c":2.0,"d":"12","e":[1],"f":{},"g":true,"h":"","i":null}"#
    );
    let text = "a: !point [1, 2]\nb: !!int word\nc: !!str [1]\nd: !!timestamp 2001-01-01\n!x e: 1\n";
    assert_eq!(
        told(text),
        [
            "syntax/yaml @ !point: the tag `!point` has no meaning in a graph",
            "syntax/yaml @ !!int: the tag `!!int` does not fit its value",
            "syntax/yaml @ !!str: the tag `!!str` does not fit its value",
            "syntax/yaml @ !!timestamp: the tag `!!timestamp` has no meaning in a graph",
            "syntax/yaml @ !x: the tag `!x` has no meaning in a graph",
        ]
    );
}

#[test]
fn a_whole_number_past_64_bits_is_told() {
    assert_eq!(
        told("a: 9223372036854775808\nb: 9223372036854775807\nc: '9223372036854775808'\n"),
        ["syntax/bad-value @ 9223372036854775808: this whole number does not fit in 64 bits"]
    );
}

#[test]
fn a_file_is_one_map() {
    for (text, finding) in [
        ("", "syntax/yaml @ : the file is empty"),
        ("# only a comment\n", "syntax/yaml @ : the file is empty"),
        ("---\n...\n", "syntax/yaml @ : the file is empty"),
        ("- a\n- b\n", "syntax/yaml @ - a\n- b: a graph is a map of keys"),
        ("word", "syntax/yaml @ word: a graph is a map of keys"),
        ("null", "syntax/yaml @ null: a graph is a map of keys"),
    ] {
        assert_eq!(told(text), [finding], "{text:?}");
        assert!(read(text).0.is_none());
    }
    let second = "a: 1\n---\nb: 2\n";
    assert_eq!(told(second), ["syntax/yaml @ ---: a second document begins here, but a file holds one graph"]);
    assert_eq!(json(&read(second).0.unwrap()), r#"{"a":1}"#);
    assert_eq!(json(&clean("%YAML 1.2\n---\na: 1\n...\n")), r#"{"a":1}"#);
}

#[test]
fn a_syntax_error_is_told_once_at_its_place() {
    for (text, finding) in [
        ("a: [1, 2\n", "syntax/yaml @ [: `[` is never closed"),
        ("a: [1, 2\nb: 3\n", "syntax/yaml @ [ @ :: `[` is not closed"),
        ("a: [1, 2}\n", "syntax/yaml @ [: `[` is closed by `}`"),
        ("a: b: c\n", "syntax/yaml @ :: a `:` cannot stand here"),
        ("a: 'x", "syntax/yaml @ ': this quote is never closed"),
        ("a: 'x\nb: 1\n", "syntax/yaml @ ' @ b: this quote is not closed"),
        ("a:\n\tb: 1\n", "syntax/yaml @ \t: a tab cannot indent"),
        ("a: @x\n", "syntax/yaml @ @: nothing can begin with `@` here"),
        ("a: \"\\q\"\n", "syntax/yaml @ \\q: this escape is unknown"),
        ("a: 1\nword\nb: 2\n", "syntax/yaml @ w: this line is neither a key with `:` nor part of the text above"),
        ("a: 1\0b\n", "syntax/yaml @ \0: the byte 0x00 cannot stand in YAML"),
        ("a: \"\u{7}\"\n", "syntax/yaml @ \u{7}: the byte 0x07 cannot stand in YAML"),
    ] {
        assert_eq!(told(text), [finding], "{text:?}");
        assert!(read(text).0.is_none());
    }
}

/// Reads in bounded time; nothing may panic, and the tree must come apart without a deep stack.
fn survives(name: &str, text: &str) -> Vec<Finding> {
    let text = text.to_owned();
    let began = Instant::now();
    // A thread of the usual size: a recursion that is too deep would end the test.
    let findings = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || {
            let (tree, findings) = read(&text);
            drop(tree);
            findings
        })
        .expect("a thread starts")
        .join()
        .unwrap_or_else(|_| panic!("{name} panics"));
    // Generous: tests run unoptimised and beside others.
    assert!(began.elapsed() < Duration::from_secs(20), "{name} takes {:?}", began.elapsed());
    assert!(findings.len() <= 1000, "{name}");
    findings
}

#[test]
fn nesting_is_bounded_in_every_notation() {
    let deep = |open: &str, n: usize, close: &str| format!("a: {}1{}\n", open.repeat(n), close.repeat(n));
    // The root is one of the 128.
    clean(&deep("[", 127, "]"));
    clean(&deep("{a: ", 127, "}"));
    for n in [128, 200, 2000, 100_000] {
        for (open, close) in [("[", "]"), ("{a: ", "}"), ("[{a: ", "}]"), ("[", "")] {
            let findings = survives("deep flow", &deep(open, n, close));
            let limits = findings.iter().filter(|f| f.code == Code::SyntaxLimit).count();
            assert!(limits == 1 || close.is_empty(), "{n} {open:?}: {findings:?}");
        }
        let findings = survives("deep list", &format!("a:\n  {}1\n", "- ".repeat(n)));
        assert_eq!(findings[0].code, Code::SyntaxLimit, "{n}");
        let findings = survives("deep explicit keys", &format!("{}1\n", "? ".repeat(n)));
        assert!(!findings.is_empty(), "{n}");
    }
    let maps: String = (0..2000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    assert_eq!(survives("deep maps", &maps)[0].code, Code::SyntaxLimit);
    // What comes after the deep part is still read.
    let text = format!("a: {}1{}\nb: *x\n", "[".repeat(300), "]".repeat(300));
    assert_eq!(read(&text).1.len(), 2);
}

#[test]
fn nesting_through_aliases_is_bounded_too() {
    let mut text = "a0: &a0 [1]\n".to_owned();
    for i in 1..200 {
        text += &format!("a{i}: &a{i} [*a{}]\n", i - 1);
    }
    let findings = survives("a chain of aliases", &text);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].code, Code::SyntaxLimit);
    assert_eq!(slice(&text, findings[0].primary().span), "*a126");
}

#[test]
fn an_alias_bomb_is_stopped_at_the_alias() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..30 {
        let alias = format!("*a{}, ", i - 1).repeat(10);
        text += &format!("a{i}: &a{i} [{alias}]\n");
    }
    let findings = survives("laughs", &text);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].code, Code::SyntaxLimit);
    assert!(findings[0].message.contains("1000000"));
    let merges: String = (1..40).map(|i| format!("b{i}: &b{i} {{<<: [*b{0}, *b{0}], k{i}: *b{0}}}\n", i - 1)).collect();
    survives("merges", &format!("b0: &b0 {{a: 1}}\n{merges}"));
}

#[test]
fn hostile_files_end_with_a_finding_or_a_tree() {
    let many = 1 << 20;
    for (name, text) in [
        ("a huge word", format!("a: {}", "x".repeat(8 * many))),
        ("a huge key", format!("{}: 1", "x".repeat(many))),
        ("a huge quoted text", format!("a: \"{}\"", "\\n".repeat(many))),
        ("a huge block", format!("a: |\n{}", "  line\n".repeat(many))),
        ("a huge folded block", format!("a: >\n{}", "  line\n".repeat(many / 4))),
        ("very many items", format!("a: [{}]", "1,".repeat(many))),
        ("very many keys", (0..200_000).map(|i| format!("k{i}: 1\n")).collect()),
        ("one key again and again", "a: 1\n".repeat(many / 8)),
        ("unknown aliases", format!("a: [{}]", "*x, ".repeat(many / 8))),
        ("anchors and unknown aliases", (0..50_000).map(|i| format!("k{i}: &anchor{i} *anker{i}\n")).collect()),
        ("a huge anchor", format!("a: &{0} 1\nb: *{0}y\n", "x".repeat(many))),
        ("many anchors", (0..100_000).map(|i| format!("k{i}: &a{i} 1\n")).collect()),
        (
            "anchors around one another",
            format!("a: {}1{}", (0..120).map(|i| format!("&a{i} [")).collect::<String>(), "]".repeat(120)),
        ),
        ("huge tags", format!("a: !{} 1", "x".repeat(many))),
        ("tabs", "\t".repeat(many)),
        ("blanks", " ".repeat(many)),
        ("line breaks", "\n".repeat(8 * many)),
        ("carriage returns", "\r".repeat(many)),
        ("comments", "# x\n".repeat(many)),
        ("dashes", "-".repeat(many)),
        ("documents", "---\n".repeat(many)),
        ("directives", "%FOO bar\n".repeat(many / 8)),
        ("quotes", "'".repeat(many)),
        ("colons", ":".repeat(many)),
        ("colons and blanks", ": ".repeat(many / 64)),
        ("question marks", "?\n".repeat(many / 64)),
        ("lists not indented", format!("a:\n{}", "- - x\n".repeat(many / 8))),
    ] {
        survives(name, &text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_at_all_is_survived(text in "[ab:#&*!|>'\"%@,\\[\\]{}?~<\\-\\\\ \t\r\n0-9\u{feff}é]{0,80}") {
        let (tree, findings) = read(&text);
        prop_assert!(tree.is_some() || !findings.is_empty());
        for label in findings.iter().flat_map(|finding| &finding.labels) {
            prop_assert!(text.get(label.span.start as usize..label.span.end as usize).is_some(), "{label:?}");
        }
        if let Some(tree) = &tree {
            check_places(tree, &text)?;
        }
    }

    #[test]
    fn the_tree_is_what_another_parser_reads(tree in written(), style in 0..2u8) {
        let mut text = String::new();
        match &tree {
            Written::Map(entries) if style == 1 && !entries.is_empty() => block(entries, 0, &mut text),
            _ => flow(&tree, &mut text),
        }
        let root = clean(&text);
        let theirs: serde_yaml::Value = serde_yaml::from_str(&text).map_err(|e| TestCaseError::fail(format!("{e}: {text}")))?;
        prop_assert!(same(&root, &theirs), "{} against {theirs:?} in {text}", json(&root));
        check_places(&root, &text)?;
    }
}

/// Spans lie inside the text and inside one another, and what the layout of a scalar says is so.
fn check_places(node: &Node, text: &str) -> Result<(), TestCaseError> {
    prop_assert!(text.get(node.span.start as usize..node.span.end as usize).is_some(), "{:?} in {text:?}", node.span);
    match &node.kind {
        Kind::Text(scalar) => {
            for (at, c) in scalar.text.char_indices() {
                let span = scalar.at(at..at + c.len_utf8());
                prop_assert!(span.start >= scalar.span.start && !span.is_empty());
                let source = slice(text, span);
                if span.len() == c.len_utf8() && !c.is_whitespace() && source != c.to_string() {
                    // An escape may be as long as what it stands for.
                    prop_assert!(source.starts_with('\\'), "{c:?} is said to be {source:?} in {text:?}");
                }
            }
        }
        Kind::List(items) => {
            for item in items.iter() {
                check_places(item, text)?;
                inside(item.place(), node)?;
            }
        }
        Kind::Map(entries) => {
            for entry in entries.iter() {
                check_places(&entry.value, text)?;
                if entry.value.used_at.is_none() {
                    inside(entry.key.span, node)?;
                    inside(entry.value.span, node)?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn inside(span: Span, node: &Node) -> Result<(), TestCaseError> {
    let fits = span.is_empty() || (node.span.start <= span.start && span.end <= node.span.end);
    prop_assert!(fits, "{span:?} is outside {:?}", node.span);
    Ok(())
}

/// A tree to be written and read again.
#[derive(Clone, Debug)]
enum Written {
    Word(String),
    List(Vec<Written>),
    Map(Vec<(String, Written)>),
}

fn written() -> impl Strategy<Value = Written> {
    let word = prop_oneof![
        "[a-z][a-z ]{0,8}[a-z]",
        "-?[1-9][0-9]{0,8}",
        "-?[1-9][0-9]{0,4}\\.[0-9]{1,4}",
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just("~".to_owned()),
        Just("yes".to_owned()),
        Just(".inf".to_owned()),
        "'[a-z:#\\[{ ,é&*]{0,12}'",
        "\"[a-z:#\\[{ ,é&*\u{1F600}]{0,12}\"",
        "\"[a-z]{0,3}(\\\\n|\\\\t|\\\\\\\\|\\\\u00e9|\\\\x41)[a-z]{0,3}\"",
    ];
    let leaf = word.prop_map(Written::Word);
    let any = leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Written::List),
            prop::collection::btree_map("[a-z][a-z0-9_]{0,6}[0-9]", inner, 0..5)
                .prop_map(|map| Written::Map(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[a-z][a-z0-9_]{0,6}[0-9]", any, 0..6)
        .prop_map(|map| Written::Map(map.into_iter().collect()))
}

fn flow(tree: &Written, out: &mut String) {
    match tree {
        Written::Word(word) => out.push_str(word),
        Written::List(items) => {
            out.push('[');
            for item in items {
                flow(item, out);
                out.push_str(", ");
            }
            out.push(']');
        }
        Written::Map(entries) => {
            out.push('{');
            for (key, value) in entries {
                out.push_str(key);
                out.push_str(": ");
                flow(value, out);
                out.push_str(", ");
            }
            out.push('}');
        }
    }
}

fn block(entries: &[(String, Written)], indent: usize, out: &mut String) {
    for (key, value) in entries {
        out.push_str(&" ".repeat(indent));
        out.push_str(key);
        out.push(':');
        match value {
            Written::Map(inner) if !inner.is_empty() => {
                out.push('\n');
                block(inner, indent + 2, out);
            }
            Written::List(items) if !items.is_empty() => {
                out.push('\n');
                for item in items {
                    out.push_str(&" ".repeat(indent));
                    out.push_str("- ");
                    flow(item, out);
                    out.push('\n');
                }
            }
            other => {
                out.push(' ');
                flow(other, out);
                out.push('\n');
            }
        }
    }
}

fn same(ours: &Node, theirs: &serde_yaml::Value) -> bool {
    use serde_yaml::Value;
    match (&ours.kind, theirs) {
        (Kind::Null, Value::Null) => true,
        (Kind::Bool(a), Value::Bool(b)) => a == b,
        (Kind::Int(a), Value::Number(b)) => b.as_i64() == Some(*a),
        (Kind::Float(a), Value::Number(b)) => b.as_f64() == Some(*a),
        (Kind::Text(a), Value::String(b)) => *a.text == **b,
        (Kind::List(a), Value::Sequence(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Kind::Map(a), Value::Mapping(b)) => {
            let pair =
                |(a, (key, b)): (&Entry, (&Value, &Value))| key.as_str() == Some(&*a.key.text) && same(&a.value, b);
            a.len() == b.len() && a.iter().zip(b).all(pair)
        }
        _ => false,
    }
}
