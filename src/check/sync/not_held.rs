//! `sync/not-held`: `release`, `wait` or `notify` where the lock cannot be held on any path.
//!
//! A lock is released by its holder only; a semaphore by anybody.
//!
//! Bad: `notify: changed` outside of `with: changed`. Good: `with: changed` with `do: [notify: changed]`.
use std::collections::{BTreeMap, BTreeSet};

use super::hanging::hanging;
use super::held::{Effect, Locks};
use crate::check::body::Body;
use crate::check::flow::{Act, Care, is_caught, solve};
use crate::check::study::Study;
use crate::check::wiring::Actor;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{Action, Kind, Name, ObjectId, Operation, Step};
use crate::program::{Found, Thing, find};

pub(in crate::check) fn not_held(study: &Study, bag: &mut Bag) {
    let taken = taken(study);
    for (_, body) in study.running() {
        let Some(flow) = &body.flow else { continue };
        let locks = Locks { graph: study.graph, body };
        if !body.does(&[Operation::Release, Operation::Notify, Operation::Wait]) {
            continue;
        }
        let mut needs = false;
        for step in body.steps {
            step.walk(&mut |step| needs |= need(study, body, step).is_some());
        }
        if !needs {
            continue;
        }
        let before = solve(flow, &locks, Care::Every);
        let hanging = hanging(flow, &locks);
        for id in flow.ids() {
            let (Act::Step(step), Some(held)) = (flow.node(id).act, &before[id.index()]) else { continue };
            let Some(name) = need(study, body, step) else { continue };
            let Some(lock) = locks.lock(name).filter(|lock| lock.kind.has_holder()) else { continue };
            // Who catches the error has it in mind.
            if held.can_hold(lock.id) || is_caught(flow, id) || !hanging.reached[id.index()] {
                continue;
            }
            // What a thread or an earlier task of a worker has taken, this one may give back.
            let others = body.runners.iter().any(|actor| {
                let shared = match actor {
                    Actor::Process(process) => *study.graph.process(*process).threads > 1,
                    Actor::Worker(_) => true,
                };
                shared && taken.get(actor).is_some_and(|taken| taken.contains(&lock.id))
            });
            if others {
                continue;
            }
            let (verb, of) = (step.verb.value, &study.graph.object(lock.id).name);
            let message = match verb {
                "release" => format!("`{}` is not held here, so it cannot be released", of.value),
                verb => format!("`{verb}: {}` needs its lock, which is not held here", name.value),
            };
            let finding = Finding::new(Code::SyncNotHeld, name.span, message, "not held on any way here");
            let finding = finding.also(of.span, "declared here");
            let help = match verb {
                "release" => "acquire it before, or remove the step; to signal others use a semaphore".to_owned(),
                _ => format!("put the step into the `do` of `with: {}`", name.value),
            };
            bag.add(finding.help(help));
        }
    }
}

/// The lock or condition that must be held for the step.
fn need<'n>(study: &Study, body: &Body, step: &'n Step) -> Option<&'n Name> {
    match &step.action {
        Action::Release { of } => Some(of),
        Action::Notify { condition: on, .. } | Action::Wait { on, .. } => match find(study.graph, &body.bindings, on) {
            Ok(Found::Thing(Thing::Object(id))) => (study.graph.object(id).kind() == Kind::Condition).then_some(on),
            _ => None,
        },
        _ => None,
    }
}

/// The locks that each one ever takes.
fn taken(study: &Study) -> BTreeMap<Actor, BTreeSet<ObjectId>> {
    let mut taken: BTreeMap<Actor, BTreeSet<ObjectId>> = BTreeMap::new();
    for (_, body) in study.running().filter(|(_, body)| body.does(&[Operation::Acquire])) {
        let locks = Locks { graph: study.graph, body };
        let mut own = BTreeSet::new();
        for step in body.steps {
            step.walk(&mut |step| {
                if let Some(Effect::Takes { lock, .. }) = locks.effect_of(step) {
                    own.insert(lock.id);
                }
            });
        }
        if !own.is_empty() {
            for actor in &body.runners {
                taken.entry(*actor).or_default().extend(&own);
            }
        }
    }
    taken
}
