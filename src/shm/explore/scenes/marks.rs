//! What was taken is marked done: by `task_done`, or by whoever takes it after a death.
use super::queues::{TAKEN, bytes, contents, number, puts, queue, queue_of, queue_with_one, still_works};
use super::{A_WHILE, One, Scene, explore};
use crate::shm::explore::Outcome;
use crate::shm::{Arena, ObjectIndex, Queue, SlotIndex, Wait};

fn takes_and_marks(player: &One) {
    let mut into = Vec::with_capacity(16);
    if queue_of(player).get(&player.actor, &mut into, A_WHILE).is_ok() {
        player.note(TAKEN + number(&into));
        queue_of(player).task_done(&player.actor).unwrap();
        player.note(MARKED);
    }
}

const MARKED: u64 = 500;

fn redelivering_end(arena: &Arena, index: &ObjectIndex, outcome: &Outcome) {
    let queue: &Queue = arena.object(*index).unwrap();
    let notes = |of: &dyn Fn(&u64) -> bool| outcome.notes.iter().flatten().filter(|note| of(note)).count() as u64;
    let (put, marked) = (notes(&|note| *note < MARKED), notes(&|note| *note == MARKED));
    let deaths = outcome.died.iter().filter(|died| **died).count() as u64;
    // A put and a mark that the dead had no time to note may have happened.
    let unfinished = queue.unfinished();
    assert!(unfinished + marked + deaths >= put && unfinished + marked <= put + deaths, "{unfinished} unfinished");
    assert_eq!(unfinished, queue.qsize(), "nobody is left who holds one");
    let mut left = contents(arena, queue);
    left.dedup();
    assert_eq!(left.len() as u64, queue.qsize(), "no item is there twice");
    still_works(arena, queue, true);
}

#[test]
fn queue_that_redelivers() {
    explore(
        "redelivering queue, 1 putter, 1 taker",
        &Scene {
            build: |arena| queue(arena, 0, true),
            scripts: &[|player: &One| puts(player, &[1]), takes_and_marks],
            end: redelivering_end,
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}

#[test]
fn queue_that_redelivers_to_another() {
    explore(
        "redelivering queue, 2 takers",
        &Scene {
            build: |arena| queue_with_one(arena, true),
            scripts: &[takes_and_marks, takes_and_marks],
            end: |arena, index, outcome| {
                let queue: &Queue = arena.object(*index).unwrap();
                let marked = outcome.notes.iter().flatten().any(|note| *note == MARKED);
                assert!(queue.unfinished() == 0 || !marked);
                assert_eq!(queue.unfinished(), queue.qsize());
                // The one that lives gets it, unless the dead one had marked it done.
                let survivor = (0..2).find(|slot| outcome.lives(*slot)).unwrap();
                assert!(queue.unfinished() == 0 || outcome.notes[survivor].is_empty());
                assert!(queue.unfinished() == 0, "it slept beside the item");
                still_works(arena, queue, true);
            },
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}

/// One dies with two of them; what comes back is taken, also while it comes.
#[test]
fn queue_that_redelivers_several() {
    explore(
        "redelivering queue, 2 items of one taker",
        &Scene {
            build: |arena| {
                let index = queue(arena, 0, true);
                let queue: &Queue = arena.object(index).unwrap();
                let [first, second] = [0, 1].map(|slot| crate::shm::Actor::new(arena, SlotIndex(slot)));
                let mut into = Vec::with_capacity(16);
                for n in [1, 2] {
                    queue.put(&second, &bytes(n), Wait::Poll).unwrap();
                    queue.get(&first, &mut into, Wait::Poll).unwrap();
                }
                index
            },
            scripts: &[
                |player: &One| {
                    if queue_of(player).task_done(&player.actor).is_ok() {
                        player.note(MARKED);
                    }
                },
                takes_and_marks,
            ],
            end: |arena, index, outcome| {
                let queue: &Queue = arena.object(*index).unwrap();
                let left = contents(arena, queue);
                let taken = outcome.notes[1].first().map(|note| note - TAKEN);
                let seen: Vec<u64> = taken.into_iter().chain(left.iter().copied()).collect();
                assert!(seen.is_sorted_by(|one, other| one < other), "twice, or out of order: {seen:?}");
                if !outcome.lives(0) {
                    assert_eq!(queue.unfinished(), left.len() as u64, "nobody is left who holds one");
                    still_works(arena, queue, true);
                }
            },
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}

#[test]
fn queue_marked_and_joined() {
    explore(
        "task_done and join",
        &Scene {
            build: |arena| queue_with_one(arena, false),
            scripts: &[
                |player: &One| {
                    if queue_of(player).task_done(&player.actor).is_ok() {
                        player.note(MARKED);
                    }
                },
                |player: &One| {
                    let joined = queue_of(player).join(&player.actor, A_WHILE).is_ok();
                    player.note(u64::from(joined));
                },
            ],
            end: |arena, index, outcome| {
                let queue: &Queue = arena.object(*index).unwrap();
                let finished = queue.unfinished() == 0;
                assert!(finished || !outcome.lives(0));
                assert!(!outcome.lives(1) || outcome.notes[1] == [u64::from(finished)], "the joiner knows");
            },
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}
