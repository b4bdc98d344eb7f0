//! Comments that let a finding pass: `# mpgraph: allow(CODE) reason`.
use super::events::comments;
use crate::diag::{FileId, Span, Spanned};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// What stands in the brackets; not yet known to be a code.
    pub code: Spanned<String>,
    /// May be empty.
    pub reason: String,
    /// The line the comment is on, from 1.
    pub line: usize,
    /// The line it speaks for: its own, or if it has one to itself the next that holds more than a comment.
    pub covers: usize,
    /// From the `#` to the end of the line.
    pub comment_span: Span,
}

/// All of a file, in order. A `#` inside a text is no comment; after a syntax error there are none.
pub fn allows(file: FileId, text: &str) -> Vec<Allow> {
    // Most files have none, and need no second reading.
    if !text.contains("mpgraph:") || !text.contains("allow") {
        return Vec::new();
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let following = following(&lines);
    let mut found = Vec::new();
    let (mut line, mut line_start) = (1, 0);
    for range in comments(text) {
        while let Some(len) = lines.get(line - 1).map(|line| line.len()).filter(|len| line_start + len < range.start) {
            line_start += len + 1;
            line += 1;
        }
        let Some(comment) = text.get(range.clone()) else { continue };
        let Some((code, at, reason)) = read(comment) else { continue };
        let alone = text[line_start..range.start].trim().is_empty();
        let covers = if alone { following.get(line).copied().flatten().unwrap_or(line) } else { line };
        let comment_span = Span::new(file, range.start, range.end);
        let code = Spanned::new(code.to_owned(), comment_span.slice(at, at + code.len()));
        found.push(Allow { code, reason: reason.to_owned(), line, covers, comment_span });
    }
    found
}

/// For each line (from 0) the number (from 1) of the first at or below it that holds more than a comment.
fn following(lines: &[&str]) -> Vec<Option<usize>> {
    let holds_more = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let mut next = None;
    let mut all: Vec<Option<usize>> = Vec::with_capacity(lines.len());
    for (number, line) in lines.iter().enumerate().rev() {
        if holds_more(line) {
            next = Some(number + 1);
        }
        all.push(next);
    }
    all.reverse();
    all
}

/// The code, where in the comment it begins, and the reason.
fn read(comment: &str) -> Option<(&str, usize, &str)> {
    let rest = comment.strip_prefix('#')?.trim_start().strip_prefix("mpgraph:")?;
    let rest = rest.trim_start().strip_prefix("allow")?.trim_start().strip_prefix('(')?;
    let (inside, reason) = rest.split_once(')')?;
    let at = comment.len() - rest.len() + (inside.len() - inside.trim_start().len());
    Some((inside.trim(), at, reason.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, usize, usize, String)> {
        allows(FileId(0), text).into_iter().map(|a| (a.code.value, a.line, a.covers, a.reason)).collect()
    }

    #[test]
    fn a_comment_speaks_for_its_own_line_or_for_the_next_with_content() {
        let text = "a: 1 # mpgraph: allow(names/unused) kept for later\n# mpgraph: allow( flow/unreachable )\n\n# more\nb: 2\n";
        assert_eq!(
            told(text),
            [("names/unused".into(), 1, 1, "kept for later".into()), ("flow/unreachable".into(), 2, 5, String::new())]
        );
        let allow = &allows(FileId(0), text)[1];
        let at = |span: Span| &text[span.start as usize..span.end as usize];
        assert_eq!(at(allow.code.span), "flow/unreachable");
        assert_eq!(at(allow.comment_span), "# mpgraph: allow( flow/unreachable )");
    }

    #[test]
    fn a_hash_inside_a_text_is_no_comment() {
        let text = "a: |\n  # mpgraph: allow(x/y)\nb: '# mpgraph: allow(x/y)'\nc: x#mpgraph: allow(x/y)\nd: \"\n  # mpgraph: allow(x/y)\"\n";
        assert_eq!(told(text), []);
    }

    #[test]
    fn other_comments_are_left_alone() {
        assert_eq!(told("# mpgraph: runs it\n# allow(x/y)\n#mpgraph: allow x/y\n"), []);
    }

    #[test]
    fn lines_are_right_after_carriage_returns_and_letters_of_several_bytes() {
        let text = "é: ü\r\n  \r\nb: 2 # mpgraph: allow(x/y) weil ä\r\n";
        assert_eq!(told(text), [("x/y".into(), 3, 3, "weil ä".into())]);
    }
}
