//! Any bytes as an expression and as a text with expressions in it: code, or findings that say why not.
use mpgraph::diag::{Bag, Code as FindingCode, Finding, Source, Sources, Span};
use mpgraph::expr::{Code, Resolved, Scope, parse_expr, parse_template};
use mpgraph::value::{Map, Value, from_json};

use super::text::lies_inside;

pub fn expr(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut sources = Sources::new();
    let file = sources.add(Source::new("any.yaml", text));
    let at = |range: std::ops::Range<usize>| Span::new(file, range.start, range.end);
    let mut bag = Bag::new();
    let tree = parse_expr(text, &at, &mut bag);
    let code = tree.as_ref().and_then(|tree| tree.compile(&mut Names, &mut bag));
    told(&sources, code.as_ref(), bag);
    let mut bag = Bag::new();
    let template = parse_template(text, &at, &mut bag);
    if let Some(template) = &template {
        lies_in(&sources, template.span());
        template.names().into_iter().for_each(|(_, span)| lies_in(&sources, span));
    }
    let code = template.as_ref().and_then(|template| template.compile(&mut Names, &mut bag));
    told(&sources, code.as_ref(), bag);
}

fn told(sources: &Sources, code: Option<&Code>, bag: Bag) {
    assert_eq!(code.is_none(), bag.has_errors(), "{bag:?}");
    if let Some(value) = code.and_then(Code::constant) {
        // What a constant looks like is asked for by every pen.
        let _ = (value.to_string(), value.json());
    }
    bag.into_sorted().iter().for_each(|finding| lies_inside(sources, finding));
}

fn lies_in(sources: &Sources, span: Span) {
    let finding = Finding::new(FindingCode::SyntaxExpression, span, "a part", "here");
    lies_inside(sources, &finding);
}

/// Names that are constants, so that compiling evaluates what is made of them; `y` is known in the run only, and `tasks`
/// cannot be read at all.
struct Names;

impl Scope for Names {
    fn resolve(&mut self, name: &str, span: Span) -> Resolved {
        let map: Map = [("a", Value::Int(1)), ("b", Value::from("zwei"))].into_iter().collect();
        Resolved::Constant(match name {
            "n" => Value::Null,
            "b" => Value::Bool(true),
            "x" => Value::Int(7),
            "f" => Value::Float(2.5),
            "s" => Value::from("grün"),
            "xs" => from_json("[3, 1, 2]").expect("a list"),
            "m" => Value::map(map),
            "raw" => Value::bytes(vec![0, 255, 10]),
            "y" => return Resolved::Slot(0),
            "tasks" => {
                let finding = Finding::new(FindingCode::NamesWrongKind, span, "`tasks` is a queue", "a queue");
                return Resolved::Refused(Box::new(finding));
            }
            _ => return Resolved::Unknown,
        })
    }

    fn known(&self) -> Vec<String> {
        ["n", "b", "x", "f", "s", "xs", "m", "raw", "y"].map(str::to_owned).to_vec()
    }
}
