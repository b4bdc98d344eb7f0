//! `order/daemon-unawaited`: an expectation about what a daemon does for which nobody waits.
//!
//! A daemon is ended with the last process that is none, whether it is done or not. Told only where no such process
//! waits for anything, be it time, that the daemon could have to do with.
//!
//! Bad: a daemon that puts, `expect: {queues: {out: [1]}}`, and a `main` that just ends. Good: `join` the daemon.
use std::collections::BTreeSet;

use crate::check::study::{By, Study, Touch};
use crate::check::wiring::Actor;
use crate::diag::{Bag, Code, Finding, Span};
use crate::graph::{Action, Body as Source, Expect, Graph, Lines, ObjectId, Operation, ProcessId, Step, gives_up};
use crate::program::Thing;

pub(in crate::check) fn daemon_unawaited(study: &Study, bag: &mut Bag) {
    let Some(expect) = &study.graph.expect else { return };
    if study.is_wrong_on_purpose() || lasts(study) {
        return;
    }
    for (number, process) in study.graph.processes.iter().enumerate() {
        let id = ProcessId(number as u32);
        if !process.daemon || process.is_external() {
            continue;
        }
        let Some(span) = expected(study, expect, id) else { continue };
        if is_awaited(study, id) {
            continue;
        }
        let name = &process.name;
        let message =
            format!("nobody waits for the daemon `{}`, which may be ended before it has done this", name.value);
        let finding = Finding::new(Code::OrderDaemonUnawaited, span, message, "may not have come about");
        let help = format!("let a process that is no daemon `join` `{}`, or wait for what it does", name.value);
        bag.add(finding.also(name.span, "ends with the last process that is no daemon").help(help));
    }
}

/// Whether a process that is no daemon takes its time, or how long it takes is not known.
fn lasts(study: &Study) -> bool {
    let takes_time = |step: &Step| match &step.action {
        Action::Sleep(_) | Action::Exec { .. } | Action::While { .. } | Action::Loop { .. } => true,
        Action::Apply { .. } | Action::Map { .. } | Action::Await { .. } => true,
        Action::Get { block, timeout, .. }
        | Action::Put { block, timeout, .. }
        | Action::Acquire { block, timeout, .. } => gives_up(block, timeout),
        Action::Wait { timeout, .. }
        | Action::WaitAny { timeout, .. }
        | Action::Recv { timeout, .. }
        | Action::Join { timeout, .. } => timeout.is_some(),
        _ => false,
    };
    let others = study.graph.processes.iter().filter(|process| !process.daemon && process.instances() > 0);
    others.clone().any(|process| process.is_external() || process.restart.is_some())
        || study.running().any(|(_, body)| {
            let own = body.runners.iter().any(|actor| match actor {
                Actor::Process(process) => !study.graph.process(*process).daemon,
                Actor::Worker(_) => true,
            });
            let mut takes = false;
            body.steps.iter().for_each(|step| step.walk(&mut |step| takes |= takes_time(step)));
            own && takes
        })
}

/// Whether somebody else does anything with what the daemon touches, or asks for the daemon itself, but to start it or to
/// hand it something.
fn is_awaited(study: &Study, daemon: ProcessId) -> bool {
    let own = Actor::Process(daemon);
    if study.touches_of_process(daemon).any(|(_, touch)| touch.operation != Operation::Start) {
        return true;
    }
    let gives =
        |touch: &Touch| matches!(touch.operation, Operation::Put | Operation::Send | Operation::Set | Operation::Close);
    let things: BTreeSet<Thing> = study
        .running()
        .filter(|(_, body)| body.runners.contains(&own))
        .flat_map(|(_, body)| body.uses.iter().map(|used| used.thing))
        .flat_map(|thing| match thing {
            Thing::End(end) => vec![thing, Thing::End(end.peer())],
            thing => vec![thing],
        })
        .collect();
    things.into_iter().any(|thing| match thing {
        Thing::Process(_) => true,
        thing => study.touches(thing).iter().any(|touch| !gives(touch) && !is_only_by(study, touch.by, own)),
    })
}

fn is_only_by(study: &Study, by: By, actor: Actor) -> bool {
    study.actors(by).iter().all(|other| *other == actor)
}

/// The place where something is expected that only this daemon does.
fn expected(study: &Study, expect: &Expect, daemon: ProcessId) -> Option<Span> {
    let only_it = |name: &str, operation| {
        let mut touches = study.touches_by(Thing::Object(object(study.graph, name)?), operation).peekable();
        touches.peek()?;
        touches.all(|touch| is_only_by(study, touch.by, Actor::Process(daemon))).then_some(())
    };
    let queues = expect.queues.iter().filter_map(|(name, items)| {
        only_it(&name.value, Operation::Put)?;
        let some = |items: &Option<Vec<_>>| items.as_ref().is_some_and(|items| !items.is_empty());
        let any = some(&items.exact) || some(&items.any_order) || some(&items.contains);
        (any || items.count.as_ref().is_some_and(|count| count.value > 0)).then_some(name.span)
    });
    let events = expect.events.iter().filter_map(|(name, set)| {
        only_it(&name.value, Operation::Set)?;
        set.value.then_some(name.span)
    });
    let own = &study.graph.process(daemon).name.value;
    let lines = expect.processes.iter().filter(|(name, _)| name.value == *own).filter_map(|(name, expected)| {
        [&expected.stdout, &expected.stderr].into_iter().flatten().any(says_something).then_some(name.span)
    });
    if !matches!(study.graph.process(daemon).body, Source::Steps(_) | Source::Target { .. }) {
        return None;
    }
    queues.chain(events).chain(lines).min()
}

fn object(graph: &Graph, name: &str) -> Option<ObjectId> {
    graph.object_named(name)
}

fn says_something(lines: &Lines) -> bool {
    [&lines.exact, &lines.any_order, &lines.contains, &lines.in_order]
        .into_iter()
        .flatten()
        .any(|patterns| !patterns.is_empty())
        || lines.count.as_ref().is_some_and(|count| count.value > 0)
}
