//! Calls, and the few that are no calls: `has`, `map` and its kin take expressions and names as they are written.
use super::parse::{Parsed, tree, wrong};
use super::tree::{Call, Each, Node, Rule, Tree};
use crate::diag::{Span, Spanned};
use crate::value::Str;

/// `name(arguments)`
pub(super) fn function(name: Spanned<Str>, mut arguments: Vec<Tree>, end: Span) -> Parsed {
    let span = name.span.to(end);
    if *name == "has" {
        return match arguments.pop() {
            Some(Tree { node: Node::Field(of, field), .. }) if arguments.is_empty() => tree(span, Node::Has(of, field)),
            _ => Err(wrong(span, "`has` takes one field", "write `has(m.f)`: is there an `f` in `m`?")),
        };
    }
    tree(span, Node::Call(Box::new(Call { name, receiver: None, arguments })))
}

/// `over.name(arguments)`
pub(super) fn method(over: Tree, name: Spanned<Str>, mut arguments: Vec<Tree>, end: Span) -> Parsed {
    let span = over.span.to(end);
    let rule = match name.as_str() {
        "all" => Rule::All,
        "exists" => Rule::Exists,
        "exists_one" => Rule::ExistsOne,
        "map" => Rule::Map,
        "filter" => Rule::Filter,
        _ => return tree(span, Node::Call(Box::new(Call { name, receiver: Some(over), arguments }))),
    };
    let example = match rule {
        Rule::Map => "write `xs.map(x, x + 1)`, or `xs.map(x, x > 0, x + 1)` with a condition".to_owned(),
        _ => format!("write `xs.{}(x, x > 0)`", name.value),
    };
    if arguments.len() != 2 && !(rule == Rule::Map && arguments.len() == 3) {
        let message = format!("`{}` takes a variable and an expression, not {}", name.value, count(arguments.len()));
        return Err(wrong(name.span, message, example));
    }
    let body = arguments.pop().expect("there are two or three");
    let condition = if arguments.len() == 2 { arguments.pop() } else { None };
    let variable = arguments.pop().expect("one is left");
    let Node::Name(own) = variable.node else {
        return Err(wrong(variable.span, format!("`{}` takes the name of a variable first", name.value), example));
    };
    let variable = Spanned::new(own, variable.span);
    tree(span, Node::Each(Box::new(Each { rule, over, variable, condition, body })))
}

fn count(arguments: usize) -> String {
    if arguments == 1 { "1 argument".to_owned() } else { format!("{arguments} arguments") }
}
