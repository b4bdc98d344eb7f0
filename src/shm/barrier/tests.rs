use super::*;
use crate::shm::{Sizes, supervise};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(10);

fn arena() -> Arena {
    let arena = Arena::create(Sizes { bytes: 1 << 20, slots: 4, objects: 1, longest_wait: 1 }).unwrap();
    (0..4).for_each(|n| supervise::begin(&arena, SlotIndex(n), 1000 + n as i32));
    arena
}

fn barrier(arena: &Arena, parties: u32) -> &Barrier {
    arena.object(Barrier::create(arena, parties).unwrap()).unwrap()
}

fn until_waiting(barrier: &Barrier, n: u32) {
    while barrier.n_waiting() != n {
        std::thread::yield_now();
    }
}

#[test]
fn rounds_follow_each_other_and_indices_are_complete() {
    let arena = arena();
    let barrier = barrier(&arena, 4);
    let sum = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for n in 0..4 {
            let (arena, sum) = (&arena, &sum);
            scope.spawn(move || {
                let actor = Actor::new(arena, SlotIndex(n));
                for _ in 0..2_000 {
                    sum.fetch_add(barrier.wait(&actor, Wait::at_most(LONG)).unwrap(), Relaxed);
                }
            });
        }
    });
    assert_eq!((sum.load(Relaxed), barrier.n_waiting(), barrier.broken()), (2_000 * 6, 0, false));
}

#[test]
fn more_users_than_parties_meet_two_by_two() {
    let arena = arena();
    let barrier = barrier(&arena, 2);
    let met = [AtomicU32::new(0), AtomicU32::new(0)];
    std::thread::scope(|scope| {
        for n in 0..4 {
            let (arena, met) = (&arena, &met);
            scope.spawn(move || {
                let actor = Actor::new(arena, SlotIndex(n));
                // The first to see enough ends it for all: the last one would find nobody to meet.
                while let Ok(index) = barrier.wait(&actor, Wait::at_most(LONG)) {
                    if met[index as usize].fetch_add(1, Relaxed) == 2_000 {
                        barrier.abort();
                    }
                }
            });
        }
    });
    let [first, second] = met.map(|word| word.load(SeqCst));
    assert_eq!(first, second);
}

#[test]
fn a_timeout_breaks_it_for_all_until_a_reset() {
    let arena = arena();
    let barrier = barrier(&arena, 3);
    let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
    let broken = Err(Broken { culprit: None });
    std::thread::scope(|scope| {
        let other = scope.spawn(|| barrier.wait(&b, Wait::at_most(LONG)));
        until_waiting(barrier, 1);
        assert_eq!(barrier.wait(&a, Wait::at_most(Duration::from_millis(5))), broken);
        assert_eq!(other.join().unwrap(), broken);
    });
    assert_eq!((barrier.broken(), barrier.n_waiting(), barrier.wait(&a, Wait::Forever)), (true, 0, broken));
    barrier.reset();
    assert!(!barrier.broken());
    assert_eq!(barrier.wait(&a, Wait::Poll), broken);
}

#[test]
fn one_party_never_waits() {
    let arena = arena();
    let barrier = barrier(&arena, 0);
    assert_eq!(barrier.parties(), 1);
    assert_eq!(barrier.wait(&Actor::new(&arena, SlotIndex(0)), Wait::Poll), Ok(0));
}

#[test]
fn a_reset_fails_those_inside_and_leaves_it_usable() {
    let arena = arena();
    let barrier = barrier(&arena, 2);
    let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
    for _ in 0..200 {
        std::thread::scope(|scope| {
            let other = scope.spawn(|| barrier.wait(&b, Wait::at_most(LONG)));
            until_waiting(barrier, 1);
            barrier.reset();
            assert_eq!(other.join().unwrap(), Err(Broken { culprit: None }));
            let other = scope.spawn(|| barrier.wait(&b, Wait::at_most(LONG)));
            until_waiting(barrier, 1);
            assert_eq!(barrier.wait(&a, Wait::Poll), Ok(1));
            assert_eq!(other.join().unwrap(), Ok(0));
        });
    }
}

#[test]
fn a_party_that_ends_inside_breaks_it_by_name() {
    let arena = arena();
    let barrier = barrier(&arena, 3);
    let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
    let named = Err(Broken { culprit: Some(SlotIndex(0)) });
    std::thread::scope(|scope| {
        let other = scope.spawn(|| barrier.wait(&b, Wait::at_most(LONG)));
        until_waiting(barrier, 1);
        // As far as a party gets that is killed in its sleep.
        barrier.arrive(&a).unwrap();
        supervise::recover(&arena, SlotIndex(0), true);
        assert_eq!(other.join().unwrap(), named);
    });
    assert_eq!(barrier.wait(&b, Wait::Forever), named);
    barrier.reset();
    barrier.break_by(SlotIndex(3));
    assert_eq!(barrier.wait(&b, Wait::Forever), Err(Broken { culprit: Some(SlotIndex(3)) }));
}

#[test]
fn a_party_that_ends_outside_breaks_nothing() {
    let arena = arena();
    let barrier = barrier(&arena, 2);
    let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
    std::thread::scope(|scope| {
        let other = scope.spawn(|| barrier.wait(&b, Wait::at_most(LONG)));
        until_waiting(barrier, 1);
        // The last to arrive, killed before it could clear its operation.
        barrier.arrive(&a).unwrap();
        supervise::recover(&arena, SlotIndex(0), true);
        assert_eq!(other.join().unwrap(), Ok(0));
    });
    supervise::recover(&arena, SlotIndex(1), true);
    assert!(!barrier.broken());
}
