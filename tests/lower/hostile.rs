//! No text makes the decoder panic, and every finding points into the text.
use crate::{loaded, stepping};
use mpgraph::graph::schema::{self, VERBS};
use proptest::prelude::*;

fn words() -> Vec<String> {
    let tables = [&schema::ROOT, &schema::PROCESS, &schema::QUEUE, &schema::PIPE, &schema::ARRAY, &schema::EXPECT];
    let tables =
        tables.into_iter().chain([&schema::LINES, &schema::BOUNDS, &schema::TARGET, &schema::POOL, &schema::RESTART]);
    let verbs = VERBS.iter().copied().flatten();
    let fields = tables.flat_map(|table| table.fields).chain(verbs.clone().flat_map(|verb| verb.modifiers));
    let names = fields.map(|field| field.name).chain(verbs.map(|verb| verb.name));
    names.chain(["main", "x", "tasks", "regex", "self", "chan.a", "é"]).map(str::to_owned).collect()
}

fn scalar() -> impl Strategy<Value = String> {
    let odd = [
        "",
        "~",
        "true",
        "0",
        "-1",
        "3",
        "1.5",
        ".nan",
        "9223372036854775807",
        "-9223372036854775808",
        "1s",
        "-1s",
        "64KiB",
        "'${x}'",
        "'${1 / 0}'",
        "'${'",
        "'$${'",
        "'${self.name}'",
        "\"a\\nb\"",
        "all",
        "nonzero",
        "SIGTERM",
        "'('",
        "i8",
        "bytes",
        "manual",
        "exited",
        "never",
        "deadlock",
    ];
    prop_oneof![prop::sample::select(odd.map(str::to_owned).to_vec()), prop::sample::select(words())]
}

fn tree() -> impl Strategy<Value = String> {
    scalar().prop_recursive(6, 64, 5, |inner| {
        let entry = (prop::sample::select(words()), inner.clone()).prop_map(|(key, value)| format!("'{key}': {value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(entry, 0..5).prop_map(|entries| format!("{{{}}}", entries.join(", "))),
        ]
    })
}

/// A whole graph: trees where the language has something to say about them.
fn file() -> impl Strategy<Value = String> {
    (prop::collection::vec((prop::sample::select(words()), tree()), 0..6), tree(), tree()).prop_map(
        |(roots, body, expect)| {
            let roots: String = roots.iter().map(|(key, tree)| format!("'{key}': {tree}\n")).collect();
            format!("{roots}mpgraph: 1\nprocesses: {{main: {{steps: [{body}], threads: {body}}}}}\nexpect: {expect}\n")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_is_read_without_a_panic(text in file()) {
        let loaded = loaded(&text);
        for finding in loaded.bag.into_sorted() {
            prop_assert!(!finding.message.is_empty() && !finding.message.ends_with('.'));
            for label in &finding.labels {
                prop_assert!(label.span.end as usize <= text.len() && text.is_char_boundary(label.span.start as usize));
            }
        }
    }
}

#[test]
fn every_verb_of_the_table_is_read_whatever_stands_there() {
    for verb in VERBS.iter().copied().flatten() {
        for value in ["", "x", "3", "[]", "[x]", "{}", "{x: 1}", "'${x}'"] {
            loaded(&stepping(&format!("{}: {value}", verb.name)));
            let modifiers: String = verb.modifiers.iter().map(|field| format!("\n{}: {value}", field.name)).collect();
            loaded(&stepping(&format!("{}: {value}{modifiers}", verb.name)));
        }
    }
}
