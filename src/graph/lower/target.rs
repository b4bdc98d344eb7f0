//! Targets: named bodies with typed parameters.
use super::name::Naming;
use super::{Fields, Given, Lower};
use crate::diag::Spanned;
use crate::graph::{Kind, Name, ParamKind, Target, TargetParam, schema};

/// The targets of one file.
pub(super) fn targets(lower: &mut Lower, root: &Fields) -> Vec<Target> {
    let Some(given) = root.get("targets") else { return Vec::new() };
    lower.named(given, Naming::Target).into_iter().map(|(name, given)| target(lower, name, given)).collect()
}

fn target(lower: &mut Lower, name: Name, given: Given) -> Target {
    let span = given.node.span;
    let Some(fields) = Fields::read(lower, given, &schema::TARGET) else {
        lower.complete = false;
        return Target { name, params: Vec::new(), steps: Vec::new(), span };
    };
    let params = fields.get("params").map(|given| params(lower, given)).unwrap_or_default();
    let steps = match fields.require(lower, "steps") {
        Some(given) => lower.steps(given),
        None => {
            lower.complete = false;
            Vec::new()
        }
    };
    Target { name, params, steps, span }
}

fn params(lower: &mut Lower, given: Given) -> Vec<TargetParam> {
    let named = lower.named(given, Naming::Variable);
    named.into_iter().filter_map(|(name, given)| param(lower, name, given)).collect()
}

fn param(lower: &mut Lower, name: Name, given: Given) -> Option<TargetParam> {
    let written: Option<Spanned<String>> = lower.word(given.node, "the kind of a parameter");
    let kind = written.and_then(|word| {
        let kind = ParamKind::parse(&word.value);
        if kind.is_none() {
            let kinds = Kind::ALL.iter().map(|kind| kind.name()).chain(["process"]);
            let known: Vec<&str> = kinds.chain(ParamKind::VALUE_NAMES.iter().copied()).collect();
            lower.bad_choice(word.span, &word.value, &known);
        }
        kind
    });
    if kind.is_none() {
        lower.complete = false;
    }
    Some(TargetParam { name, kind: kind?, kind_span: given.node.place() })
}
