//! `sync/never-set`: an event is waited for without a timeout, starts clear, and nobody sets it.
//!
//! Bad: `wait: ready`, and no `set: ready` anywhere. Good: add the step, or `events: {ready: {set: true}}`.
use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{ObjectId, ObjectKind, Operation};
use crate::program::Thing;

pub(in crate::check) fn never_set(study: &Study, bag: &mut Bag) {
    for (number, object) in study.graph.objects.iter().enumerate() {
        let id = ObjectId(number as u32);
        let ObjectKind::Event(event) = &object.kind else { continue };
        let thing = Thing::Object(id);
        if event.set || !study.is_certain(id) || study.touches_by(thing, Operation::Set).next().is_some() {
            continue;
        }
        // One among several things waited for may be there for the day it is used.
        let waits: Vec<_> = study
            .touches_by(thing, Operation::Wait)
            .filter(|touch| touch.reached && !touch.bounded && !touch.one_of_several)
            .collect();
        if waits.is_empty() {
            continue;
        }
        let name = &object.name;
        let message = format!("the event `{}` is waited for, and nobody sets it", name.value);
        let finding = Finding::new(Code::SyncNeverSet, name.span, message, "starts clear and stays so");
        let help = format!("add a step `set: {}`, or declare it with `set: true`", name.value);
        bag.add(study.show(finding, waits).help(help));
    }
}
