//! What must hold while children are killed at random.
use crate::Test;
use crate::storms::{Books, CREW, Storm};
use crate::told_once::Deaths;
use mpgraph::shm::{
    Acquired, Actor, Arena, Array, Barrier, Condition, Event, Heap, Lock, ObjectIndex, Queue, QueueForm, Scalar,
    ScalarType, Semaphore, SlotIndex, Value, Wait, supervise,
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
        ("storm_over_values", Box::new(values)),
        ("storm_over_marks_and_joins", Box::new(marks_and_joins)),
    ]
}

/// Far more than anybody has to wait, far less than the patience of the storm.
fn soon() -> Wait {
    Wait::at_most(Duration::from_secs(5))
}

/// Two words that are equal whenever nobody holds the lock, unless a holder died: then the next one is told.
fn lock() -> String {
    fn deaths<'a>(books: &Books<'a>) -> Deaths<'a> {
        Deaths { account: books.page(2), died: books.page(3), unheard: books.page(4) }
    }
    Storm {
        build: |arena| Lock::create(arena, false).unwrap(),
        round: |lock, books, me| {
            let (x, y) = (books.page(0), books.page(1));
            let lock: &Lock = me.arena().object(*lock).unwrap();
            let acquired = lock.acquire(me, Wait::Forever).unwrap();
            deaths(books).taken(acquired);
            match acquired {
                Acquired::Clean => assert_eq!(x.load(Relaxed), y.load(Relaxed), "half changed, and nobody died"),
                Acquired::OwnerDied { .. } => y.store(x.load(Relaxed), Relaxed),
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
            if supervise::holder_of(arena, *lock) == Some(slot) {
                deaths(books).holder_died(slot);
            }
        },
        end: &|lock, books, arena| {
            supervise::begin(arena, SlotIndex(0), 1);
            let lock: &Lock = arena.object(*lock).unwrap();
            deaths(books).taken(lock.acquire(&Actor::new(arena, SlotIndex(0)), Wait::Poll).unwrap());
            deaths(books).verdict()
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
            "all units back".into()
        },
    }
    .blow()
}

/// Rounds are completed, or break and are mended; who is named has died of late.
fn barrier() -> String {
    const NAMED: usize = 4;
    const UNNAMED: usize = 5;
    /// Of each child: how often each had died when its last whole round began 32, and when this one did 32.
    const KNOWN: usize = 6;
    Storm {
        build: |arena| Barrier::create(arena, CREW).unwrap(),
        round: |barrier, books, me| {
            let barrier: &Barrier = me.arena().object(*barrier).unwrap();
            let known = |of: u32| books.page(KNOWN + (me.index().0 * CREW + of) as usize);
            for of in 0..CREW {
                let deaths = books.page(of as usize).load(SeqCst);
                known(of).store(known(of).load(Relaxed) >> 32 << 32 | deaths, Relaxed);
            }
            // No limit: only a death or a reset may break it.
            match barrier.wait(me, Wait::Forever) {
                Ok(index) => assert!(index < CREW),
                Err(broken) => {
                    books.page(if broken.culprit.is_some() { NAMED } else { UNNAMED }).fetch_add(1, Relaxed);
                    if let Some(SlotIndex(culprit)) = broken.culprit {
                        // This gathering began after the last one that this child was in, and in it died who is named.
                        let deaths = books.page(culprit as usize).load(SeqCst);
                        let before = known(culprit).load(Relaxed) >> 32;
                        assert!(deaths > before, "{culprit} is named and died {deaths} times, as often as before");
                    }
                    barrier.reset();
                }
            }
            for of in 0..CREW {
                known(of).store((known(of).load(Relaxed) & 0xFFFF_FFFF) * (1 << 32 | 1), Relaxed);
            }
            books.got_through(me);
        },
        alone: false,
        killed: &|_, books, _, slot| {
            books.page(slot.0 as usize).fetch_add(1, SeqCst);
        },
        end: &|barrier, books, arena| {
            let barrier: &Barrier = arena.object(*barrier).unwrap();
            barrier.reset();
            assert_eq!((barrier.n_waiting(), barrier.broken()), (0, false));
            let [named, unnamed] = [NAMED, UNNAMED].map(|page| books.page(page).load(Relaxed));
            format!("{named} times broken with a name, {unnamed} times by a reset")
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
            // Two who are left may both wait for sets that the dead owed, and give up in the same instant: then one sets
            // what the other has just given up.
            let is_passed = mine.wait(me, soon()) || !mine.is_set() || mine.wait(me, Wait::Poll) || !mine.is_set();
            assert!(is_passed, "set, and not let through");
            books.got_through(me);
        },
        alone: true,
        killed: &|_, _, _, _| (),
        end: &|events, _, arena| {
            let event: &Event = arena.object(events[0]).unwrap();
            event.set();
            assert!(event.is_set());
            "no wake-up lost".into()
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
            "no notification lost".into()
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
            "0 torn".into()
        },
    }
    .blow()
}

/// Additions are done wholly or not at all, and only the last of one that was killed may be either; what is written is never
/// half of one value and half of another.
fn values() -> String {
    const BEGUN: usize = 0;
    const DONE: usize = 4;
    const UNSURE: usize = 8;
    fn int(scalar: Scalar) -> i64 {
        let Scalar::Int(n) = scalar else { panic!("not an int") };
        n
    }
    Storm {
        build: |arena| [(); 2].map(|()| Value::create(arena, ScalarType::I64, Scalar::Int(0)).unwrap()),
        round: |values, books, me| {
            let [sum, pair] = values.map(|value| me.arena().object::<Value>(value).unwrap());
            let slot = me.index().0 as usize;
            let (begun, done) = (books.page(BEGUN + slot), books.page(DONE + slot));
            for _ in 0..200 {
                let n = done.load(Relaxed) + 1;
                begun.store(n, Relaxed);
                let added = int(sum.add(Scalar::Int(1)).unwrap());
                done.store(n, Relaxed);
                assert!(int(sum.read()) >= added, "it went back");
                let half = n as i64 & 0x7FFF_FFFF;
                pair.write(Scalar::Int(half << 32 | half)).unwrap();
                let seen = int(pair.read());
                assert_eq!(seen >> 32, seen & 0x7FFF_FFFF, "half of one and half of another");
            }
            books.got_through(me);
        },
        alone: true,
        killed: &|_, books, _, slot| {
            let slot = slot.0 as usize;
            let (begun, done) = (books.page(BEGUN + slot).load(Relaxed), books.page(DONE + slot));
            books.page(UNSURE).fetch_add(begun - done.swap(begun, Relaxed), Relaxed);
        },
        end: &|values, books, arena| {
            let sum = int(arena.object::<Value>(values[0]).unwrap().read()) as u64;
            let done: u64 = (0..CREW as usize).map(|slot| books.page(DONE + slot).load(Relaxed)).sum();
            let unsure = books.page(UNSURE).load(Relaxed);
            assert!((done - unsure..=done).contains(&sum), "{sum} of {done}, of which {unsure} are unsure");
            format!("{sum} added, {} of {unsure} that were killed in the middle", sum - (done - unsure))
        },
    }
    .blow()
}

/// Two put and wait until all is done, two take and mark done; whoever dies, what it had taken comes back, and no join
/// returns early or never.
fn marks_and_joins() -> String {
    const JOINS: usize = 0;
    const MARKS: usize = 1;
    const PUTS: usize = 2;
    /// Of each putter: it waits in a join of its item, whose number this is.
    const OWN: usize = 4;
    /// Of each putter: the last of its items that was marked done.
    const LAST: usize = 6;
    Storm {
        build: |arena| {
            Heap::build(arena, 16 << 20).unwrap();
            let all: Vec<SlotIndex> = (0..CREW).map(SlotIndex).collect();
            let form = QueueForm { maxsize: 2, redeliver: true, putters: &all, takers: &all, clients: &[] };
            Queue::create(arena, &form, &[]).unwrap()
        },
        round: |queue, books, me| {
            let queue: &Queue = me.arena().object(*queue).unwrap();
            let slot = me.index().0 as usize;
            if slot < 2 {
                // Larger than what an earlier one that was killed had put.
                let number = books.page(OWN + slot).fetch_add(1, SeqCst) + 1;
                let item = [slot as u64, number].map(u64::to_le_bytes).concat();
                queue.put(me, &item, Wait::Forever).unwrap();
                books.page(PUTS).fetch_add(1, SeqCst);
                queue.join(me, Wait::Forever).unwrap();
                assert!(books.page(LAST + slot).load(SeqCst) >= number, "joined before it was done");
                books.page(JOINS).fetch_add(1, SeqCst);
            } else {
                let mut item = Vec::new();
                queue.get(me, &mut item, Wait::Forever).unwrap();
                let word = |at: usize| u64::from_le_bytes(item[at..at + 8].try_into().expect("a whole item"));
                // Said before it is so: after it the join may be over.
                books.page(LAST + word(0) as usize).fetch_max(word(8), SeqCst);
                queue.task_done(me).unwrap();
                books.page(MARKS).fetch_add(1, SeqCst);
            }
            books.got_through(me);
        },
        alone: false,
        killed: &|_, _, _, _| (),
        end: &|queue, books, arena| {
            let queue: &Queue = arena.object(*queue).unwrap();
            assert_eq!(queue.qsize(), queue.unfinished(), "what the dead had taken has come back");
            supervise::begin(arena, SlotIndex(0), 1);
            let (me, mut item) = (Actor::new(arena, SlotIndex(0)), Vec::new());
            while queue.get(&me, &mut item, Wait::Poll).is_ok() {
                queue.task_done(&me).unwrap();
            }
            queue.join(&me, Wait::Poll).unwrap();
            let [joins, marks, puts] = [JOINS, MARKS, PUTS].map(|page| books.page(page).load(SeqCst));
            format!("{puts} put, {marks} marked done, {joins} joins")
        },
    }
    .blow()
}
