//! Where things really begin: the parser tells the first content of a block scalar, and of a list that is not
//! indented its first item.
use std::ops::Range;

/// Where the header (`|` or `>`) of a block scalar is. `after` is where the last thing before it ends, `content` where
/// its own content begins.
pub(super) fn block_scalar(text: &str, after: usize, content: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = after;
    while at < content {
        match bytes[at] {
            b'|' | b'>' => return at,
            // An anchor may hold any of these signs, a comment too.
            b'&' => at += token(&bytes[at..]),
            b'#' => at += bytes[at..].iter().position(|&b| b == b'\n').unwrap_or(bytes.len() - at),
            _ => at += 1,
        }
    }
    content
}

/// Where the first `-` of a block list is, that the parser says begins at `start`.
pub(super) fn block_list(text: &str, start: usize) -> usize {
    let before = text[..start].trim_end_matches([' ', '\t', '\n', '\r']);
    let alone = || !before[..before.len() - 1].ends_with(|c: char| !c.is_ascii_whitespace());
    if before.len() < start && before.ends_with('-') && alone() { before.len() - 1 } else { start }
}

/// The character at `at`, or nothing at the end of a line.
pub(super) fn character(text: &str, at: usize) -> Range<usize> {
    let len = match text.get(at..).and_then(|rest| rest.chars().next()) {
        None | Some('\n' | '\r') => 0,
        Some(c) => c.len_utf8(),
    };
    at..at + len
}

/// How long the word at the beginning is.
fn token(bytes: &[u8]) -> usize {
    bytes.iter().position(u8::is_ascii_whitespace).unwrap_or(bytes.len())
}
