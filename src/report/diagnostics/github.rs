//! Findings as workflow commands, which a CI run on GitHub shows at the lines they are about.
use std::io::{self, Write};

use super::Checked;
use crate::diag::{Finding, Sources};

/// A line each.
pub fn github(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    for file in files {
        for finding in file.findings {
            writeln!(out, "{}", command(finding, file.sources))?;
        }
    }
    Ok(())
}

fn command(finding: &Finding, sources: &Sources) -> String {
    let span = finding.primary().span;
    let (start, end) = (sources.start(span), sources.end(span));
    let path = property(sources.get(span.file).path.trim_start_matches("./"));
    let mut place = format!("file={path},line={},endLine={}", start.line, end.line);
    // Columns are refused for a place of several lines.
    if start.line == end.line {
        place += &format!(",col={},endColumn={}", start.column, end.column);
    }
    let mut text = finding.message.clone();
    for label in &finding.labels[1..] {
        let start = sources.start(label.span);
        let path = &sources.get(label.span.file).path;
        text += &format!("\n{path}:{}:{}: {}", start.line, start.column, label.text);
    }
    if !finding.help.is_empty() {
        text += &format!("\nhelp: {}", finding.help);
    }
    let title = property(finding.code.as_str());
    format!("::{} {place},title={title}::{}", finding.severity.as_str(), data(&text))
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value before the second pair of colons.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diagnostics::sample::Sample;

    #[test]
    fn each_finding_is_one_line_and_nothing_in_it_can_end_the_command() {
        let sample = Sample::new();
        let mut out = Vec::new();
        github(&[sample.checked()], &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "::error file=a graph.yaml,line=8,endLine=8,col=14,endColumn=18,title=names/unknown::there is no queue `taks`%0Ahelp: did you mean `tasks`?\n\
             ::error file=a graph.yaml,line=11,endLine=11,col=18,endColumn=23,title=names/wrong-kind::`release` takes a lock, a semaphore or a condition, but `tasks` is a queue%0Aa graph.yaml:4:3: declared here%0Alib.yaml:4:13: of no use here: 50%25%0Ahelp: name a lock,%0Aor take an item with `get`\n\
             ::warning file=lib.yaml,line=3,endLine=3,col=3,endColumn=7,title=names/unused::nothing uses the target `work`\n"
        );
        assert_eq!(property("a,b:c%\r\n"), "a%2Cb%3Ac%25%0D%0A");
    }

    #[test]
    fn a_place_of_several_lines_has_no_columns() {
        use crate::diag::{Code, Source, Span};
        let mut sources = Sources::new();
        let file = sources.add(Source::new("./a,b.yaml", "a:\n  b: 1\n"));
        let finding = Finding::new(Code::SyntaxWrongType, Span::new(file, 0, 9), "m", "");
        assert_eq!(command(&finding, &sources), "::error file=a%2Cb.yaml,line=1,endLine=2,title=syntax/wrong-type::m");
    }
}
