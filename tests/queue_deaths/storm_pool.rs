//! Callers and workers of a pool die at random instants and are started again, while the books are kept in the arena.
//!
//! No chunk is worked at twice; what came back is what its worker has made of it, or the word that its worker died, and that
//! no oftener than workers have died; nobody waits in vain.
use crate::Test;
use crate::child;
use crate::dice::Dice;
use crate::ground::{OBJECT, PATIENCE, arena, has_ended, in_use, kill, spawn};
use mpgraph::shm::{Answer, Arena, Draft, Job, Pool, PoolForm, SlotIndex, Wait, Worker, supervise};
use std::process::exit;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::*};
use std::time::{Duration, Instant};

pub const ALL: &[Test] = &[("storm_of_pool_calls", storm)];

const CALLERS: u32 = 2;
const WORKERS: u32 = 2;
const MOST: u64 = 8_000_000;
/// Chunks of one call.
const CHUNKS: u64 = 5;

struct Books<'a> {
    stop: &'a AtomicU32,
    /// The next number that no chunk has had.
    next: &'a AtomicU64,
    /// By number: how often it was taken.
    taken: &'a [AtomicU8],
    answers: &'a AtomicU64,
    died: &'a AtomicU64,
}

impl Books<'_> {
    fn open(arena: &Arena) -> Books<'_> {
        let word = || arena.at(arena.reserve::<AtomicU64>(1).expect("room"));
        Books {
            stop: arena.at(arena.reserve(1).expect("room")),
            next: word(),
            taken: arena.slice(arena.reserve(MOST).expect("room for the books"), MOST),
            answers: word(),
            died: word(),
        }
    }
}

/// What a worker makes of a chunk: short or long.
fn result(number: u64) -> Vec<u8> {
    let length = match number % 16 {
        3 => 700,
        8 => 70_000,
        n => n as usize * 2,
    };
    (0..length).map(|at| (at as u64).wrapping_mul(31).wrapping_add(number) as u8).collect()
}

fn bad(what: &str, number: u64) -> ! {
    eprintln!("{what}: chunk {number}");
    exit(9);
}

fn call(pool: &Pool, actor: &mpgraph::shm::Actor, books: &Books) {
    while books.stop.load(Relaxed) == 0 {
        let first = books.next.fetch_add(CHUNKS, SeqCst);
        if first + CHUNKS > MOST {
            return;
        }
        let mut draft = Draft::default();
        for number in first..first + CHUNKS {
            draft.bytes().extend_from_slice(&number.to_le_bytes());
            // Some chunks lie in blocks of their own.
            draft.bytes().extend(std::iter::repeat_n(0, if number % 64 == 5 { 90_000 } else { 0 }));
            draft.end_chunk().expect("a short one");
        }
        let sheet =
            pool.submit(actor, Job { number: first, notes_order: first.is_multiple_of(2) }, &draft).expect("room");
        // Some calls nobody waits for.
        if !first.is_multiple_of(3) {
            pool.wait(actor, sheet, Wait::Forever).expect("without a limit");
            pool.read(actor, sheet, |at, _, answer| {
                let number = first + at as u64;
                match answer {
                    Answer::Value(bytes) if bytes == result(number) => {}
                    Answer::Died(_) => drop(books.died.fetch_add(1, SeqCst)),
                    _ => bad("wrong", number),
                }
                if books.taken[number as usize].load(SeqCst) == 0 && !matches!(answer, Answer::Died(_)) {
                    bad("never taken", number);
                }
            });
        }
        pool.release(actor, sheet);
        books.answers.fetch_add(1, Relaxed);
    }
}

fn work(pool: &Pool, actor: &mpgraph::shm::Actor, books: &Books) {
    let mut worker = Worker::new(pool, *actor);
    let mut into = Vec::new();
    while books.stop.load(Relaxed) != 2 {
        let Ok(job) = worker.take(&mut into, Wait::at_most(Duration::from_millis(20))) else { continue };
        let number = u64::from_le_bytes(into[..8].try_into().expect("a number"));
        if number.wrapping_sub(job) >= CHUNKS {
            bad("torn", number);
        }
        if books.taken[number as usize].fetch_add(1, SeqCst) != 0 {
            bad("taken twice", number);
        }
        worker.deliver(Ok(&result(number)));
    }
    worker.leave();
}

fn storm() {
    let arena = arena(CALLERS + WORKERS);
    let callers: Vec<_> = (0..CALLERS).map(SlotIndex).collect();
    let workers: Vec<_> = (CALLERS..CALLERS + WORKERS).map(SlotIndex).collect();
    assert_eq!(Pool::create(&arena, &PoolForm { callers: &callers, workers: &workers }), Ok(OBJECT));
    let pool: &Pool = arena.object(OBJECT).expect("the pool");
    let books = Books::open(&arena);
    let start = |slot: u32| {
        spawn(&arena, slot, |actor| if slot < CALLERS { call(pool, actor, &books) } else { work(pool, actor, &books) })
    };
    let (mut dice, seed) = Dice::new();
    println!("  MPGRAPH_STORM_SEED={seed}");
    let given = std::env::var("MPGRAPH_STORM_DEATHS").ok().and_then(|deaths| deaths.parse().ok());
    let deaths: u32 = given.unwrap_or(600);
    let mut pids: Vec<i32> = (0..CALLERS + WORKERS).map(start).collect();
    let (mut seen, mut dead_workers) = ((Instant::now(), 0), 0);
    for _ in 0..deaths {
        std::thread::sleep(Duration::from_micros(dice.below(900)));
        let slot = dice.below(u64::from(CALLERS + WORKERS)) as u32;
        child::kill(pids[slot as usize], libc::SIGKILL);
        kill(&arena, slot, pids[slot as usize]);
        pids[slot as usize] = start(slot);
        dead_workers += u64::from(slot >= CALLERS);
        let answers = books.answers.load(Relaxed);
        if answers != seen.1 {
            seen = (Instant::now(), answers);
        }
        assert!(seen.0.elapsed() < PATIENCE, "nothing was answered for {PATIENCE:?}");
    }
    let end = |slots: std::ops::Range<u32>, stop: u32| {
        books.stop.store(stop, SeqCst);
        let begin = Instant::now();
        for slot in slots {
            while !has_ended(pids[slot as usize]) {
                assert!(begin.elapsed() < PATIENCE, "actor {slot} hangs at the end");
                std::thread::sleep(Duration::from_millis(1));
            }
            supervise::recover(&arena, SlotIndex(slot), false);
            supervise::ended(&arena, SlotIndex(slot), 0, false);
        }
    };
    end(0..CALLERS, 1);
    // The workers do what is left, for it was handed in.
    let begin = Instant::now();
    while in_use(&arena) != 0 {
        assert!(begin.elapsed() < PATIENCE, "{} bytes leaked", in_use(&arena));
        std::thread::sleep(Duration::from_millis(1));
    }
    end(CALLERS..CALLERS + WORKERS, 2);
    let died = books.died.load(SeqCst);
    println!("  {} calls, {dead_workers} workers died, {died} chunks with them", books.answers.load(SeqCst));
    assert!(died <= dead_workers, "a death for each chunk that failed");
    assert_eq!(in_use(&arena), 0, "leaked");
}
