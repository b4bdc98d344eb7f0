//! YAML in; findings or nouns out.
mod expectations;
mod hostile;
mod includes;
mod objects;
mod params;
mod processes;
mod root;
mod slips;
mod steps;

use mpgraph::diag::Finding;
use mpgraph::graph::lower::{LoadOptions, Loaded, load_text};
use mpgraph::graph::{Graph, Step};
use std::path::Path;

pub fn loaded(yaml: &str) -> Loaded {
    load_text("graph.yaml", Path::new("."), yaml.as_bytes(), &LoadOptions::default())
}

/// All findings as `code: text under the primary span`.
pub fn told(yaml: &str) -> Vec<String> {
    let loaded = loaded(yaml);
    loaded
        .bag
        .into_sorted()
        .iter()
        .map(|finding| format!("{}: {}", finding.code, loaded.sources.text(finding.primary().span)))
        .collect()
}

pub fn findings(yaml: &str) -> Vec<Finding> {
    loaded(yaml).bag.into_sorted()
}

/// A graph in which `text` stands before one process that does nothing.
pub fn with(text: &str) -> String {
    format!("mpgraph: 1\n{text}\nprocesses: {{main: {{steps: [pass]}}}}\n")
}

/// A graph with one process whose only step is `step`.
pub fn stepping(step: &str) -> String {
    let step = step.replace('\n', "\n        ");
    format!("mpgraph: 1\nprocesses:\n  main:\n    steps:\n      - {step}\n")
}

/// A graph with one process with these attributes.
pub fn process(attributes: &str) -> String {
    let attributes = attributes.replace('\n', "\n    ");
    format!("mpgraph: 1\nprocesses:\n  main:\n    {attributes}\n")
}

/// A graph without findings.
pub fn graph(yaml: &str) -> Graph {
    assert_eq!(told(yaml), Vec::<String>::new());
    loaded(yaml).graph.expect("a graph without findings is there")
}

/// The one step of a good graph.
pub fn step(step: &str) -> Step {
    let graph = graph(&stepping(step));
    match &graph.processes[0].body {
        mpgraph::graph::Body::Steps(steps) => steps[0].clone(),
        body => panic!("{body:?}"),
    }
}
