//! The files of a graph laid end to end, as the snippet painter wants them: one finding may point into several.
//!
//! What must stay true: no byte that a terminal acts on gets out, and no snippet is long, whatever the file holds.
use std::borrow::Cow;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::diag::{Source, Sources, Span};

/// A longer line is not shown, in bytes.
const LINE_MAX: usize = 500;
/// Nor is a longer stretch of lines shown as one.
const SNIPPET_MAX: usize = 4000;

pub(super) struct Pages<'a> {
    pages: Vec<Page<'a>>,
}

struct Page<'a> {
    source: &'a Source,
    /// The source with every character that a terminal acts on made a `?`, byte by byte.
    text: Cow<'a, str>,
    /// Of its first byte among all files.
    base: usize,
}

impl<'a> Pages<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        let mut base = 0;
        let page = |(_, source): (_, &'a Source)| {
            let page = Page { source, text: harmless(&source.text), base };
            // The end of a file is a place too: files do not touch.
            base += source.text.len() + 1;
            page
        };
        Pages { pages: sources.iter().map(page).collect() }
    }

    /// The place of a span among all files, cut to its first line; nothing if that line is too long to be shown.
    pub(super) fn place(&self, span: Span) -> Option<SourceSpan> {
        let page = &self.pages[span.file.0 as usize];
        let start = (span.start as usize).min(page.text.len());
        let line = page.source.line_range(page.source.position(start).line);
        let end = (span.end as usize).min(line.end).max(start);
        (line.len() <= LINE_MAX).then(|| (page.base + start, end - start).into())
    }
}

impl SourceCode for Pages<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let page = self.pages.iter().rfind(|page| page.base <= span.offset()).ok_or(MietteError::OutOfBounds)?;
        let (start, end) = (span.offset() - page.base, span.offset() - page.base + span.len());
        if end > page.text.len() {
            // Two places in different files have no snippet in common.
            return Err(MietteError::OutOfBounds);
        }
        let (first, last) = (page.source.position(start), page.source.position(end));
        let shown = |line: &usize| {
            let range = page.source.line_range(*line);
            *line >= 1 && *line <= page.source.lines() && range.len() <= LINE_MAX
        };
        let context = |lines: &mut dyn Iterator<Item = usize>| lines.take_while(shown).last();
        let top = context(&mut (1..=lines_before).map(|n| first.line.wrapping_sub(n)));
        let bottom = context(&mut (1..=lines_after).map(|n| last.line + n));
        // Without context the snippet is the span itself, from whose place the painter takes line and column.
        let bare = lines_before == 0 && lines_after == 0;
        let from = if bare { start } else { page.source.line_range(top.unwrap_or(first.line)).start };
        let to = if bare { end } else { page.source.line_range(bottom.unwrap_or(last.line)).end };
        if to - from > SNIPPET_MAX {
            return Err(MietteError::OutOfBounds);
        }
        let (line, column) = if bare { (first.line, first.column - 1) } else { (top.unwrap_or(first.line), 0) };
        Ok(Box::new(MietteSpanContents::new_named(
            one_line(&page.source.path).into_owned(),
            &page.text.as_bytes()[from..to],
            (page.base + from, to - from).into(),
            line - 1,
            column,
            bottom.unwrap_or(last.line) - line + 1,
        )))
    }
}

/// Each character that a terminal would act on, or that reorders text, as so many `?` as it has bytes.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let acts = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) {
            (0..c.len_utf8()).for_each(|_| shown.push('?'));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// A path as it can stand in a line.
pub fn one_line(path: &str) -> Cow<'_, str> {
    match harmless(path) {
        shown if shown.contains(['\n', '\r', '\t']) => Cow::Owned(shown.replace(['\n', '\r', '\t'], "?")),
        shown => shown,
    }
}
