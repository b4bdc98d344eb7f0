//! `sync/unprotected-update`: one value is read, and then written with what became of it, by several processes that hold
//! no lock in common from the read to the write.
//!
//! What another writes in between is lost. An array is judged by its cells, where their numbers are written down.
//!
//! Bad: `read: balance`, `into: b`, then `write: balance`, `value: ${b + 1}`. Good: `add: balance`, or both in one
//! `with: lock`.
use std::collections::{BTreeMap, BTreeSet};

use super::meeting::Meeting;
use super::update::{Change, changes};
use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding, Span};
use crate::graph::ObjectId;

/// Changes of one value that are compared with one another; of more, the first.
const CHANGES_MAX: usize = 50;

pub(in crate::check) fn unprotected_update(study: &Study, bag: &mut Bag) {
    let mut by_object: BTreeMap<ObjectId, Vec<Change>> = BTreeMap::new();
    for change in changes(study) {
        by_object.entry(change.cell.object).or_default().push(change);
    }
    let meeting = Meeting::new(study);
    for (object, changes) in &by_object {
        let changes = &changes[..changes.len().min(CHANGES_MAX)];
        let mut losing: BTreeSet<(Span, Option<Span>)> = BTreeSet::new();
        let mut others: BTreeSet<Span> = BTreeSet::new();
        for change in changes.iter().filter(|change| change.read.is_some()) {
            for other in changes.iter().filter(|other| meets(&meeting, change, other)) {
                losing.insert((change.write, change.read));
                others.insert(other.write);
            }
        }
        let Some((write, _)) = losing.first() else { continue };
        let name = &study.graph.object(*object).name;
        let message = format!(
            "`{}` is read and then written by several processes that hold no lock in common: an update can get lost",
            name.value
        );
        let mut finding =
            Finding::new(Code::SyncUnprotectedUpdate, *write, message, "written with what was read before");
        let reads = losing.iter().filter_map(|(_, read)| *read).map(|span| (span, "read here"));
        let writes = losing.iter().map(|(write, _)| (*write, "written with what was read before"));
        let more = others.iter().map(|span| (*span, "changed here"));
        let mut labels: Vec<(Span, &str)> = reads.chain(writes).chain(more).collect();
        labels.sort_by_key(|(span, _)| *span);
        for (span, text) in labels {
            if finding.labels.iter().all(|label| label.span != span) {
                finding = finding.also(span, text);
            }
        }
        let help =
            format!("hold one lock from the read to the write in all of them, or change it by `add: {}`", name.value);
        bag.add(finding.help(help));
    }
}

fn meets(meeting: &Meeting, change: &Change, other: &Change) -> bool {
    change.cell.overlaps(other.cell) && change.locks.is_disjoint(&other.locks) && meeting.can_meet(change.at, other.at)
}
