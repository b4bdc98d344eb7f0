//! Processes by hand: forked, forked and replaced, asleep, and sharing an array.
use crate::ground::{Gate, fork, futex_wait, futex_wake, page_faults, reap, result, shared};
use mpgraph::shm::now_ns;
use std::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{Relaxed, SeqCst},
};

pub fn fork_and_wait(count: u64, times: u64) {
    let begin = now_ns();
    for _ in 0..times {
        reap((0..count).map(|_| fork(|| ())).collect());
    }
    result("per_process", (now_ns() - begin) as f64 / 1e3 / (count * times) as f64, "us");
}

pub fn faults(count: u64) {
    let before = page_faults();
    reap((0..count).map(|_| fork(|| ())).collect());
    result("faults_per_process", (page_faults() - before) as f64 / count as f64, "");
}

pub fn fork_and_exec(count: u64) {
    let become_true = || {
        // SAFETY: both strings end with NUL, the list with a null pointer.
        unsafe { libc::execv(c"/bin/true".as_ptr(), [c"/bin/true".as_ptr(), std::ptr::null()].as_ptr()) };
        panic!("exec: {}", std::io::Error::last_os_error());
    };
    reap((0..count).map(|_| fork(become_true)).collect());
}

pub fn memory(count: u64) {
    let (gate, up) = (shared::<Gate>(), shared::<AtomicU32>());
    let all = count as u32 + 1;
    let wait = || {
        up.fetch_add(1, SeqCst);
        gate.meet(all);
    };
    let pids: Vec<i32> = (0..count).map(|_| fork(wait)).collect();
    while up.load(SeqCst) < count as u32 {
        std::thread::yield_now();
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    let pss_kib: u64 = pids.iter().map(|pid| crate::graph::pss_kib(*pid as u32)).sum();
    gate.meet(all);
    reap(pids);
    result("pss_per_process", pss_kib as f64 / count as f64, "KiB");
}

/// Cubes in an array that all share; `chunk` 0 is a quarter of each worker's share.
pub fn shared_array(count: u64, workers: u32, chunk: u64) {
    const MOST: usize = 1 << 20;
    struct Words {
        next: AtomicU64,
        done: AtomicU64,
        go: AtomicU32,
        over: AtomicU32,
        up: AtomicU32,
        cubes: [AtomicU64; MOST],
    }
    let begin = now_ns();
    let words = shared::<Words>();
    let count = count.min(MOST as u64);
    let chunk = if chunk == 0 { count.div_ceil(u64::from(workers) * 4).max(1) } else { chunk };
    let work = || {
        words.up.fetch_add(1, SeqCst);
        while words.go.load(SeqCst) == 0 {
            futex_wait(&words.go, 0);
        }
        loop {
            let from = words.next.fetch_add(chunk, SeqCst);
            let to = (from + chunk).min(count);
            if from >= count {
                return;
            }
            (from..to).for_each(|n| words.cubes[n as usize].store(n * n * n, Relaxed));
            if words.done.fetch_add(to - from, SeqCst) + (to - from) == count {
                words.over.store(1, SeqCst);
                futex_wake(&words.over, 1);
            }
        }
    };
    let pids = (0..workers).map(|_| fork(work)).collect();
    while words.up.load(SeqCst) < workers {
        std::thread::yield_now();
    }
    let from = now_ns();
    words.go.store(1, SeqCst);
    futex_wake(&words.go, u32::MAX);
    while words.over.load(SeqCst) == 0 {
        futex_wait(&words.over, 0);
    }
    let mapped = now_ns() - from;
    reap(pids);
    result("map", mapped as f64 / 1e6, "ms");
    result("with_start_and_join", (now_ns() - begin) as f64 / 1e6, "ms");
}
