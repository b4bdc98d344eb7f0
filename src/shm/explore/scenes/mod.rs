//! What is tried. Small, for the number of states grows with the product of the lengths.
mod blocks;
mod marks;
mod meetings;
mod pools;
mod queues;
mod words;

use super::{Player, Report, Scene};
use crate::shm::{Actor, Arena, ObjectIndex, SlotIndex, Wait, supervise};

/// A player of a scene about one object.
type One<'a> = Player<'a, ObjectIndex>;

/// Tries all of it and says what it was.
fn explore<T>(name: &str, scene: &Scene<T>) {
    let begin = std::time::Instant::now();
    match scene.explore() {
        Ok(report) => {
            let Report { states, schedules, ends, deaths, thrown, complete } = report;
            let seconds = begin.elapsed().as_secs_f32();
            let rest = if complete { "all of them".to_owned() } else { format!("{thrown} of them thrown by dice") };
            println!(
                "explored {name}: {states} states, {schedules} schedules, {rest}, {ends} to the end, {deaths} deaths, \
                 {seconds:.1} s"
            );
        }
        Err(failure) => panic!("{name}: {failure}"),
    }
}

/// A wait that ends when nobody can go on otherwise.
const A_WHILE: Wait = Wait::Until(super::NOW_NS + 1);

/// Somebody who comes when all is over, to try whether it still works.
fn late_comer(arena: &Arena) -> Actor<'_> {
    let slot = SlotIndex(arena.slot_count() - 1);
    supervise::begin(arena, slot, 1);
    Actor::new(arena, slot)
}
