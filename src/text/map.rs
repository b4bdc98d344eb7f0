//! A map while it is being read: its keys once each, its merge keys resolved when it closes.
use std::collections::HashMap;
use std::sync::Arc;

use super::complaints::quoted;
use super::{Entry, Key, Kind, Node, Style};
use crate::diag::{Code, Finding, Span};

/// So many keys are told apart without a table.
const FEW: usize = 8;

#[derive(Default)]
pub(super) struct MapBuilder {
    entries: Vec<Entry>,
    /// Where in `entries` a key stands; empty while there are few, which are looked through faster.
    places: HashMap<Arc<str>, usize>,
    merges: Vec<Merge>,
    /// The first merge key.
    merge_key: Option<Span>,
    key: Option<PendingKey>,
}

/// A key whose value is still to come; one without a text cannot be used and has been reported.
pub(super) struct PendingKey {
    pub text: Option<Arc<str>>,
    pub span: Span,
    pub style: Style,
}

/// `<<`: what it brings in, the most important first, to stand before entry `before`.
struct Merge {
    before: usize,
    maps: Vec<(Arc<[Entry]>, Option<Span>)>,
}

impl PendingKey {
    /// A key that is not just a word: an alias, a tagged scalar, or something that cannot be a key.
    pub(super) fn from_node(node: &Node, source: &str) -> (PendingKey, Option<Finding>) {
        let span = node.place();
        let (text, style) = match &node.kind {
            Kind::Text(scalar) => (Some(scalar.text.clone()), scalar.style),
            Kind::Null if node.span.is_empty() => (None, Style::Plain),
            Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => {
                let written = source.get(node.span.start as usize..node.span.end as usize).unwrap_or("");
                (Some(Arc::from(written.trim_matches(['"', '\'']))), Style::Plain)
            }
            Kind::List(_) | Kind::Map(_) | Kind::Broken => (None, Style::Plain),
        };
        let finding = (text.is_none() && !node.is_broken()).then(|| {
            let what = node.describe();
            let message = format!("a key is text, but this one is {what}");
            Finding::new(Code::SyntaxWrongType, span, message, what).help("write `key: value`")
        });
        (PendingKey { text, span, style }, finding)
    }
}

impl MapBuilder {
    pub(super) fn wants_key(&self) -> bool {
        self.key.is_none()
    }

    pub(super) fn key(&mut self, key: PendingKey) {
        self.key = Some(key);
    }

    /// The value of the pending key, and what is wrong with the pair. Of a key that stands twice the first wins.
    pub(super) fn value(&mut self, value: Node) -> Vec<Finding> {
        let Some(PendingKey { text, span, style }) = self.key.take() else { return Vec::new() };
        let Some(text) = text else { return Vec::new() };
        if &*text == "<<" && style == Style::Plain {
            return self.merge(span, value);
        }
        if let Some(first) = self.place(&text) {
            return vec![duplicate(&text, span, self.entries[first].key.span)];
        }
        if self.entries.len() > FEW {
            self.places.insert(text.clone(), self.entries.len());
        }
        self.entries.push(Entry { key: Key { text, span, style }, value });
        if self.entries.len() == FEW + 1 {
            self.places = places(&self.entries);
        }
        Vec::new()
    }

    fn place(&self, key: &str) -> Option<usize> {
        match self.places.is_empty() {
            true => self.entries.iter().position(|entry| &*entry.key.text == key),
            false => self.places.get(key).copied(),
        }
    }

    fn merge(&mut self, span: Span, value: Node) -> Vec<Finding> {
        if let Some(first) = self.merge_key {
            let help = "merge several maps by a list: `<<: [*a, *b]`";
            return vec![duplicate("<<", span, first).help(help)];
        }
        self.merge_key = Some(span);
        let mut findings = Vec::new();
        let mut maps = Vec::new();
        let mut take = |node: &Node, used_at: Option<Span>| match &node.kind {
            Kind::Map(entries) => maps.push((entries.clone(), used_at)),
            Kind::Broken => {}
            _ => {
                let what = node.describe();
                let message = format!("a merge key takes a map or a list of maps, not {what}");
                let finding = Finding::new(Code::SyntaxWrongType, node.place(), message, what);
                findings.push(finding.help("name the anchor of a map: `<<: *defaults`"));
            }
        };
        match &value.kind {
            Kind::List(items) => items.iter().for_each(|item| take(item, item.used_at.or(value.used_at))),
            _ => take(&value, value.used_at),
        }
        self.merges.push(Merge { before: self.entries.len(), maps });
        findings
    }

    /// The entries: what is written wins over what is merged, and of merged maps the first.
    pub(super) fn finish(self) -> Vec<Entry> {
        let MapBuilder { mut entries, merges, .. } = self;
        if merges.is_empty() {
            return entries;
        }
        let mut places = places(&entries);
        for Merge { before, maps } in merges.into_iter().rev() {
            let mut merged = Vec::new();
            for (map, used_at) in maps {
                for entry in map.iter() {
                    if places.insert(entry.key.text.clone(), 0).is_none() {
                        let mut entry = entry.clone();
                        entry.value.used_at = entry.value.used_at.or(used_at);
                        merged.push(entry);
                    }
                }
            }
            entries.splice(before..before, merged);
        }
        entries
    }
}

fn places(entries: &[Entry]) -> HashMap<Arc<str>, usize> {
    entries.iter().enumerate().map(|(place, entry)| (entry.key.text.clone(), place)).collect()
}

fn duplicate(key: &str, second: Span, first: Span) -> Finding {
    let message = format!("the key {} stands twice in this map", quoted(key));
    Finding::new(Code::SyntaxDuplicateKey, second, message, "again here")
        .also(first, "first here")
        .help("remove one of them, or rename it")
}
