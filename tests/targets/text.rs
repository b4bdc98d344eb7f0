//! Any bytes as a YAML file: a tree in which every word knows its place, or findings, each with a place.
use mpgraph::diag::{Bag, FileId, Sources, Span};
use mpgraph::text::{Kind, Node, allows, read_file};

pub fn text(bytes: &[u8]) {
    let (mut sources, mut bag) = (Sources::new(), Bag::new());
    let (file, tree) = read_file("any.yaml", bytes.to_vec(), &mut sources, &mut bag);
    assert!(tree.is_some() || bag.has_errors(), "no tree, and nothing says why");
    for finding in bag.into_sorted() {
        lies_inside(&sources, &finding);
    }
    let text = &sources.get(file).text;
    for allow in allows(file, text) {
        inside(text, allow.code.span);
        inside(text, allow.comment_span);
    }
    if let Some(tree) = &tree {
        assert!(tree.as_map().is_some(), "the root is no map");
        walk(tree, text, 0);
    }
}

/// Every label of a finding is a range of whole characters of a file that is there.
pub fn lies_inside(sources: &Sources, finding: &mpgraph::diag::Finding) {
    assert!(!finding.labels.is_empty(), "a finding without a place: {finding:?}");
    assert!(!finding.message.is_empty() && !finding.message.ends_with('.'), "{finding:?}");
    for label in &finding.labels {
        assert!(sources.iter().any(|(file, _)| file == label.span.file), "a place in no file: {finding:?}");
        inside(&sources.get(label.span.file).text, label.span);
        let (start, end) = (sources.start(label.span), sources.end(label.span));
        assert!(start.line >= 1 && start.column >= 1 && start <= end, "{finding:?}");
    }
}

fn inside(text: &str, span: Span) {
    let range = span.start as usize..span.end as usize;
    assert!(text.get(range).is_some(), "{span:?} is no part of a file of {} bytes", text.len());
}

fn walk(node: &Node, text: &str, depth: usize) {
    assert!(depth <= 128, "the tree is deeper than its bound");
    assert_eq!(node.span.file, FileId(0));
    inside(text, node.span);
    match &node.kind {
        Kind::Text(scalar) => {
            // Where each character was written; past the first few nothing new is to be expected.
            for (at, c) in scalar.text.char_indices().take(64) {
                inside(text, scalar.at(at..at + c.len_utf8()));
            }
            inside(text, scalar.at(0..scalar.text.len()));
            inside(text, scalar.at(scalar.text.len()..scalar.text.len()));
        }
        Kind::List(items) => items.iter().for_each(|item| walk(item, text, depth + 1)),
        Kind::Map(entries) => {
            for entry in entries.iter() {
                inside(text, entry.key.span);
                walk(&entry.value, text, depth + 1);
            }
        }
        _ => {}
    }
}
