//! The finding of `validate` that explains what `verify` found.
use crate::diag::{Finding, Span};
use crate::verify::Counterexample;

/// Those that speak of a step or object that a counterexample speaks of.
pub(super) fn causes<'a>(example: &Counterexample, known: &'a [Finding]) -> Vec<&'a Finding> {
    let steps = example.trace.iter().map(|step| step.span);
    let waiting = example.waiting.iter().map(|waiting| waiting.span);
    let labels = example.finding.labels.iter().map(|label| label.span);
    let spans: Vec<Span> = steps.chain(waiting).chain(labels).filter(|span| span.start < span.end).collect();
    let kinds: &[&str] = match example.finding.code.as_str() {
        "verify/lost-update" => &["sync/unprotected-update"],
        "verify/deadlock" => &["sync/", "wiring/", "order/", "flow/"],
        _ => &["sync/", "wiring/", "flow/"],
    };
    let meets = |a: &Span, b: &Span| a.file == b.file && a.start < b.end && b.start < a.end;
    let concerned = |finding: &&Finding| {
        kinds.iter().any(|kind| finding.code.as_str().starts_with(kind))
            && finding.labels.iter().any(|label| spans.iter().any(|span| meets(span, &label.span)))
    };
    known.iter().filter(concerned).collect()
}
