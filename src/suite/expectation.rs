//! The expectations of a graph one by one, with the names under which a report lists them.
use crate::diag::Span;
use crate::graph::Expect;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// As a path through the YAML: `processes.main.stdout`.
    pub name: String,
    pub span: Span,
}

/// In the order of the reference.
pub fn expectations(expect: &Expect) -> Vec<Expectation> {
    let mut all = Vec::new();
    let mut add = |name: String, span: Option<Span>| all.extend(span.map(|span| Expectation { name, span }));
    add("outcome".into(), expect.outcome.as_ref().map(|outcome| outcome.span));
    add("clean".into(), expect.clean.as_ref().map(|clean| clean.span));
    add("elapsed".into(), expect.elapsed.as_ref().map(|elapsed| elapsed.span));
    add("stdout".into(), expect.stdout.as_ref().map(|lines| lines.span));
    for (name, process) in &expect.processes {
        let name = |what: &str| format!("processes.{}.{what}", name.value);
        add(name("exit"), process.exit.as_ref().map(|exit| exit.span));
        add(name("stdout"), process.stdout.as_ref().map(|lines| lines.span));
        add(name("stderr"), process.stderr.as_ref().map(|lines| lines.span));
    }
    for (name, items) in &expect.queues {
        add(format!("queues.{}", name.value), Some(items.span));
    }
    for (kind, patterns) in [("values", &expect.values), ("arrays", &expect.arrays)] {
        for (name, pattern) in patterns {
            add(format!("{kind}.{}", name.value), Some(pattern.span()));
        }
    }
    for (name, set) in &expect.events {
        add(format!("events.{}", name.value), Some(set.span));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::lower::{LoadOptions, load_text};
    use std::path::Path;

    #[test]
    fn each_expectation_has_a_name_and_a_place() {
        let text = "mpgraph: 1\nqueues: {q: }\nvalues: {v: {type: i32}}\nevents: {e: }\n\
                    processes: {main: {steps: []}}\n\
                    expect:\n  outcome: completed\n  clean: true\n  elapsed: {max: 3s}\n  stdout: [a]\n  \
                    processes: {main: {exit: 0, stderr: []}}\n  queues: {q: [1]}\n  values: {v: {min: 1}}\n  \
                    events: {e: true}\n";
        let loaded = load_text("a.yaml", Path::new("."), text.as_bytes(), &LoadOptions::default());
        let expect = loaded.graph.unwrap().expect.unwrap();
        let all = expectations(&expect);
        let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "outcome",
                "clean",
                "elapsed",
                "stdout",
                "processes.main.exit",
                "processes.main.stderr",
                "queues.q",
                "values.v",
                "events.e"
            ]
        );
        assert_eq!(loaded.sources.text(all[3].span), "[a]");
        assert!(all.iter().all(|one| !one.span.is_empty()));
    }
}
