//! `wiring/shared-end`: several processes receive from one end of a pipe.
//!
//! Each message goes to one of them, and which is open: for that there are queues.
//!
//! Bad: two processes with `recv: chan.b`. Good: a queue, or a pipe for each of them.
use std::collections::BTreeSet;

use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{ObjectId, ObjectKind, Operation};
use crate::program::{End, Thing};

use super::Actor;

pub(in crate::check) fn shared_end(study: &Study, bag: &mut Bag) {
    for (number, object) in study.graph.objects.iter().enumerate() {
        let id = ObjectId(number as u32);
        let ObjectKind::Pipe(pipe) = &object.kind else { continue };
        if !study.is_certain(id) {
            continue;
        }
        for side in 0..2 {
            let thing = Thing::End(End { pipe: id, side });
            let receives: Vec<_> = study.touches_by(thing, Operation::Recv).filter(|touch| touch.reached).collect();
            let actors: BTreeSet<Actor> = receives.iter().flat_map(|touch| study.actors(touch.by)).collect();
            if !at_once(study, &actors) {
                continue;
            }
            let end = format!("{}.{}", object.name.value, pipe.ends[usize::from(side)].value);
            let first = receives.iter().map(|touch| touch.span).min().unwrap_or(object.name.span);
            let message = format!("several processes receive from `{end}`: which of them gets a message is open");
            let finding = Finding::new(Code::WiringSharedEnd, first, message, "received here by more than one");
            let finding = study.show(finding, receives).also(object.name.span, "the pipe");
            bag.add(finding.help("use a queue, or give each process a pipe of its own"));
        }
    }
}

/// More of them are not compared with one another.
const ACTORS_MAX: usize = 64;

/// Whether two of them can run at the same time.
fn at_once(study: &Study, actors: &BTreeSet<Actor>) -> bool {
    let together = |a: &Actor, b: &Actor| match (a, b) {
        (Actor::Process(a), Actor::Process(b)) => !study.order.apart(*a, *b),
        _ => true,
    };
    let actors: Vec<&Actor> = actors.iter().take(ACTORS_MAX).collect();
    let alone = |actor: &Actor| study.processes_of(*actor) < 2;
    actors.iter().any(|actor| !alone(actor))
        || actors.iter().enumerate().any(|(at, a)| actors[..at].iter().any(|b| together(a, b)))
}
