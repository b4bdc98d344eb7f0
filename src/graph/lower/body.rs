//! What a process runs: exactly one of `target`, `steps`, `command` and `shell`.
use super::{Fields, Given, Lower};
use crate::diag::{Code, Finding, Span};
use crate::expr::Template;
use crate::graph::{Argument, Body, schema};

/// A body's key as it stands in the map.
pub(super) struct Written<'n> {
    pub name: &'static str,
    pub key: Span,
    given: Given<'n>,
}

/// The bodies that are written, in source order; one is right.
pub(super) fn written<'n>(lower: &mut Lower, fields: &Fields<'n>) -> Vec<Written<'n>> {
    let written = schema::PROCESS.one_of.iter().filter_map(|name| {
        let given = fields.get(name).or_else(|| fields.get_null(name).filter(|_| *name == "steps"))?;
        Some(Written { name, key: given.key, given })
    });
    let mut written: Vec<Written> = written.collect();
    written.sort_by_key(|body| body.key);
    match written.as_slice() {
        [] => {
            lower.gaps.complete = false;
            let help = "give it `target`, `steps`, `command` or `shell`";
            fields.missing(lower, "a body", help);
        }
        [_] => {}
        [first, others @ ..] => {
            lower.gaps.complete = false;
            let message =
                format!("`{}` and `{}` exclude each other: a process has one body", first.name, others[0].name);
            let mut finding = Finding::new(Code::SyntaxConflict, others[0].key, message, "a second body");
            finding = finding.also(first.key, "the first");
            for other in &others[1..] {
                finding = finding.also(other.key, "one more");
            }
            lower.report(finding.help("keep one of them"));
        }
    }
    written
}

/// The first of the bodies; what is wrong in the others is told too.
pub(super) fn body(lower: &mut Lower, fields: &Fields, written: &[Written]) -> Body {
    let args = fields.get("args");
    if let (Some(args), Some(body)) = (args, written.first())
        && written.iter().all(|body| body.name != "target")
    {
        let message = format!("`args` are of a target, and this process has `{}`", body.name);
        let finding = Finding::new(Code::SyntaxConflict, args.key, message, "nothing takes them");
        lower.report(finding.also(body.key, "the body").help("remove `args`, or run a `target`"));
    }
    let args_key = args.map(|args| args.key);
    let arguments = args.map(|args| lower.arguments(args)).unwrap_or_default();
    let mut bodies: Vec<Option<Body>> = written
        .iter()
        .map(|body| match body.name {
            "target" => {
                let args_span = args_key.unwrap_or(body.key);
                let target = lower.reference(body.given);
                target.map(|target| Body::Target { target, args: arguments.clone(), args_span })
            }
            "steps" => Some(Body::Steps(lower.steps(body.given))),
            "command" => command(lower, body.given),
            _ => lower.text_template(body.given.node).map(|script| Body::Shell(script, body.given.node.place())),
        })
        .collect();
    if bodies.iter().any(Option::is_none) {
        lower.gaps.complete = false;
    }
    let first = if bodies.is_empty() { None } else { bodies.swap_remove(0) };
    first.unwrap_or(Body::Steps(Vec::new()))
}

fn command(lower: &mut Lower, given: Given) -> Option<Body> {
    let nodes = lower.list(given, "a list: a program and its arguments")?;
    if nodes.is_empty() {
        lower.bad_value(
            given.node.place(),
            "an empty list is no command",
            "write the program and its arguments: `[ls, -l]`",
        );
        return None;
    }
    let words: Vec<Option<Template>> = nodes.iter().map(|node| lower.text_template(node)).collect();
    Some(Body::Command(words.into_iter().collect::<Option<_>>()?, given.node.place()))
}

impl Lower {
    /// The arguments of a target by name.
    pub(super) fn arguments(&mut self, given: Given) -> Vec<Argument> {
        let mut arguments = Vec::new();
        for (name, given) in self.entries(given) {
            match self.datum(given.node) {
                Some(value) => arguments.push(Argument { name, value }),
                // It is there, so that it is not said to be missing.
                None => {
                    let value = crate::graph::Datum::Constant(crate::value::Value::Null, given.node.place());
                    self.lose(given.node.place());
                    arguments.push(Argument { name, value });
                }
            }
        }
        arguments
    }

    /// Text that may be computed when the process starts; a number or a truth is taken as it is written.
    pub(super) fn text_template(&mut self, node: &crate::text::Node) -> Option<Template> {
        use crate::text::Kind;
        match &node.kind {
            Kind::Text(scalar) => self.template(scalar),
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => {
                let text = self.sources.text(node.span);
                Some(Template::Constant(crate::value::Value::from(text), node.place()))
            }
            _ => {
                self.wrong_type(node, "text");
                None
            }
        }
    }
}
