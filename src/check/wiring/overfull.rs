//! `wiring/overfull`: a queue with a bound is filled past it by the process that alone would empty it afterwards.
//!
//! The `put` waits for room that only a later step of the same process could make.
//!
//! Bad: `maxsize: 2`, three puts and then three gets in one process. Good: `maxsize: 3`, or another process that gets.
use crate::check::count::{Counter, can_leave, runs_to_its_end};
use crate::check::study::{By, Study};
use crate::check::wiring::Actor;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{ObjectId, ObjectKind, Operation, ProcessId, Step};
use crate::program::Thing;

pub(in crate::check) fn overfull(study: &Study, bag: &mut Bag) {
    if study.is_wrong_on_purpose() {
        return;
    }
    for (number, object) in study.graph.objects.iter().enumerate() {
        let id = ObjectId(number as u32);
        let ObjectKind::Queue(queue) = &object.kind else { continue };
        if queue.maxsize == 0 || !study.is_certain(id) {
            continue;
        }
        let thing = Thing::Object(id);
        for (process, body) in fillers(study, thing) {
            let body = &study.bodies[body];
            if !body.countable || !is_alone(study, thing, process) {
                continue;
            }
            let puts = Counter::new(study, body, thing, Operation::Put);
            let gets = Counter::new(study, body, thing, Operation::Get);
            let Some(put) = before(&puts, &gets, body.steps) else { continue };
            let items = queue.items.len() as u64 + put;
            if items <= queue.maxsize {
                continue;
            }
            let (name, filler) = (&object.name, &study.graph.process(process).name);
            let message = format!(
                "`{}` puts until there are {items} items in the queue `{}`, which holds {}, before anybody takes one",
                filler.value, name.value, queue.maxsize
            );
            let finding = Finding::new(Code::WiringOverfull, name.span, message, "is full, and stays so");
            let own = |by: By| study.is_by(by, Actor::Process(process));
            let uses = study.touches(thing).iter().filter(|touch| {
                (touch.operation == Operation::Put && own(touch.by)) || touch.operation == Operation::Get
            });
            let help = format!("set `maxsize: {items}`, or let another process take the items meanwhile");
            bag.add(study.show(finding, uses).help(help));
            break;
        }
    }
}

/// The single processes that put, each with its body.
fn fillers(study: &Study, thing: Thing) -> Vec<(ProcessId, usize)> {
    let mut fillers = Vec::new();
    for touch in study.touches_by(thing, Operation::Put) {
        let By::Body(body) = touch.by else { continue };
        for actor in &study.bodies[body].runners {
            if let Actor::Process(process) = *actor
                && study.crowd_of(*actor) == 1
                && !study.graph.process(process).daemon
                && runs_to_its_end(study, process)
                && !fillers.contains(&(process, body))
            {
                fillers.push((process, body));
            }
        }
    }
    fillers
}

/// Somebody takes from the queue, and if it is not this process itself, only when this one has ended.
fn is_alone(study: &Study, thing: Thing, process: ProcessId) -> bool {
    let takers: Vec<Actor> = study
        .touches(thing)
        .iter()
        .filter(|touch| touch.operation == Operation::Get)
        .flat_map(|touch| study.actors(touch.by))
        .collect();
    let late = |actor: &Actor| match *actor {
        Actor::Process(taker) => taker == process || study.order.waits_for(taker, process),
        Actor::Worker(_) => false,
    };
    !takers.is_empty() && takers.iter().all(late)
}

/// What is surely put before the first step that takes.
fn before(puts: &Counter, gets: &Counter, steps: &[Step]) -> Option<u64> {
    let mut sum: u64 = 0;
    for step in steps {
        if gets.is_in(step) {
            break;
        }
        if can_leave(step) && !puts.is_in(step) {
            break;
        }
        match puts.block(std::slice::from_ref(step)) {
            Some(more) => sum = sum.checked_add(more)?,
            None => break,
        }
    }
    Some(sum)
}
