use super::*;
use crate::shm::{Sizes, supervise};
use std::time::Duration;

fn arena() -> Arena {
    let arena = Arena::create(Sizes { bytes: 1 << 20, slots: 4, objects: 2, longest_wait: 1 }).unwrap();
    (0..4).for_each(|n| supervise::begin(&arena, SlotIndex(n), 1000 + n as i32));
    arena
}

fn semaphore(arena: &Arena, value: u32, bounded: bool) -> &Semaphore {
    arena.object(Semaphore::create(arena, value, bounded).unwrap()).unwrap()
}

#[test]
fn units_run_out_and_come_back() {
    let arena = arena();
    for bounded in [false, true] {
        let semaphore = semaphore(&arena, 2, bounded);
        let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
        assert_eq!(semaphore.acquire(&a, Wait::Poll), Ok(()));
        assert_eq!(semaphore.acquire(&b, Wait::Forever), Ok(()));
        assert_eq!(semaphore.acquire(&b, Wait::Poll), Err(TimedOut));
        assert_eq!(semaphore.acquire(&b, Wait::at_most(Duration::from_millis(3))), Err(TimedOut));
        assert_eq!((semaphore.value(), semaphore.release(&b), semaphore.release(&b)), (0, Ok(()), Ok(())));
        assert_eq!(semaphore.release(&a), if bounded { Err(AboveBound) } else { Ok(()) });
    }
}

#[test]
fn a_bound_of_zero_and_the_highest_value_hold() {
    let arena = arena();
    let actor = Actor::new(&arena, SlotIndex(0));
    assert_eq!(semaphore(&arena, 0, true).release(&actor), Err(AboveBound));
    let highest = semaphore(&arena, Semaphore::MOST, false);
    assert_eq!((highest.release(&actor), highest.value()), (Err(AboveBound), Semaphore::MOST));
    assert_eq!(Semaphore::create(&arena, Semaphore::MOST_BOUNDED + 1, true), Err(OutOfMemory));
}

#[test]
fn units_of_the_dead_come_back_once_and_only_if_bounded() {
    let arena = arena();
    let bounded = semaphore(&arena, 5, true);
    let unbounded = semaphore(&arena, 5, false);
    let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
    for semaphore in [bounded, unbounded] {
        semaphore.acquire(&a, Wait::Poll).unwrap();
        semaphore.acquire(&a, Wait::Poll).unwrap();
        semaphore.acquire(&b, Wait::Poll).unwrap();
    }
    assert_eq!(bounded.holders(&arena), [(SlotIndex(0), 2), (SlotIndex(1), 1)]);
    supervise::recover(&arena, SlotIndex(0), true);
    supervise::recover(&arena, SlotIndex(0), true);
    assert_eq!((bounded.value(), unbounded.value()), (4, 2));
    assert_eq!(bounded.holders(&arena), [(SlotIndex(1), 1)]);
    supervise::recover(&arena, SlotIndex(1), false);
    assert_eq!((bounded.value(), unbounded.value()), (4, 2));
}

#[test]
fn a_death_at_each_step_of_taking_and_giving_is_put_right() {
    // `own` not written is step 2; with another operation after it the word no longer shows it.
    for change in [Change::Take, Change::Give] {
        for other_after in [false, true] {
            let arena = arena();
            let semaphore = semaphore(&arena, 5, true);
            let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
            semaphore.acquire(&a, Wait::Poll).unwrap();
            semaphore.acquire(&a, Wait::Poll).unwrap();
            let account = &semaphore.accounts(&arena)[0];
            let before = account.own.load(Relaxed);
            assert!(semaphore.change(&a, change));
            account.own.store(before, Relaxed);
            if other_after {
                semaphore.acquire(&b, Wait::Poll).unwrap();
            }
            supervise::recover(&arena, SlotIndex(0), true);
            assert_eq!(semaphore.value(), 5 - u32::from(other_after));
            assert_eq!(balance(account.own.load(Relaxed)), 0);
        }
    }
}

#[test]
fn a_unit_released_by_somebody_else_does_not_come_back_twice() {
    let arena = arena();
    let semaphore = semaphore(&arena, 1, true);
    let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
    semaphore.acquire(&a, Wait::Poll).unwrap();
    semaphore.release(&b).unwrap();
    supervise::recover(&arena, SlotIndex(0), true);
    assert_eq!(semaphore.value(), 1);
}

#[test]
fn two_units_at_once_reach_two_sleepers() {
    let arena = arena();
    let semaphore = semaphore(&arena, 0, false);
    for _ in 0..50 {
        std::thread::scope(|scope| {
            for n in 0..2 {
                let arena = &arena;
                scope.spawn(move || {
                    semaphore.acquire(&Actor::new(arena, SlotIndex(n)), Wait::at_most(Duration::from_secs(10))).unwrap()
                });
            }
            while !(0..2).all(|n| supervise::blocked(&arena, SlotIndex(n))) {
                std::thread::yield_now();
            }
            let actor = Actor::new(&arena, SlotIndex(2));
            (0..2).for_each(|_| semaphore.release(&actor).unwrap());
        });
    }
}

#[test]
fn every_waiter_gets_its_unit() {
    let arena = arena();
    for bounded in [false, true] {
        let semaphore = semaphore(&arena, 2, bounded);
        std::thread::scope(|scope| {
            for n in 0..4 {
                let arena = &arena;
                scope.spawn(move || {
                    let actor = Actor::new(arena, SlotIndex(n));
                    for _ in 0..5_000 {
                        semaphore.acquire(&actor, Wait::at_most(Duration::from_secs(10))).unwrap();
                        semaphore.release(&actor).unwrap();
                    }
                });
            }
        });
        assert_eq!((semaphore.value(), semaphore.holders(&arena)), (2, vec![]));
    }
}
