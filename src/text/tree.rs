//! The tree: what was written, and where.
//!
//! Lists and maps are shared, so that an alias costs one node and the tree of a hostile file stays small. Their
//! nesting is bounded by [`parse()`](super::parse()), so walking and dropping a tree may recurse.
use std::sync::Arc;

use super::{Scalar, Style};
use crate::diag::Span;

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub kind: Kind,
    /// Exactly what was written: a plain scalar's word, a quoted one with its quotes, a list or map up to the end
    /// of its last child or to its closing bracket. Behind an alias it is the place of the definition. Empty where a
    /// value was left out.
    pub span: Span,
    /// The alias, if this node stands here because of one: `*name`, on the aliased node itself and not on its children;
    /// for a value that a merge key brought in, the alias or map that the merge key names.
    pub used_at: Option<Span>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Scalar),
    List(Arc<[Node]>),
    /// In source order, each key once; merged entries stand where their merge key stands.
    Map(Arc<[Entry]>),
    /// Something that could not be read. It has been reported: say nothing more about it.
    Broken,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub key: Key,
    pub value: Node,
}

/// A key is a text, whatever it looks like: `1`, `true` and `null` are their own spelling.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub text: Arc<str>,
    /// With its quotes.
    pub span: Span,
    pub style: Style,
}

impl Node {
    /// What it is, with its article, for messages: `a list`, `a number`.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "a boolean",
            Kind::Int(_) => "a whole number",
            Kind::Float(_) => "a number",
            Kind::Text(_) => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
            Kind::Broken => "something unreadable",
        }
    }

    /// Where to point at it: where it is used if an alias brought it here, else where it is written.
    pub fn place(&self) -> Span {
        self.used_at.unwrap_or(self.span)
    }

    pub fn as_text(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Text(scalar) => Some(scalar),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entry of a map under `key`.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| &*entry.key.text == key)
    }

    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    pub fn is_broken(&self) -> bool {
        matches!(self.kind, Kind::Broken)
    }
}
