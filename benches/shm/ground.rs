//! What every case stands on: an arena, processes that begin at one instant, a line for the result.
use mpgraph::shm::{Actor, Arena, Heap, Sizes, SlotIndex, now_ns, supervise};
use nix::sys::resource::{UsageWho, getrusage};
use std::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{Relaxed, SeqCst},
};

const LIMIT: u64 = 1 << 30;

pub fn arena(slots: u32) -> Arena {
    // As a runner does, for itself and for all it forks.
    mpgraph::shm::give_up_rseq();
    let bytes = Heap::reservation(slots, LIMIT) + (16 << 20);
    let arena = Arena::create(Sizes { bytes, slots, objects: 8, longest_wait: 1 }).expect("an arena");
    arena.set_limit(LIMIT);
    Heap::build(&arena, LIMIT).expect("a heap");
    arena
}

/// A word of the arena that a case may use as it likes.
pub fn word(arena: &Arena) -> &AtomicU64 {
    arena.at(arena.reserve_aligned::<AtomicU64>(1, 128).expect("room"))
}

/// Forks; the child does `body` and ends with 0. This process has one thread.
pub fn fork(body: impl FnOnce()) -> i32 {
    // SAFETY: this process has one thread, and the child ends by `_exit`.
    match unsafe { libc::fork() } {
        0 => {
            // A panic must not come back into the parent's code: it would be run twice.
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
            // SAFETY: ends the process at once.
            unsafe { libc::_exit(i32::from(done.is_err())) }
        }
        -1 => panic!("fork: {}", std::io::Error::last_os_error()),
        pid => pid,
    }
}

/// The page faults of this process and of those that it has waited for.
pub fn page_faults() -> i64 {
    let of = |who| getrusage(who).expect("the system counts them").minor_page_faults();
    of(UsageWho::RUSAGE_SELF) + of(UsageWho::RUSAGE_CHILDREN)
}

/// Waits for children, all of which must have ended with 0.
pub fn reap(pids: Vec<i32>) {
    for pid in pids {
        let mut status = 0;
        // SAFETY: a child of ours; the pointer is valid.
        assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
        assert_eq!(status, 0, "a process failed");
    }
}

/// A gate at which so many sleep until the last one has come. In shared memory, all zero at first.
#[repr(C, align(128))]
pub struct Gate {
    came: AtomicU32,
    open: AtomicU32,
    began_ns: AtomicU64,
    ended_ns: AtomicU64,
}

impl Gate {
    pub fn meet(&self, all: u32) {
        if self.came.fetch_add(1, SeqCst) + 1 == all {
            self.began_ns.store(now_ns(), SeqCst);
            self.open.store(1, SeqCst);
            futex_wake(&self.open, u32::MAX);
        }
        while self.open.load(SeqCst) == 0 {
            futex_wait(&self.open, 0);
        }
    }

    /// The clock stops with the last one to leave.
    pub fn leave(&self) {
        self.ended_ns.fetch_max(now_ns(), SeqCst);
    }

    pub fn seconds(&self) -> f64 {
        (self.ended_ns.load(SeqCst) - self.began_ns.load(SeqCst)) as f64 / 1e9
    }
}

/// Zeroed memory shared with every process forked later. Never given back.
pub fn shared<T>() -> &'static T {
    // SAFETY: a fresh anonymous mapping of that size, zeroed and page-aligned; callers ask for structs of atomics only.
    unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS | libc::MAP_POPULATE;
        let place = libc::mmap(std::ptr::null_mut(), size_of::<T>(), protection, flags, -1, 0);
        assert_ne!(place, libc::MAP_FAILED, "mmap: {}", std::io::Error::last_os_error());
        &*place.cast::<T>()
    }
}

pub fn futex_wait(word: &AtomicU32, expected: u32) {
    let nothing = std::ptr::null::<libc::timespec>();
    // SAFETY: the word outlives the call; there is no time limit.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT, expected, nothing) };
}

pub fn futex_wake(word: &AtomicU32, count: u32) {
    let count = count.min(i32::MAX as u32);
    // SAFETY: the word outlives the call.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, count) };
}

/// Runs the bodies as one process each, as the arena's first slots, and says how many seconds they took together: from the
/// moment all are ready until the last one is done.
pub fn race(arena: &Arena, bodies: &[&dyn Fn(&Actor)]) -> f64 {
    let gate = shared::<Gate>();
    let all = bodies.len() as u32;
    (0..all).for_each(|slot| supervise::begin(arena, SlotIndex(slot), 1));
    let start = |(slot, body): (usize, &&dyn Fn(&Actor))| {
        fork(|| {
            let actor = Actor::new(arena, SlotIndex(slot as u32));
            gate.meet(all);
            body(&actor);
            gate.leave();
        })
    };
    reap(bodies.iter().enumerate().map(start).collect());
    gate.seconds()
}

pub fn result(metric: &str, value: f64, unit: &str) {
    println!("RESULT {metric} {value:.6} {unit}");
}

pub fn number(arguments: &[&str], at: usize, default: u64) -> u64 {
    arguments.get(at).and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// What an item begins with, so that order and content can be checked.
pub fn first_number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes[..8].try_into().expect("at least eight bytes"))
}

/// An increment that is not atomic: right only under a lock.
pub fn bump(counter: &AtomicU64) {
    counter.store(counter.load(Relaxed) + 1, Relaxed);
}
