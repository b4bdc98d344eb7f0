//! Expected lines.
use super::{Fields, Given, Lower};
use crate::diag::{Code, Finding, Spanned};
use crate::expr::parse_template;
use crate::graph::{LinePattern, Lines, schema};
use crate::text::{Kind, Node, Scalar};
use regex::Regex;

pub(super) fn lines(lower: &mut Lower, given: Given) -> Option<Lines> {
    let span = given.node.place();
    match &given.node.kind {
        Kind::List(_) => Some(Lines { span, exact: patterns(lower, given), ..Lines::default() }),
        Kind::Text(scalar) => Some(Lines { span, exact: block(lower, scalar), ..Lines::default() }),
        Kind::Map(_) => {
            let fields = Fields::read(lower, given, &schema::LINES)?;
            let mut list = |name| fields.get(name).and_then(|given| patterns(lower, given));
            let any_order = list("any_order");
            let contains = list("contains");
            let in_order = list("in_order");
            let excludes = list("excludes");
            let count = fields.get("count").and_then(|given| {
                let count = lower.count(given)?;
                Some(Spanned::new(count, given.node.place()))
            });
            Some(Lines { span, exact: None, any_order, contains, in_order, excludes, count })
        }
        _ => {
            lower.wrong_type(given.node, "a list of lines, a block of text, or a map");
            None
        }
    }
}

fn patterns(lower: &mut Lower, given: Given) -> Option<Vec<LinePattern>> {
    let nodes = lower.list(given, "a list of lines")?;
    let patterns: Vec<Option<LinePattern>> = nodes.iter().map(|node| pattern(lower, given, node)).collect();
    patterns.into_iter().collect()
}

fn pattern(lower: &mut Lower, given: Given, node: &Node) -> Option<LinePattern> {
    match &node.kind {
        Kind::Map(_) => {
            let fields = Fields::read(lower, Given { key: given.key, node }, &schema::LINE_REGEX)?;
            let given = fields.require(lower, "regex")?;
            regex(lower, given).map(|regex| LinePattern::Regex(regex, node.place()))
        }
        Kind::List(_) | Kind::Null => {
            lower.wrong_type(node, "a line or `{regex: ..}`");
            None
        }
        _ => lower.text_template(node).map(|text| LinePattern::Text(text, node.place())),
    }
}

/// A pattern that matches the whole line.
fn regex(lower: &mut Lower, given: Given) -> Option<Regex> {
    let text = lower.text(given)?;
    match Regex::new(&format!(r"\A(?:{})\z", text.value)) {
        Ok(regex) => Some(regex),
        Err(_) => {
            // Said of the pattern as it was written, not of the one with the anchors.
            let error = Regex::new(&text.value).err().map_or_else(|| "it does not stand for itself".to_owned(), reason);
            let message = format!("this is no regular expression: {error}");
            let finding = Finding::new(Code::SyntaxBadValue, text.span, message, "does not parse");
            lower.report(finding.help("a `\\` before a character takes away its meaning: `\\(`"));
            None
        }
    }
}

/// The last line of the error is the sentence; those above draw the pattern.
fn reason(error: regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

/// A block of text is its lines; one newline at its end is not a line more.
fn block(lower: &mut Lower, scalar: &Scalar) -> Option<Vec<LinePattern>> {
    if scalar.text.is_empty() {
        return Some(Vec::new());
    }
    let mut lines = Vec::new();
    let mut start = 0;
    let text = scalar.text.strip_suffix('\n').unwrap_or(&scalar.text);
    for line in text.split('\n') {
        let place = scalar.at(start..start + line.len());
        let at = |range: std::ops::Range<usize>| scalar.at(start + range.start..start + range.end);
        let template = parse_template(line, &at, &mut lower.bag);
        lines.push(template.map(|template| LinePattern::Text(template, place)));
        start += line.len() + 1;
    }
    // All lines are read before one that failed counts.
    lines.into_iter().collect()
}
