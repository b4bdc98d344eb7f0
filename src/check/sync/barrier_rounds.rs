//! `sync/barrier-rounds`: so many waits at a barrier that they do not come out even: somebody is left waiting.
//!
//! Told only where every wait is counted: none has a timeout, none is in doubt, and nobody breaks the barrier.
//!
//! Bad: `parties: 2`, one process that waits twice and one that waits once. Good: both wait as often.
use crate::check::count::shares;
use crate::check::study::{Study, Touch};
use crate::diag::{Bag, Code, Finding};
use crate::graph::{ObjectId, ObjectKind, Operation};
use crate::program::Thing;

pub(in crate::check) fn barrier_rounds(study: &Study, bag: &mut Bag) {
    if study.is_wrong_on_purpose() {
        return;
    }
    for (number, object) in study.graph.objects.iter().enumerate() {
        let id = ObjectId(number as u32);
        let ObjectKind::Barrier(barrier) = &object.kind else { continue };
        let thing = Thing::Object(id);
        let breaks = |touch: &Touch| matches!(touch.operation, Operation::Abort | Operation::Reset);
        let told = |finding: &Finding| finding.primary().span == object.name.span;
        if barrier.timeout.is_some()
            || !study.is_certain(id)
            || study.touches(thing).iter().any(breaks)
            || bag.iter().any(told)
        {
            continue;
        }
        let Some(shares) = shares(study, thing, Operation::Wait) else { continue };
        // A daemon may be left waiting.
        if shares.iter().any(|share| study.graph.process(share.process).daemon) {
            continue;
        }
        let parties = u64::from(barrier.parties.value).max(1);
        let all: u64 = shares.iter().map(|share| share.all).sum();
        let most = shares.iter().map(|share| share.each).max().unwrap_or(0);
        let why = if !all.is_multiple_of(parties) {
            format!("it is waited at {all} times, {} short of a full round", parties - all % parties)
        } else if most > all / parties {
            let rounds = all / parties;
            format!("one process waits {most} times, and the others are enough for {rounds} rounds only")
        } else {
            continue;
        };
        let name = &object.name;
        let message = format!("somebody is left waiting at the barrier `{}`: {why}", name.value);
        let finding = Finding::new(Code::SyncBarrierRounds, name.span, message, "does not come out even");
        let finding = finding.also(barrier.parties.span, format!("{parties} pass together"));
        let waits = study.touches_by(thing, Operation::Wait);
        bag.add(study.show(finding, waits).help("let all of its processes wait equally often"));
    }
}
