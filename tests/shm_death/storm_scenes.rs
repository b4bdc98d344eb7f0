//! What must hold while children are killed at random.
use crate::Test;
use crate::storms::{Books, CREW, Storm};
use mpgraph::shm::{
    Acquired, Actor, Arena, Array, Barrier, Condition, Event, Lock, ObjectIndex, Scalar, ScalarType, Semaphore,
    SlotIndex, Wait, supervise,
};
use std::sync::atomic::Ordering::*;
use std::time::Duration;

pub fn all() -> Vec<Test> {
    vec![
        ("storm_over_a_lock", Box::new(lock)),
        ("storm_over_a_semaphore", Box::new(semaphore)),
        ("storm_over_a_barrier", Box::new(barrier)),
        ("storm_over_an_event", Box::new(event)),
        ("storm_over_conditions", Box::new(conditions)),
        ("storm_over_an_array", Box::new(array)),
    ]
}

/// Far more than anybody has to wait, far less than the patience of the storm.
fn soon() -> Wait {
    Wait::at_most(Duration::from_secs(5))
}

/// Two words that are equal whenever nobody holds the lock, unless a holder died: then the next one is told.
fn lock() -> String {
    let (x, y, told, deaths) = (0, 1, 2, 3);
    Storm {
        build: |arena| Lock::create(arena, false).unwrap(),
        round: |lock, books, me| {
            let (x, y, told) = (books.page(0), books.page(1), books.page(2));
            let lock: &Lock = me.arena().object(*lock).unwrap();
            match lock.acquire(me, Wait::Forever).unwrap() {
                Acquired::Clean => assert_eq!(x.load(Relaxed), y.load(Relaxed), "a death nobody was told of"),
                Acquired::OwnerDied { .. } => {
                    told.fetch_add(1, Relaxed);
                    y.store(x.load(Relaxed), Relaxed);
                }
            }
            let count = x.load(Relaxed) + 1;
            x.store(count, Relaxed);
            std::hint::black_box((0..20).sum::<u32>());
            y.store(count, Relaxed);
            assert_eq!(x.load(Relaxed), count, "two holders");
            lock.release(me).unwrap();
            books.got_through(me);
        },
        alone: true,
        killed: &|lock, books, arena, slot| {
            let held = supervise::holder_of(arena, *lock) == Some(slot);
            books.page(deaths).fetch_add(u64::from(held), Relaxed);
        },
        end: &|_, books, _| {
            let [told, deaths] = [told, deaths].map(|page| books.page(page).load(Relaxed));
            assert!(told <= deaths, "{told} told of {deaths} deaths");
            assert!(books.page(x).load(Relaxed) >= books.page(y).load(Relaxed));
        },
    }
    .blow()
}

/// Never more inside than units, and all units back at the end.
fn semaphore() -> String {
    Storm {
        build: |arena| Semaphore::create(arena, 2, true).unwrap(),
        round: |semaphore, books, me| {
            let semaphore: &Semaphore = me.arena().object(*semaphore).unwrap();
            semaphore.acquire(me, Wait::Forever).unwrap();
            // One word, so that it is looked at as one.
            let (inside, mine) = (books.page(0), 1 << me.index().0);
            let now = inside.fetch_or(mine, SeqCst) | mine;
            assert!(now.count_ones() <= 2, "inside: {now:b}");
            inside.fetch_and(!mine, SeqCst);
            semaphore.release(me).expect("nobody else releases");
            books.got_through(me);
        },
        alone: true,
        killed: &|_, books, _, slot| {
            books.page(0).fetch_and(!(1 << slot.0), SeqCst);
        },
        end: &|semaphore, _, arena| {
            let semaphore: &Semaphore = arena.object(*semaphore).unwrap();
            assert_eq!((semaphore.value(), semaphore.holders(arena)), (2, vec![]));
        },
    }
    .blow()
}

/// Rounds are completed, or break and are mended; who is named did die.
fn barrier() -> String {
    let died = 0;
    Storm {
        build: |arena| Barrier::create(arena, CREW).unwrap(),
        round: |barrier, books, me| {
            let barrier: &Barrier = me.arena().object(*barrier).unwrap();
            // No limit: only a death or a reset may break it.
            match barrier.wait(me, Wait::Forever) {
                Ok(index) => assert!(index < CREW),
                Err(broken) => {
                    if let Some(SlotIndex(culprit)) = broken.culprit {
                        assert_ne!(books.page(0).load(SeqCst) & 1 << culprit, 0, "{culprit} has not died");
                    }
                    barrier.reset();
                }
            }
            books.got_through(me);
        },
        alone: false,
        killed: &|_, books, _, slot| {
            books.page(died).fetch_or(1 << slot.0, SeqCst);
        },
        end: &|barrier, _, arena| {
            let barrier: &Barrier = arena.object(*barrier).unwrap();
            barrier.reset();
            assert_eq!((barrier.n_waiting(), barrier.broken()), (0, false));
        },
    }
    .blow()
}

/// Everybody sets for the others and waits without a limit: each set lets all waiters through, cleared at once or not.
fn event() -> String {
    Storm {
        build: |arena| [(); 2].map(|()| Event::create(arena, false).unwrap()),
        round: |events, books, me| {
            let [a, b] = events.map(|event| me.arena().object::<Event>(event).unwrap());
            let (mine, theirs) = if me.index().0 % 2 == 0 { (a, b) } else { (b, a) };
            theirs.set();
            theirs.clear();
            // Their set may have come before this wait: then the next one will do.
            mine.wait(me, Wait::at_most(Duration::from_millis(1)));
            mine.set();
            assert!(mine.wait(me, soon()) || !mine.is_set(), "set, and not let through");
            books.got_through(me);
        },
        alone: true,
        killed: &|_, _, _, _| (),
        end: &|events, _, arena| {
            let event: &Event = arena.object(events[0]).unwrap();
            event.set();
            assert!(event.is_set());
        },
    }
    .blow()
}

/// Half of them make, half of them use; nobody waits with a limit, so a notification eaten by the dead would hang the rest.
fn conditions() -> String {
    type Scene = (ObjectIndex, ObjectIndex, ObjectIndex);
    fn take(lock: &Lock, me: &Actor<'_>) {
        // What the lock guards is one word: never half changed, whoever died.
        lock.acquire(me, Wait::Forever).unwrap();
    }
    Storm {
        build: |arena: &Arena| -> Scene {
            let lock = Lock::create(arena, false).unwrap();
            let condition = || Condition::create(arena, Some(lock)).unwrap();
            (lock, condition(), condition())
        },
        round: |(lock, room, work), books: &Books<'_>, me| {
            let arena = me.arena();
            let lock: &Lock = arena.object(*lock).unwrap();
            let [room, work] = [room, work].map(|condition| arena.object::<Condition>(*condition).unwrap());
            let stock = books.page(0);
            take(lock, me);
            let made = me.index().0 % 2 == 0;
            if made {
                while stock.load(Relaxed) >= 3 {
                    room.wait(me, Wait::Forever).unwrap();
                }
                // First notified, then made: a maker that dies between must not leave work nobody was told of.
                work.notify(me, 1).unwrap();
                stock.fetch_add(1, Relaxed);
            } else {
                while stock.load(Relaxed) == 0 {
                    work.wait(me, Wait::Forever).unwrap();
                }
                room.notify(me, 1).unwrap();
                stock.fetch_sub(1, Relaxed);
            }
            lock.release(me).unwrap();
            books.got_through(me);
        },
        alone: true,
        killed: &|_, _, _, _| (),
        end: &|(lock, ..), books, arena| {
            assert!(books.page(0).load(Relaxed) <= 3);
            assert!(!arena.object::<Lock>(*lock).unwrap().locked());
        },
    }
    .blow()
}

/// Whole writes and single additions; a whole read is always of one piece.
fn array() -> String {
    const LENGTH: usize = 12;
    Storm {
        build: |arena| Array::create(arena, ScalarType::I64, LENGTH as u64).unwrap(),
        round: |array, books, me| {
            let array: &Array = me.arena().object(*array).unwrap();
            let seen = array.read_all(me);
            // Only the first cell is ever added to.
            assert!(seen[1..].iter().all(|cell| *cell == seen[1]), "{seen:?}");
            let Scalar::Int(n) = seen[1] else { panic!("not an int") };
            match me.index().0 {
                0 | 1 => array.write_all(me, &[Scalar::Int(n + 1); LENGTH]).unwrap(),
                _ => drop(array.add(me, 0, Scalar::Int(1)).unwrap()),
            }
            books.got_through(me);
        },
        alone: true,
        killed: &|_, _, _, _| (),
        end: &|array, _, arena| {
            supervise::begin(arena, SlotIndex(0), 1);
            let me = Actor::new(arena, SlotIndex(0));
            let array: &Array = arena.object(*array).unwrap();
            array.write_all(&me, &[Scalar::Int(0); LENGTH]).unwrap();
            assert_eq!(array.read_all(&me), [Scalar::Int(0); LENGTH]);
        },
    }
    .blow()
}
