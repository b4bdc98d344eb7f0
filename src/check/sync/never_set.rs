//! `sync/never-set`: an event is waited for without a timeout, starts clear, and nobody sets it, or only who has waited
//! for it before, or for the end of who waits. Who is ended by a signal in any case may wait for it.
//!
//! Bad: `wait: ready`, and no `set: ready` anywhere. Good: add the step, or `events: {ready: {set: true}}`.
use crate::check::flow::{Act, Flow, Node, NodeId, Seen, trace};
use crate::check::study::{By, Study, Touch};
use crate::check::wiring::Actor;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{Action, ObjectId, ObjectKind, Operation, ProcessId, Step, gives_up};
use crate::program::Thing;

pub(in crate::check) fn never_set(study: &Study, bag: &mut Bag) {
    for (number, object) in study.graph.objects.iter().enumerate() {
        let id = ObjectId(number as u32);
        let ObjectKind::Event(event) = &object.kind else { continue };
        let thing = Thing::Object(id);
        if event.set || !study.is_certain(id) {
            continue;
        }
        // One among several things waited for may be there for the day it is used.
        let waits: Vec<_> = study
            .touches_by(thing, Operation::Wait)
            .filter(|touch| touch.reached && !touch.bounded && !touch.one_of_several)
            .collect();
        if waits.is_empty() || study.are_ended(waits.iter().copied()) {
            continue;
        }
        let name = &object.name;
        let mut sets = study.touches_by(thing, Operation::Set).peekable();
        let (message, label, help) = if sets.peek().is_none() {
            (
                format!("the event `{}` is waited for, and nobody sets it", name.value),
                "starts clear and stays so",
                format!("add a step `set: {}`, or declare it with `set: true`", name.value),
            )
        } else if waits.iter().any(|wait| is_too_late(study, thing, wait)) {
            (
                format!("the event `{}` is waited for, and is set only after that wait", name.value),
                "starts clear, and stays so until it is too late",
                format!("let another process do `set: {}`, or do it before", name.value),
            )
        } else {
            continue;
        };
        let finding = Finding::new(Code::SyncNeverSet, name.span, message, label);
        bag.add(study.show(finding, waits.into_iter().chain(sets)).help(help));
    }
}

/// Whether every `set` comes only when this wait is over, or its process.
fn is_too_late(study: &Study, event: Thing, wait: &Touch) -> bool {
    let By::Body(waiting) = wait.by else { return false };
    let runners = &study.bodies[waiting].runners;
    let (Some(Actor::Process(waiter)), 1) = (runners.first().copied(), runners.len()) else { return false };
    if study.crowd_of(Actor::Process(waiter)) != 1 {
        return false;
    }
    study.touches_by(event, Operation::Set).all(|set| {
        // With other parameters it may come in time.
        let By::Body(setting) = set.by else { return false };
        if !set.reached {
            return false;
        }
        study.bodies[setting].runners.iter().all(|actor| match *actor {
            Actor::Process(setter) if setter == waiter => only_after(study, setting, event, &|step| {
                matches!(&step.action, Action::Wait { timeout, .. } if step.usages().any(|usage| usage.name.span == wait.span)
                    && !gives_up(&None, timeout))
            }),
            Actor::Process(setter) => {
                study.order.waits_for(setter, waiter) || only_after_the_end(study, setting, event, waiter)
            }
            Actor::Worker(_) => false,
        })
    })
}

fn only_after_the_end(study: &Study, setting: usize, event: Thing, waiter: ProcessId) -> bool {
    let body = &study.bodies[setting];
    only_after(study, setting, event, &|step| match &step.action {
        Action::Join { of, timeout, .. } if !gives_up(&None, timeout) => {
            matches!(body.thing(study.graph, of), Some(Thing::Process(process)) if process.process == waiter)
        }
        _ => false,
    })
}

/// Whether the body sets the event only on ways through such a step.
fn only_after(study: &Study, number: usize, event: Thing, through: &dyn Fn(&Step) -> bool) -> bool {
    let body = &study.bodies[number];
    let Some(flow) = &body.flow else { return false };
    let sets = |step: &Step| match &step.action {
        Action::Set { event: set } => body.thing(study.graph, set) == Some(event),
        _ => false,
    };
    let judge = &mut |_: NodeId, node: &Node| match node.act {
        Act::Step(step) if through(step) => Seen::Stop,
        Act::Step(step) if sets(step) => Seen::Found,
        _ => Seen::GoOn,
    };
    trace(flow, Flow::ENTRY, &|_| None, judge).is_none()
}
