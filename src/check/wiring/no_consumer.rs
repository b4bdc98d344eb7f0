//! `wiring/no-consumer`: a queue is filled, nobody gets from it, and no expectation looks at what is left.
//!
//! Bad: `put: results`, and no `get: results` anywhere. Good: a process that gets, or `expect: {queues: {results: [..]}}`.
use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{ObjectId, ObjectKind, Operation};
use crate::program::Thing;

pub(in crate::check) fn no_consumer(study: &Study, bag: &mut Bag) {
    let expected = |name: &str| {
        study.graph.expect.as_ref().is_some_and(|expect| expect.queues.iter().any(|(queue, _)| queue.value == name))
    };
    for (number, object) in study.graph.objects.iter().enumerate() {
        let id = ObjectId(number as u32);
        if !matches!(object.kind, ObjectKind::Queue(_)) || !study.is_certain(id) || expected(&object.name.value) {
            continue;
        }
        let thing = Thing::Object(id);
        if study.touches_by(thing, Operation::Get).next().is_some() || study.is_in_a_model(thing, Operation::Get) {
            continue;
        }
        let puts: Vec<_> = study.touches_by(thing, Operation::Put).filter(|touch| touch.reached).collect();
        if puts.is_empty() {
            continue;
        }
        let name = &object.name;
        let message = format!("the queue `{}` is filled, and nobody gets anything from it", name.value);
        let finding = Finding::new(Code::WiringNoConsumer, name.span, message, "is never emptied");
        let help = format!(
            "add a step `get: {0}`, or say under `expect: {{queues: {{{0}: ..}}}}` what is left in it",
            name.value
        );
        bag.add(study.show(finding, puts).help(help));
    }
}
