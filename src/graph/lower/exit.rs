//! How a process is expected to end.
use super::{Given, Lower};
use crate::diag::Spanned;
use crate::graph::ExitPattern;
use crate::text::Node;
use crate::value::Value;
use nix::sys::signal::Signal;

const HELP: &str = "write an exit code from 0 to 255, `-9` or `SIGKILL` for a signal, or `nonzero`";

/// One pattern, or a list of which any will do.
pub(super) fn exit(lower: &mut Lower, given: Given) -> Option<Spanned<Vec<Spanned<ExitPattern>>>> {
    let place = given.node.place();
    let patterns = match given.node.as_list() {
        Some([]) => {
            lower.bad_value(place, "an empty list can never hold", HELP);
            return None;
        }
        Some(nodes) => nodes.iter().map(|node| pattern(lower, node)).collect::<Vec<_>>(),
        None => vec![pattern(lower, given.node)],
    };
    let patterns: Option<Vec<_>> = patterns.into_iter().collect();
    Some(Spanned::new(patterns?, place))
}

fn pattern(lower: &mut Lower, node: &Node) -> Option<Spanned<ExitPattern>> {
    let place = node.place();
    let found = match lower.fold(node)? {
        Value::Int(code @ 0..=255) => Some(ExitPattern::Code(code as i32)),
        Value::Int(code @ -64..=-1) => Some(ExitPattern::Code(code as i32)),
        Value::Int(code) => {
            lower.bad_value(place, &format!("no process ends with {code}"), HELP);
            None
        }
        Value::Str(word) if word == *"nonzero" => Some(ExitPattern::Nonzero),
        Value::Str(word) => match signal(&word) {
            Some(number) => Some(ExitPattern::Code(-number)),
            None => {
                let mut known: Vec<&str> = Signal::iterator().map(Signal::as_str).collect();
                known.push("nonzero");
                let help = match crate::diag::nearest(&word, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`? {HELP}"),
                    None => HELP.to_owned(),
                };
                lower.bad_value(place, &format!("`{word}` is no way to end"), &help);
                None
            }
        },
        value => {
            lower.wrong_value(place, &value, "an exit code, a signal's name or `nonzero`");
            None
        }
    };
    found.map(|found| Spanned::new(found, place))
}

/// The number of a signal by its name: `SIGTERM`, and `-SIGTERM` as it is said of an end.
fn signal(word: &str) -> Option<i32> {
    let name = word.strip_prefix('-').unwrap_or(word);
    name.parse::<Signal>().ok().map(|signal| signal as i32)
}
