//! Pipes.
use super::name::Naming;
use super::{Fields, Given, Lower};
use crate::diag::{Code, Finding, Spanned};
use crate::graph::{Name, Pipe, PipeMode};
use crate::text::Kind;

pub(super) fn pipe(lower: &mut Lower, fields: &Fields) -> Pipe {
    let duplex = lower.flag(fields, "duplex", true);
    let mode = fields.get("mode").and_then(|given| lower.choice(given, &["message", "bytes"]));
    let capacity = fields.get("capacity").and_then(|given| capacity(lower, given));
    if let (Some(given), None | Some("message")) = (fields.get("capacity"), mode)
        && (mode.is_some() || fields.get("mode").is_none())
    {
        lower.conflict(
            given.key,
            "`capacity` is of a bytes pipe: a message pipe holds any number of messages",
            "only with `mode: bytes`",
            "remove it, or add `mode: bytes`",
        );
    }
    let names = if duplex { ["a", "b"] } else { ["reader", "writer"] };
    let ends = fields.get("ends").and_then(|given| ends(lower, given));
    if ends.is_none() && fields.get("ends").is_some() || ends.as_ref().is_some_and(|[a, b]| a.value == b.value) {
        lower.gaps.unsound.insert(fields.owner);
    }
    Pipe {
        duplex,
        ends: ends.unwrap_or_else(|| names.map(|name| Spanned::new(name.to_owned(), fields.owner))),
        mode: if mode == Some("bytes") { PipeMode::Bytes } else { PipeMode::Message },
        said_capacity: capacity,
    }
}

fn capacity(lower: &mut Lower, given: Given) -> Option<u64> {
    let size = lower.size(given)?;
    if size == 0 {
        lower.bad_value(
            given.node.span,
            "a pipe that holds nothing passes nothing on",
            "give it a size such as `64KiB`",
        );
        return None;
    }
    Some(size)
}

fn ends(lower: &mut Lower, given: Given) -> Option<[Name; 2]> {
    let Kind::List(nodes) = &given.node.kind else {
        lower.wrong_type(given.node, "a list of two names");
        return None;
    };
    let [first, second] = &nodes[..] else {
        lower.bad_value(given.node.span, "a pipe has two ends", "write two names, such as `[left, right]`");
        return None;
    };
    let first = lower.word(first, "a name");
    let second = lower.word(second, "a name");
    let (first, second) = (first?, second?);
    let first = lower.check_name(&first, Naming::End);
    let second = lower.check_name(&second, Naming::End);
    if first.value == second.value {
        let message = format!("both ends are called `{}`", first.value);
        let finding = Finding::new(Code::NamesDuplicate, second.span, message, "the second")
            .also(first.span, "the first")
            .help("give the ends two names");
        lower.bag.add(finding);
    }
    Some([first, second])
}
