//! The graph's parameters: their defaults, and what `--set` makes of them.
use super::name::Naming;
use super::{Fields, Given, LoadOptions, Lower};
use crate::diag::{Bag, Code, FileId, Finding, Span, nearest_help};
use crate::graph::{Name, Param};
use crate::text;
use crate::value::Value;

/// A default may be computed from the parameters above it.
pub(super) fn params(lower: &mut Lower, root: &Fields, options: &LoadOptions) -> Vec<Param> {
    let given = root.get("params");
    let declared = given.map(|given| lower.named(given, Naming::Param)).unwrap_or_default();
    let mut params = Vec::new();
    for (name, given) in declared {
        let value = lower.fold(given.node);
        // The last one wins, as with any flag that is repeated.
        let value = match options.set.iter().rev().find(|(set, _)| *set == name.value) {
            Some((_, text)) => set(lower, &name, value, text),
            None => value,
        };
        if value.is_none() {
            lower.doubtful.insert(name.value.clone());
        }
        let value = value.unwrap_or_default();
        lower.params.insert(name.value.clone(), value.clone());
        params.push(Param { name, value });
    }
    strangers(lower, &params, given, root, options);
    params
}

fn set(lower: &mut Lower, name: &Name, default: Option<Value>, text: &str) -> Option<Value> {
    let Some(given) = read(text) else {
        let message = format!("`--set {}={text}` is no YAML", name.value);
        lower.bad_value(name.span, &message, "quote what has a meaning in YAML");
        return None;
    };
    let default = default?;
    match (&default, given) {
        (Value::Float(_), Value::Int(int)) => Some(Value::Float(int as f64)),
        // A default of null says nothing about the type.
        (Value::Null, given) => Some(given),
        (default, given) if default.type_name() == given.type_name() => Some(given),
        (default, given) => {
            let (wanted, found) = (default.type_name(), given.type_name());
            let message = format!("`--set {}={text}` gives {found} where the default is {wanted}", name.value);
            let help = if wanted == "string" {
                format!("quote it: `--set '{}=\"{text}\"'`", name.value)
            } else {
                format!("give it a value of type {wanted}")
            };
            lower.report(
                Finding::new(Code::SyntaxWrongType, name.span, message, format!("this is {wanted}")).help(help),
            );
            None
        }
    }
}

/// A value as YAML; what is in it stands as it is, `${ }` too.
fn read(text: &str) -> Option<Value> {
    let mut bag = Bag::new();
    let mut document = "value:\n".to_owned();
    for line in text.lines() {
        document.extend(["  ", line, "\n"]);
    }
    let root = text::parse(FileId::default(), &document, &mut bag)?;
    if bag.has_errors() {
        return None;
    }
    literal(&root.get("value")?.value)
}

fn literal(node: &text::Node) -> Option<Value> {
    use text::Kind;
    Some(match &node.kind {
        Kind::Null => Value::Null,
        Kind::Bool(truth) => Value::Bool(*truth),
        Kind::Int(int) => Value::Int(*int),
        Kind::Float(float) => Value::Float(*float),
        Kind::Text(scalar) => Value::from(&*scalar.text),
        Kind::List(nodes) => Value::list(nodes.iter().map(literal).collect::<Option<_>>()?),
        Kind::Map(entries) => {
            let entries = entries.iter().map(|entry| Some((&*entry.key.text, literal(&entry.value)?)));
            Value::map(entries.collect::<Option<_>>()?)
        }
        Kind::Broken => return None,
    })
}

/// What `--set` names and the graph does not have.
fn strangers(lower: &mut Lower, params: &[Param], given: Option<Given>, root: &Fields, options: &LoadOptions) {
    let place: Span = given.map_or(root.owner, |given| given.key);
    for (name, text) in &options.set {
        if !params.iter().any(|param| param.name.value == *name) {
            let message = format!("`--set {name}={text}` names no parameter of this graph");
            let known = params.iter().map(|param| param.name.value.as_str());
            let help = match params.is_empty() {
                true => "the graph has no parameters".to_owned(),
                false => nearest_help(name, "its parameters are", known),
            };
            lower.report(Finding::new(Code::NamesUnknown, place, message, "not among these").help(help));
        }
    }
}
