//! The standard streams of a process.
use super::fields::What;
use super::{Fields, Given, Lower};
use crate::diag::{Code, Finding, Span};
use crate::expr::Template;
use crate::graph::{Format, Name, Stdin, Stdout, schema};
use crate::text::{Kind, Node};

pub(super) fn stdin(lower: &mut Lower, fields: &Fields) -> Stdin {
    let stream = fields.get_null("stdin").and_then(|given| stream(lower, given));
    match stream {
        Some(Stream::Inherit) => Stdin::Inherit,
        Some(Stream::Null) | None => Stdin::Null,
        Some(Stream::File(path, span)) => Stdin::File(path, span),
        Some(Stream::Pipe(end)) => Stdin::Pipe(end),
        Some(Stream::Queue(queue, format)) => Stdin::Queue { queue, format },
    }
}

/// Of stdout and stderr alike.
pub(super) fn stdout(lower: &mut Lower, fields: &Fields, name: &str) -> Stdout {
    let stream = fields.get_null(name).and_then(|given| stream(lower, given));
    match stream {
        None => Stdout::Captured,
        Some(Stream::Inherit) => Stdout::Inherit,
        Some(Stream::Null) => Stdout::Null,
        Some(Stream::File(path, span)) => Stdout::File(path, span),
        Some(Stream::Pipe(end)) => Stdout::Pipe(end),
        Some(Stream::Queue(queue, format)) => Stdout::Queue { queue, format },
    }
}

enum Stream {
    Inherit,
    Null,
    File(Template, Span),
    Pipe(Name),
    Queue(Name, Format),
}

fn stream(lower: &mut Lower, given: Given) -> Option<Stream> {
    let made = match &given.node.kind {
        // YAML's null is the word `null` as it is meant here.
        Kind::Null => Some(Stream::Null),
        Kind::Map(_) => stream_map(lower, given),
        Kind::Text(_) => lower.choice(given, &["inherit", "null"]).map(|word| match word {
            "inherit" => Stream::Inherit,
            _ => Stream::Null,
        }),
        _ => {
            lower.wrong_type(given.node, "`inherit`, `null` or a map");
            None
        }
    };
    if made.is_none() {
        // It may have been wired to a queue or a pipe.
        lower.gaps.complete = false;
    }
    made
}

fn stream_map(lower: &mut Lower, given: Given) -> Option<Stream> {
    let forms = [("file", &schema::STREAM_FILE), ("pipe", &schema::STREAM_PIPE), ("queue", &schema::STREAM_QUEUE)];
    let mut written = forms.iter().filter_map(|(name, table)| Some((*name, *table, given.node.get(name)?.key.span)));
    let first = written.next();
    if let (Some((name, _, key)), Some((second, _, second_key))) = (first, written.next()) {
        let message = format!("`{name}` and `{second}` exclude each other: a stream has one other side");
        let finding = Finding::new(Code::SyntaxConflict, key.max(second_key), message, "a second one");
        lower.report(finding.also(key.min(second_key), "the first").help("keep one of them"));
        return None;
    }
    let Some((name, table, _)) = first else { return stranger(lower, given) };
    let fields = Fields::read(lower, given, table)?;
    let value = fields.require(lower, name)?;
    Some(match name {
        "file" => Stream::File(path(lower, value.node)?, value.node.place()),
        "pipe" => Stream::Pipe(lower.reference(value)?),
        _ => {
            let format = fields.get("format").and_then(|given| lower.choice(given, &["lines", "json"]));
            let format = if format == Some("json") { Format::Json } else { Format::Lines };
            Stream::Queue(lower.reference(value)?, format)
        }
    })
}

/// A map with none of the three keys.
fn stranger(lower: &mut Lower, given: Given) -> Option<Stream> {
    let fields = Fields::of_entries(
        lower,
        (given.key, What::Map("a stream")),
        given.node.as_map().unwrap_or_default().iter(),
        ["file", "pipe", "queue"],
    );
    if given.node.as_map().is_some_and(<[_]>::is_empty) {
        fields.missing(lower, "`file`, `pipe` or `queue`", "write `{file: PATH}`, `{pipe: END}` or `{queue: NAME}`");
    }
    None
}

fn path(lower: &mut Lower, node: &Node) -> Option<Template> {
    lower.text_template(node)
}
