//! `sync/barrier-parties`: fewer processes can wait at a barrier than it has parties.
//!
//! Instances, threads and the workers of pools count. Where somebody can break the barrier, by `abort`, `reset` or a
//! timeout, nobody waits for ever; and a command that may wait may do so several times over.
//!
//! Bad: `barriers: {meet: {parties: 3}}`, and two processes that wait. Good: `parties: 2`.
use std::collections::BTreeSet;

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
        if barrier.timeout.is_some() || !study.is_certain(id) || study.touches(thing).iter().any(breaks) {
            continue;
        }
        // Also those that come there with other parameters only: they can wait.
        let waits: Vec<&Touch> = study.touches_by(thing, Operation::Wait).collect();
        let open = |touch: &&Touch| touch.bounded || matches!(touch.by, By::Command(_));
        if !waits.iter().any(|touch| touch.reached) || waits.iter().any(open) {
            continue;
        }
        let actors: BTreeSet<Actor> = waits.iter().flat_map(|touch| study.actors(touch.by)).collect();
        let can: u64 = actors.iter().map(|actor| study.crowd_of(*actor)).sum();
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
