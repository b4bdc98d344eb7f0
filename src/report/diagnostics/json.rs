//! Findings as JSON: the format that the reference of the command line promises.
use std::io::{self, Write};

use serde::Serialize;

use super::Checked;
use crate::diag::{Finding, Label, Sources};

/// One document and a line end.
pub fn json(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let files = files.iter().map(|file| FileRecord {
        path: file.path(),
        diagnostics: file.findings.iter().map(|finding| FindingRecord::new(finding, file.sources)).collect(),
    });
    serde_json::to_writer_pretty(&mut *out, &Report { files: files.collect() })?;
    writeln!(out)
}

#[derive(Serialize)]
struct Report<'a> {
    files: Vec<FileRecord<'a>>,
}

#[derive(Serialize)]
struct FileRecord<'a> {
    path: &'a str,
    diagnostics: Vec<FindingRecord<'a>>,
}

#[derive(Serialize)]
struct FindingRecord<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    /// Empty where the message says it all.
    help: &'a str,
    labels: Vec<LabelRecord<'a>>,
}

/// Lines and columns from 1, columns in characters, the end is the place behind the last character; offset and
/// length in bytes.
#[derive(Serialize)]
pub struct LabelRecord<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    offset: usize,
    length: usize,
    text: &'a str,
    primary: bool,
}

impl<'a> FindingRecord<'a> {
    fn new(finding: &'a Finding, sources: &'a Sources) -> Self {
        FindingRecord {
            code: finding.code.as_str(),
            severity: finding.severity.as_str(),
            message: &finding.message,
            help: &finding.help,
            labels: LabelRecord::all(&finding.labels, sources),
        }
    }
}

impl<'a> LabelRecord<'a> {
    /// The labels of one finding, the primary one first.
    pub fn all(labels: &'a [Label], sources: &'a Sources) -> Vec<Self> {
        let record = |(i, label): (usize, &'a Label)| {
            let (start, end) = (sources.start(label.span), sources.end(label.span));
            LabelRecord {
                path: &sources.get(label.span.file).path,
                line: start.line,
                column: start.column,
                end_line: end.line,
                end_column: end.column,
                offset: label.span.start as usize,
                length: label.span.len(),
                text: &label.text,
                primary: i == 0,
            }
        };
        labels.iter().enumerate().map(record).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diagnostics::sample::Sample;

    #[test]
    fn every_field_of_the_reference_is_there() {
        let (sample, clean) = (Sample::new(), Sample::clean());
        let mut out = Vec::new();
        json(&[sample.checked(), clean.checked()], &mut out).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(report["files"][1], serde_json::json!({"path": "clean.yaml", "diagnostics": []}));
        assert_eq!(report["files"][0]["path"], "a graph.yaml");
        let diagnostics = &report["files"][0]["diagnostics"];
        assert_eq!(
            diagnostics[0],
            serde_json::json!({
                "code": "names/unknown",
                "severity": "error",
                "message": "there is no queue `taks`",
                "help": "did you mean `tasks`?",
                "labels": [{
                    "path": "a graph.yaml", "line": 8, "column": 14, "end_line": 8, "end_column": 18,
                    "offset": 97, "length": 4, "text": "not declared", "primary": true
                }]
            })
        );
        assert_eq!(diagnostics[1]["labels"][1]["primary"], false);
        assert_eq!(diagnostics[1]["labels"][2]["path"], "lib.yaml");
        assert_eq!(diagnostics[2]["severity"], "warning");
    }

    #[test]
    fn columns_are_characters_and_offsets_are_bytes() {
        use crate::diag::{Code, Source, Span};
        let mut sources = Sources::new();
        let file = sources.add(Source::new("a", "é: ü\n"));
        let findings = [Finding::new(Code::NamesUnknown, Span::new(file, 4, 6), "m", "l")];
        let mut out = Vec::new();
        json(&[Checked { sources: &sources, findings: &findings }], &mut out).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let label = &report["files"][0]["diagnostics"][0]["labels"][0];
        assert_eq!((&label["column"], &label["end_column"]), (&4.into(), &5.into()));
        assert_eq!((&label["offset"], &label["length"]), (&4.into(), &2.into()));
    }
}
