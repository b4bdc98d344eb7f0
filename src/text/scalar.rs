//! A text as it was meant, and the way back to how it was written.
use std::ops::Range;
use std::sync::Arc;

use super::layout::Layout;
use crate::diag::Span;

#[derive(Clone, Debug)]
pub struct Scalar {
    /// Decoded: without quotes, escapes, folds and indentation.
    pub text: Arc<str>,
    /// As in [`Node::span`](super::Node::span).
    pub span: Span,
    pub style: Style,
    pub(super) layout: Layout,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

impl Style {
    pub fn is_quoted(self) -> bool {
        matches!(self, Style::SingleQuoted | Style::DoubleQuoted)
    }

    pub fn is_block(self) -> bool {
        matches!(self, Style::Literal | Style::Folded)
    }
}

impl Scalar {
    /// The place in the source of a range of bytes of the text; the whole scalar where it cannot be told exactly.
    /// Escapes are pointed at whole.
    pub fn at(&self, range: Range<usize>) -> Span {
        match self.layout.source(&range) {
            Some(source) => Span::new(self.span.file, source.start, source.end),
            None => self.span,
        }
    }
}

/// Equality is of what was written where; the layout follows from it.
impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, self.span, self.style) == (&other.text, other.span, other.style)
    }
}
