//! Locks, semaphores, events, arrays.
use super::{A_WHILE, One, Scene, explore, late_comer};
use crate::shm::explore::Outcome;
use crate::shm::{Acquired, Arena, Array, Event, Lock, ObjectIndex, Scalar, ScalarType, Semaphore, Wait};

pub(super) const HELD: u64 = 1;
pub(super) const HELD_AFTER_A_DEATH: u64 = 2;
pub(super) const RELEASED: u64 = 3;

fn holds_once(player: &One) {
    let lock: &Lock = player.arena.object(*player.objects).unwrap();
    let clean = lock.acquire(&player.actor, Wait::Forever).unwrap() == Acquired::Clean;
    assert_eq!(lock.holder(), Some(player.actor.index()));
    player.note(if clean { HELD } else { HELD_AFTER_A_DEATH });
    lock.release(&player.actor).unwrap();
    player.note(RELEASED);
}

/// Who died holding it is told to one taker: one of the living, or the next.
fn lock_at_the_end(arena: &Arena, lock: &ObjectIndex, outcome: &Outcome) {
    let lock: &Lock = arena.object(*lock).unwrap();
    assert!(!lock.locked(), "held by nobody");
    let told = outcome.notes.iter().zip(&outcome.died).filter(|(_, died)| !**died);
    let told = told.filter(|(notes, _)| notes.contains(&HELD_AFTER_A_DEATH)).count();
    let late = lock.acquire(&late_comer(arena), Wait::Poll).unwrap() != Acquired::Clean;
    let deaths = outcome.died.iter().filter(|died| **died).count();
    assert!(told + usize::from(late) <= deaths, "told more often than somebody died");
    // Who has noted that it holds the lock, and not that it released it, may have done so. Who was told of a death and
    // died with it held is told of in its place.
    let holding = |notes: &Vec<u64>| matches!(notes.last(), Some(&(HELD | HELD_AFTER_A_DEATH)));
    let surely = outcome.notes.iter().zip(&outcome.died).any(|(notes, died)| *died && holding(notes));
    if deaths == 0 {
        assert!(!late && told == 0);
    }
    if deaths == 1 && !surely {
        // It died before it knew, or after the release: told or not, both are right.
        assert!(told + usize::from(late) <= 1);
    }
}

#[test]
fn lock() {
    explore(
        "lock, 2 processes",
        &Scene {
            build: |arena| Lock::create(arena, false).unwrap(),
            scripts: &[holds_once, holds_once],
            end: lock_at_the_end,
            deaths: 2,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}

#[test]
fn lock_of_three() {
    explore(
        "lock, 3 processes",
        &Scene {
            build: |arena| Lock::create(arena, false).unwrap(),
            scripts: &[holds_once, holds_once, holds_once],
            end: lock_at_the_end,
            deaths: 1,
            timeouts: 0,
            restarts: 0,
            reaps: false,
        },
    );
}

fn takes_a_unit(player: &One) {
    let semaphore: &Semaphore = player.arena.object(*player.objects).unwrap();
    semaphore.acquire(&player.actor, Wait::Forever).unwrap();
    player.note(HELD);
    semaphore.release(&player.actor).expect("it was taken");
    player.note(RELEASED);
}

fn all_units_are_back(arena: &Arena, semaphore: &ObjectIndex, _: &Outcome) {
    let semaphore: &Semaphore = arena.object(*semaphore).unwrap();
    assert_eq!((semaphore.value(), semaphore.holders(arena)), (1, vec![]));
    let late = late_comer(arena);
    semaphore.acquire(&late, Wait::Poll).unwrap();
    assert!(semaphore.acquire(&late, Wait::Poll).is_err());
    semaphore.release(&late).unwrap();
    assert!(semaphore.release(&late).is_err());
}

#[test]
fn semaphore() {
    explore(
        "bounded semaphore, 2 processes",
        &Scene {
            build: |arena| Semaphore::create(arena, 1, true).unwrap(),
            scripts: &[takes_a_unit, takes_a_unit],
            end: all_units_are_back,
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}

#[test]
fn semaphore_of_three() {
    explore(
        "bounded semaphore, 3 processes",
        &Scene {
            build: |arena| Semaphore::create(arena, 1, true).unwrap(),
            scripts: &[takes_a_unit, takes_a_unit, takes_a_unit],
            end: all_units_are_back,
            deaths: 1,
            timeouts: 0,
            restarts: 0,
            reaps: false,
        },
    );
}

#[test]
fn semaphore_without_a_bound() {
    explore(
        "semaphore, 2 givers, 1 taker",
        &Scene {
            build: |arena| Semaphore::create(arena, 0, false).unwrap(),
            scripts: &[
                |player: &One| {
                    let semaphore: &Semaphore = player.arena.object(*player.objects).unwrap();
                    if semaphore.acquire(&player.actor, A_WHILE).is_ok() {
                        player.note(HELD);
                    }
                },
                gives_a_unit,
                gives_a_unit,
            ],
            end: |arena, semaphore, outcome| {
                let semaphore: &Semaphore = arena.object(*semaphore).unwrap();
                let given = (1..3).filter(|n| !outcome.notes[*n].is_empty()).count() as u32;
                let taken = u32::from(!outcome.notes[0].is_empty());
                let unsure = outcome.died.iter().filter(|died| **died).count() as u32;
                let value = semaphore.value();
                assert!(value + taken <= given + unsure && value + taken + unsure >= given, "{value} left");
                assert!(taken == 1 || !outcome.lives(0) || value == 0, "it slept though there was a unit");
            },
            deaths: 1,
            timeouts: 0,
            restarts: 0,
            reaps: false,
        },
    );
}

fn gives_a_unit(player: &One) {
    let semaphore: &Semaphore = player.arena.object(*player.objects).unwrap();
    semaphore.release(&player.actor).unwrap();
    player.note(RELEASED);
}

fn sets(player: &One) {
    player.arena.object::<Event>(*player.objects).unwrap().set();
}

#[test]
fn event() {
    explore(
        "event, 2 setters, 1 waiter",
        &Scene {
            build: |arena| Event::create(arena, false).unwrap(),
            scripts: &[
                |player: &One| {
                    let event: &Event = player.arena.object(*player.objects).unwrap();
                    // One of the two lives and sets it.
                    assert!(event.wait(&player.actor, Wait::Forever));
                },
                sets,
                sets,
            ],
            end: |arena, event, _| assert!(arena.object::<Event>(*event).unwrap().is_set()),
            deaths: 1,
            timeouts: 0,
            restarts: 0,
            reaps: false,
        },
    );
}

#[test]
fn event_set_and_cleared() {
    explore(
        "event, set and cleared at once",
        &Scene {
            build: |arena| Event::create(arena, false).unwrap(),
            scripts: &[
                |player: &One| {
                    let event: &Event = player.arena.object(*player.objects).unwrap();
                    player.note(u64::from(event.wait(&player.actor, A_WHILE)));
                },
                |player: &One| {
                    let event: &Event = player.arena.object(*player.objects).unwrap();
                    event.set();
                    event.clear();
                    player.note(RELEASED);
                },
            ],
            end: |arena, event, outcome| {
                let event: &Event = arena.object(*event).unwrap();
                assert!(!event.is_set() || !outcome.lives(1));
                assert!(!event.is_set() || !outcome.lives(0) || outcome.notes[0] == [1], "set, and not let through");
            },
            deaths: 1,
            timeouts: 0,
            restarts: 0,
            reaps: false,
        },
    );
}

const ROW: usize = 2;

fn writes<const N: i64>(player: &One) {
    let array: &Array = player.arena.object(*player.objects).unwrap();
    array.write_all(&player.actor, &[Scalar::Int(N); ROW]).unwrap();
}

fn whole(array: &Array, player: &One) {
    let row = array.read_all(&player.actor);
    assert!(row.windows(2).all(|pair| pair[0] == pair[1]), "half of one and half of another: {row:?}");
}

#[test]
fn array() {
    explore(
        "array, 2 writers, 1 of them reads",
        &Scene {
            build: |arena| Array::create(arena, ScalarType::I64, ROW as u64).unwrap(),
            scripts: &[
                |player: &One| {
                    writes::<1>(player);
                    whole(player.arena.object(*player.objects).unwrap(), player);
                },
                |player: &One| {
                    let array: &Array = player.arena.object(*player.objects).unwrap();
                    whole(array, player);
                    writes::<2>(player);
                },
            ],
            end: |arena, array, _| {
                let array: &Array = arena.object(*array).unwrap();
                let late = late_comer(arena);
                let row = array.read_all(&late);
                assert_eq!(row[0], row[1]);
                array.write_all(&late, &[Scalar::Int(7); ROW]).unwrap();
                assert_eq!(array.read_all(&late), [Scalar::Int(7); ROW]);
            },
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}
