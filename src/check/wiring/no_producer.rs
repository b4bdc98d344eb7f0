//! `wiring/no-producer`: a queue is read, nobody can put into it, and it starts empty.
//!
//! A `get` that gives up by itself may be meant so and is left alone, and so is one by who is ended by a signal.
//!
//! Bad: `get: tasks`, and no `put: tasks` anywhere. Good: a process that puts, or `tasks: {items: [1, 2]}`.
use crate::check::body::Body;
use crate::check::study::{By, Study};
use crate::diag::{Bag, Code, Finding};
use crate::graph::{ObjectId, ObjectKind, Operation};
use crate::program::Thing;

pub(in crate::check) fn no_producer(study: &Study, bag: &mut Bag) {
    for (number, object) in study.graph.objects.iter().enumerate() {
        let id = ObjectId(number as u32);
        let ObjectKind::Queue(queue) = &object.kind else { continue };
        let thing = Thing::Object(id);
        if !queue.items.is_empty() || !study.is_certain(id) || study.touches_by(thing, Operation::Put).next().is_some()
        {
            continue;
        }
        // A command that may get, and may do anything else, need not.
        let stream = |by: By, verb: &str| matches!(by, By::Command(_)) && verb == "stdin";
        let gets: Vec<_> = study
            .touches_by(thing, Operation::Get)
            .filter(|touch| touch.reached && (!touch.bounded || stream(touch.by, touch.verb)))
            .collect();
        if gets.is_empty() || study.are_ended(gets.iter().copied()) || study.is_in_a_model(thing, Operation::Put) {
            continue;
        }
        // With other parameters there are some who put, and a `for` over none of their items ends at once.
        let puts = |body: &Body| body.uses.iter().any(|used| used.thing == thing && used.operation == Operation::Put);
        if gets.iter().all(|touch| touch.verb == "for") && study.bodies.iter().any(puts) {
            continue;
        }
        let name = &object.name;
        let message = format!("the queue `{}` is read, and nobody puts anything into it", name.value);
        let finding = Finding::new(Code::WiringNoProducer, name.span, message, "starts empty and stays so");
        let help = format!("add a step `put: {}`, or give the queue `items`", name.value);
        bag.add(study.show(finding, gets).help(help));
    }
}
