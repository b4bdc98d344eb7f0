//! The texts of one graph (its file and what it includes) and where in them a byte stands.
use super::{FileId, Span};

/// A place as people count it: line and column from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// One file: the path as it is shown, its text, and where its lines begin.
#[derive(Clone, Debug)]
pub struct Source {
    pub path: String,
    pub text: String,
    line_starts: Vec<u32>,
    /// The characters before every so many bytes: a column far out on a line is not counted from its beginning.
    characters: Vec<u32>,
}

/// Bytes from one count of characters to the next.
const STRIDE: usize = 256;

impl Source {
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|&(_, b)| b == b'\n').map(|(i, _)| i as u32 + 1))
            .collect();
        let counts = text.as_bytes().chunks(STRIDE).scan(0, |before, chunk| {
            let here = *before;
            *before += begins(chunk) as u32;
            Some(here)
        });
        let characters = counts.collect();
        Source { path: path.into(), text, line_starts, characters }
    }

    /// How many characters begin between two bytes.
    fn characters(&self, start: usize, end: usize) -> usize {
        let bytes = self.text.as_bytes();
        if end - start < STRIDE {
            return begins(&bytes[start..end]);
        }
        let before = |offset: usize| {
            let at = (offset / STRIDE).min(self.characters.len() - 1);
            self.characters[at] as usize + begins(&bytes[at * STRIDE..offset])
        };
        before(end) - before(start)
    }

    /// Line and column of a byte offset; past the end it is the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|&start| start as usize <= offset);
        let start = self.line_starts[line - 1] as usize;
        // A byte order mark is no character of the first line.
        let start =
            if line == 1 && self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8().min(offset) } else { start };
        // An offset inside a character counts as that character.
        Position { line, column: self.characters(start, offset) + 1 }
    }

    /// How many lines there are; behind a last line end there is one more, which is empty.
    pub fn lines(&self) -> usize {
        self.line_starts.len()
    }

    /// The bytes of line `line` (from 1) without its `\n`; empty where there is no such line.
    pub fn line_range(&self, line: usize) -> std::ops::Range<usize> {
        let Some(&start) = line.checked_sub(1).and_then(|i| self.line_starts.get(i)) else { return 0..0 };
        start as usize..self.line_starts.get(line).map_or(self.text.len(), |&next| next as usize - 1)
    }

    /// The text of line `line` (from 1) without its end.
    pub fn line(&self, line: usize) -> &str {
        self.text.get(self.line_range(line)).unwrap_or("").trim_end_matches('\r')
    }
}

/// How many characters begin among these bytes.
fn begins(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count()
}

/// All files of one graph; file 0 is the graph's own.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    pub fn new() -> Self {
        Sources::default()
    }

    pub fn add(&mut self, source: Source) -> FileId {
        self.files.push(source);
        FileId(u16::try_from(self.files.len() - 1).expect("includes are bounded far below 65536"))
    }

    pub fn get(&self, file: FileId) -> &Source {
        &self.files[file.0 as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().enumerate().map(|(i, s)| (FileId(i as u16), s))
    }

    /// The text under a span.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    pub fn start(&self, span: Span) -> Position {
        self.get(span.file).position(span.start as usize)
    }

    pub fn end(&self, span: Span) -> Position {
        self.get(span.file).position(span.end as usize)
    }

    /// `file:line`, as a step is named in messages.
    pub fn place(&self, span: Span) -> String {
        format!("{}:{}", self.get(span.file).path, self.start(span).line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let source = Source::new("a.yaml", "é: 1\nb: 2\n");
        assert_eq!(source.position(2), Position { line: 1, column: 2 });
        assert_eq!(source.position(6), Position { line: 2, column: 1 });
        assert_eq!(source.position(99), Position { line: 3, column: 1 });
        assert_eq!(source.line(2), "b: 2");
        assert_eq!(source.line(9), "");
    }

    #[test]
    fn a_column_far_out_is_the_one_that_counting_finds() {
        let source = Source::new("a.yaml", format!("a\n{}\nb", "xé日😀".repeat(1500)));
        for offset in (0..=source.text.len()).filter(|offset| source.text.is_char_boundary(*offset)) {
            let before = &source.text[..offset];
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            assert_eq!(source.position(offset).column, column, "at {offset}");
        }
    }
}
