//! The last line of a report: `3 errors, 1 warning in 2 files`.
use super::Checked;

/// Without a line end.
pub fn summary(files: &[Checked]) -> String {
    let findings = || files.iter().flat_map(|file| file.findings);
    let errors = findings().filter(|finding| finding.is_error()).count();
    let warnings = findings().count() - errors;
    let counted = |n: usize, word: &str| match n {
        1 => format!("1 {word}"),
        n => format!("{n} {word}s"),
    };
    let what = match (errors, warnings) {
        (0, 0) => "nothing to report".to_owned(),
        (errors, 0) => counted(errors, "error"),
        (0, warnings) => counted(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
    };
    format!("{what} in {}", counted(files.len(), "file"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diagnostics::sample::Sample;

    #[test]
    fn numbers_take_their_words() {
        let (one, none) = (Sample::new(), Sample::clean());
        assert_eq!(summary(&[one.checked()]), "2 errors, 1 warning in 1 file");
        assert_eq!(summary(&[one.checked(), none.checked()]), "2 errors, 1 warning in 2 files");
        assert_eq!(summary(&[none.checked()]), "nothing to report in 1 file");
        assert_eq!(summary(&[]), "nothing to report in 0 files");
        let warning = Checked { sources: &one.sources, findings: &one.findings[2..] };
        assert_eq!(summary(&[warning]), "1 warning in 1 file");
    }
}
