//! The JSON Schema of graph files, drawn from the field tables.
//!
//! Keys are in the order of the alphabet, so the text is the same whatever the map behind `serde_json` is.
use super::{BARE_WORDS, Field, ROOT, Shape, Table, VERBS, Verb};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The schema as text, ending in a newline: draft 2020-12, one definition for each kind of map.
pub fn json_schema() -> String {
    let mut pen = Pen::default();
    let mut root = pen.table(&ROOT);
    root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("title".into(), json!("mpgraph graph, version 1"));
    let steps = pen.steps();
    let mut definitions = pen.definitions;
    definitions.extend(steps);
    definitions.extend(constants());
    root.insert("$defs".into(), Value::Object(definitions.into_iter().collect()));
    let mut text = serde_json::to_string_pretty(&sorted(Value::Object(root))).expect("a tree of plain values is JSON");
    text.push('\n');
    text
}

#[derive(Default)]
struct Pen {
    definitions: BTreeMap<String, Value>,
}

impl Pen {
    fn table(&mut self, table: &Table) -> Map<String, Value> {
        let mut object = self.fields(table.doc, table.fields);
        if table.extensible {
            object.insert("patternProperties".into(), json!({ "^x-": {} }));
        }
        if !table.one_of.is_empty() {
            object.insert("oneOf".into(), table.one_of.iter().map(|key| present(key)).collect());
        }
        object
    }

    fn fields<'a>(&mut self, doc: &str, fields: impl IntoIterator<Item = &'a Field>) -> Map<String, Value> {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in fields {
            let mut schema = self.shape(&field.shape);
            if !field.required {
                schema = or_null(schema);
            }
            schema.insert("description".into(), json!(field.doc));
            if let Some(default) = field.default {
                schema.insert("default".into(), default_value(default));
            }
            properties.insert(field.name.into(), Value::Object(schema));
            if field.required {
                required.push(json!(field.name));
            }
        }
        let mut object = Map::new();
        object.insert("description".into(), json!(doc));
        object.insert("type".into(), json!("object"));
        object.insert("properties".into(), Value::Object(properties));
        object.insert("additionalProperties".into(), json!(false));
        if !required.is_empty() {
            object.insert("required".into(), Value::Array(required));
        }
        object
    }

    fn shape(&mut self, shape: &Shape) -> Map<String, Value> {
        let schema = match shape {
            Shape::Any => json!({}),
            Shape::Null => json!({ "type": "null" }),
            Shape::Text => json!({ "type": ["string", "number", "boolean"] }),
            Shape::Bool => or_template(json!({ "type": "boolean" })),
            Shape::Int { min, max } => {
                let mut int = json!({ "type": "integer" });
                if *min != i64::MIN {
                    int["minimum"] = json!(min);
                }
                if *max != i64::MAX {
                    int["maximum"] = json!(max);
                }
                or_template(int)
            }
            Shape::Number => or_template(json!({ "type": "number" })),
            Shape::Duration => reference("duration"),
            Shape::Size => reference("size"),
            Shape::Expr => reference("expression"),
            Shape::Name => reference("name"),
            Shape::Reference => json!({ "type": "string" }),
            Shape::Choice(words) => or_template(json!({ "enum": words })),
            Shape::List(of) => or_template(json!({ "type": "array", "items": self.shape(of) })),
            Shape::Filled(of) => or_template(json!({ "type": "array", "items": self.shape(of), "minItems": 1 })),
            Shape::Named(of) => named("name", self.shape(of)),
            Shape::Words(of) => json!({ "type": ["object", "null"], "additionalProperties": self.shape(of) }),
            Shape::NamedProcesses(of) => named("processName", self.shape(of)),
            Shape::Map(table) => self.refer(table),
            Shape::Steps => reference("steps"),
            Shape::OneOf(shapes) => {
                let shapes: Vec<Value> = shapes.iter().map(|shape| Value::Object(self.shape(shape))).collect();
                json!({ "anyOf": shapes })
            }
        };
        match schema {
            Value::Object(object) => object,
            _ => unreachable!("every shape is drawn as an object"),
        }
    }

    /// A reference to the table's definition, which is drawn when it is first met.
    fn refer(&mut self, table: &Table) -> Value {
        let name = definition_name(table.what);
        if !self.definitions.contains_key(&name) {
            // Held open, so that a table that contains itself ends here.
            self.definitions.insert(name.clone(), Value::Null);
            let drawn = self.table(table);
            self.definitions.insert(name.clone(), Value::Object(drawn));
        }
        reference(&name)
    }

    fn steps(&mut self) -> BTreeMap<String, Value> {
        let mut forms = vec![json!({ "enum": BARE_WORDS, "description": "A step of one word." })];
        let mut drawn = BTreeMap::new();
        for verb in VERBS.iter().copied().flatten() {
            let name = format!("step.{}", verb.name);
            forms.push(reference(&name));
            drawn.insert(name, Value::Object(self.verb(verb)));
        }
        let step = json!({ "description": "One verb and its modifiers.", "oneOf": forms });
        drawn.insert("step".into(), step);
        drawn.insert("steps".into(), json!({ "type": ["array", "null"], "items": reference("step") }));
        drawn
    }

    fn verb(&mut self, verb: &Verb) -> Map<String, Value> {
        let mut object = self.fields(verb.doc, verb.modifiers);
        let mut value = self.shape(&verb.value);
        value.insert("description".into(), json!(verb.doc));
        object["properties"][verb.name] = Value::Object(value);
        let mut required = vec![json!(verb.name)];
        required.extend(object.get("required").and_then(Value::as_array).cloned().unwrap_or_default());
        object.insert("required".into(), Value::Array(required));
        if !verb.one_of.is_empty() {
            object.insert("anyOf".into(), verb.one_of.iter().map(|key| present(key)).collect());
        }
        object
    }
}

/// What has no table of its own.
fn constants() -> BTreeMap<String, Value> {
    let template = json!({ "type": "string", "pattern": r"\$\{", "description": "Text with `${ expression }` in it." });
    let name = json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" });
    let process_name = json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$" });
    let expression = json!({
        "type": ["string", "number", "boolean"],
        "description": "An expression, with or without `${ }`.",
    });
    let duration = json!({
        "description": "`250ms`, `2s`, `1.5s`, `3m`, `1h`, or a number of seconds.",
        "anyOf": [
            { "type": ["number", "null"] },
            { "type": "string", "pattern": r"^-?\s*[0-9.]+\s*(ns|us|µs|ms|s|m|h)?$" },
            reference("template"),
        ],
    });
    let size = json!({
        "description": "`64KiB`, `1MiB`, `2GiB`, or a number of bytes.",
        "anyOf": [
            { "type": "integer", "minimum": 0 },
            { "type": "string", "pattern": r"^[0-9]+\s*([KMGT]iB|[kKMGT]B|B)?$" },
            reference("template"),
        ],
    });
    BTreeMap::from([
        ("template".into(), template),
        ("name".into(), name),
        ("processName".into(), process_name),
        ("expression".into(), expression),
        ("duration".into(), duration),
        ("size".into(), size),
    ])
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn or_template(schema: Value) -> Value {
    json!({ "anyOf": [schema, reference("template")] })
}

/// Null is as good as absent.
fn or_null(mut schema: Map<String, Value>) -> Map<String, Value> {
    if schema.is_empty() {
        return schema;
    }
    let nothing = json!({ "type": "null" });
    match schema.get_mut("type") {
        Some(Value::Array(types)) if types.contains(&json!("null")) => {}
        Some(Value::Array(types)) => types.push(json!("null")),
        Some(one) => *one = json!([one, "null"]),
        None => match schema.get_mut("anyOf") {
            Some(Value::Array(shapes)) => shapes.push(nothing),
            _ => return Map::from_iter([("anyOf".into(), json!([schema, nothing]))]),
        },
    }
    schema
}

/// The key is there, and not null. Steps may be null, which are none.
fn present(key: &str) -> Value {
    match key {
        "steps" => json!({ "required": [key] }),
        _ => json!({ "required": [key], "properties": { key: { "not": { "type": "null" } } } }),
    }
}

fn named(pattern: &str, of: Map<String, Value>) -> Value {
    json!({ "type": ["object", "null"], "propertyNames": reference(pattern), "additionalProperties": of })
}

/// `a pipe's end` is defined as `pipe-s-end`.
fn definition_name(what: &str) -> String {
    let bare = what.strip_prefix("an ").or_else(|| what.strip_prefix("a ")).unwrap_or(what);
    bare.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// A default as it is written in YAML; what is no JSON stands as text.
fn default_value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| match text {
        "[a, b]" => json!(["a", "b"]),
        text => json!(text),
    })
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let ordered: BTreeMap<String, Value> =
                object.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
