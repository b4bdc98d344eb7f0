//! Death at random instants: several busy children, one killed after the other, recovered from, and begun anew.
use crate::child::{self, Change};
use crate::dice::Dice;
use mpgraph::shm::{Actor, Arena, Heap, Offset, Sizes, SlotIndex, supervise};
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::time::{Duration, Instant};

/// How many children there are.
pub const CREW: u32 = 4;
/// The longest a child may live without getting anywhere, on a machine with other work to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the children share beside the objects under test, and where they count how often they got through.
pub struct Books<'a> {
    arena: &'a Arena,
    progress: Offset<AtomicU64>,
    pages: Offset<AtomicU64>,
    complaints: Offset<AtomicU64>,
}

/// Words a scene may use as it likes.
const PAGES: u64 = 32;
/// Bytes that a scene may have in queues.
const LIMIT: u64 = 16 << 20;

impl<'a> Books<'a> {
    fn new(arena: &'a Arena) -> Books<'a> {
        // One to a cache line.
        let progress = arena.reserve::<AtomicU64>(u64::from(CREW) * 8).unwrap();
        Books { arena, progress, pages: arena.reserve(PAGES).unwrap(), complaints: arena.reserve(1).unwrap() }
    }

    /// That actor got through once more.
    pub fn got_through(&self, actor: &Actor<'_>) {
        self.progress(actor.index()).fetch_add(1, Relaxed);
    }

    pub fn page(&self, n: usize) -> &'a AtomicU64 {
        &self.arena.slice(self.pages, PAGES)[n]
    }

    /// Counts every panic at its first instruction: who panics may be killed before it has said so.
    fn count_complaints(&self) {
        let complaints = std::ptr::from_ref(self.complaints()) as usize;
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // SAFETY: a word of the arena, which this child never unmaps.
            unsafe { &*(complaints as *const AtomicU64) }.fetch_add(1, SeqCst);
            before(panic);
        }));
    }

    fn complaints(&self) -> &'a AtomicU64 {
        self.arena.at(self.complaints)
    }

    fn progress(&self, slot: SlotIndex) -> &'a AtomicU64 {
        self.arena.at(self.progress.nth(u64::from(slot.0) * 8))
    }
}

/// One child, and when it was last seen to get through.
struct Child {
    pid: i32,
    seen: u64,
    since: Instant,
}

/// A storm over one scene.
pub struct Storm<'s, T> {
    pub build: fn(&Arena) -> T,
    /// What a child does again and again. It panics when it sees what must not be.
    pub round: fn(&T, &Books<'_>, &Actor<'_>),
    /// Whether those who are left get on by themselves, be it two who died.
    pub alone: bool,
    /// Looked at after a child was killed and before recovery.
    pub killed: &'s dyn Fn(&T, &Books<'_>, &Arena, SlotIndex),
    /// Looked at when all are dead and recovered from; says what it saw.
    pub end: &'s dyn Fn(&T, &Books<'_>, &Arena) -> String,
}

impl<T> Storm<'_, T> {
    /// Blows until `--kills N` have died, or else for `MPGRAPH_STORM_MS` (1000 by default).
    pub fn blow(&self) -> String {
        let ms = std::env::var("MPGRAPH_STORM_MS").ok().and_then(|ms| ms.parse().ok()).unwrap_or(1000);
        let most = crate::kills();
        let bytes = Heap::reservation(CREW, LIMIT) + (1 << 20);
        let arena = Arena::create(Sizes { bytes, slots: CREW, objects: 4, longest_wait: 4 }).unwrap();
        arena.set_limit(LIMIT);
        let scene = (self.build)(&arena);
        let books = Books::new(&arena);
        let (mut dice, seed) = Dice::new();
        let begin = |slot: SlotIndex| {
            supervise::begin(&arena, slot, 1);
            let pid = child::fork(|| {
                books.count_complaints();
                let actor = Actor::new(&arena, slot);
                loop {
                    (self.round)(&scene, &books, &actor);
                }
            });
            supervise::set_pid(&arena, slot, pid);
            Child { pid, seen: books.progress(slot).load(Relaxed), since: Instant::now() }
        };
        let mut crew: Vec<Child> = (0..CREW).map(|n| begin(SlotIndex(n))).collect();
        let everybody: Vec<usize> = (0..CREW as usize).collect();
        let over = Instant::now() + Duration::from_millis(ms);
        let mut kills = 0;
        while most.map_or_else(|| Instant::now() < over, |most| kills < most) {
            // Mostly while all are busy, sometimes several at once.
            std::thread::sleep(Duration::from_micros(dice.below(4) * dice.below(200)));
            let victims = if dice.below(8) == 0 { 2 } else { 1 };
            let first = dice.below(u64::from(CREW)) as u32;
            let slots: Vec<SlotIndex> = (0..victims).map(|n| SlotIndex((first + n) % CREW)).collect();
            slots.iter().for_each(|slot| child::kill(crew[slot.0 as usize].pid, libc::SIGKILL));
            for slot in &slots {
                let ended = child::wait(crew[slot.0 as usize].pid);
                assert_eq!(ended, Change::Killed(libc::SIGKILL), "seed {seed}");
            }
            for slot in &slots {
                (self.killed)(&scene, &books, &arena, *slot);
                supervise::recover(&arena, *slot, true);
            }
            if self.alone && dice.below(4) == 0 {
                let left: Vec<usize> =
                    (0..CREW).filter(|n| !slots.contains(&SlotIndex(*n))).map(|n| n as usize).collect();
                self.all_get_on(&mut crew, &left, &books, seed);
            }
            for slot in slots {
                crew[slot.0 as usize] = begin(slot);
                kills += 1;
            }
            self.look_after(&mut crew, &everybody, &books, seed);
        }
        self.all_get_on(&mut crew, &everybody, &books, seed);
        for (n, child) in (0..).zip(&crew) {
            child::kill(child.pid, libc::SIGKILL);
            assert_eq!(child::wait(child.pid), Change::Killed(libc::SIGKILL), "seed {seed}");
            (self.killed)(&scene, &books, &arena, SlotIndex(n));
            supervise::recover(&arena, SlotIndex(n), true);
        }
        assert_eq!(books.complaints().load(SeqCst), 0, "children complained, seed {seed}");
        let said = (self.end)(&scene, &books, &arena);
        let rounds: u64 = (0..CREW).map(|n| books.progress(SlotIndex(n)).load(Relaxed)).sum();
        format!("{kills} kills, 0 hangs, {rounds} rounds, {said}, seed {seed}")
    }

    /// Left alone, every one of these gets through once more.
    fn all_get_on(&self, crew: &mut [Child], these: &[usize], books: &Books<'_>, seed: u64) {
        let now = |n: usize| books.progress(SlotIndex(n as u32)).load(Relaxed);
        let before: Vec<u64> = these.iter().map(|n| now(*n)).collect();
        these.iter().for_each(|n| crew[*n].since = Instant::now());
        while these.iter().zip(&before).any(|(n, before)| now(*n) == *before) {
            self.look_after(crew, these, books, seed);
            std::thread::sleep(Duration::from_micros(50));
        }
    }

    /// None of these has ended by itself, and none stands still for long.
    fn look_after(&self, crew: &mut [Child], these: &[usize], books: &Books<'_>, seed: u64) {
        for n in these {
            let child = &mut crew[*n];
            assert_eq!(child::poll(child.pid), None, "child {n} ended by itself, seed {seed}");
            let now = books.progress(SlotIndex(*n as u32)).load(Relaxed);
            if now != child.seen {
                (child.seen, child.since) = (now, Instant::now());
            } else if child.since.elapsed() > PATIENCE {
                let slot = books.arena.slot(SlotIndex(*n as u32));
                panic!("child {n} hangs: {:?} {:?}, seed {seed}", slot.waiting(), slot.doing());
            }
        }
    }
}
