use super::*;
use crate::shm::{Sizes, supervise};
use std::time::Duration;

fn arena() -> Arena {
    let arena = Arena::create(Sizes { bytes: 1 << 20, slots: 4, objects: 1, longest_wait: 1 }).unwrap();
    (0..4).for_each(|n| supervise::begin(&arena, SlotIndex(n), 1000 + n as i32));
    arena
}

fn lock(arena: &Arena, recursive: bool) -> &Lock {
    let index = Lock::create(arena, recursive).unwrap();
    arena.object(index).unwrap()
}

const SHORT: Duration = Duration::from_millis(5);

#[test]
fn only_the_holder_releases() {
    let arena = arena();
    let lock = lock(&arena, false);
    let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
    assert_eq!(lock.release(&a), Err(NotHeld));
    assert_eq!(lock.acquire(&a, Wait::Forever), Ok(Acquired::Clean));
    assert_eq!((lock.locked(), lock.holder()), (true, Some(SlotIndex(0))));
    assert_eq!(lock.release(&b), Err(NotHeld));
    assert_eq!(lock.acquire(&b, Wait::Poll), Err(TimedOut));
    assert_eq!(lock.acquire(&b, Wait::at_most(SHORT)), Err(TimedOut));
    assert_eq!(lock.release(&a), Ok(()));
    assert_eq!(lock.release(&a), Err(NotHeld));
    assert!(!lock.locked());
}

#[test]
fn a_recursive_lock_is_released_as_often_as_taken() {
    let arena = arena();
    let lock = lock(&arena, true);
    let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
    (0..3).for_each(|_| assert_eq!(lock.acquire(&a, Wait::Poll), Ok(Acquired::Clean)));
    (0..2).for_each(|_| assert_eq!(lock.release(&a), Ok(())));
    assert_eq!(lock.acquire(&b, Wait::Poll), Err(TimedOut));
    assert_eq!(lock.release(&a), Ok(()));
    assert_eq!(lock.acquire(&b, Wait::Poll), Ok(Acquired::Clean));
}

#[test]
fn the_holder_of_a_plain_lock_waits_for_itself() {
    let arena = arena();
    let lock = lock(&arena, false);
    let a = Actor::new(&arena, SlotIndex(0));
    lock.acquire(&a, Wait::Poll).unwrap();
    assert_eq!(lock.acquire(&a, Wait::at_most(SHORT)), Err(TimedOut));
    assert!(lock.is_held_by(&a));
}

#[test]
fn the_death_of_a_holder_is_told_once_to_the_next() {
    let arena = arena();
    let lock = lock(&arena, true);
    let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
    lock.acquire(&a, Wait::Poll).unwrap();
    lock.acquire(&a, Wait::Poll).unwrap();
    supervise::recover(&arena, SlotIndex(0), false);
    supervise::recover(&arena, SlotIndex(0), false);
    assert!(!lock.locked());
    assert_eq!(lock.acquire(&b, Wait::Poll), Ok(Acquired::OwnerDied { slot: SlotIndex(0) }));
    lock.release(&b).unwrap();
    supervise::begin(&arena, SlotIndex(0), 1);
    assert_eq!(lock.release(&a), Err(NotHeld));
    assert_eq!(lock.acquire(&Actor::new(&arena, SlotIndex(0)), Wait::Poll), Ok(Acquired::Clean));
}

#[test]
fn whoever_waits_for_one_that_ended_well_with_it_is_woken() {
    let arena = arena();
    let lock = lock(&arena, false);
    let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
    lock.acquire(&a, Wait::Poll).unwrap();
    std::thread::scope(|scope| {
        let other = scope.spawn(|| lock.acquire(&b, Wait::at_most(Duration::from_secs(10))));
        while supervise::waiting(&arena, SlotIndex(1)).is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let begin = std::time::Instant::now();
        supervise::recover(&arena, SlotIndex(0), false);
        assert_eq!(other.join().unwrap(), Ok(Acquired::OwnerDied { slot: SlotIndex(0) }));
        assert!(begin.elapsed() < Duration::from_secs(5));
    });
}

#[test]
fn the_next_incarnation_does_not_hold_what_the_last_one_held() {
    let arena = arena();
    let lock = lock(&arena, false);
    lock.acquire(&Actor::new(&arena, SlotIndex(0)), Wait::Poll).unwrap();
    supervise::recover(&arena, SlotIndex(0), true);
    supervise::begin(&arena, SlotIndex(0), 2);
    let again = Actor::new(&arena, SlotIndex(0));
    assert!(!lock.is_held_by(&again));
    assert_eq!(lock.acquire(&again, Wait::Poll), Ok(Acquired::OwnerDied { slot: SlotIndex(0) }));
}

#[test]
fn a_waiter_is_seen_and_is_not_blocked_once_it_can_go_on() {
    let arena = arena();
    let lock = lock(&arena, false);
    let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
    lock.acquire(&a, Wait::Poll).unwrap();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| lock.acquire(&b, Wait::Forever));
        while supervise::waiting(&arena, SlotIndex(1)).is_none() {
            std::thread::yield_now();
        }
        let waiting = supervise::waiting(&arena, SlotIndex(1)).unwrap();
        assert_eq!(waiting, Actor::waits(Verb::Acquire, lock.index()));
        assert!(supervise::blocked(&arena, SlotIndex(1)));
        assert_eq!(supervise::ops(&arena, SlotIndex(1)), 1);
        lock.release(&a).unwrap();
        assert_eq!(waiter.join().unwrap(), Ok(Acquired::Clean));
    });
    assert_eq!(supervise::waiting(&arena, SlotIndex(1)), None);
    assert!(!supervise::blocked(&arena, SlotIndex(1)));
    assert_eq!(supervise::ops(&arena, SlotIndex(1)), 2);
}

#[test]
fn many_takers_exclude_each_other() {
    let arena = arena();
    let lock = lock(&arena, false);
    let count = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for n in 0..4 {
            let (arena, count) = (&arena, &count);
            scope.spawn(move || {
                let actor = Actor::new(arena, SlotIndex(n));
                for _ in 0..20_000 {
                    lock.acquire(&actor, Wait::at_most(Duration::from_secs(10))).unwrap();
                    count.store(count.load(Relaxed) + 1, Relaxed);
                    lock.release(&actor).unwrap();
                }
            });
        }
    });
    assert_eq!(count.load(Relaxed), 80_000);
}
