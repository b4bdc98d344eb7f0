//! `sync/self-deadlock`: a lock that is not recursive is taken again by who surely holds it, perhaps since the round of a
//! loop before.
//!
//! Bad: `with: lock` inside of `with: lock`. Good: `locks: {lock: {recursive: true}}`, or take it once.
use super::hanging::hanging;
use super::held::{Effect, Locks};
use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding};

pub(in crate::check) fn self_deadlock(study: &Study, bag: &mut Bag) {
    for (_, body) in study.running() {
        let Some(flow) = &body.flow else { continue };
        let locks = Locks { graph: study.graph, body };
        if !locks.any() {
            continue;
        }
        for (id, since) in hanging(flow, &locks).places {
            let Some(Effect::Takes { lock, name, .. }) = locks.effect(flow.node(id)) else { continue };
            let of = &study.graph.object(lock.id).name;
            let again = if since == name.span { " when the loop comes back" } else { "" };
            let message = format!("`{}` is held here already{again}, and taking it again waits for ever", of.value);
            let finding = Finding::new(Code::SyncSelfDeadlock, name.span, message, "taken again");
            let finding = if since == name.span { finding } else { finding.also(since, "held since here") };
            let finding = finding.also(of.span, "not recursive");
            let help = match again {
                "" => format!("take it once, or declare it as `{}: {{recursive: true}}`", of.value),
                _ => format!("release it in the loop, or use `with: {}`", name.value),
            };
            bag.add(finding.help(help));
        }
    }
}
