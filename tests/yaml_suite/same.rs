//! Whether a tree means what a JSON value does.
use mpgraph::text::{Kind, Node};
use serde_json::{Value, json};

pub fn same(ours: &Node, theirs: &Value) -> bool {
    match (&ours.kind, theirs) {
        (Kind::Null, Value::Null) => true,
        (Kind::Bool(a), Value::Bool(b)) => a == b,
        (Kind::Int(a), Value::Number(b)) => b.as_i64() == Some(*a) || b.as_f64() == Some(*a as f64),
        (Kind::Float(a), Value::Number(b)) => b.as_f64() == Some(*a),
        (Kind::Float(a), Value::String(b)) => infinite(*a).is_some_and(|text| text == *b),
        (Kind::Text(a), Value::String(b)) => *a.text == **b,
        (Kind::List(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Kind::Map(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|entry| b.get(&*entry.key.text).is_some_and(|b| same(&entry.value, b)))
        }
        _ => false,
    }
}

/// JSON has no word for these.
fn infinite(float: f64) -> Option<&'static str> {
    match float {
        _ if float.is_nan() => Some("<nan>"),
        f64::INFINITY => Some("<inf>"),
        f64::NEG_INFINITY => Some("<-inf>"),
        _ => None,
    }
}

/// A key is its spelling, or as near to it as the other parser tells.
pub fn as_json(theirs: &serde_yaml::Value) -> Value {
    use serde_yaml::Value as Yaml;
    match theirs {
        Yaml::Null => Value::Null,
        Yaml::Bool(truth) => json!(truth),
        Yaml::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(int), _) => json!(int),
            (None, Some(float)) => infinite(float).map_or_else(|| json!(float), |text| json!(text)),
            _ => Value::Null,
        },
        Yaml::String(text) => json!(text),
        Yaml::Sequence(items) => items.iter().map(as_json).collect(),
        Yaml::Mapping(map) => {
            let key = |key: &Yaml| match as_json(key) {
                Value::String(text) => text,
                Value::Null => String::new(),
                other => other.to_string(),
            };
            Value::Object(map.iter().map(|(k, v)| (key(k), as_json(v))).collect())
        }
        Yaml::Tagged(tagged) => as_json(&tagged.value),
    }
}

pub fn shown(node: &Node) -> String {
    match &node.kind {
        Kind::Text(scalar) => format!("{:?}", scalar.text),
        kind => format!("{kind:?}"),
    }
}
