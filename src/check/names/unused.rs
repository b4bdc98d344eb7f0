//! `names/unused`: an object, a target, a parameter or a variable that nothing uses.
//!
//! What one must give a name to is exempt: the variable of a `for`, `error`. So is a name that begins with `_`.
//!
//! Bad: `get: tasks` with `into: item` and no step that reads `item`. Good: drop `into`, or use the variable.
use super::reader::{Reader, Report};
use super::shared::own_targets;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{Action, Graph, ObjectId, ObjectKind, ParamKind, Step};

/// What belongs to the whole graph.
pub(super) fn shared(graph: &Graph, report: &Report, bag: &mut Bag) {
    let objects = (0..).map(ObjectId).zip(&graph.objects);
    for (id, object) in objects {
        if report.objects.contains(&id) || report.doubt.objects.contains(&id) || object.name.value.starts_with('_') {
            continue;
        }
        let (kind, name) = (object.kind().name(), &object.name);
        // Its workers exist whether or not they are given anything: an initializer may be all that is wanted.
        if matches!(&object.kind, ObjectKind::Pool(pool) if pool.initializer.is_some()) {
            continue;
        }
        let message = format!("nothing uses the {kind} `{}`", name.value);
        bag.add(Finding::new(Code::NamesUnused, name.span, message, "unused").help("remove it"));
    }
    for (id, target) in own_targets(graph) {
        if !report.targets.contains(&id) && !target.name.value.starts_with('_') {
            let name = &target.name;
            let message = format!("no process and no pool runs the target `{}`", name.value);
            bag.add(Finding::new(Code::NamesUnused, name.span, message, "unused").help("remove it, or run it"));
        }
    }
    for param in graph.params.iter().filter(|_| !report.doubt.is_unread(None)) {
        let name = &param.name;
        if !report.params.contains(&name.value) && !name.value.starts_with('_') {
            let message = format!("nothing uses the parameter `{}`", name.value);
            bag.add(Finding::new(Code::NamesUnused, name.span, message, "unused").help("remove it"));
        }
    }
}

/// What belongs to one body.
pub(super) fn local(reader: &Reader, steps: &[Step], bag: &mut Bag) {
    for param in reader.params() {
        let name = &param.name;
        if !reader.read.contains(&name.value) && !name.value.starts_with('_') {
            let what = match param.kind {
                ParamKind::Value(_) => "parameter",
                ParamKind::Object(kind) => kind.name(),
                ParamKind::Process => "process",
            };
            let message = match what {
                "parameter" => format!("nothing in the target uses its parameter `{}`", name.value),
                what => format!("nothing in the target uses the {what} `{}` that it is given", name.value),
            };
            bag.add(Finding::new(Code::NamesUnused, name.span, message, "unused").help("remove it"));
        }
    }
    let mut needed = vec!["error"];
    for step in steps {
        step.walk(&mut |step| {
            if let Action::ForIn { variable, .. } | Action::ForFrom { variable, .. } = &step.action {
                needed.push(&variable.value);
            }
        });
    }
    for (name, span) in &reader.variables {
        if !reader.read.contains(*name) && !needed.contains(name) && !name.starts_with('_') {
            let message = format!("nothing reads the variable `{name}`");
            let finding = Finding::new(Code::NamesUnused, *span, message, "set, and never read");
            bag.add(finding.help("remove it"));
        }
    }
}
