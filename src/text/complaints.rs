//! What is wrong with the writing of one file, up to a bound.
use std::ops::Range;

use crate::diag::{Bag, Code, FileId, Finding, Span};

/// Of one file; what comes after is not told.
const FINDINGS_MAX: usize = 1000;
/// Of a word in a message.
const WORD_MAX_CHARS: usize = 60;

pub(super) struct Complaints<'a> {
    file: FileId,
    bag: &'a mut Bag,
    told: usize,
}

impl<'a> Complaints<'a> {
    pub(super) fn new(file: FileId, bag: &'a mut Bag) -> Self {
        Complaints { file, bag, told: 0 }
    }

    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    /// `label` and `help` are told as they are; an empty help is none.
    pub(super) fn report(&mut self, code: Code, range: Range<usize>, message: impl Into<String>, words: (&str, &str)) {
        let (label, help) = words;
        self.tell(Finding::new(code, self.span(&range), message, label).help(help));
    }

    /// Nothing more will be told.
    pub(super) fn is_full(&self) -> bool {
        self.told >= FINDINGS_MAX
    }

    pub(super) fn tell(&mut self, finding: Finding) {
        self.told += 1;
        if self.told < FINDINGS_MAX {
            self.bag.add(finding);
        } else if self.told == FINDINGS_MAX {
            let message = format!("{FINDINGS_MAX} mistakes in the writing of this file; those after it are not told");
            self.bag.add(Finding::new(Code::SyntaxLimit, finding.primary().span, message, "the last one told"));
        }
    }
}

/// A word of the file for a message: what is very long is cut.
pub(super) fn quoted(word: &str) -> String {
    match word.char_indices().nth(WORD_MAX_CHARS) {
        Some((cut, _)) => format!("`{}...`", &word[..cut]),
        None => format!("`{word}`"),
    }
}
