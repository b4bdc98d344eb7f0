//! Expected lines against observed ones.
use std::io::{self, Write};
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::report::diagnostics::harmless;
use crate::report::paint::Paint;

/// Lines shown at most; how many there would be more is said.
const LINES_MAX: usize = 40;
/// Characters of a line shown at most.
const WIDTH_MAX: usize = 200;
/// Equal lines around a difference.
const CONTEXT: usize = 2;
/// After this a difference that is not the smallest will do.
const PATIENCE: Duration = Duration::from_millis(300);

/// `-` what was expected and did not come, `+` what came and was not expected.
pub fn diff(
    expected: &[String],
    observed: &[String],
    indent: &str,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_slices(&words(expected), &words(observed));
    let mut lines: Vec<(ChangeTag, &str)> = Vec::new();
    let mut gaps = Vec::new();
    for (number, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if number > 0 {
            gaps.push(lines.len());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            lines.push((change.tag(), change.value()));
        }
    }
    for (number, (tag, line)) in lines.iter().take(LINES_MAX).enumerate() {
        if gaps.contains(&number) {
            writeln!(out, "{indent}{}", paint.faint("..."))?;
        }
        let line = shortened(line);
        match tag {
            ChangeTag::Delete => writeln!(out, "{indent}{}", paint.missing(format!("- {line}")))?,
            ChangeTag::Insert => writeln!(out, "{indent}{}", paint.good(format!("+ {line}")))?,
            ChangeTag::Equal => writeln!(out, "{indent}  {line}")?,
        }
    }
    match lines.len().saturating_sub(LINES_MAX) {
        0 => Ok(()),
        more => writeln!(out, "{indent}{}", paint.faint(format!("... and {more} lines more"))),
    }
}

fn words(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

fn shortened(line: &str) -> String {
    let line = harmless(line);
    match line.char_indices().nth(WIDTH_MAX) {
        Some((end, _)) => format!("{} ... ({} characters)", &line[..end], line.chars().count()),
        None => line.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expected: &[&str], observed: &[&str]) -> String {
        let owned = |lines: &[&str]| lines.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut out = Vec::new();
        diff(&owned(expected), &owned(observed), "  ", Paint::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_missing_and_what_is_too_much_stand_among_their_neighbours() {
        let text = shown(&["a", "b", "c", "d", "e", "f"], &["a", "b", "c", "D", "e", "f", "g"]);
        assert_eq!(text, "    b\n    c\n  - d\n  + D\n    e\n    f\n  + g\n");
    }

    #[test]
    fn far_differences_are_apart() {
        let many: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        let mut other = many.clone();
        other[0] = "x".into();
        other[19] = "y".into();
        let mut out = Vec::new();
        diff(&many, &other, "", Paint::default(), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "- 0\n+ x\n  1\n  2\n...\n  17\n  18\n- 19\n+ y\n");
    }

    #[test]
    fn a_long_difference_and_a_long_line_are_cut_and_it_is_said() {
        let lines: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let mut out = Vec::new();
        diff(&[], &lines, "", Paint::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 41);
        assert!(text.ends_with("+ 39\n... and 60 lines more\n"), "{text}");
        let long = shown(&[&"é".repeat(300)], &[]);
        assert!(long.ends_with("é ... (300 characters)\n") && long.chars().count() < 240, "{long}");
    }

    #[test]
    fn a_line_cannot_paint_the_terminal() {
        assert_eq!(shown(&["\u{1b}[2Jx"], &[]), "  - ?[2Jx\n");
    }
}
