//! The parts of a graph that can be taken out, exchanged and replaced without its indentation becoming wrong.
use mpgraph::diag::{Bag, FileId};
use mpgraph::text::{Kind, Node, parse};
use std::ops::Range;

/// A value, an item, or a key.
#[derive(Clone, Debug)]
pub struct Part {
    pub range: Range<usize>,
    /// From the column of the owner its lines may be indented.
    pub owner_column: usize,
    /// Inside brackets: only what is in brackets, too, can stand here.
    pub in_flow: bool,
    /// A list or map by indentation.
    pub is_block: bool,
    /// The item of a list: a map by indentation can begin behind its `-`.
    pub is_item: bool,
    /// The same on one line, in brackets.
    pub flow: String,
}

#[derive(Debug, Default)]
pub struct Parts {
    pub values: Vec<Part>,
    /// Entries of maps and items of lists with what divides them from the next: taking one away leaves a whole.
    pub pieces: Vec<Range<usize>>,
    pub keys: Vec<Range<usize>>,
}

/// Nothing if it is no YAML.
pub fn parts(text: &str) -> Option<Parts> {
    let tree = parse(FileId(0), text, &mut Bag::new())?;
    let mut parts = Parts::default();
    walk(&tree, text, false, &mut parts);
    Some(parts)
}

fn walk(node: &Node, text: &str, in_flow: bool, parts: &mut Parts) {
    // Behind an alias stands the definition, which is walked where it is.
    let range = |node: &Node| node.span.start as usize..node.span.end as usize;
    let flow = in_flow || text[range(node)].starts_with(['[', '{']);
    match &node.kind {
        Kind::Map(entries) => {
            for (i, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.value.used_at.is_none()) {
                let (start, end) = (entry.key.span.start as usize, entry.value.span.end as usize);
                parts.keys.push(start..entry.key.span.end as usize);
                let next = entries.get(i + 1).map(|next| next.key.span.start as usize);
                parts.pieces.extend(piece(start, end, next, i.checked_sub(1).map(|i| range(&entries[i].value).end)));
                add(&entry.value, text, (column(text, start), flow, false), parts);
                walk(&entry.value, text, flow, parts);
            }
        }
        Kind::List(items) => {
            for (i, item) in items.iter().enumerate().filter(|(_, item)| item.used_at.is_none()) {
                let next = items.get(i + 1).map(|next| next.span.start as usize);
                let (start, end) = (range(item).start, range(item).end);
                parts.pieces.extend(piece(start, end, next, i.checked_sub(1).map(|i| range(&items[i]).end)));
                add(item, text, (column(text, range(node).start), flow, true), parts);
                walk(item, text, flow, parts);
            }
        }
        _ => {}
    }
}

/// Up to the next one, or from the end of the one before; the only one cannot be taken away.
fn piece(start: usize, end: usize, next: Option<usize>, before: Option<usize>) -> Option<Range<usize>> {
    match (next, before) {
        (Some(next), _) if next > start => Some(start..next),
        (None, Some(before)) if before < end => Some(before..end),
        _ => None,
    }
}

fn add(node: &Node, text: &str, (owner_column, in_flow, is_item): (usize, bool, bool), parts: &mut Parts) {
    let range = node.span.start as usize..node.span.end as usize;
    let block = matches!(node.kind, Kind::List(_) | Kind::Map(_)) && !text[range.clone()].starts_with(['[', '{']);
    parts.values.push(Part { range, owner_column, in_flow, is_block: block, is_item, flow: flow(node, 0) });
}

pub fn column(text: &str, at: usize) -> usize {
    at - text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// A node on one line. What is deep is cut off: nothing here has to mean the same.
pub fn flow(node: &Node, depth: usize) -> String {
    match &node.kind {
        _ if depth > 8 => "~".to_owned(),
        Kind::Null | Kind::Broken => "~".to_owned(),
        Kind::Bool(truth) => truth.to_string(),
        Kind::Int(int) => int.to_string(),
        Kind::Float(float) => format!("{float:?}").replace("inf", ".inf").replace("NaN", ".nan"),
        Kind::Text(scalar) => quoted(&scalar.text),
        Kind::List(items) => {
            let items: Vec<String> = items.iter().map(|item| flow(item, depth + 1)).collect();
            format!("[{}]", items.join(", "))
        }
        Kind::Map(entries) => {
            let entry = |entry: &mpgraph::text::Entry| {
                format!("{}: {}", quoted(&entry.key.text), flow(&entry.value, depth + 1))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}
