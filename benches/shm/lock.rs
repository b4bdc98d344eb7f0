//! A lock around an increment that would lose updates without it.
use super::ground::{arena, bump, race, result, word};
use mpgraph::shm::{Actor, Lock, Wait};
use std::sync::atomic::Ordering::Relaxed;

pub fn increment(processes: u32, count: u64) {
    let arena = arena(processes);
    let lock: &Lock = arena.object(Lock::create(&arena, false).expect("a lock")).expect("the lock");
    let counter = word(&arena);
    let each = count / u64::from(processes);
    let body = |actor: &Actor| {
        for _ in 0..each {
            lock.acquire(actor, Wait::Forever).expect("it waits for ever");
            bump(counter);
            lock.release(actor).expect("it is held");
        }
    };
    let bodies: Vec<&dyn Fn(&Actor)> = (0..processes).map(|_| &body as _).collect();
    let seconds = race(&arena, &bodies);
    assert_eq!(counter.load(Relaxed), each * u64::from(processes), "no update is lost");
    result("ops", (each * u64::from(processes)) as f64 / seconds, "1/s");
}
