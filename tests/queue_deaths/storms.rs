//! Putters and takers die at random instants and are started again, while the books are kept beside the queue.
//!
//! What a putter was about to put when it died may be there or not; every other item is taken exactly once, whole. With
//! redelivery nothing is lost, whatever dies; without, what its taker got and had no time to write down.
use crate::Test;
use crate::child;
use crate::dice::Dice;
use crate::ground::{OBJECT, PATIENCE, arena, assert_no_leak, has_ended, kill, spawn};
use mpgraph::shm::{Arena, End, Next, Pipe, Queue, QueueForm, SlotIndex, Wait, supervise};
use std::process::exit;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::*};
use std::time::{Duration, Instant};

pub const ALL: &[Test] = &[
    ("storm_every_item_put_is_taken_once", || storm(Storm { redeliver: false, maxsize: 8, large: false })),
    ("storm_of_items_of_every_size", || storm(Storm { redeliver: false, maxsize: 0, large: true })),
    ("storm_what_a_dead_taker_had_comes_back", || storm(Storm { redeliver: true, maxsize: 8, large: false })),
    ("storm_over_a_pipe_with_shared_ends", storm_over_a_pipe),
];

/// An item that names its putter and number, and whose other bytes follow from them.
fn item(putter: u32, number: u32, large: bool, into: &mut Vec<u8>) {
    let length = match number % 64 {
        7 if large => 140_000 + number as usize % 1000,
        21 if large => 40_000,
        n if n % 16 == 3 => 700 + n as usize * 50,
        n => n as usize % 40,
    };
    into.clear();
    into.extend_from_slice(&putter.to_le_bytes());
    into.extend_from_slice(&number.to_le_bytes());
    into.extend((0..length).map(|at| (at as u32).wrapping_mul(31).wrapping_add(number) as u8));
}

fn named_in(bytes: &[u8]) -> (u32, u32) {
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("a whole item"));
    (word(0), word(4))
}

/// Stops with the item if it is torn.
fn check_whole(bytes: &[u8], large: bool, whole: &mut Vec<u8>) -> (u32, u32) {
    let (putter, number) = named_in(bytes);
    item(putter, number, large, whole);
    if bytes != &whole[..] {
        eprintln!("torn: item {number} of {putter}, {} bytes instead of {}", bytes.len(), whole.len());
        exit(9);
    }
    (putter, number)
}

const PUTTERS: u32 = 2;
const TAKERS: u32 = 2;
const MOST: u32 = 4_000_000;

/// What is written down beside the queue, in the arena, so that a death loses nothing of it.
struct Books<'a> {
    stop: &'a AtomicU32,
    /// Per putter: the number it puts now (never used twice), and how many puts have returned.
    begun: &'a [AtomicU32],
    /// Per putter and number: 0, or 1 once the put has returned.
    put: &'a [AtomicU8],
    /// Per putter and number: how often it was taken.
    taken: &'a [AtomicU8],
    progress: &'a AtomicU64,
}

impl Books<'_> {
    fn open(arena: &Arena) -> Books<'_> {
        let cells = u64::from(PUTTERS * MOST);
        let cell = |count| arena.slice(arena.reserve::<AtomicU8>(count).expect("room for the books"), count);
        Books {
            stop: arena.at(arena.reserve(1).expect("room")),
            begun: arena.slice(arena.reserve(4).expect("room"), 4),
            put: cell(cells),
            taken: cell(cells),
            progress: arena.at(arena.reserve(1).expect("room")),
        }
    }

    fn cell(putter: u32, number: u32) -> usize {
        (putter * MOST + number) as usize
    }

    fn put_for_ever(&self, putter: u32, large: bool, mut put: impl FnMut(&[u8])) {
        let mut bytes = Vec::new();
        while self.stop.load(Relaxed) == 0 {
            let number = self.begun[putter as usize].fetch_add(1, SeqCst);
            if number >= MOST {
                return;
            }
            item(putter, number, large, &mut bytes);
            put(&bytes);
            self.put[Self::cell(putter, number)].store(1, SeqCst);
            self.progress.fetch_add(1, Relaxed);
        }
    }

    fn note_taken(&self, bytes: &[u8], large: bool, whole: &mut Vec<u8>) {
        let (putter, number) = check_whole(bytes, large, whole);
        self.taken[Self::cell(putter, number)].fetch_add(1, SeqCst);
        self.progress.fetch_add(1, Relaxed);
    }

    /// (put and never taken, taken more than once, taken and never known to be put)
    fn balance(&self) -> (u64, u64, u64) {
        let (mut lost, mut twice, mut unsure) = (0, 0, 0);
        for putter in 0..PUTTERS {
            for number in 0..self.begun[putter as usize].load(SeqCst).min(MOST) {
                let cell = Self::cell(putter, number);
                let (put, taken) = (self.put[cell].load(SeqCst), self.taken[cell].load(SeqCst));
                lost += u64::from(put == 1 && taken == 0);
                twice += u64::from(taken.saturating_sub(1));
                unsure += u64::from(put == 0 && taken > 0);
            }
        }
        (lost, twice, unsure)
    }
}

/// Kills and restarts actors `0..PUTTERS + TAKERS` until so many have died; then says stop and lets them end.
/// Answers how many putters and how many takers were killed.
fn rage(arena: &Arena, books: &Books, start: impl Fn(u32) -> i32) -> (u64, u64) {
    let (mut dice, seed) = Dice::new();
    println!("  MPGRAPH_STORM_SEED={seed}");
    let given = std::env::var("MPGRAPH_STORM_DEATHS").ok().and_then(|deaths| deaths.parse().ok());
    let deaths: u32 = given.unwrap_or(600);
    let mut pids: Vec<i32> = (0..PUTTERS + TAKERS).map(&start).collect();
    let (mut putters, mut takers) = (0, 0);
    let mut seen = (Instant::now(), 0);
    for _ in 0..deaths {
        std::thread::sleep(Duration::from_micros(dice.below(900)));
        // Now and then several at once, and a repair while another one is dead already.
        let first = dice.below(u64::from(PUTTERS + TAKERS)) as u32;
        let count = if dice.below(8) == 0 { 1 + dice.below(u64::from(PUTTERS + TAKERS)) as u32 } else { 1 };
        let chosen: Vec<u32> = (0..count).map(|n| (first + n) % (PUTTERS + TAKERS)).collect();
        for slot in &chosen {
            child::kill(pids[*slot as usize], libc::SIGKILL);
        }
        for slot in chosen {
            kill(arena, slot, pids[slot as usize]);
            pids[slot as usize] = start(slot);
            if slot < PUTTERS { putters += 1 } else { takers += 1 }
        }
        let progress = books.progress.load(Relaxed);
        if progress != seen.1 {
            seen = (Instant::now(), progress);
        }
        let full = books.begun.iter().any(|begun| begun.load(Relaxed) >= MOST);
        assert!(!full, "a putter has put the {MOST} items that the books have room for: let fewer die");
        assert!(seen.0.elapsed() < PATIENCE, "nothing was put or taken for {PATIENCE:?}");
    }
    books.stop.store(1, SeqCst);
    let begin = Instant::now();
    for (slot, pid) in pids.into_iter().enumerate() {
        while !has_ended(pid) {
            assert!(begin.elapsed() < PATIENCE, "actor {slot} hangs at the end");
            std::thread::sleep(Duration::from_millis(1));
        }
        supervise::recover(arena, SlotIndex(slot as u32), false);
        supervise::ended(arena, SlotIndex(slot as u32), 0, false);
    }
    (putters, takers)
}

#[derive(Clone, Copy)]
struct Storm {
    redeliver: bool,
    maxsize: u64,
    large: bool,
}

fn storm(Storm { redeliver, maxsize, large }: Storm) {
    let arena = arena(PUTTERS + TAKERS);
    let putters: Vec<_> = (0..PUTTERS).map(SlotIndex).collect();
    let takers: Vec<_> = (PUTTERS..PUTTERS + TAKERS).map(SlotIndex).collect();
    let form = QueueForm { maxsize, redeliver, putters: &putters, takers: &takers, clients: &[] };
    assert_eq!(Queue::create(&arena, &form, &[]), Ok(OBJECT));
    let queue: &Queue = arena.object(OBJECT).expect("the queue");
    let books = Books::open(&arena);
    let marked: &AtomicU64 = arena.at(arena.reserve(1).expect("room"));
    let (killed_putters, killed_takers) = rage(&arena, &books, |slot| {
        spawn(&arena, slot, |actor| match slot {
            0..PUTTERS => {
                books.put_for_ever(slot, large, |bytes| {
                    // Without a bound the queue is kept short by hand.
                    while maxsize == 0 && queue.qsize() > 50 && books.stop.load(Relaxed) == 0 {
                        std::thread::sleep(Duration::from_micros(50));
                    }
                    queue.put(actor, bytes, Wait::Forever).expect("a put");
                });
                queue.close(actor);
            }
            _ => {
                let (mut into, mut whole) = (Vec::new(), Vec::new());
                while queue.get_or_end(actor, &mut into, Wait::Forever) == Ok(Next::Item) {
                    books.note_taken(&into, large, &mut whole);
                    queue.task_done(actor).expect("not too often");
                    marked.fetch_add(1, SeqCst);
                }
            }
        })
    });
    let (lost, twice, unsure) = books.balance();
    let story = format!("lost {lost}, twice {twice}, unsure {unsure}, killed {killed_putters} + {killed_takers}");
    println!("  {} moved; {story}", books.progress.load(Relaxed));
    assert!(unsure <= killed_putters, "{story}");
    if redeliver {
        assert_eq!(lost, 0, "{story}");
        assert!(twice <= killed_takers, "{story}");
        assert_eq!(queue.unfinished(), 0, "{story}");
    } else {
        // Handed over, and its taker died before it wrote that down.
        assert!(lost <= killed_takers, "{story}");
        assert_eq!(twice, 0, "{story}");
        assert!(queue.unfinished() <= killed_takers, "{story}");
    }
    assert_eq!(queue.qsize(), 0);
    assert_no_leak(&arena);
}

fn storm_over_a_pipe() {
    let arena = arena(PUTTERS + TAKERS);
    let ends = [[SlotIndex(0), SlotIndex(1)], [SlotIndex(2), SlotIndex(3)]];
    assert_eq!(Pipe::create(&arena, true, [&ends[0], &ends[1]]), Ok(OBJECT));
    let pipe: &Pipe = arena.object(OBJECT).expect("the pipe");
    let books = Books::open(&arena);
    let (killed_senders, killed_receivers) = rage(&arena, &books, |slot| {
        spawn(&arena, slot, |actor| match slot {
            0..PUTTERS => {
                books.put_for_ever(slot, false, |bytes| {
                    while pipe.pending(End::B) > 50 && books.stop.load(Relaxed) == 0 {
                        std::thread::sleep(Duration::from_micros(50));
                    }
                    pipe.send(actor, End::A, bytes).expect("somebody may still receive");
                });
                pipe.close(actor, End::A);
            }
            _ => {
                let (mut into, mut whole) = (Vec::new(), Vec::new());
                while pipe.recv(actor, End::B, &mut into, Wait::Forever).is_ok() {
                    books.note_taken(&into, false, &mut whole);
                }
            }
        })
    });
    let (lost, twice, unsure) = books.balance();
    let story = format!("lost {lost}, twice {twice}, unsure {unsure}, killed {killed_senders} + {killed_receivers}");
    println!("  {} moved; {story}", books.progress.load(Relaxed));
    assert!(unsure <= killed_senders && lost <= killed_receivers && twice == 0, "{story}");
    assert_eq!(pipe.pending(End::B), 0);
}
