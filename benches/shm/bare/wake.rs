//! Waking one another: pipes of the system, a barrier and an event of one futex each.
use crate::ground::{Gate, fork, futex_wait, futex_wake, reap, result, shared};
use mpgraph::shm::now_ns;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{Relaxed, SeqCst},
};
use std::time::Duration;

fn pipe() -> (File, File) {
    let mut fds = [0; 2];
    // SAFETY: the pointer is to two integers; the descriptors are new and owned by nobody else.
    unsafe {
        assert_eq!(libc::pipe2(fds.as_mut_ptr(), libc::O_CLOEXEC), 0);
        (OwnedFd::from_raw_fd(fds[0]).into(), OwnedFd::from_raw_fd(fds[1]).into())
    }
}

pub fn pipe_one_way(bytes: usize, count: u64) {
    let ((mut read, mut write), gate) = (pipe(), shared::<Gate>());
    let send = || {
        let message = vec![1; bytes];
        gate.meet(2);
        (0..count).for_each(|_| write.write_all(&message).expect("a reader"));
        gate.leave();
    };
    let recv = || {
        let mut message = vec![0; bytes];
        gate.meet(2);
        (0..count).for_each(|_| read.read_exact(&mut message).expect("a writer"));
        gate.leave();
    };
    reap(vec![fork(send), fork(recv)]);
    result("msgs", count as f64 / gate.seconds(), "1/s");
    result("bytes", count as f64 * bytes as f64 / gate.seconds() / 1e9, "GB/s");
}

pub fn pipe_round_trip(count: u64) {
    let ((mut question, mut ask), (mut answer, mut reply), gate) = (pipe(), pipe(), shared::<Gate>());
    let one = || {
        gate.meet(2);
        for _ in 0..count {
            ask.write_all(b"x").expect("a reader");
            answer.read_exact(&mut [0]).expect("a writer");
        }
        gate.leave();
    };
    let other = || {
        gate.meet(2);
        for _ in 0..count {
            question.read_exact(&mut [0]).expect("a writer");
            reply.write_all(b"x").expect("a reader");
        }
    };
    reap(vec![fork(one), fork(other)]);
    result("rtt", gate.seconds() * 1e9 / count as f64, "ns");
}

#[repr(C, align(128))]
struct Line<T>(T);

pub fn barrier(processes: u32, count: u64) {
    struct Meeting {
        gate: Gate,
        came: Line<AtomicU32>,
        round: Line<AtomicU32>,
        asleep: Line<AtomicU32>,
    }
    let Meeting { gate, came: Line(came), round: Line(round), asleep: Line(asleep) } = shared::<Meeting>();
    let body = || {
        gate.meet(processes);
        for _ in 0..count {
            let now = round.load(SeqCst);
            if came.fetch_add(1, SeqCst) + 1 == processes {
                came.store(0, SeqCst);
                round.fetch_add(1, SeqCst);
                if asleep.load(SeqCst) != 0 {
                    futex_wake(round, u32::MAX);
                }
                continue;
            }
            while round.load(SeqCst) == now {
                asleep.fetch_add(1, SeqCst);
                futex_wait(round, now);
                asleep.fetch_sub(1, SeqCst);
            }
        }
        gate.leave();
    };
    reap((0..processes).map(|_| fork(body)).collect());
    result("cycles", count as f64 / gate.seconds(), "1/s");
}

pub fn event(count: u64, idle_us: u64) {
    const MOST: usize = 100_000;
    struct Words {
        called: Line<AtomicU32>,
        answered: Line<AtomicU32>,
        stamp: Line<AtomicU64>,
        latencies: [AtomicU64; MOST],
    }
    let words = shared::<Words>();
    let count = (count as usize).min(MOST);
    let reach = |word: &AtomicU32, turn: u32| {
        loop {
            let now = word.load(SeqCst);
            if now == turn {
                return;
            }
            futex_wait(word, now);
        }
    };
    let waiter = || {
        for (turn, latency) in words.latencies[..count].iter().enumerate() {
            reach(&words.called.0, turn as u32 + 1);
            latency.store(now_ns() - words.stamp.0.load(SeqCst), Relaxed);
            words.answered.0.store(turn as u32 + 1, SeqCst);
            futex_wake(&words.answered.0, 1);
        }
    };
    let setter = || {
        for turn in 1..=count as u32 {
            std::thread::sleep(Duration::from_micros(idle_us));
            words.stamp.0.store(now_ns(), SeqCst);
            words.called.0.store(turn, SeqCst);
            futex_wake(&words.called.0, u32::MAX);
            reach(&words.answered.0, turn);
        }
    };
    reap(vec![fork(waiter), fork(setter)]);
    let mut sorted: Vec<u64> = words.latencies[..count].iter().map(|latency| latency.load(Relaxed)).collect();
    sorted.sort_unstable();
    result("p50", sorted[count / 2] as f64 / 1e3, "us");
}
