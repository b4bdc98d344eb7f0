//! Findings for people: code, sentence, the lines in question with their words underlined, what to do.
use std::fmt;
use std::io::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NarratableReportHandler, Severity as Gravity,
    SourceCode, ThemeCharacters, ThemeStyles,
};

use super::Checked;
use super::help::Helps;
use super::pages::{Pages, harmless, one_line};
use crate::diag::{Finding, Label, Severity};

/// How the report looks; nothing is taken from the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub color: bool,
    /// In columns.
    pub width: usize,
    /// Lines and arrows beyond ASCII.
    pub unicode: bool,
    /// Sentences in place of drawings, for screen readers.
    pub narrated: bool,
}

impl Default for Look {
    fn default() -> Self {
        Look { color: false, width: 80, unicode: true, narrated: false }
    }
}

/// Narrower than this nothing can be read.
const WIDTH_MIN: usize = 40;

/// All findings, each followed by an empty line.
pub fn human(files: &[Checked], look: Look, out: &mut dyn Write) -> io::Result<()> {
    let narrator = NarratableReportHandler::new().with_context_lines(1).without_cause_chain();
    let painter = GraphicalReportHandler::new_themed(GraphicalTheme {
        characters: if look.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: if look.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    })
    .with_width(look.width.max(WIDTH_MIN))
    .with_context_lines(1)
    .with_links(false)
    .without_cause_chain()
    .without_syntax_highlighting();
    let mut helps = Helps::default();
    for file in files {
        let pages = Pages::new(file.sources);
        for finding in file.findings {
            let mut text = String::new();
            let shown = Shown { finding, pages: &pages, with_help: look.narrated };
            let painted = match look.narrated {
                true => narrator.render_report(&mut text, &shown),
                false => painter.render_report(&mut text, &shown),
            };
            painted.map_err(io::Error::other)?;
            if !shown.with_help && !finding.help.is_empty() {
                text.push_str(helps.painted(&painter, &finding.help).map_err(io::Error::other)?);
            }
            out.write_all(text.as_bytes())?;
            // What stands in a line too long to be shown is at least named.
            for label in finding.labels.iter().filter(|label| pages.place(label.span).is_none()) {
                writeln!(out, "  at {}", place(file, label))?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}

fn place(file: &Checked, label: &Label) -> String {
    let start = file.sources.start(label.span);
    let path = one_line(&file.sources.get(label.span.file).path);
    let text = if label.text.is_empty() { String::new() } else { format!(": {}", harmless(&label.text)) };
    format!("{path}:{}:{}{text}", start.line, start.column)
}

/// A finding as the painter wants it.
struct Shown<'a> {
    finding: &'a Finding,
    pages: &'a Pages<'a>,
    with_help: bool,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding.fmt(f)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&harmless(&self.finding.message))
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(format!("{}[{}]", self.finding.severity.as_str(), self.finding.code)))
    }

    fn severity(&self) -> Option<Gravity> {
        Some(match self.finding.severity {
            Severity::Error => Gravity::Error,
            Severity::Warning => Gravity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = &self.finding.help;
        (self.with_help && !help.is_empty()).then(|| Box::new(harmless(help)) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.pages)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = |(i, label): (usize, &Label)| {
            let text = (!label.text.is_empty()).then(|| harmless(&label.text).into_owned());
            let place = self.pages.place(label.span)?;
            Some(match i {
                0 => LabeledSpan::new_primary_with_span(text, place),
                _ => LabeledSpan::new_with_span(text, place),
            })
        };
        Some(Box::new(self.finding.labels.iter().enumerate().filter_map(label)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Source, Sources, Span};
    use crate::report::diagnostics::sample::Sample;
    use snapbox::{assert_data_eq, str};

    fn shown(sample: &Sample, look: Look) -> String {
        let mut out = Vec::new();
        human(&[sample.checked()], look, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_finding_is_code_sentence_snippets_and_help() {
        assert_data_eq!(
            shown(&Sample::new(), Look::default()),
            str![[r#"
error[names/unknown]

  × there is no queue `taks`
   ╭─[a graph.yaml:8:14]
 7 │     steps:
 8 │       - get: taks
   ·              ──┬─
   ·                ╰── not declared
 9 │         into: x
   ╰────
  help: did you mean `tasks`?

error[names/wrong-kind]

  × `release` takes a lock, a semaphore or a condition, but `tasks` is a queue
   ╭─[a graph.yaml:4:3]
 3 │ queues:
 4 │   tasks: {}
   ·   ──┬──
   ·     ╰── declared here
 5 │ processes:
   ╰────
    ╭─[a graph.yaml:11:18]
 10 │       - print: 100%, done: ${x}
 11 │       - release: tasks
    ·                  ──┬──
    ·                    ╰── a queue
    ╰────
   ╭─[lib.yaml:4:13]
 3 │   work:
 4 │     steps: [break]
   ·             ──┬──
   ·               ╰── of no use here: 50%
   ╰────
  help: name a lock,
        or take an item with `get`

warning[names/unused]

  ⚠ nothing uses the target `work`
   ╭─[lib.yaml:3:3]
 2 │ targets:
 3 │   work:
   ·   ────
 4 │     steps: [break]
   ╰────


"#]]
        );
    }

    #[test]
    fn without_unicode_the_painting_is_ascii() {
        let sample = Sample::new();
        let text = shown(&sample, Look { unicode: false, ..Look::default() });
        assert!(text.replace('ü', "u").is_ascii(), "{text}");
    }

    #[test]
    fn for_screen_readers_there_are_sentences_and_no_drawings() {
        let text = shown(&Sample::new(), Look { narrated: true, ..Look::default() });
        for part in ["there is no queue `taks`", "error[names/unknown]", "not declared", "did you mean `tasks`?"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.replace('ü', "u").is_ascii(), "{text}");
    }

    #[test]
    fn colour_is_only_there_when_told() {
        let sample = Sample::new();
        assert!(!shown(&sample, Look::default()).contains('\u{1b}'));
        assert!(shown(&sample, Look { color: true, ..Look::default() }).contains('\u{1b}'));
    }

    fn painted(text: &str, spans: &[(usize, usize)], look: Look) -> String {
        let mut sources = Sources::new();
        let file = sources.add(Source::new("a\u{1b}.yaml", text));
        let mut finding = Finding::new(Code::NamesUnknown, Span::new(file, 0, 0), "m\u{7}", "first\u{9b}");
        finding.labels.clear();
        for &(start, end) in spans {
            finding.labels.push(Label { span: Span::new(file, start, end), text: "here".into() });
        }
        let mut out = Vec::new();
        human(&[Checked { sources: &sources, findings: &[finding] }], look, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nothing_in_a_file_reaches_the_terminal_as_a_command() {
        let text = painted("a: \u{1b}[31m red \u{9b}1m \u{202e}x\nb: 1\n", &[(0, 1), (3, 4)], Look::default());
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        assert!(!text.contains('\u{202e}'));
        assert!(text.contains("a: ?[31m red ??1m ???x"), "{text}");
    }

    #[test]
    fn a_line_too_long_to_be_shown_is_named() {
        let long = format!("a: {}\nb: 1\n{}c: 1", "x".repeat(100_000), "# y\n".repeat(100_000));
        let text = painted(&long, &[(3, 9), (100_004, 100_005), (500_010, 500_011)], Look::default());
        assert!(text.len() < 1000, "{} bytes", text.len());
        assert!(text.contains("at a?.yaml:1:4: here"), "{text}");
        assert!(text.contains(" 2 │ b: 1"), "{text}");
        let several = painted(&"ab: c\n".repeat(10_000), &[(6, 60_000)], Look::default());
        assert!(several.len() < 500, "{several}");
    }

    proptest::proptest! {
        #[test]
        fn any_labels_in_any_text_are_painted(
            text in "[ab \t\r\né\u{202e}\u{feff}😀]{0,60}",
            spans in proptest::collection::vec((0..70usize, 0..20usize), 1..5),
            width in 0..100usize,
        ) {
            let spans: Vec<_> = spans
                .iter()
                .map(|&(start, len)| (start.min(text.len()), (start + len).min(text.len())))
                .filter(|&(start, end)| text.is_char_boundary(start) && text.is_char_boundary(end))
                .collect();
            if !spans.is_empty() {
                let painted = painted(&text, &spans, Look { color: false, width, unicode: true, narrated: false });
                proptest::prop_assert!(painted.contains("error[names/unknown]"));
                proptest::prop_assert!(!painted.contains("Failed to read"), "{painted}");
            }
        }
    }
}
