//! What a syntax error is told as: the place where the slip is, and not where it was noticed.
use std::ops::Range;

use super::super::events::{Slip, Trouble};
use super::super::{blame, places};
use super::Builder;
use crate::diag::{Code, Finding};

impl Builder<'_> {
    pub(super) fn syntax_error(&mut self, trouble: &Trouble) {
        if trouble.is_limit() {
            self.deeper_than_allowed(trouble.at..trouble.at);
            return;
        }
        let (message, help) = trouble.explain();
        let here = places::character(self.text, trouble.at);
        let quote = || blame::open_quote(self.text, self.reached, trouble.at);
        match trouble.slip() {
            Slip::Quote => {
                if let Some(quote) = quote() {
                    let message = "this quote is not closed";
                    self.unclosed(quote, here, message, "close it on its line, or indent what follows");
                    return;
                }
            }
            Slip::Escape => {
                let at = quote().map_or(trouble.at, |quote| quote.start);
                let range = blame::bad_escape(self.text, at).unwrap_or(here);
                self.complaints.report(Code::SyntaxYaml, range, message, ("here", help));
                return;
            }
            Slip::Tab => {
                let range = blame::tab(self.text, trouble.at).unwrap_or(here);
                self.complaints.report(Code::SyntaxYaml, range, message, ("here", help));
                return;
            }
            Slip::Here => {
                let open = self.frames.last().filter(|frame| frame.flow && self.skipping == 0).map(|frame| frame.start);
                if let Some(open) = open.filter(|open| blame::is_outside(self.text, *open, trouble.at)) {
                    let message = format!("`{}` is not closed", &self.text[open..=open]);
                    self.unclosed(open..open + 1, here, &message, "close it with the matching bracket");
                    return;
                }
            }
        }
        self.complaints.report(Code::SyntaxYaml, here, message, ("here", help));
    }

    /// What opens at `open` runs on until it meets `here`.
    fn unclosed(&mut self, open: Range<usize>, here: Range<usize>, message: &str, help: &str) {
        let finding = Finding::new(Code::SyntaxYaml, self.complaints.span(&open), message, "opened here");
        let finding = finding.also(self.complaints.span(&here), "runs into this");
        self.complaints.tell(finding.help(help));
    }
}
