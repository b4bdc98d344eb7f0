//! The JSON Schema of graph files: committed as it is generated, and true of every graph.
use mpgraph::diag::{Bag, FileId};
use mpgraph::graph::schema::json_schema;
use mpgraph::text::{Kind, Node, parse};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_committed_schema_is_the_generated_one() {
    // `SNAPSHOTS=overwrite cargo test --test schema` brings it up to date.
    snapbox::assert_data_eq!(json_schema(), snapbox::file!["../schemas/graph.schema.json": Text].raw());
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&json_schema()).expect("the schema is JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("the schema is a schema");
    jsonschema::validator_for(&schema).expect("the schema can be used")
}

fn to_json(node: &Node) -> Value {
    match &node.kind {
        Kind::Null | Kind::Broken => Value::Null,
        Kind::Bool(truth) => json!(truth),
        Kind::Int(int) => json!(int),
        Kind::Float(float) => json!(float),
        Kind::Text(scalar) => json!(&*scalar.text),
        Kind::List(nodes) => nodes.iter().map(to_json).collect(),
        Kind::Map(entries) => {
            Value::Object(entries.iter().map(|entry| (entry.key.text.to_string(), to_json(&entry.value))).collect())
        }
    }
}

fn read(text: &str) -> Value {
    let mut bag = Bag::new();
    to_json(&parse(FileId(0), text, &mut bag).unwrap_or_else(|| panic!("{bag:?}")))
}

/// What is found in it is written down next to it.
fn is_reported(path: &Path) -> bool {
    std::fs::metadata(path.with_extension("findings")).is_ok_and(|findings| findings.len() > 0)
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            found.extend(yaml_files(&path));
        } else if is_reported(&path) {
            // It is there for what is wrong with it.
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn every_graph_is_valid_under_the_schema() {
    let validator = validator();
    let mut trouble = String::new();
    let mut graphs = 0;
    for path in ["graphs", "tests/corpus"].into_iter().flat_map(|folder| yaml_files(&root().join(folder))) {
        let text = std::fs::read_to_string(&path).expect("the graph can be read");
        if !text.contains("\nprocesses:") {
            continue;
        }
        // A null that is as good as nothing is accepted, and not advised.
        if path.to_string_lossy().ends_with("near_miss_null.yaml") {
            continue;
        }
        graphs += 1;
        for error in validator.iter_errors(&read(&text)) {
            trouble += &format!("{}: {}: {error}\n", path.display(), error.instance_path());
        }
    }
    assert!(graphs > 300, "only {graphs} graphs were found");
    assert_eq!(trouble, "");
}

#[test]
fn what_is_no_graph_is_not_valid_under_the_schema() {
    let validator = validator();
    let graph = |body: &str| format!("mpgraph: 1\n{body}\n");
    assert!(validator.is_valid(&read(&graph("processes: {main: {steps: [print: a, {get: q, timeout: 1s}, pass]}}"))));
    for bad in [
        "processes: {main: {steps: [{put: q, valu: 1}]}}",
        "processes: {main: {steps: [{put: q, value: 1, get: q}]}}",
        "processes: {main: {steps: [brek]}}",
        "processes: {main: {steps: [pass], command: [ls]}}",
        "processes: {main: {daemon: true}}",
        "processes: {main: {steps: [sleep: soon]}}",
        "processes: {'a b': {steps: []}}",
        "queues: {q: {maxsize: many}}\nprocesses: {main: {steps: []}}",
        "barriers: {b: {}}\nprocesses: {main: {steps: []}}",
        "queue: {}\nprocesses: {main: {steps: []}}",
    ] {
        assert!(!validator.is_valid(&read(&graph(bad))), "{bad}");
    }
}

#[test]
fn every_graph_to_read_names_the_schema_for_editors() {
    let schema = root().join("schemas/graph.schema.json");
    for path in yaml_files(&root().join("graphs")) {
        let text = std::fs::read_to_string(&path).expect("the graph can be read");
        if !text.contains("\nprocesses:") {
            continue;
        }
        let line = text.lines().next().unwrap_or_default();
        let named = line.strip_prefix("# yaml-language-server: $schema=");
        let named = named.unwrap_or_else(|| panic!("{} does not begin with the schema", path.display()));
        let found = path.parent().expect("a graph lies in a folder").join(named).canonicalize();
        assert_eq!(found.ok(), schema.canonicalize().ok(), "{}", path.display());
    }
}
