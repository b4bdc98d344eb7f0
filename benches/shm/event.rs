//! From `set` until the waiter runs, with some idling before each.
use super::ground::{arena, race, result, shared, word};
use mpgraph::shm::{Actor, Event, Wait, now_ns};
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Relaxed, SeqCst},
};
use std::time::Duration;

const MOST: usize = 100_000;

pub fn latency(count: u64, idle_us: u64) {
    let arena = arena(2);
    let made = [(); 2].map(|()| Event::create(&arena, false).expect("an event"));
    let [event, answer] = made.map(|index| arena.object::<Event>(index).expect("the event"));
    let stamp = word(&arena);
    let latencies = shared::<[AtomicU64; MOST]>();
    let count = (count as usize).min(MOST);
    let waiter = |actor: &Actor| {
        for latency in &latencies[..count] {
            assert!(event.wait(actor, Wait::Forever));
            latency.store(now_ns() - stamp.load(SeqCst), Relaxed);
            event.clear();
            answer.set();
        }
    };
    let setter = |actor: &Actor| {
        for _ in 0..count {
            std::thread::sleep(Duration::from_micros(idle_us));
            stamp.store(now_ns(), SeqCst);
            event.set();
            assert!(answer.wait(actor, Wait::Forever));
            answer.clear();
        }
    };
    race(&arena, &[&waiter, &setter]);
    let mut sorted: Vec<u64> = latencies[..count].iter().map(|latency| latency.load(Relaxed)).collect();
    sorted.sort_unstable();
    result("p50", sorted[count / 2] as f64 / 1e3, "us");
    result("p99", sorted[count * 99 / 100] as f64 / 1e3, "us");
}
