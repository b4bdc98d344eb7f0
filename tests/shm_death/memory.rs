//! What queues and pipes cost: pages come back, the limit is an error, large messages pass, and a steady run stays flat.
//!
//! `--messages N` sets how many go through in `memory_of_a_steady_run` (a million otherwise), `--mebibytes N` how large the one
//! is in `memory_of_a_large_message` (64 otherwise).
use crate::Test;
use crate::child::{self, Change};
use mpgraph::shm::{
    Actor, Arena, End, Heap, ObjectIndex, Pipe, PutError, Queue, QueueForm, Sizes, SlotIndex, Wait, supervise,
};

pub fn all() -> Vec<Test> {
    vec![
        ("memory_comes_back", Box::new(comes_back)),
        ("memory_limit_is_an_error", Box::new(limit)),
        ("memory_of_a_large_message", Box::new(large)),
        ("memory_of_a_steady_run", Box::new(steady)),
    ]
}

const A: SlotIndex = SlotIndex(0);
const B: SlotIndex = SlotIndex(1);

fn arena(limit: u64) -> (Arena, ObjectIndex, ObjectIndex) {
    let bytes = Heap::reservation(2, limit) + (16 << 20);
    let arena = Arena::create(Sizes { bytes, slots: 2, objects: 4, longest_wait: 1 }).unwrap();
    arena.set_limit(limit);
    Heap::build(&arena, limit).unwrap();
    let form = QueueForm { putters: &[A, B], takers: &[A, B], ..QueueForm::default() };
    let queue = Queue::create(&arena, &form, &[]).unwrap();
    let pipe = Pipe::create(&arena, true, [&[A], &[B]]).unwrap();
    [A, B].into_iter().for_each(|slot| supervise::begin(&arena, slot, 1));
    (arena, queue, pipe)
}

/// What the system has given for the arena, in bytes.
fn resident(arena: &Arena) -> u64 {
    use std::os::unix::fs::MetadataExt;
    std::fs::File::from(arena.fd().try_clone_to_owned().unwrap()).metadata().unwrap().blocks() * 512
}

fn comes_back() -> String {
    let (arena, queue, _) = arena(1 << 30);
    let (queue, me): (&Queue, _) = (arena.object(queue).unwrap(), Actor::new(&arena, A));
    let before = resident(&arena);
    let message = vec![7; 100_000];
    (0..4000).for_each(|_| queue.put(&me, &message, Wait::Poll).unwrap());
    let full = resident(&arena) - before;
    assert!(full >= 400_000_000, "{full} bytes for 400 MB");
    let mut into = Vec::new();
    while queue.get(&me, &mut into, Wait::Poll).is_ok() {
        assert!(into == message);
    }
    let left = resident(&arena) - before;
    // Each of the three sizes of blocks that have pages to give keeps 8 MiB warm.
    assert!(left <= 30 << 20, "{left} bytes stay");
    format!("{} MB full, {} MB after", full / 1_000_000, left / 1_000_000)
}

fn limit() -> String {
    let (arena, queue, pipe) = arena(16 << 20);
    let (queue, pipe, me): (&Queue, &Pipe, _) =
        (arena.object(queue).unwrap(), arena.object(pipe).unwrap(), Actor::new(&arena, A));
    let message = vec![7; 1 << 20];
    let mut put = 0;
    while queue.put(&me, &message, Wait::Forever).is_ok() {
        put += 1;
    }
    assert!((8..=16).contains(&put), "{put} messages of 1 MiB in 16 MiB");
    assert_eq!(queue.put(&me, &message, Wait::Forever), Err(PutError::Memory));
    assert!(pipe.send(&me, End::A, &message).is_err());
    assert!(resident(&arena) <= 20 << 20, "{} bytes", resident(&arena));
    queue.get(&me, &mut Vec::new(), Wait::Poll).unwrap();
    queue.put(&me, &message, Wait::Forever).unwrap();
    format!("{put} MiB of 16")
}

/// Through a queue and through a pipe, to another process, which compares every byte.
fn large() -> String {
    let mebibytes = crate::number("--mebibytes").unwrap_or(64);
    let length = (mebibytes << 20) as usize + 13;
    let (arena, queue, pipe) = arena(length as u64 * 2 + (64 << 20));
    let (queue, pipe): (&Queue, &Pipe) = (arena.object(queue).unwrap(), arena.object(pipe).unwrap());
    let byte = |at: usize| (at * 31 + at / 251) as u8;
    let pid = child::fork(|| {
        let (me, mut into) = (Actor::new(&arena, B), Vec::new());
        let whole = |into: &[u8]| into.len() == length && into.iter().enumerate().all(|(at, b)| *b == byte(at));
        queue.get(&me, &mut into, Wait::Forever).unwrap();
        assert!(whole(&into), "through the queue");
        pipe.recv(&me, End::B, &mut into, Wait::Forever).unwrap();
        assert!(whole(&into), "through the pipe");
    });
    let me = Actor::new(&arena, A);
    let message: Vec<u8> = (0..length).map(byte).collect();
    queue.put(&me, &message, Wait::Forever).unwrap();
    pipe.send(&me, End::A, &message).unwrap();
    drop(message);
    assert_eq!(child::wait(pid), Change::Exited(0));
    format!("{length} bytes twice, {} MB stay", resident(&arena) / 1_000_000)
}

/// Of mixed sizes; what it has cost at most is told ten times, and must not grow.
fn steady() -> String {
    let messages = crate::number("--messages").unwrap_or(1_000_000);
    let (arena, queue, _) = arena(256 << 20);
    let queue: &Queue = arena.object(queue).unwrap();
    let length = |n: u64| match n % 1000 {
        0 => 200_000,
        1..=9 => 20_000,
        10..=99 => 1000,
        n => n as usize % 100,
    };
    let pid = child::fork(|| {
        let (me, bytes) = (Actor::new(&arena, A), vec![5; 200_000]);
        for n in 0..messages {
            // Short enough, so that what it costs is what is in use and not what waits.
            while queue.qsize() > 1000 {
                std::thread::sleep(std::time::Duration::from_micros(20));
            }
            queue.put(&me, &bytes[..length(n)], Wait::Forever).unwrap();
        }
    });
    let (me, mut into, mut peaks) = (Actor::new(&arena, B), Vec::new(), Vec::new());
    let (tenth, mut peak) = ((messages / 10).max(1), 0);
    for n in 0..messages {
        queue.get(&me, &mut into, Wait::Forever).unwrap();
        assert_eq!(into.len(), length(n), "in order and whole");
        if n % 4096 == 0 {
            peak = peak.max(resident(&arena));
        }
        if (n + 1) % tenth == 0 {
            peaks.push(std::mem::take(&mut peak) / 1024);
            eprintln!("  {} messages, at most {} KiB since the last line", n + 1, peaks[peaks.len() - 1]);
        }
    }
    assert_eq!(child::wait(pid), Change::Exited(0));
    let (early, late) = (peaks[..3].iter().max().unwrap(), peaks[7..].iter().max().unwrap());
    assert!(late <= &(early + 8192), "it grows: {peaks:?}");
    format!("{messages} messages, peaks in KiB {peaks:?}")
}
