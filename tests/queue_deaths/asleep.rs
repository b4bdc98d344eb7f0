//! Between a wake-up and its use: the woken one is killed, or has not run yet while more is put.
use crate::Test;
use crate::ground::{PATIENCE, has_ended, kill, put, queue_of, spawn, with_queue};
use mpgraph::shm::{Arena, SlotIndex, Wait, supervise};
use std::time::{Duration, Instant};

pub const ALL: &[Test] = &[
    ("a_sleeper_killed_with_a_wake_up_in_hand_eats_none", killed_with_a_wake_up),
    ("a_wake_up_is_handed_on", handed_on),
];

/// Two takers asleep. Each takes one item and ends. Waking takes the kernel longer than the next line of the test.
fn with_two_asleep(test: impl FnOnce(&Arena, i32, i32)) {
    let arena = with_queue(0, false);
    let take_one = |slot| {
        let pid = spawn(&arena, slot, |actor| {
            // SAFETY: plain system call. One that is woken does not take the CPU away from this test's next line.
            unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &libc::sched_param { sched_priority: 0 }) };
            queue_of(actor.arena()).get(actor, &mut Vec::new(), Wait::Forever).expect("it waits for ever");
        });
        let begin = Instant::now();
        while !supervise::blocked(&arena, SlotIndex(slot)) {
            assert!(begin.elapsed() < PATIENCE, "it should wait by now");
        }
        // Published, and a moment later asleep.
        std::thread::sleep(Duration::from_millis(3));
        pid
    };
    test(&arena, take_one(1), take_one(2));
}

fn ends_soon(pid: i32) {
    let begin = Instant::now();
    while !has_ended(pid) {
        assert!(begin.elapsed() < PATIENCE, "a wake-up is lost");
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn killed_with_a_wake_up() {
    for _ in 0..40 {
        with_two_asleep(|arena, first, second| {
            put(arena, &[b"for whoever lives"]);
            kill(arena, 1, first);
            if queue_of(arena).empty() {
                // The first one was faster, or the second one has it already.
                put(arena, &[b"one more"]);
            }
            ends_soon(second);
        });
    }
}

fn handed_on() {
    for _ in 0..40 {
        with_two_asleep(|arena, first, second| {
            put(arena, &[b"one", b"two"]);
            ends_soon(first);
            ends_soon(second);
        });
    }
}
