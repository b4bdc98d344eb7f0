//! How a decoded text lies in its source.
//!
//! The source of a scalar is cut into units, each of which stands for a stretch of the text: a run of characters
//! that stand for themselves, an escape, a line break with the indentation behind it. A table is only kept if the
//! units, read one by one, give back exactly the text that the parser gave; otherwise nothing is claimed.
use std::ops::Range;
use std::sync::Arc;

use super::Style;

/// Of a scalar with more units than this only the whole is pointed at. A unit takes 8 bytes.
const UNITS_MAX: usize = 1 << 16;

#[derive(Clone, Debug)]
pub(super) enum Layout {
    /// The text stands in the source as it is, from this byte on.
    Verbatim(u32),
    /// In order; the last one only marks the end. Where a unit is as long in the text as in the source, it stands
    /// there as it is.
    Units(Arc<[Unit]>),
    /// Not known.
    Opaque,
}

/// Where a unit begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    text: u32,
    source: u32,
}

impl Layout {
    /// `raw` is the source of the scalar (quotes and block header included), which begins at byte `base` of the file.
    pub(super) fn new(style: Style, raw: &str, base: usize, text: &str) -> Layout {
        let verbatim = |start: usize| Layout::Verbatim((base + start) as u32);
        match style {
            Style::Plain if raw == text => return verbatim(0),
            Style::SingleQuoted | Style::DoubleQuoted
                if raw.len() == text.len() + 2 && raw.get(1..raw.len() - 1) == Some(text) =>
            {
                return verbatim(1);
            }
            _ => {}
        }
        let mut walk = Walk { raw, text, base, at: 0, done: 0, units: Vec::new() };
        let whole = match style {
            Style::Plain => walk.flow(raw.len()),
            Style::SingleQuoted | Style::DoubleQuoted => {
                walk.at = 1;
                walk.flow(raw.len().saturating_sub(1))
            }
            Style::Literal | Style::Folded => walk.block(),
        };
        match whole {
            Some(()) if walk.done == text.len() => {
                walk.mark();
                Layout::Units(walk.units.into())
            }
            _ => Layout::Opaque,
        }
    }

    /// The bytes of the file under a range of bytes of the text.
    pub(super) fn source(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let Range { start, end } = *range;
        if end < start {
            return None;
        }
        match self {
            Layout::Verbatim(base) => Some(*base as usize + start..*base as usize + end),
            Layout::Opaque => None,
            Layout::Units(units) => {
                let (last, units) = units.split_last()?;
                if end > last.text as usize {
                    return None;
                }
                let begin = if start == last.text as usize {
                    last.source as usize
                } else {
                    let i = units.partition_point(|unit| unit.text as usize <= start).checked_sub(1)?;
                    let next = units.get(i + 1).unwrap_or(last);
                    let unit = units[i];
                    let inside = if unit.is_verbatim(next) { start - unit.text as usize } else { 0 };
                    unit.source as usize + inside
                };
                if start == end {
                    return Some(begin..begin);
                }
                let i = units.partition_point(|unit| (unit.text as usize) < end).checked_sub(1)?;
                let next = units.get(i + 1).unwrap_or(last);
                let unit = units[i];
                let stop = if unit.is_verbatim(next) {
                    unit.source as usize + (end - unit.text as usize)
                } else {
                    next.source as usize
                };
                Some(begin..stop)
            }
        }
    }
}

impl Unit {
    fn is_verbatim(self, next: &Unit) -> bool {
        next.text - self.text == next.source - self.source
    }
}

/// Reads the source and the text side by side; `None` as soon as they part.
struct Walk<'a> {
    raw: &'a str,
    text: &'a str,
    /// Of `raw` in the file.
    base: usize,
    /// What of `raw` has been read.
    at: usize,
    /// What of `text` has been accounted for.
    done: usize,
    units: Vec<Unit>,
}

impl Walk<'_> {
    /// A unit begins here.
    fn mark(&mut self) {
        self.units.push(Unit { text: self.done as u32, source: (self.base + self.at) as u32 });
    }

    /// The next `source` bytes of the source stand for `text`.
    fn unit(&mut self, source: usize, text: &str) -> Option<()> {
        if self.units.len() >= UNITS_MAX || !self.text[self.done..].starts_with(text) {
            return None;
        }
        self.mark();
        self.at += source;
        self.done += text.len();
        Some(())
    }

    /// A plain or quoted scalar, up to byte `end` of the source.
    fn flow(&mut self, end: usize) -> Option<()> {
        let quote = self.raw.as_bytes().first().copied().filter(|_| end < self.raw.len());
        while self.at < end {
            let rest = &self.raw[self.at..end];
            let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            if rest[blank..].starts_with(['\n', '\r']) {
                self.fold(rest)?;
                continue;
            }
            if blank > 0 {
                self.verbatim(blank)?;
                continue;
            }
            match (quote, rest.as_bytes()[0]) {
                (Some(b'\''), b'\'') => self.unit(2, "'")?,
                (Some(b'"'), b'\\') => self.escape(rest)?,
                _ => {
                    let stop = |c: char| {
                        matches!(c, ' ' | '\t' | '\n' | '\r')
                            || (quote == Some(b'"') && c == '\\')
                            || (quote == Some(b'\'') && c == '\'')
                    };
                    self.verbatim(rest.find(stop).unwrap_or(rest.len()))?;
                }
            }
        }
        Some(())
    }

    /// The next `len` bytes stand for themselves; they join the unit before if that one does too.
    fn verbatim(&mut self, len: usize) -> Option<()> {
        let run = &self.raw[self.at..self.at + len];
        if !self.text[self.done..].starts_with(run) {
            return None;
        }
        let here = Unit { text: self.done as u32, source: (self.base + self.at) as u32 };
        if self.units.last().is_none_or(|last| !last.is_verbatim(&here)) {
            if self.units.len() >= UNITS_MAX {
                return None;
            }
            self.mark();
        }
        self.at += len;
        self.done += len;
        Some(())
    }

    /// Line breaks with the blanks around them: one is a space, n are n - 1 line breaks.
    fn fold(&mut self, rest: &str) -> Option<()> {
        let blank = &rest[..rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len()];
        let breaks = line_breaks(blank);
        let text = if breaks == 1 { " ".to_owned() } else { "\n".repeat(breaks - 1) };
        self.unit(blank.len(), &text)
    }

    fn escape(&mut self, rest: &str) -> Option<()> {
        let code = rest[1..].chars().next()?;
        if matches!(code, '\n' | '\r') {
            // A break that was escaped away, with the indentation behind it; further empty lines count.
            let blank = rest[1..].len() - rest[1..].trim_start_matches([' ', '\t', '\n', '\r']).len();
            let breaks = line_breaks(&rest[1..1 + blank]);
            return self.unit(1 + blank, &"\n".repeat(breaks - 1));
        }
        let digits = match code {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let mut len = 1 + code.len_utf8() + digits;
        let mut text = self.text[self.done..].chars().next()?;
        if code == 'u' && (text as u32) > 0xFFFF {
            // Two halves of a surrogate pair give one character.
            len *= 2;
        }
        if code == '\t' {
            text = '\t';
        }
        (len <= rest.len()).then_some(())?;
        self.unit(len, text.encode_utf8(&mut [0; 4]))
    }

    /// A block scalar: after the line of the header, lines with an indentation that is not part of the text.
    fn block(&mut self) -> Option<()> {
        let mut lines = Lines { raw: self.raw, at: 0 }.skip(1);
        let written = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let first = lines.clone().find(|(_, line)| !line.trim_start_matches(' ').is_empty());
        let Some((_, first)) = first else { return self.text.is_empty().then_some(()) };
        let kept = self.text.split('\n').find(|line| !line.is_empty()).map_or(0, written);
        let indent = written(first).checked_sub(kept)?;
        lines.try_for_each(|(start, line)| {
            let content = line.get(indent..).unwrap_or("");
            if content.is_empty() {
                return Some(());
            }
            // Between two lines the text has breaks, or one space where they were folded.
            let mut gap = 0;
            while !self.text[self.done + gap..].starts_with(content) {
                self.text[self.done + gap..].starts_with([' ', '\n']).then_some(())?;
                gap += 1;
            }
            if gap > 0 {
                let text = self.text;
                self.unit(start + indent - self.at, &text[self.done..self.done + gap])?;
            }
            self.at = start + indent;
            self.verbatim(content.len())
        })?;
        let text = self.text;
        let rest = &text[self.done..];
        rest.bytes().all(|b| b == b'\n').then_some(())?;
        self.unit(self.raw.len() - self.at, rest)
    }
}

/// The lines of a source with their places, without their ends.
#[derive(Clone)]
struct Lines<'a> {
    raw: &'a str,
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.raw.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let len = rest.find('\n').unwrap_or(rest.len());
        self.at += len + 1;
        Some((start, rest[..len].trim_end_matches('\r')))
    }
}

/// `\n`, `\r\n` and a lone `\r` are one break each.
fn line_breaks(blank: &str) -> usize {
    let bytes = blank.as_bytes();
    (0..bytes.len()).filter(|&i| bytes[i] == b'\n' || bytes[i] == b'\r' && bytes.get(i + 1) != Some(&b'\n')).count()
}

#[cfg(test)]
mod tests {
    use crate::diag::{Bag, FileId};
    use crate::text::{Scalar, parse};

    fn scalar(source: &str) -> Scalar {
        let mut bag = Bag::new();
        let root = parse(FileId(0), source, &mut bag).unwrap_or_else(|| panic!("{:?}", bag.into_sorted()));
        root.as_map().unwrap().last().unwrap().value.as_text().unwrap().clone()
    }

    /// What of the source stands for the first `needle` in the text.
    fn seen<'a>(source: &'a str, needle: &str) -> &'a str {
        let scalar = scalar(source);
        let at = scalar.text.find(needle).unwrap_or_else(|| panic!("{needle:?} is not in {:?}", scalar.text));
        let span = scalar.at(at..at + needle.len());
        &source[span.start as usize..span.end as usize]
    }

    #[test]
    fn words_stand_where_they_are_written_in_every_style() {
        for source in [
            "a: one two ${x} end",
            "a: one\n  two\n\n  ${x} end\n",
            "a: one\r\n  two\r\n\r\n  ${x} end\r\n",
            "a: 'one two ${x} end'",
            "a: 'it''s one two ${x} end'",
            "a: 'it''s one\n  two\n\n\n   ${x} end'",
            "a: \"one two ${x} end\"",
            "a: \"\\u00e9\\t\\x41\\N\\_one two ${x} end\\\\\"",
            "a: \"one \\\n   two\\\n \\ ${x}\n\n  end\"",
            "a: \"\\uD834\\uDD1E\\U0001F600 one two ${x} end\"",
            "a: |\n  one\n  two ${x}\n  end\n",
            "a: |-\n\n    one\n\n      two\n    ${x}\n\n    end",
            "a: |+ # comment\n  one\n  two\n  ${x}\n  end\n\n\n",
            "a: |2\n    one\n  two\n  ${x}\n  end\n",
            "a: |\r\n  one\r\n  two\r\n  ${x}\r\n  end\r\n",
            "a: >\n  one\n  two\n  ${x}\n  end\n",
            "a: >-\n  one\n\n  two\n    ${x}\n  end\n",
            "\u{feff}é: 'ü one two ${x} end'",
        ] {
            for word in ["one", "two", "${x}", "x", "end"] {
                assert_eq!(seen(source, word), word, "in {source:?}");
            }
        }
    }

    #[test]
    fn an_escape_is_pointed_at_whole() {
        assert_eq!(seen("a: \"x \\u00e9 y\"", "é"), "\\u00e9");
        assert_eq!(seen("a: \"x\\ny\"", "x\ny"), "x\\ny");
        assert_eq!(seen("a: 'it''s'", "'"), "''");
        assert_eq!(seen("a: |\n  x\n  y\n", "x\ny"), "x\n  y");
    }

    #[test]
    fn an_empty_range_is_a_place_and_a_wrong_one_is_the_whole() {
        let source = "a: \"b\\tc\"";
        let scalar = scalar(source);
        assert_eq!((scalar.at(2..2).start, scalar.at(2..2).end), (7, 7));
        assert_eq!((scalar.at(3..3).start, scalar.at(3..3).end), (8, 8));
        assert_eq!(scalar.at(2..9), scalar.span);
        assert_eq!(scalar.at(0..3).len(), 4);
    }

    #[test]
    fn a_scalar_of_very_many_units_is_pointed_at_whole() {
        let source = format!("a: \"{}\"", "\\n".repeat(super::UNITS_MAX + 1));
        let scalar = scalar(&source);
        assert_eq!(scalar.at(5..6), scalar.span);
    }
}
