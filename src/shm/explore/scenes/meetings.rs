//! Barriers and conditions.
use super::words::{HELD, HELD_AFTER_A_DEATH, RELEASED};
use super::{A_WHILE, One, Player, Scene, explore, late_comer};
use crate::shm::explore::Outcome;
use crate::shm::{Acquired, Arena, Barrier, Condition, ObjectIndex, Semaphore, SlotIndex, Wait};

const BROKEN: u64 = 100;

fn meets(player: &One) {
    let barrier: &Barrier = player.arena.object(*player.objects).unwrap();
    player.note(match barrier.wait(&player.actor, A_WHILE) {
        Ok(index) => u64::from(index),
        Err(broken) => BROKEN + broken.culprit.map_or(0, |SlotIndex(slot)| 1 + u64::from(slot)),
    });
}

fn met_or_broken(arena: &Arena, barrier: &ObjectIndex, outcome: &Outcome) {
    let died: Vec<u64> = (0..).zip(&outcome.died).filter(|(_, died)| **died).map(|(slot, _)| slot).collect();
    let mut met: Vec<u64> = outcome.notes.iter().flatten().copied().collect();
    met.sort_unstable();
    for note in met.iter().filter(|note| **note > BROKEN) {
        assert!(died.contains(&(note - BROKEN - 1)), "a culprit that has not died");
    }
    if died.is_empty() {
        assert!(met.iter().copied().eq(0..outcome.died.len() as u64), "{met:?}");
    }
    let barrier: &Barrier = arena.object(*barrier).unwrap();
    assert_eq!(barrier.n_waiting(), 0);
    barrier.reset();
    assert!(!barrier.broken());
}

#[test]
fn barrier() {
    explore(
        "barrier of 2",
        &Scene {
            build: |arena| Barrier::create(arena, 2).unwrap(),
            scripts: &[meets, meets],
            end: met_or_broken,
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}

#[test]
fn barrier_of_three() {
    explore(
        "barrier of 3",
        &Scene {
            build: |arena| Barrier::create(arena, 3).unwrap(),
            scripts: &[meets, meets, meets],
            end: met_or_broken,
            deaths: 1,
            timeouts: 0,
            restarts: 0,
            reaps: false,
        },
    );
}

/// A waiter that is asked to leave by a reset and by a time limit at once.
#[test]
fn barrier_reset() {
    explore(
        "barrier of 2, reset",
        &Scene {
            build: |arena| Barrier::create(arena, 2).unwrap(),
            scripts: &[meets, |player: &One| {
                player.arena.object::<Barrier>(*player.objects).unwrap().reset();
                player.note(RELEASED);
            }],
            end: |arena, barrier, outcome| {
                let barrier: &Barrier = arena.object(*barrier).unwrap();
                assert!(!outcome.lives(0) || outcome.notes[0] == [BROKEN], "{:?}", outcome.notes);
                assert_eq!(barrier.n_waiting(), 0);
            },
            deaths: 1,
            timeouts: 1,
            restarts: 0,
            reaps: false,
        },
    );
}

#[derive(Clone, Copy)]
struct Meeting {
    condition: ObjectIndex,
    work: ObjectIndex,
}

fn uses_work(player: &Player<Meeting>) {
    let (condition, work) = things(player);
    let lock = condition.lock(player.arena);
    let mut told = lock.acquire(&player.actor, Wait::Forever).unwrap() != Acquired::Clean;
    while work.value() == 0 {
        let waited = condition.wait(&player.actor, A_WHILE).unwrap();
        told |= waited.acquired != Acquired::Clean;
        if !waited.notified {
            break;
        }
    }
    if work.value() > 0 {
        work.acquire(&player.actor, Wait::Poll).unwrap();
        player.note(HELD);
    }
    player.note(if told { HELD_AFTER_A_DEATH } else { RELEASED });
    lock.release(&player.actor).unwrap();
}

fn makes_work(player: &Player<Meeting>) {
    let (condition, work) = things(player);
    let lock = condition.lock(player.arena);
    lock.acquire(&player.actor, Wait::Forever).unwrap();
    condition.notify(&player.actor, 1).unwrap();
    work.release(&player.actor).unwrap();
    lock.release(&player.actor).unwrap();
    player.note(RELEASED);
}

fn things<'a>(player: &Player<'a, Meeting>) -> (&'a Condition, &'a Semaphore) {
    let Meeting { condition, work } = *player.objects;
    (player.arena.object(condition).unwrap(), player.arena.object(work).unwrap())
}

fn no_work_beside_a_sleeper(arena: &Arena, meeting: &Meeting, outcome: &Outcome) {
    let condition: &Condition = arena.object(meeting.condition).unwrap();
    let work: &Semaphore = arena.object(meeting.work).unwrap();
    assert!(!condition.lock(arena).locked());
    let made = outcome.notes.iter().filter(|notes| notes[..] == [RELEASED]).count();
    let _ = made;
    // Whoever lives and has got nothing has seen that there was nothing.
    let got = |slot: usize| outcome.notes[slot].first() == Some(&HELD);
    let idle = (0..outcome.died.len()).any(|slot| outcome.lives(slot) && slot < USERS && !got(slot));
    let deaths = outcome.died.iter().filter(|died| **died).count() as u32;
    assert!(!idle || work.value() <= deaths, "it slept beside {} units of work", work.value());
    let late = late_comer(arena);
    condition.lock(arena).acquire(&late, Wait::Poll).unwrap();
    condition.notify(&late, u32::MAX).unwrap();
    assert!(!condition.wait(&late, Wait::Poll).unwrap().notified, "nothing is left of a notification");
}

const USERS: usize = 1;

fn meeting(arena: &Arena) -> Meeting {
    Meeting { condition: Condition::create(arena, None).unwrap(), work: Semaphore::create(arena, 0, false).unwrap() }
}

#[test]
fn condition() {
    explore(
        "condition, 1 user, 1 maker",
        &Scene {
            build: meeting,
            scripts: &[uses_work, makes_work],
            end: no_work_beside_a_sleeper,
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}

#[test]
fn condition_of_three() {
    explore(
        "condition, 1 user, 2 makers",
        &Scene {
            build: meeting,
            scripts: &[uses_work, makes_work, makes_work],
            end: no_work_beside_a_sleeper,
            deaths: 1,
            timeouts: 0,
            restarts: 0,
            reaps: false,
        },
    );
}

/// Nobody dies and nobody has a time limit: a wake-up that is missing is a hang.
#[test]
fn barrier_without_a_limit() {
    fn meets(player: &One) {
        let barrier: &Barrier = player.arena.object(*player.objects).unwrap();
        player.note(u64::from(barrier.wait(&player.actor, Wait::Forever).unwrap()));
    }
    explore(
        "barrier of 2, no limit",
        &Scene {
            build: |arena| Barrier::create(arena, 2).unwrap(),
            scripts: &[meets, meets],
            end: met_or_broken,
            deaths: 0,
            timeouts: 0,
            restarts: 0,
            reaps: false,
        },
    );
}

/// As above.
#[test]
fn condition_without_a_limit() {
    explore(
        "condition, no limit",
        &Scene {
            build: meeting,
            scripts: &[
                |player: &Player<Meeting>| {
                    let (condition, work) = things(player);
                    let lock = condition.lock(player.arena);
                    lock.acquire(&player.actor, Wait::Forever).unwrap();
                    while work.value() == 0 {
                        assert!(condition.wait(&player.actor, Wait::Forever).unwrap().notified);
                    }
                    work.acquire(&player.actor, Wait::Poll).unwrap();
                    lock.release(&player.actor).unwrap();
                },
                makes_work,
            ],
            end: |arena, meeting, _| assert_eq!(arena.object::<Semaphore>(meeting.work).unwrap().value(), 0),
            deaths: 0,
            timeouts: 0,
            restarts: 0,
            reaps: false,
        },
    );
}

/// Two sleep, one is notified and may die before it has left: the other gets its notification.
#[test]
fn condition_whose_notified_dies() {
    fn sleeps(player: &Player<Meeting>) {
        let (condition, work) = things(player);
        let lock = condition.lock(player.arena);
        lock.acquire(&player.actor, Wait::Forever).unwrap();
        work.release(&player.actor).unwrap();
        let notified = condition.wait(&player.actor, A_WHILE).unwrap().notified;
        player.note(u64::from(notified));
        lock.release(&player.actor).unwrap();
    }
    explore(
        "condition, 2 sleepers, 1 notification",
        &Scene {
            build: meeting,
            scripts: &[sleeps, sleeps, |player: &Player<Meeting>| {
                let (condition, work) = things(player);
                let lock = condition.lock(player.arena);
                lock.acquire(&player.actor, Wait::Forever).unwrap();
                let both = work.value() == 2;
                condition.notify(&player.actor, 1).unwrap();
                player.note(u64::from(both));
                lock.release(&player.actor).unwrap();
            }],
            end: |_, _, outcome| {
                // Both slept when one was notified: whoever is left of them has left by it, or the dead one had before it died.
                let slept = outcome.notes[2] == [1];
                let left = |slot: usize| outcome.notes[slot] == [1];
                let dead = (0..2).find(|slot| outcome.died[*slot] && outcome.notes[*slot].is_empty());
                if let (true, Some(dead)) = (slept, dead) {
                    assert!(left(1 - dead), "the notification died with the notified: {:?}", outcome.notes);
                }
            },
            deaths: 1,
            timeouts: 0,
            restarts: 0,
            reaps: false,
        },
    );
}
