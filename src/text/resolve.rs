//! What a scalar is: its word under the core schema, or what its tag says.
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::complaints::{Complaints, quoted};
use super::core_schema::Word;
use super::events::Tag;
use super::layout::Layout;
use super::{Kind, Scalar, Style};
use crate::diag::Code;

/// A scalar as the parser gave it.
pub(super) struct Written<'a> {
    pub text: Cow<'a, str>,
    pub style: Style,
    /// Of the node.
    pub range: Range<usize>,
    /// The source of the text with all that belongs to it, which begins where the range does.
    pub raw: &'a str,
}

impl Written<'_> {
    pub(super) fn kind(self, tag: Option<&Tag>, complaints: &mut Complaints) -> Kind {
        match tag {
            Some(tag) => self.tagged(tag, complaints),
            None if self.style == Style::Plain => match self.plain(complaints) {
                Some(kind) => kind,
                None => self.text(complaints),
            },
            None => self.text(complaints),
        }
    }

    /// Without a tag and in plain style, but no text.
    fn plain(&self, complaints: &mut Complaints) -> Option<Kind> {
        match Word::read(&self.text) {
            Word::Null => Some(Kind::Null),
            Word::Bool(value) => Some(Kind::Bool(value)),
            Word::Int(value) => Some(Kind::Int(value)),
            Word::Float(value) => Some(Kind::Float(value)),
            Word::Huge => {
                let message = "this whole number does not fit in 64 bits";
                let words = ("too large", "put it in quotes if it is text");
                complaints.report(Code::SyntaxBadValue, self.range.clone(), message, words);
                Some(Kind::Broken)
            }
            Word::Text => None,
        }
    }

    fn text(self, complaints: &Complaints) -> Kind {
        let layout = Layout::new(self.style, self.raw, self.range.start, &self.text);
        Kind::Text(Scalar { text: Arc::from(self.text), span: complaints.span(&self.range), style: self.style, layout })
    }

    fn tagged(self, tag: &Tag, complaints: &mut Complaints) -> Kind {
        let Some(core) = tag.core.as_deref() else {
            tag.unknown(complaints);
            return Kind::Broken;
        };
        match (core, Word::read(&self.text)) {
            ("str" | "", _) => self.text(complaints),
            ("int", Word::Int(value)) => Kind::Int(value),
            ("int", Word::Huge) => self.plain(complaints).unwrap_or(Kind::Broken),
            ("float", Word::Float(value)) => Kind::Float(value),
            ("float", Word::Int(value)) => Kind::Float(value as f64),
            ("bool", Word::Bool(value)) => Kind::Bool(value),
            ("null", Word::Null) => Kind::Null,
            _ => {
                tag.misplaced(complaints);
                Kind::Broken
            }
        }
    }
}

impl Tag {
    /// Whether a collection may carry it; `core` is `seq` or `map`. If not, that has been reported.
    pub(super) fn fits(&self, core: &str, complaints: &mut Complaints) -> bool {
        match self.core.as_deref() {
            None => {
                self.unknown(complaints);
                false
            }
            Some(own) if own.is_empty() || own == core => true,
            Some(_) => {
                self.misplaced(complaints);
                false
            }
        }
    }

    fn unknown(&self, complaints: &mut Complaints) {
        let message = format!("the tag {} has no meaning in a graph", quoted(&self.text));
        complaints.report(Code::SyntaxYaml, self.range.clone(), message, ("this tag", "remove the tag"));
    }

    fn misplaced(&self, complaints: &mut Complaints) {
        let message = format!("the tag {} does not fit its value", quoted(&self.text));
        complaints.report(Code::SyntaxYaml, self.range.clone(), message, ("this tag", "remove the tag"));
    }
}
