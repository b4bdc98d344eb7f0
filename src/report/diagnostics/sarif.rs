//! Findings as SARIF 2.1.0, which code scanning services and editors read.
use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::Checked;
use crate::diag::{Code, Finding, Label, Severity, Sources};
use crate::report::explain::Explanation;

/// One document and a line end. The rules are those of the codes that were found.
pub fn sarif(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let codes: BTreeSet<Code> = files.iter().flat_map(|file| file.findings).map(|finding| finding.code).collect();
    let codes: Vec<Code> = codes.into_iter().collect();
    let results: Vec<Value> = files
        .iter()
        .flat_map(|file| file.findings.iter().map(|finding| result(finding, file.sources, &codes)))
        .collect();
    let report = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "mpgraph",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|&code| rule(code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

fn rule(code: Code) -> Value {
    let explanation = Explanation::of(code);
    let (_, markdown) = explanation.text.split_once("\n\n").unwrap_or(("", explanation.text));
    let words: Vec<&str> = explanation.paragraphs().collect();
    json!({
        "id": code.as_str(),
        "shortDescription": {"text": explanation.summary()},
        "help": {"text": words.join("\n\n"), "markdown": markdown},
        "defaultConfiguration": {"level": level(code.severity())},
        "properties": {"tags": [code.family()]},
    })
}

fn result(finding: &Finding, sources: &Sources, codes: &[Code]) -> Value {
    let message = match &*finding.help {
        "" => finding.message.clone(),
        help => format!("{}\n{help}", finding.message),
    };
    let mut result = json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": codes.binary_search(&finding.code).unwrap_or_default(),
        "level": level(finding.severity),
        "message": {"text": message},
        "locations": [location(finding.primary(), sources)],
    });
    let related: Vec<Value> = finding.labels[1..].iter().map(|label| location(label, sources)).collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    result
}

fn location(label: &Label, sources: &Sources) -> Value {
    let (start, end) = (sources.start(label.span), sources.end(label.span));
    let mut location = json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(&sources.get(label.span.file).path)},
        "region": {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
            "byteOffset": label.span.start,
            "byteLength": label.span.len(),
        },
    }});
    if !label.text.is_empty() {
        location["message"] = json!({"text": label.text});
    }
    location
}

fn level(severity: Severity) -> &'static str {
    severity.as_str()
}

/// A path as a URI reference: relative as it is, absolute with its scheme.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => uri.push(byte as char),
            _ => uri += &format!("%{byte:02X}"),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diagnostics::sample::Sample;

    fn report() -> Value {
        let (sample, clean) = (Sample::new(), Sample::clean());
        let mut out = Vec::new();
        sarif(&[sample.checked(), clean.checked()], &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn a_result_has_its_rule_its_place_and_its_counterparts() {
        let report = report();
        assert_eq!(report["version"], "2.1.0");
        let run = &report["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let results = run["results"].as_array().unwrap();
        assert_eq!((rules.len(), results.len()), (3, 3));
        assert!(rules[0]["help"]["markdown"].as_str().unwrap().contains("## Bad"));
        for result in results {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
        assert_eq!(
            results[0]["locations"][0]["physicalLocation"],
            json!({
                "artifactLocation": {"uri": "a%20graph.yaml"},
                "region": {
                    "startLine": 8, "startColumn": 14, "endLine": 8, "endColumn": 18,
                    "byteOffset": 97, "byteLength": 4
                }
            })
        );
        assert_eq!(results[1]["relatedLocations"][1]["message"]["text"], "of no use here: 50%");
        assert_eq!(results[2]["level"], "warning");
        assert_eq!(results[0].get("relatedLocations"), None);
    }

    #[test]
    fn a_path_becomes_a_uri() {
        assert_eq!(uri("./a b/ü#.yaml"), "a%20b/%C3%BC%23.yaml");
        assert_eq!(uri("/x/y.yaml"), "file:///x/y.yaml");
    }
}
