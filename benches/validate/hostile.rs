//! Graphs in which everything is wrong, and texts that are none.
use crate::shapes::{Shape, graph, many};

const fn hostile(name: &'static str, size: usize, graph: fn(usize) -> String) -> Shape {
    Shape { name, graph, size, is_wrong: true }
}

pub const HOSTILE: &[Shape] = &[
    hostile("misspelt", 2_000, misspelt),
    hostile("rings", 2_000, rings),
    hostile("wrong-args", 20_000, wrong_arguments),
    hostile("wrong-verbs", 100_000, wrong_verbs),
    hostile("wrong-keys", 100_000, wrong_keys),
    hostile("same-keys", 100_000, same_keys),
    hostile("same-names", 100_000, same_names),
    hostile("wrong-types", 100_000, wrong_types),
    hostile("wrong-words", 100_000, wrong_words),
    hostile("one-line", 10_000_000, one_line),
    hostile("one-word", 10_000_000, one_word),
    hostile("flow-depth", 1_000_000, flow_depth),
    hostile("allows", 100_000, allows),
];

/// Every name is off by a letter, so that each is compared with all.
fn misspelt(n: usize) -> String {
    let queues = many(n, |i| format!("  queue_{i}: {{maksize: 1}}\n"));
    let steps = many(n, |i| format!("      - put: qeue_{i}\n        value: ${{nothing_{i}}}\n"));
    graph(format!("queues:\n{queues}processes:\n  main:\n    steps:\n{steps}"))
}

fn rings(n: usize) -> String {
    let processes = many(n, |i| {
        format!("  a{i}: {{after: [b{i}], steps: [print: a]}}\n  b{i}: {{after: [a{i}], steps: [print: a]}}\n")
    });
    graph(format!("processes:\n{processes}"))
}

/// As many of one target's parameters, each off by a letter.
fn wrong_arguments(n: usize) -> String {
    let params = many(n, |i| format!("      param_{i}: int\n"));
    let args = many(n, |i| format!("      parm_{i}: {i}\n"));
    graph(format!(
        "targets:\n  all:\n    params:\n{params}    steps: [pass]\nprocesses:\n  main:\n    target: all\n    args:\n{args}"
    ))
}

fn wrong_verbs(n: usize) -> String {
    let steps = many(n, |i| format!("      - prnt{i}: a\n"));
    graph(format!("processes:\n  main:\n    steps:\n{steps}"))
}

fn wrong_keys(n: usize) -> String {
    let keys = many(n, |i| format!("replica{i}: 3\n"));
    graph(format!("{keys}processes: {{main: {{steps: [pass]}}}}\n"))
}

fn same_keys(n: usize) -> String {
    let keys = many(n, |_| "name: a\n".to_owned());
    graph(format!("{keys}processes: {{main: {{steps: [pass]}}}}\n"))
}

/// One name for everything, in two namespaces.
fn same_names(n: usize) -> String {
    let queues = many(n, |i| format!("  x{i}: {{items: [1]}}\n"));
    let processes = many(n, |i| format!("  x{i}: {{steps: [pass]}}\n"));
    graph(format!("queues:\n{queues}processes:\n{processes}"))
}

fn wrong_types(n: usize) -> String {
    let queues = many(n, |i| format!("  q{i}: [maxsize, {i}]\n"));
    graph(format!("queues:\n{queues}processes: {{main: {{steps: [pass]}}}}\n"))
}

fn wrong_words(n: usize) -> String {
    let steps = many(n, |i| format!("      - pas{i}\n"));
    graph(format!("processes:\n  main:\n    steps:\n{steps}"))
}

/// All on one line, which is shown with the first finding.
fn one_line(n: usize) -> String {
    let items = many(n / 10, |_| "{prnt: a}, ".to_owned());
    graph(format!("processes: {{main: {{steps: [{items}]}}}}\n"))
}

fn one_word(n: usize) -> String {
    graph(format!("processes: {{main: {{steps: [{}]}}}}\n", "p".repeat(n)))
}

fn flow_depth(n: usize) -> String {
    graph(format!("x-deep: {}{}\n", "[".repeat(n), "]".repeat(n)))
}

/// Comments that allow what nothing reports.
fn allows(n: usize) -> String {
    let steps = many(n, |_| "      - pass # mpgraph: allow(sync/never-set)\n".to_owned());
    graph(format!("processes:\n  main:\n    steps:\n{steps}"))
}
