//! What a survivor must find, wherever in an operation the other one died.
use crate::Test;
use crate::steps::{SURVIVOR, VICTIM, every_instruction};
use mpgraph::shm::{
    Acquired, Actor, Arena, Array, Barrier, Bell, Condition, Event, Lock, ObjectIndex, Offset, Scalar, ScalarType,
    Semaphore, SlotIndex, TimedOut, Value, Wait, supervise,
};
use std::sync::atomic::{AtomicU32, Ordering::*};

pub fn all() -> Vec<Test> {
    vec![
        ("steps_of_a_lock", Box::new(lock)),
        ("steps_of_a_lock_of_the_dead", Box::new(lock_of_the_dead)),
        ("steps_of_a_semaphore", Box::new(semaphore)),
        ("steps_of_an_event", Box::new(event)),
        ("steps_of_a_barrier", Box::new(barrier)),
        ("steps_of_a_condition", Box::new(condition)),
        ("steps_of_a_value", Box::new(value)),
        ("steps_of_an_array", Box::new(array)),
        ("steps_of_ringing", Box::new(ringing)),
    ]
}

/// What a survivor does meanwhile where that does not matter.
fn nothing<T>(_: &T, _: &Arena, _: &Actor<'_>) {}

fn the_lock(arena: &Arena, index: ObjectIndex) -> &Lock {
    arena.object(index).unwrap()
}

fn lock() -> String {
    every_instruction(
        |arena| Lock::create(arena, true).unwrap(),
        |lock, arena, me| {
            let lock = the_lock(arena, *lock);
            (0..2).for_each(|_| assert_eq!(lock.acquire(me, Wait::Poll), Ok(Acquired::Clean)));
            (0..2).for_each(|_| lock.release(me).unwrap());
        },
        |lock, arena, me| {
            let lock = the_lock(arena, *lock);
            if lock.acquire(me, Wait::Poll).is_ok() {
                lock.release(me).unwrap();
            }
        },
        |lock, arena, me| {
            let lock = the_lock(arena, *lock);
            let first = lock.acquire(me, Wait::Poll);
            assert!(matches!(first, Ok(Acquired::Clean | Acquired::OwnerDied { slot: VICTIM })), "{first:?}");
            lock.release(me).unwrap();
            assert_eq!(lock.acquire(me, Wait::Poll), Ok(Acquired::Clean));
        },
    )
}

fn lock_of_the_dead() -> String {
    every_instruction(
        |arena| {
            let lock = Lock::create(arena, false).unwrap();
            let told = arena.reserve::<AtomicU32>(1).unwrap();
            let third = SlotIndex(2);
            supervise::begin(arena, third, 1);
            the_lock(arena, lock).acquire(&Actor::new(arena, third), Wait::Poll).unwrap();
            supervise::recover(arena, third, false);
            (lock, told)
        },
        |(lock, told), arena, me| {
            let acquired = the_lock(arena, *lock).acquire(me, Wait::Poll);
            assert_eq!(acquired, Ok(Acquired::OwnerDied { slot: SlotIndex(2) }));
            arena.at::<AtomicU32>(*told).store(1, SeqCst);
            the_lock(arena, *lock).release(me).unwrap();
        },
        nothing,
        |(lock, told), arena, me| {
            let acquired = the_lock(arena, *lock).acquire(me, Wait::Poll).unwrap();
            // As long as the victim has not said that it was told, somebody else has to be.
            let told = arena.at::<AtomicU32>(*told).load(SeqCst) != 0;
            assert!(told || acquired != Acquired::Clean);
        },
    )
}

fn semaphore() -> String {
    let value = |index: &ObjectIndex, arena: &Arena| arena.object::<Semaphore>(*index).unwrap().value();
    every_instruction(
        |arena| {
            let index = Semaphore::create(arena, 3, true).unwrap();
            let semaphore = arena.object::<Semaphore>(index).unwrap();
            semaphore.acquire(&Actor::new(arena, SURVIVOR), Wait::Poll).unwrap();
            index
        },
        |index, arena, me| {
            let semaphore = arena.object::<Semaphore>(*index).unwrap();
            (0..2).for_each(|_| semaphore.acquire(me, Wait::Poll).unwrap());
            assert_eq!(semaphore.acquire(me, Wait::Poll), Err(TimedOut));
            (0..2).for_each(|_| semaphore.release(me).unwrap());
            semaphore.acquire(me, Wait::Poll).unwrap();
        },
        |index, arena, me| {
            let semaphore = arena.object::<Semaphore>(*index).unwrap();
            if semaphore.acquire(me, Wait::Poll).is_ok() {
                semaphore.release(me).unwrap();
            }
        },
        move |index, arena, me| {
            assert_eq!(value(index, arena), 2);
            let semaphore = arena.object::<Semaphore>(*index).unwrap();
            assert_eq!(semaphore.holders(arena), [(SURVIVOR, 1)]);
            semaphore.release(me).unwrap();
            assert!(semaphore.release(me).is_err());
            (0..3).for_each(|_| semaphore.acquire(me, Wait::Poll).unwrap());
        },
    )
}

fn event() -> String {
    every_instruction(
        |arena| Event::create(arena, false).unwrap(),
        |index, arena, me| {
            let event = arena.object::<Event>(*index).unwrap();
            event.set();
            assert!(event.wait(me, Wait::Forever));
            event.clear();
        },
        nothing,
        |index, arena, me| {
            let event = arena.object::<Event>(*index).unwrap();
            assert_eq!(event.wait(me, Wait::Poll), event.is_set());
            event.set();
            assert!(event.wait(me, Wait::Forever));
            event.clear();
            assert!(!event.wait(me, Wait::Poll));
        },
    )
}

fn barrier() -> String {
    every_instruction(
        |arena| (Barrier::create(arena, 2).unwrap(), Barrier::create(arena, 1).unwrap()),
        |(two, one), arena, me| {
            let (two, one) = (arena.object::<Barrier>(*two).unwrap(), arena.object::<Barrier>(*one).unwrap());
            assert_eq!(one.wait(me, Wait::Poll), Ok(0));
            assert!(two.wait(me, Wait::Poll).is_err());
            two.reset();
            assert!(two.wait(me, Wait::Poll).is_err());
            two.reset();
            two.abort();
        },
        |(two, _), arena, _| arena.object::<Barrier>(*two).unwrap().reset(),
        |(two, one), arena, me| {
            let (two, one) = (arena.object::<Barrier>(*two).unwrap(), arena.object::<Barrier>(*one).unwrap());
            assert_eq!(two.n_waiting(), 0);
            two.reset();
            assert_eq!((two.broken(), two.n_waiting()), (false, 0));
            let broken = two.wait(me, Wait::Poll).unwrap_err();
            assert_eq!((broken.culprit, two.broken()), (None, true));
            one.reset();
            assert_eq!(one.wait(me, Wait::Poll), Ok(0));
        },
    )
}

fn condition() -> String {
    every_instruction(
        |arena| Condition::create(arena, None).unwrap(),
        |index, arena, me| {
            let condition = arena.object::<Condition>(*index).unwrap();
            condition.lock(arena).acquire(me, Wait::Poll).unwrap();
            assert!(!condition.wait(me, Wait::Poll).unwrap().notified);
            condition.notify(me, 1).unwrap();
            condition.lock(arena).release(me).unwrap();
        },
        // A notification for the dead, who may sleep: it must not trouble anybody later.
        |index, arena, me| {
            let condition = arena.object::<Condition>(*index).unwrap();
            if condition.lock(arena).acquire(me, Wait::Poll).is_ok() {
                condition.notify(me, 1).unwrap();
                condition.lock(arena).release(me).unwrap();
            }
        },
        |index, arena, me| {
            let condition = arena.object::<Condition>(*index).unwrap();
            condition.lock(arena).acquire(me, Wait::Poll).unwrap();
            assert!(!condition.wait(me, Wait::Poll).unwrap().notified);
            condition.notify(me, u32::MAX).unwrap();
            condition.lock(arena).release(me).unwrap();
        },
    )
}

fn value() -> String {
    every_instruction(
        |arena| Value::create(arena, ScalarType::I32, Scalar::Int(5)).unwrap(),
        |index, arena, _| {
            let value = arena.object::<Value>(*index).unwrap();
            assert_eq!(value.add(Scalar::Int(1)), Ok(Scalar::Int(6)));
            value.write(Scalar::Int(-7)).unwrap();
        },
        nothing,
        |index, arena, _| {
            let value = arena.object::<Value>(*index).unwrap();
            let Scalar::Int(now) = value.read() else { panic!("not an int") };
            assert!([5, 6, -7].contains(&now), "{now}");
            assert_eq!(value.add(Scalar::Int(1)), Ok(Scalar::Int(now + 1)));
        },
    )
}

fn array() -> String {
    let row = |n: i64| [Scalar::Int(n); 3];
    every_instruction(
        move |arena| Array::create_with(arena, ScalarType::I64, &row(1)).unwrap(),
        move |index, arena, me| {
            let array = arena.object::<Array>(*index).unwrap();
            array.write_all(me, &row(2)).unwrap();
            array.add(me, 1, Scalar::Int(40)).unwrap();
            array.write_all(me, &row(3)).unwrap();
            assert_eq!(array.read_all(me), row(3));
        },
        nothing,
        move |index, arena, me| {
            let array = arena.object::<Array>(*index).unwrap();
            let now = array.read_all(me);
            let added = [Scalar::Int(2), Scalar::Int(42), Scalar::Int(2)];
            assert!([row(1), row(2), added, row(3)].contains(&[now[0], now[1], now[2]]), "{now:?}");
            array.add(me, 0, Scalar::Int(1)).unwrap();
            array.write_all(me, &row(9)).unwrap();
            assert_eq!(array.read_all(me), row(9));
        },
    )
}

/// Whoever rings may die between clearing the flag and waking; the supervisor's ring must not depend on the flag.
fn ringing() -> String {
    every_instruction(
        |arena| {
            let bell = arena.reserve::<Bell>(1).unwrap();
            arena.at(bell).listen();
            bell
        },
        |bell, arena, _| arena.at(*bell).ring(),
        |bell: &Offset<Bell>, arena, _| arena.at(*bell).ring_all(),
        |bell, arena, _| {
            arena.at(*bell).listen();
            arena.at(*bell).ring_out();
        },
    )
}
