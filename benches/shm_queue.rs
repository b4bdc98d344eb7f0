//! How fast queues and pipes are between processes: one case a call, printed as `RESULT metric value unit`.
//!
//! ```text
//! shm_queue queue   BYTES COUNT [MAXSIZE]           one putter, one taker
//! shm_queue joinable PUTTERS TAKERS COUNT           8-byte items, every one marked done, then joined
//! shm_queue pipe    BYTES COUNT                     one way over a message pipe
//! shm_queue rtt     COUNT                           there and back over a duplex pipe, one at a time
//! ```
//! The clock runs from the moment all are ready until the last one is done. Order and content are checked.
use mpgraph::shm::{Actor, Arena, End, Heap, Next, Pipe, Queue, QueueForm, Sizes, SlotIndex, Wait, now_ns, supervise};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

const LIMIT: u64 = 1 << 30;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let number = |at: usize, default: u64| arguments.get(at).and_then(|text| text.parse().ok()).unwrap_or(default);
    match arguments.first().map(String::as_str) {
        Some("queue") => queue(number(1, 8) as usize, number(2, 1_000_000), number(3, 1024)),
        Some("joinable") => joinable(number(1, 4) as u32, number(2, 4) as u32, number(3, 500_000)),
        Some("pipe") => pipe(number(1, 1024) as usize, number(2, 500_000)),
        Some("rtt") => rtt(number(1, 100_000)),
        // As `cargo bench` calls it: each case once, briefly.
        _ => {
            queue(8, 200_000, 1024);
            queue(1024, 100_000, 1024);
            queue(65_536, 5_000, 64);
            joinable(4, 4, 100_000);
            pipe(1024, 100_000);
            rtt(10_000);
        }
    }
}

fn arena(slots: u32) -> Arena {
    let bytes = Heap::reservation(slots, LIMIT) + (16 << 20);
    let arena = Arena::create(Sizes { bytes, slots, objects: 4, longest_wait: 1 }).expect("an arena");
    arena.set_limit(LIMIT);
    Heap::build(&arena, LIMIT).expect("a heap");
    arena
}

/// Runs the bodies as one process each and says how many seconds they took together.
fn race(arena: &Arena, bodies: &[&dyn Fn(&Actor)]) -> f64 {
    let words = arena.reserve::<AtomicU64>(2).expect("room");
    let [ready, open] = arena.slice(words, 2) else { unreachable!("two words") };
    let ended = arena.at(arena.reserve::<AtomicU64>(1).expect("room"));
    let mut pids = Vec::new();
    (0..bodies.len()).for_each(|slot| supervise::begin(arena, SlotIndex(slot as u32), 1));
    for (slot, body) in bodies.iter().enumerate() {
        // SAFETY: this process has one thread, and the child ends by `_exit`.
        match unsafe { libc::fork() } {
            0 => {
                let actor = Actor::new(arena, SlotIndex(slot as u32));
                ready.fetch_add(1, SeqCst);
                while open.load(SeqCst) == 0 {
                    std::thread::yield_now();
                }
                body(&actor);
                ended.fetch_max(now_ns(), SeqCst);
                // SAFETY: ends the process at once.
                unsafe { libc::_exit(0) }
            }
            -1 => panic!("fork: {}", std::io::Error::last_os_error()),
            pid => pids.push(pid),
        }
    }
    while ready.load(SeqCst) < bodies.len() as u64 {
        std::thread::yield_now();
    }
    let begin = now_ns();
    open.store(1, SeqCst);
    for pid in pids {
        let mut status = 0;
        // SAFETY: a child of ours; the pointer is valid.
        assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
        assert_eq!(status, 0, "a process failed");
    }
    (ended.load(SeqCst) - begin) as f64 / 1e9
}

fn result(metric: &str, value: f64, unit: &str) {
    println!("RESULT {metric} {value:.6} {unit}");
}

fn first_number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes[..8].try_into().expect("at least eight bytes"))
}

fn queue(bytes: usize, count: u64, maxsize: u64) {
    let arena = arena(2);
    let form = QueueForm { maxsize, putters: &[SlotIndex(0)], takers: &[SlotIndex(1)], ..QueueForm::default() };
    let index = Queue::create(&arena, &form, &[]).expect("a queue");
    let queue: &Queue = arena.object(index).expect("the queue");
    let put = |actor: &Actor| {
        let mut item = vec![1; bytes.max(8)];
        for n in 0..count {
            item[..8].copy_from_slice(&n.to_le_bytes());
            queue.put(actor, &item, Wait::Forever).expect("room");
        }
    };
    let get = |actor: &Actor| {
        let mut into = Vec::new();
        for n in 0..count {
            queue.get(actor, &mut into, Wait::Forever).expect("an item");
            assert_eq!(first_number(&into), n);
        }
    };
    let seconds = race(&arena, &[&put, &get]);
    result("msgs", count as f64 / seconds, "1/s");
    result("bytes", count as f64 * bytes as f64 / seconds / 1e9, "GB/s");
}

fn joinable(putters: u32, takers: u32, count: u64) {
    let arena = arena(putters + takers);
    let all: Vec<_> = (0..putters + takers).map(SlotIndex).collect();
    let (first, second) = all.split_at(putters as usize);
    let form = QueueForm { maxsize: 1024, putters: first, takers: second, ..QueueForm::default() };
    let index = Queue::create(&arena, &form, &[]).expect("a queue");
    let queue: &Queue = arena.object(index).expect("the queue");
    let sum = arena.at(arena.reserve::<AtomicU64>(1).expect("room"));
    let each = count / u64::from(putters);
    let put = |actor: &Actor| {
        for n in 0..each {
            queue.put(actor, &n.to_le_bytes(), Wait::Forever).expect("room");
        }
        queue.join(actor, Wait::Forever).expect("it waits for ever");
        queue.close(actor);
    };
    let get = |actor: &Actor| {
        let (mut into, mut own) = (Vec::new(), 0);
        while queue.get_or_end(actor, &mut into, Wait::Forever) == Ok(Next::Item) {
            own += first_number(&into);
            queue.task_done(actor).expect("not too often");
        }
        sum.fetch_add(own, SeqCst);
    };
    let bodies: Vec<&dyn Fn(&Actor)> =
        (0..putters).map(|_| &put as _).chain((0..takers).map(|_| &get as &dyn Fn(&Actor))).collect();
    let seconds = race(&arena, &bodies);
    assert_eq!(sum.load(SeqCst), u64::from(putters) * (each * (each - 1) / 2), "every item once");
    result("items", (each * u64::from(putters)) as f64 / seconds, "1/s");
}

fn pipe(bytes: usize, count: u64) {
    let arena = arena(2);
    let index = Pipe::create(&arena, false, [&[SlotIndex(0)], &[SlotIndex(1)]]).expect("a pipe");
    let pipe: &Pipe = arena.object(index).expect("the pipe");
    let recv = |actor: &Actor| {
        let mut into = Vec::new();
        for n in 0..count {
            pipe.recv(actor, End::A, &mut into, Wait::Forever).expect("a message");
            assert_eq!(first_number(&into), n);
        }
    };
    let send = |actor: &Actor| {
        let mut message = vec![1; bytes.max(8)];
        for n in 0..count {
            message[..8].copy_from_slice(&n.to_le_bytes());
            pipe.send(actor, End::B, &message).expect("a receiver");
        }
    };
    let seconds = race(&arena, &[&recv, &send]);
    result("msgs", count as f64 / seconds, "1/s");
    result("bytes", count as f64 * bytes as f64 / seconds / 1e9, "GB/s");
}

fn rtt(count: u64) {
    let arena = arena(2);
    let index = Pipe::create(&arena, true, [&[SlotIndex(0)], &[SlotIndex(1)]]).expect("a pipe");
    let pipe: &Pipe = arena.object(index).expect("the pipe");
    let ask = |actor: &Actor| {
        let mut into = Vec::new();
        for n in 0..count {
            pipe.send(actor, End::A, &n.to_le_bytes()).expect("a receiver");
            pipe.recv(actor, End::A, &mut into, Wait::Forever).expect("an answer");
            assert_eq!(first_number(&into), n);
        }
    };
    let answer = |actor: &Actor| {
        let mut into = Vec::new();
        for _ in 0..count {
            pipe.recv(actor, End::B, &mut into, Wait::Forever).expect("a question");
            pipe.send(actor, End::B, &into).expect("a receiver");
        }
    };
    let seconds = race(&arena, &[&ask, &answer]);
    result("rtt", seconds * 1e6 / count as f64, "us");
}
