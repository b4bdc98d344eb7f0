//! The plain robust design: a ring under a robust mutex, with condition variables.
use crate::ground::{Gate, bump, fork, reap, result, shared};
use mpgraph::shm::now_ns;
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Relaxed, SeqCst},
};

const ROOM: u64 = 1024;
/// The item that ends its taker.
const PILL: u64 = u64::MAX;

#[repr(C, align(128))]
struct Mutex(UnsafeCell<libc::pthread_mutex_t>);
#[repr(C, align(64))]
struct Changed(UnsafeCell<libc::pthread_cond_t>);

impl Mutex {
    fn build(&self) {
        let mut form = MaybeUninit::uninit();
        // SAFETY: the attributes are made before they are used; the mutex is fresh memory that nobody uses yet.
        unsafe {
            libc::pthread_mutexattr_init(form.as_mut_ptr());
            libc::pthread_mutexattr_setpshared(form.as_mut_ptr(), libc::PTHREAD_PROCESS_SHARED);
            libc::pthread_mutexattr_setrobust(form.as_mut_ptr(), libc::PTHREAD_MUTEX_ROBUST);
            assert_eq!(libc::pthread_mutex_init(self.0.get(), form.as_ptr()), 0);
        }
    }

    fn lock(&self) {
        // SAFETY: it was built.
        assert_eq!(unsafe { libc::pthread_mutex_lock(self.0.get()) }, 0);
    }

    fn unlock(&self) {
        // SAFETY: it was built, and this process holds it.
        assert_eq!(unsafe { libc::pthread_mutex_unlock(self.0.get()) }, 0);
    }
}

impl Changed {
    fn build(&self) {
        let mut form = MaybeUninit::uninit();
        // SAFETY: as for the mutex.
        unsafe {
            libc::pthread_condattr_init(form.as_mut_ptr());
            libc::pthread_condattr_setpshared(form.as_mut_ptr(), libc::PTHREAD_PROCESS_SHARED);
            assert_eq!(libc::pthread_cond_init(self.0.get(), form.as_ptr()), 0);
        }
    }

    fn wait(&self, mutex: &Mutex) {
        // SAFETY: both were built, and this process holds the mutex.
        assert_eq!(unsafe { libc::pthread_cond_wait(self.0.get(), mutex.0.get()) }, 0);
    }

    fn tell(&self, all: bool) {
        // SAFETY: it was built.
        unsafe {
            match all {
                true => libc::pthread_cond_broadcast(self.0.get()),
                false => libc::pthread_cond_signal(self.0.get()),
            }
        };
    }
}

#[repr(C)]
struct Queue {
    gate: Gate,
    mutex: Mutex,
    filled: Changed,
    room: Changed,
    idle: Changed,
    put: AtomicU64,
    taken: AtomicU64,
    unfinished: AtomicU64,
    sum: AtomicU64,
    items: [AtomicU64; ROOM as usize],
}

impl Queue {
    fn new() -> &'static Queue {
        let queue = shared::<Queue>();
        queue.mutex.build();
        [&queue.filled, &queue.room, &queue.idle].into_iter().for_each(Changed::build);
        queue
    }

    fn put(&self, item: u64) {
        self.mutex.lock();
        while self.put.load(Relaxed) - self.taken.load(Relaxed) == ROOM {
            self.room.wait(&self.mutex);
        }
        self.items[(self.put.load(Relaxed) % ROOM) as usize].store(item, Relaxed);
        bump(&self.put);
        bump(&self.unfinished);
        self.filled.tell(false);
        self.mutex.unlock();
    }

    fn get(&self) -> u64 {
        self.mutex.lock();
        while self.put.load(Relaxed) == self.taken.load(Relaxed) {
            self.filled.wait(&self.mutex);
        }
        let item = self.items[(self.taken.load(Relaxed) % ROOM) as usize].load(Relaxed);
        bump(&self.taken);
        self.room.tell(false);
        self.mutex.unlock();
        item
    }

    fn task_done(&self) {
        self.mutex.lock();
        self.unfinished.store(self.unfinished.load(Relaxed) - 1, Relaxed);
        if self.unfinished.load(Relaxed) == 0 {
            self.idle.tell(true);
        }
        self.mutex.unlock();
    }

    fn join(&self) {
        self.mutex.lock();
        while self.unfinished.load(Relaxed) != 0 {
            self.idle.wait(&self.mutex);
        }
        self.mutex.unlock();
    }
}

pub fn many_to_many(putters: u32, takers: u32, count: u64) {
    let queue = Queue::new();
    let (all, each) = (putters + takers + 1, count / u64::from(putters));
    let put = || {
        queue.gate.meet(all);
        (0..each).for_each(|n| queue.put(n));
    };
    let get = || {
        queue.gate.meet(all);
        loop {
            let item = queue.get();
            queue.task_done();
            if item == PILL {
                return;
            }
            queue.sum.fetch_add(item, Relaxed);
        }
    };
    let putting = (0..putters).map(|_| fork(put)).collect();
    let taking = (0..takers).map(|_| fork(get)).collect();
    queue.gate.meet(all);
    let begin = now_ns();
    reap(putting);
    queue.join();
    let seconds = (now_ns() - begin) as f64 / 1e9;
    (0..takers).for_each(|_| queue.put(PILL));
    reap(taking);
    assert_eq!(queue.sum.load(SeqCst), u64::from(putters) * (each * (each - 1) / 2));
    result("items", (each * u64::from(putters)) as f64 / seconds, "1/s");
}

/// A robust mutex around an increment.
pub fn increment(processes: u32, count: u64) {
    let queue = Queue::new();
    let each = count / u64::from(processes);
    let body = || {
        queue.gate.meet(processes);
        for _ in 0..each {
            queue.mutex.lock();
            bump(&queue.sum);
            queue.mutex.unlock();
        }
        queue.gate.leave();
    };
    reap((0..processes).map(|_| fork(body)).collect());
    assert_eq!(queue.sum.load(SeqCst), each * u64::from(processes));
    result("ops", queue.sum.load(SeqCst) as f64 / queue.gate.seconds(), "1/s");
}

/// The consumer example, whole.
pub fn consumer(consumers: u32, tasks: u64, work_ms: u64) {
    let queue = Queue::new();
    let body = || {
        loop {
            let task = queue.get();
            if task != PILL {
                std::thread::sleep(std::time::Duration::from_millis(work_ms));
            }
            queue.task_done();
            if task == PILL {
                return;
            }
        }
    };
    let pids = (0..consumers).map(|_| fork(body)).collect();
    (0..tasks).for_each(|task| queue.put(task));
    (0..consumers).for_each(|_| queue.put(PILL));
    queue.join();
    reap(pids);
}
