//! `wiring/not-allowed`: a step does what the process's `uses` does not list.
//!
//! `uses` of steps is a promise that is checked; of a command it is what its model may do.
//!
//! Bad: `uses: [tasks.get]` and a step `put: tasks`. Good: `uses: [tasks]`.
use std::collections::BTreeSet;

use crate::check::permit::permit;
use crate::check::study::{Study, streams};
use crate::check::wiring::Actor;
use crate::diag::{Bag, Code, Finding};
use crate::graph::Operation;
use crate::program::{Bindings, Found, Thing, find};

pub(in crate::check) fn not_allowed(study: &Study, bag: &mut Bag) {
    for (_, body) in study.running() {
        for actor in &body.runners {
            let Actor::Process(id) = actor else { continue };
            let process = study.graph.process(*id);
            // Steps without `uses` may do anything; a model only what its command may.
            if process.uses.is_none() && !body.model {
                continue;
            }
            let entries = process.uses.iter().flatten();
            let permits: Vec<_> = entries.map(|entry| permit(study.graph, entry)).collect();
            // An entry that is wrong may have been meant to allow it.
            if permits.iter().any(Result::is_err) {
                continue;
            }
            let mut allowed: BTreeSet<(Thing, Operation)> = BTreeSet::new();
            for permit in permits.into_iter().flatten() {
                allowed.extend(permit.operations.iter().map(|operation| (permit.thing, *operation)));
            }
            for (name, operation, _) in streams(study.graph, process) {
                if let Ok(Found::Thing(thing)) = find(study.graph, &Bindings::new(), name) {
                    allowed.insert((thing, operation));
                }
            }
            for used in &body.uses {
                if is_allowed(&allowed, used.thing, used.operation) {
                    continue;
                }
                let word = study.sources.text(used.span).trim_matches(['"', '\'']);
                let message =
                    format!("`{}` may not {} `{word}`: its `uses` does not list it", process.name.value, used.verb);
                let finding = Finding::new(Code::WiringNotAllowed, used.span, message, "not listed");
                let finding = match process.uses_span {
                    Some(span) => finding.also(span, "what it may touch"),
                    None => finding.also(process.name.span, "has no `uses`"),
                };
                let entry = format!("{}.{}", study.name_of(used.thing), used.operation.name());
                bag.add(finding.help(format!("add `{entry}` to `uses`, or remove the step")));
            }
        }
    }
}

/// All instances of a process may be named where one is listed only if all are.
fn is_allowed(allowed: &BTreeSet<(Thing, Operation)>, thing: Thing, operation: Operation) -> bool {
    let whole = match thing {
        Thing::Process(mut process) => {
            process.instance = None;
            Thing::Process(process)
        }
        other => other,
    };
    allowed.contains(&(thing, operation)) || allowed.contains(&(whole, operation))
}
