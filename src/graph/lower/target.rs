//! Targets: named bodies with typed parameters.
use super::fields::is_slip;
use super::name::Naming;
use super::{Fields, Given, Lower};
use crate::diag::{Spanned, nearest};
use crate::graph::{Kind, Name, ParamKind, Target, TargetParam, schema};

/// The targets of one file.
pub(super) fn targets(lower: &mut Lower, root: &Fields) -> Vec<Target> {
    let Some(given) = root.get("targets") else { return Vec::new() };
    lower.named(given, Naming::Target).into_iter().map(|(name, given)| target(lower, name, given)).collect()
}

fn target(lower: &mut Lower, name: Name, given: Given) -> Target {
    let span = given.node.span;
    let Some(fields) = Fields::read(lower, given, &schema::TARGET) else {
        lower.lose(span);
        return Target { name, params: Vec::new(), params_known: false, steps: Vec::new(), span };
    };
    let mut known = fields.strangers().is_empty() || fields.get_null("params").is_some();
    let params = fields.get("params").map(|given| params(lower, given, &mut known)).unwrap_or_default();
    let steps = match fields.require(lower, "steps") {
        Some(given) => lower.steps(given),
        None => {
            lower.lose(span);
            Vec::new()
        }
    };
    Target { name, params, params_known: known, steps, span }
}

fn params(lower: &mut Lower, given: Given, known: &mut bool) -> Vec<TargetParam> {
    *known &= given.node.as_map().is_some();
    let params: Vec<_> = lower.entries(given).into_iter().map(|(name, given)| param(lower, name, given)).collect();
    *known &= params.iter().all(Option::is_some);
    params.into_iter().flatten().collect()
}

fn param(lower: &mut Lower, name: Name, given: Given) -> Option<TargetParam> {
    let written: Option<Spanned<String>> = lower.word(given.node, "the kind of a parameter");
    let kind = written.and_then(|word| {
        let kind = ParamKind::parse(&word.value);
        if kind.is_none() {
            let kinds = Kind::ALL.iter().map(|kind| kind.name()).chain(["process"]);
            let known: Vec<&str> = kinds.chain(ParamKind::VALUE_NAMES.iter().copied()).collect();
            lower.bad_choice(word.span, &word.value, &known);
            // A slip is read as what was meant.
            return nearest(&word.value, known).filter(|near| is_slip(&word.value, near)).and_then(ParamKind::parse);
        }
        kind
    });
    if kind.is_none() {
        lower.lose(given.node.place());
    }
    // An object's parameter is named where objects are, and never in an expression.
    let naming = match kind {
        Some(ParamKind::Object(_) | ParamKind::Process) => Naming::Object,
        _ => Naming::Variable,
    };
    let name = lower.check_name(&name, naming);
    Some(TargetParam { name, kind: kind?, kind_span: given.node.place() })
}
