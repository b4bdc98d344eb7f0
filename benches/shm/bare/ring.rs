//! A ring of bytes from one process to one other: two cursors, each message published at once, a spin, then a futex.
use crate::ground::{Gate, fork, futex_wait, futex_wake, reap, result, shared};
use std::cell::UnsafeCell;
use std::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release, SeqCst},
    fence,
};

const MOST: usize = 4 << 20;

/// How far one side has come, and whether the other sleeps until it moves.
#[repr(C, align(128))]
struct Cursor {
    at: AtomicU64,
    asleep: AtomicU32,
    moved: AtomicU32,
}

#[repr(C)]
struct Ring {
    gate: Gate,
    head: Cursor,
    tail: Cursor,
    bytes: UnsafeCell<[u8; MOST]>,
}

impl Cursor {
    fn publish(&self, at: u64) {
        self.at.store(at, Release);
        fence(SeqCst);
        if self.asleep.load(Relaxed) != 0 {
            // Cleared before the count moves, so a sleeper that comes between sees the count.
            self.asleep.store(0, SeqCst);
            self.moved.fetch_add(1, SeqCst);
            futex_wake(&self.moved, 1);
        }
    }

    fn past(&self, old: u64) -> u64 {
        for _ in 0..2000 {
            let now = self.at.load(Acquire);
            if now != old {
                return now;
            }
            std::hint::spin_loop();
        }
        loop {
            let moved = self.moved.load(SeqCst);
            self.asleep.store(1, SeqCst);
            if self.at.load(SeqCst) == old {
                futex_wait(&self.moved, moved);
            }
            let now = self.at.load(SeqCst);
            if now != old {
                self.asleep.store(0, SeqCst);
                return now;
            }
        }
    }
}

impl Ring {
    /// The two pieces that a range of the ring consists of.
    fn pieces(&self, at: u64, length: usize, size: usize) -> [(*mut u8, usize); 2] {
        let begin = at as usize & (size - 1);
        let first = length.min(size - begin);
        let bytes = self.bytes.get().cast::<u8>();
        // SAFETY: `size` is at most the array's, and `begin` is below it.
        [(unsafe { bytes.add(begin) }, first), (bytes, length - first)]
    }
}

/// `size`: bytes of the ring, a power of two.
pub fn one_to_one(bytes: usize, count: u64, size: usize) {
    let (bytes, size) = (bytes.max(8), size.min(MOST));
    let ring = shared::<Ring>();
    let record = (8 + bytes.next_multiple_of(8)) as u64;
    let put = || {
        let item = vec![1u8; bytes];
        let (mut head, mut tail) = (0, 0);
        ring.gate.meet(2);
        for n in 0..count {
            while head + record - tail > size as u64 {
                tail = ring.tail.past(tail);
            }
            // SAFETY: the reader is not past `tail`, so this range is the writer's.
            unsafe {
                ring.pieces(head, 8, size)[0].0.cast::<u64>().write(bytes as u64);
                let [(first, length), (second, rest)] = ring.pieces(head + 8, bytes, size);
                first.copy_from_nonoverlapping(item.as_ptr(), length);
                second.copy_from_nonoverlapping(item.as_ptr().add(length), rest);
                first.cast::<u64>().write(n);
            }
            head += record;
            ring.head.publish(head);
        }
        ring.gate.leave();
    };
    let get = || {
        let mut item = vec![0u8; bytes];
        let (mut head, mut tail) = (0, 0);
        ring.gate.meet(2);
        for n in 0..count {
            if head == tail {
                head = ring.head.past(head);
            }
            // SAFETY: the writer has published this range and is not past `tail`.
            unsafe {
                let length = ring.pieces(tail, 8, size)[0].0.cast::<u64>().read() as usize;
                let [(first, length), (second, rest)] = ring.pieces(tail + 8, length.min(bytes), size);
                item.as_mut_ptr().copy_from_nonoverlapping(first, length);
                item.as_mut_ptr().add(length).copy_from_nonoverlapping(second, rest);
            }
            assert_eq!(crate::ground::first_number(&item), n);
            tail += record;
            ring.tail.publish(tail);
        }
        ring.gate.leave();
    };
    reap(vec![fork(put), fork(get)]);
    result("msgs", count as f64 / ring.gate.seconds(), "1/s");
    result("bytes", count as f64 * bytes as f64 / ring.gate.seconds() / 1e9, "GB/s");
}
