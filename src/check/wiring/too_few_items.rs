//! `wiring/too-few-items`: more is taken out of a queue than is ever put into it.
//!
//! Told only where every put and every get is counted: none gives up, and none is in doubt.
//!
//! Bad: `repeat: 3` around `get: results`, and two processes that put one item each. Good: as many gets as puts.
use crate::check::count::shares;
use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{ObjectId, ObjectKind, Operation};
use crate::program::Thing;

pub(in crate::check) fn too_few_items(study: &Study, bag: &mut Bag) {
    if study.is_wrong_on_purpose() {
        return;
    }
    for (number, object) in study.graph.objects.iter().enumerate() {
        let id = ObjectId(number as u32);
        let ObjectKind::Queue(queue) = &object.kind else { continue };
        let thing = Thing::Object(id);
        let puts = study.touches_by(thing, Operation::Put);
        // Of a queue that nobody fills `wiring/no-producer` tells.
        if !study.is_certain(id) || (queue.items.is_empty() && puts.clone().next().is_none()) {
            continue;
        }
        let (Some(taken), Some(put)) = (shares(study, thing, Operation::Get), shares(study, thing, Operation::Put))
        else {
            continue;
        };
        // A daemon may wait for more.
        if taken.iter().any(|share| study.graph.process(share.process).daemon) {
            continue;
        }
        let gets: u64 = taken.iter().map(|share| share.all).sum();
        let items = queue.items.len() as u64 + put.iter().map(|share| share.all).sum::<u64>();
        if gets <= items {
            continue;
        }
        let name = &object.name;
        let message = format!(
            "{gets} items are taken out of the queue `{}`, and {items} get into it: somebody waits for ever",
            name.value
        );
        let finding = Finding::new(Code::WiringTooFewItems, name.span, message, "runs dry");
        let uses = puts.chain(study.touches_by(thing, Operation::Get));
        let help = format!("put as many as are taken, or take them by `for: item`, `from: {}`", name.value);
        bag.add(study.show(finding, uses).help(help));
    }
}
