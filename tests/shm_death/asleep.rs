//! Deaths in one's sleep: who is killed while it waits takes nothing with it.
use crate::Test;
use crate::child::{self, Change};
use mpgraph::shm::{Actor, Arena, Barrier, Broken, Condition, Lock, Semaphore, Sizes, SlotIndex, Wait, supervise};
use std::time::{Duration, Instant};

pub fn all() -> Vec<Test> {
    vec![
        ("asleep_in_a_barrier", Box::new(barrier)),
        ("asleep_and_notified", Box::new(notified)),
        ("asleep_and_woken_for_a_unit", Box::new(woken)),
        ("asleep_for_the_end_of_another", Box::new(joined)),
    ]
}

const TIMES: u32 = 20;
const A: SlotIndex = SlotIndex(0);
const B: SlotIndex = SlotIndex(1);
const ME: SlotIndex = SlotIndex(2);

fn arena() -> Arena {
    let arena = Arena::create(Sizes { bytes: 1 << 20, slots: 3, objects: 2, longest_wait: 1 }).unwrap();
    supervise::begin(&arena, ME, 1);
    arena
}

/// A child as that actor, asleep when this returns.
fn sleeper(arena: &Arena, slot: SlotIndex, body: impl FnOnce(&Actor<'_>)) -> i32 {
    supervise::begin(arena, slot, 1);
    let pid = child::fork(|| body(&Actor::new(arena, slot)));
    await_that(|| supervise::blocked(arena, slot));
    pid
}

fn await_that(what: impl Fn() -> bool) {
    let begin = Instant::now();
    while !what() {
        assert!(begin.elapsed() < Duration::from_secs(10), "it does not come about");
        std::thread::sleep(Duration::from_micros(100));
    }
}

fn kill(arena: &Arena, slot: SlotIndex, pid: i32) {
    child::kill(pid, libc::SIGKILL);
    assert_eq!(child::wait(pid), Change::Killed(libc::SIGKILL));
    supervise::recover(arena, slot, true);
}

fn barrier() -> String {
    let arena = arena();
    let barrier: &Barrier = arena.object(Barrier::create(&arena, 3).unwrap()).unwrap();
    let broken = Err(Broken { culprit: Some(A) });
    for _ in 0..TIMES {
        let a = sleeper(&arena, A, |me| assert_eq!(barrier.wait(me, Wait::Forever), Ok(0)));
        let b = sleeper(&arena, B, |me| assert_eq!(barrier.wait(me, Wait::Forever), broken));
        kill(&arena, A, a);
        assert_eq!(child::wait(b), Change::Exited(0));
        supervise::recover(&arena, B, false);
        assert_eq!(barrier.wait(&Actor::new(&arena, ME), Wait::Forever), broken);
        barrier.reset();
    }
    format!("{TIMES} deaths")
}

/// The dead was notified and had not yet run: the other sleeper gets its notification.
fn notified() -> String {
    let arena = arena();
    let condition: &Condition = arena.object(Condition::create(&arena, None).unwrap()).unwrap();
    let lock: &Lock = condition.lock(&arena);
    let me = Actor::new(&arena, ME);
    for _ in 0..TIMES {
        let sleep = |me: &Actor<'_>| {
            lock.acquire(me, Wait::Forever).unwrap();
            assert!(condition.wait(me, Wait::Forever).unwrap().notified);
            lock.release(me).unwrap();
        };
        let a = sleeper(&arena, A, sleep);
        let b = sleeper(&arena, B, sleep);
        lock.acquire(&me, Wait::Forever).unwrap();
        // The longest asleep is A, and it cannot go on without the lock.
        condition.notify(&me, 1).unwrap();
        kill(&arena, A, a);
        lock.release(&me).unwrap();
        assert_eq!(child::wait(b), Change::Exited(0));
        supervise::recover(&arena, B, false);
    }
    format!("{TIMES} deaths")
}

/// The dead slept for a unit, and was stopped at that, when it came: the other one gets it.
fn woken() -> String {
    let arena = arena();
    let semaphore: &Semaphore = arena.object(Semaphore::create(&arena, 0, false).unwrap()).unwrap();
    let me = Actor::new(&arena, ME);
    for _ in 0..TIMES {
        let sleep = |me: &Actor<'_>| semaphore.acquire(me, Wait::Forever).unwrap();
        let a = sleeper(&arena, A, sleep);
        child::kill(a, libc::SIGSTOP);
        assert_eq!(child::wait_stopped(a), Change::Stopped(libc::SIGSTOP));
        let b = sleeper(&arena, B, sleep);
        semaphore.release(&me).unwrap();
        kill(&arena, A, a);
        assert_eq!(child::wait(b), Change::Exited(0));
        supervise::recover(&arena, B, false);
        assert_eq!(semaphore.value(), 0);
    }
    format!("{TIMES} deaths")
}

fn joined() -> String {
    let arena = arena();
    for _ in 0..TIMES {
        supervise::begin(&arena, B, 1);
        let a = sleeper(&arena, A, |me| me.join(B, Wait::Forever).unwrap());
        supervise::recover(&arena, B, true);
        assert!(supervise::blocked(&arena, A));
        supervise::ended(&arena, B, -9, true);
        assert_eq!(child::wait(a), Change::Exited(0));
        supervise::recover(&arena, A, false);
        assert_eq!((arena.slot(B).exit(), arena.slot(B).ended_badly()), (Some(-9), true));
    }
    format!("{TIMES} ends")
}
