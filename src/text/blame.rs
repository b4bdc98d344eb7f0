//! Where a syntax error really is: the parser tells where it could not go on, and the slip may stand before that.
use std::ops::Range;

use super::places;

/// The opening quote that is still open at `at`. All before `from` has been read.
pub(super) fn open_quote(text: &str, from: usize, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut i = from;
    while i < at {
        let begins = i == 0 || matches!(bytes[i - 1], b' ' | b'\t' | b'\n' | b'\r' | b'[' | b'{' | b',' | b':');
        match bytes[i] {
            b'#' if begins => i += bytes[i..].iter().position(|&b| b == b'\n').unwrap_or(bytes.len() - i),
            quote @ (b'"' | b'\'') if begins => match closing(bytes, i, quote).filter(|end| *end < at) {
                Some(end) => i = end + 1,
                None => return Some(i..i + 1),
            },
            _ => i += 1,
        }
    }
    None
}

/// Where the text that opens at `open` is closed.
fn closing(bytes: &[u8], open: usize, quote: u8) -> Option<usize> {
    let mut i = open + 1;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' if quote == b'"' => i += 2,
            b'\'' if quote == b'\'' && bytes.get(i + 1) == Some(&b'\'') => i += 2,
            b if b == quote => return Some(i),
            _ => i += 1,
        }
    }
    None
}

/// The first escape of the text quoted at `open` that means nothing, with as many digits as it should have.
pub(super) fn bad_escape(text: &str, open: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut i = open + 1;
    let mut high = None;
    while i + 1 < bytes.len() && bytes[i] != b'"' {
        if bytes[i] != b'\\' {
            high = None;
            i += 1;
            continue;
        }
        let digits = match bytes[i + 1] {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            b'0' | b'a' | b'b' | b't' | b'\t' | b'n' | b'v' | b'f' | b'r' | b'e' | b' ' | b'"' | b'/' | b'\\'
            | b'N' | b'_' | b'L' | b'P' | b'\n' | b'\r' => 0,
            _ => return Some(i..i + 1 + places::character(text, i + 1).len()),
        };
        let given = bytes[i + 2..].iter().take(digits).take_while(|b| b.is_ascii_hexdigit()).count();
        let whole = i..i + 2 + given;
        let code = u32::from_str_radix(text.get(i + 2..i + 2 + given).unwrap_or(""), 16).unwrap_or(0);
        if given < digits {
            return Some(whole);
        }
        match (code, high.take()) {
            // The halves of one character stand behind each other.
            (0xD800..=0xDBFF, None) => high = Some(whole.clone()),
            (0xDC00..=0xDFFF, Some(_)) => {}
            (_, Some(alone)) => return Some(alone),
            (code, None) if digits > 0 && char::from_u32(code).is_none() => return Some(whole),
            _ => {}
        }
        i = whole.end;
        if let (Some(alone), false) = (&high, bytes.get(i) == Some(&b'\\')) {
            return Some(alone.clone());
        }
    }
    None
}

/// The tab before `at` that is to indent.
pub(super) fn tab(text: &str, at: usize) -> Option<Range<usize>> {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let found = text[line..].find('\t').map(|found| line + found)?;
    (found <= at).then_some(found..found + 1)
}

/// Whether the line of `at` begins no deeper than that of `open`: a bracket that opens there is not meant to reach it.
pub(super) fn is_outside(text: &str, open: usize, at: usize) -> bool {
    let line = |at: usize| text[..at].rfind('\n').map_or(0, |end| end + 1);
    let (opens, stands) = (line(open), line(at));
    let indent = |line: usize| text[line..].bytes().take_while(|&b| b == b' ').count();
    stands > opens && indent(stands) <= indent(opens)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, range: Option<Range<usize>>) -> Option<&str> {
        range.map(|range| &text[range])
    }

    #[test]
    fn the_quote_that_is_open_is_found() {
        let text = "a: 'it''s' # \"\nb: \"x\\\" y\"\nc: d\"e\nf: \"open\ng: 1\n";
        assert_eq!(open_quote(text, 0, text.len()), text.find("\"open").map(|at| at..at + 1));
        assert_eq!(open_quote("a: 'b'", 0, 6), None);
    }

    #[test]
    fn the_escape_that_means_nothing_is_found() {
        for (text, bad) in [
            (r#""a \q b""#, Some(r"\q")),
            (r#""\n \x4 b""#, Some(r"\x4")),
            (r#""\u00e9 \ud800 b""#, Some(r"\ud800")),
            (r#""\udc00""#, Some(r"\udc00")),
            (r#""\ud83d\ude00 \é""#, Some(r"\é")),
            (r#""\ud83d\u0041""#, Some(r"\ud83d")),
            (r#""\U00110000""#, Some(r"\U00110000")),
            (r#""\t\"\\ \x41" \q"#, None),
        ] {
            assert_eq!(shown(text, bad_escape(text, 0)), bad, "{text}");
        }
    }

    #[test]
    fn a_line_that_is_no_deeper_is_outside() {
        let text = "a: {b: 1\n   c: 2\nd: 3";
        assert!(!is_outside(text, 3, text.find('c').unwrap()));
        assert!(is_outside(text, 3, text.find('d').unwrap()));
        assert_eq!(shown("a:\n \t b", tab("a:\n \t b", 6)), Some("\t"));
    }
}
