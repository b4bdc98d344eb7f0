//! `sync/barrier-parties`: fewer processes can wait at a barrier than it has parties.
//!
//! Instances, threads and the workers of pools count, but not those that `after` keeps apart. Where somebody can break the barrier, by `abort` or `reset`,
//! nobody waits for ever; where a timeout breaks it, somebody may catch that or expect the end that follows. And a command
//! that may wait may do so several times over.
//!
//! Bad: `barriers: {meet: {parties: 3}}`, and two processes that wait. Good: `parties: 2`.
use std::collections::BTreeSet;

use crate::check::flow::{Act, NodeId, is_caught};
use crate::check::study::{By, Study, Touch};
use crate::check::wiring::Actor;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{ObjectId, ObjectKind, Operation};
use crate::program::Thing;

pub(in crate::check) fn barrier_parties(study: &Study, bag: &mut Bag) {
    for (number, object) in study.graph.objects.iter().enumerate() {
        let id = ObjectId(number as u32);
        let ObjectKind::Barrier(barrier) = &object.kind else { continue };
        let thing = Thing::Object(id);
        let breaks = |touch: &Touch| matches!(touch.operation, Operation::Abort | Operation::Reset);
        if !study.is_certain(id) || study.touches(thing).iter().any(breaks) {
            continue;
        }
        // Also those that come there with other parameters only: they can wait.
        let waits: Vec<&Touch> = study.touches_by(thing, Operation::Wait).collect();
        let open = |touch: &&Touch| {
            let times_out = barrier.timeout.is_some() || touch.bounded;
            matches!(touch.by, By::Command(_)) || times_out && is_in_mind(study, touch)
        };
        if !waits.iter().any(|touch| touch.reached) || waits.iter().any(open) {
            continue;
        }
        let actors: BTreeSet<Actor> = waits.iter().flat_map(|touch| study.actors(touch.by)).collect();
        let can = together(study, &actors.into_iter().collect::<Vec<_>>());
        let parties = u64::from(barrier.parties.value);
        if can >= parties {
            continue;
        }
        let name = &object.name;
        let message = format!("the barrier `{}` has {parties} parties, and only {can} can wait at it", name.value);
        let finding = Finding::new(Code::SyncBarrierParties, name.span, message, "nobody ever passes");
        let finding = finding.also(barrier.parties.span, format!("{parties} are needed"));
        bag.add(study.show(finding, waits).help(format!("set `parties: {can}`, or let more processes wait")));
    }
}

/// Somebody catches the error of this wait, or expects an end other than with 0.
fn is_in_mind(study: &Study, touch: &Touch) -> bool {
    let By::Body(number) = touch.by else { return true };
    let Some(flow) = &study.bodies[number].flow else { return true };
    let here = |id: &NodeId| match flow.node(*id).act {
        Act::Step(step) => step.usages().any(|usage| usage.name.span == touch.span),
        _ => false,
    };
    flow.ids().filter(here).any(|id| is_caught(flow, id))
        || study.is_wrong_on_purpose()
        || study.actors(touch.by).iter().any(|actor| match actor {
            Actor::Process(process) => study.may_fail(*process),
            Actor::Worker(_) => true,
        })
}

/// More of them are all taken to be there at the same time.
const ACTORS_MAX: usize = 12;

/// How many of these can be there at the same time at most.
fn together(study: &Study, actors: &[Actor]) -> u64 {
    let all = actors.iter().map(|actor| study.crowd_of(*actor)).sum();
    let apart = |a: &Actor, b: &Actor| match (a, b) {
        (Actor::Process(a), Actor::Process(b)) => study.order.apart(*a, *b),
        _ => false,
    };
    if actors.len() > ACTORS_MAX || !actors.iter().enumerate().any(|(i, a)| actors[..i].iter().any(|b| apart(a, b))) {
        return all;
    }
    let sets = (0..1_u32 << actors.len()).map(|set| {
        let chosen: Vec<&Actor> = (0..actors.len()).filter(|i| set & (1 << i) != 0).map(|i| &actors[i]).collect();
        let meet = chosen.iter().enumerate().all(|(i, a)| chosen[..i].iter().all(|b| !apart(a, b)));
        if meet { chosen.iter().map(|actor| study.crowd_of(**actor)).sum() } else { 0 }
    });
    sets.max().unwrap_or(all)
}
