//! An editor and the program agree: what the schema marks is an error, and a key or a form that is an error is marked.
use mpgraph::diag::{Code, FileId, Finding};
use mpgraph::graph::lower::{LoadOptions, load_text};
use mpgraph::graph::schema::json_schema;
use mpgraph::text::{Kind, Node, parse};
use serde_json::{Value, json};
use std::path::Path;

pub struct Schema(jsonschema::Validator);

/// Keys that are unknown or missing. A wrong type is not always seen: where an expression may stand, so may any text.
const MARKED: &[Code] = &[Code::SyntaxUnknownKey, Code::SyntaxMissingKey];

impl Schema {
    pub fn new() -> Schema {
        let schema: Value = serde_json::from_str(&json_schema()).expect("the schema is JSON");
        Schema(jsonschema::validator_for(&schema).expect("the schema can be used"))
    }

    /// In what the two differ about a text.
    pub fn differs(&self, text: &str, folder: &Path) -> Option<String> {
        let mut bag = mpgraph::diag::Bag::new();
        let tree = parse(FileId(0), text, &mut bag)?;
        if bag.has_errors() {
            // An editor has a YAML reader of its own for that.
            return None;
        }
        let findings = load_text("any.yaml", folder, text.as_bytes(), &LoadOptions::default()).bag.into_sorted();
        let marks: Vec<String> =
            self.0.iter_errors(&to_json(&tree)).map(|mark| format!("{}: {mark}", mark.instance_path())).collect();
        let told = |finding: &Finding| format!("{}: {}", finding.code, finding.message);
        let missed = findings.iter().find(|finding| MARKED.contains(&finding.code) && marks.is_empty());
        match missed {
            Some(finding) => Some(format!("not marked: {}", told(finding))),
            None if !marks.is_empty() && !findings.iter().any(Finding::is_error) => {
                Some(format!("marked: {}", marks.join("; ")))
            }
            None => None,
        }
    }
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
