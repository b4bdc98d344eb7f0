//! First in, first out, between any number of putters and takers: what a queue and each direction of a message pipe are.
//!
//! A [`Log`] with what lies around it: items that came back, items taken and not marked done, who is wired, who waits.
//!
//! | word | meaning | moves |
//! |---|---|---|
//! | `log.tail.word`, `log.head.word` | see `log` | under their guards |
//! | `returned` | stack of items that came back to the front, and how many | push: exchange by the supervisor, or under the head's guard; pop: exchange under the head's guard |
//! | `held[slot]` | redelivering only: what that actor has taken and not marked done | its actor (of a command: its clients) under the head's guard; the supervisor after its death |
//!
//! Size = tail's count - head's count + returned: three words, each moved by the one store or exchange that commits an
//! operation, so no death makes it wrong, and a putter under the tail's guard can only overestimate it: `maxsize` is exact.
//!
//! # Commit points, and what a death leaves
//! Each operation names the item it moves in the hand (`item`, last) with `origin`, `commit` and `home` (before).
//!
//! | operation | commit point | death before it | death after it |
//! |---|---|---|---|
//! | put, bytes | store of `tail.word` | nothing | wake-ups owed |
//! | put, item | the same | the item is in the hand: freed | `commit` = tail's count: the hand is emptied |
//! | get, bytes | store of `head.word`, after the bytes were copied out | nothing | wake-ups owed; the item is handed over |
//! | get, item | `origin` = `FRESH`, after the bytes were copied out | not yet off the log or stack: nothing; else it goes back to the front | the item is freed |
//! | get, redelivering | store of `head.word`, or exchange of `returned` | taken off the held list again | it is held: goes back to the front if its holder dies, until it is marked done |
//! | give back | exchange of `returned` | freed (a copy), or still held | the hand is emptied; no longer held |
//! | mark done, redelivering | store of `done` | still held | freed |
//! | entrust, redelivering | store of the command's held list | held by the dead client | held by its command |
//!
//! While the dead one's guard is held nobody else can have moved the same words, so each of these is decided by looking.
//!
//! `put`, `take`, `end` and `mend` are its operations; `mend` is what the supervisor does after a death.
mod end;
mod mend;
mod put;
mod take;

use super::arena::{Arena, OutOfMemory};
use super::bell::Bell;
use super::guard::Busy;
use super::heap::{Block, Hand, Heap, NoBlock, unpack};
use super::item::Held;
use super::log::{Log, ahead};
use super::offset::{Offset, Resident};
use super::parties::Parties;
use super::slot::SlotIndex;
use super::word::AtomicU64;
use std::sync::atomic::{
    Ordering::{Acquire, Relaxed, Release},
    fence,
};

/// `Hand::origin`: nobody else wants the item. Freed on death.
const FRESH: u32 = 0;
/// Being taken from the log, or taken and not yet handed over.
const LOG: u32 = 1;
/// The same, from the stack of returned items.
const RETURNED: u32 = 2;
/// Being marked done.
const DONE: u32 = 3;
/// Being given back to the front.
const BACK: u32 = 4;

/// Why nothing was put. Nothing was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PutError {
    /// No room within the time; of an unbounded one: a process that does not run (stopped, or dead and not yet recovered
    /// from) was in the middle of putting all the time, at least 100 ms. Try again later.
    Full,
    /// The run's memory limit would be passed.
    Memory,
    /// This process has closed it.
    Closed,
}

/// Nothing came within the time; or, as for [`PutError::Full`], somebody was in the middle of taking all the time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Empty;

/// What a taker that follows a stream to its end got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    Item,
    /// Nothing is left and nobody will put anything more.
    End,
}

/// Begins a new cache line.
#[repr(C, align(64))]
struct OwnLine<T>(T);

/// What rarely changes, or never.
#[repr(C, align(128))]
struct Plan {
    heap: AtomicU64,
    maxsize: AtomicU64,
    held: AtomicU64,
    returned: AtomicU64,
    parties: Parties,
}

/// What was marked done: the queue's business, but redelivering it moves under the head's guard.
#[repr(C)]
struct Done {
    count: AtomicU64,
    /// By the supervisor in the name of the dead, and by nobody else: it takes no guard.
    for_dead: AtomicU64,
    /// While that is under way: what it will be.
    for_dead_soon: AtomicU64,
}

/// See the head of the file.
#[repr(C)]
pub(super) struct Fifo {
    plan: Plan,
    log: Log,
    done: OwnLine<Done>,
    filled: OwnLine<Bell>,
    room: OwnLine<Bell>,
}

/// What a fifo is made for.
pub(super) struct Wiring<'a> {
    pub putters: &'a [SlotIndex],
    pub takers: &'a [SlotIndex],
    pub clients: &'a [SlotIndex],
    /// 0: unbounded.
    pub maxsize: u64,
    pub redeliver: bool,
}

// SAFETY: only atomics of integers and structs of such.
unsafe impl Resident for Fifo {}

impl Fifo {
    pub fn build(&self, arena: &Arena, wiring: &Wiring) -> Result<(), OutOfMemory> {
        let heap = Heap::of(arena).ok_or(OutOfMemory)?;
        self.plan.heap.store(arena.place_of(heap).bytes(), Relaxed);
        self.plan.maxsize.store(wiring.maxsize, Relaxed);
        if wiring.redeliver {
            self.plan.held.store(arena.reserve::<Held>(u64::from(arena.slot_count()))?.bytes(), Relaxed);
        }
        self.plan.parties.build(arena, wiring.putters, wiring.takers, wiring.clients)?;
        self.log.build(heap)
    }

    #[inline]
    fn heap<'a>(&self, arena: &'a Arena) -> &'a Heap {
        arena.at(Offset::from_bytes(self.plan.heap.load(Relaxed)))
    }

    #[inline]
    pub fn redelivers(&self) -> bool {
        self.plan.held.load(Relaxed) != 0
    }

    fn held<'a>(&self, arena: &'a Arena, slot: SlotIndex) -> &'a Held {
        assert!(
            self.redelivers(),
            "only what redelivers has lists of what is held: elsewhere this is the arena's head"
        );
        arena.at(Offset::from_bytes(self.plan.held.load(Relaxed)).nth(u64::from(slot.0)))
    }

    pub fn parties(&self) -> &Parties {
        &self.plan.parties
    }

    /// Rung when something came, or the end.
    pub fn filled(&self) -> &Bell {
        &self.filled.0
    }

    /// How many are in it, at one instant.
    pub fn size(&self) -> u64 {
        let (_, _, size) = self.look();
        size
    }

    /// Tail's count, head's count with the returned ones, and the size, as they were at one instant.
    fn look(&self) -> (u64, u64, u64) {
        loop {
            let (head, returned) = (self.log.head.at().count(), self.plan.returned.load(Acquire));
            let tail = self.log.tail.at().count();
            fence(Acquire);
            if self.log.head.at().count() == head && self.plan.returned.load(Acquire) == returned {
                return (tail, head, ahead(tail, head) + unpack(returned).0);
            }
            // Somebody has taken one meanwhile, so somebody makes progress.
            std::hint::spin_loop();
        }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.log.tail.at().count() == self.log.head.at().count() && unpack(self.plan.returned.load(Acquire)).0 == 0
    }

    pub fn is_full(&self) -> bool {
        let maxsize = self.plan.maxsize.load(Relaxed);
        maxsize != 0 && self.size() >= maxsize
    }

    /// Ever put, modulo the width of a count.
    pub fn put_count(&self) -> u64 {
        self.log.tail.at().count()
    }

    /// How many were marked done by actors, modulo the width of a count.
    pub fn done(&self) -> &AtomicU64 {
        &self.done.0.count
    }

    /// How many were put and not marked done.
    pub fn unfinished(&self) -> u64 {
        // In this order, for a mark never comes before its put.
        let done = self.done().load(Acquire);
        let for_dead = self.done.0.for_dead.load(Acquire);
        ahead(self.put_count(), done).saturating_sub(for_dead)
    }

    /// Where it lies, which names it in a hand.
    fn place(&self, arena: &Arena) -> u64 {
        arena.place_of(self).bytes()
    }
}

/// Says what is about to happen to an item; `item` last, for it alone makes the rest count.
fn name(hand: &Hand, item: Block, origin: u32, commit: u64, home: u64) {
    hand.origin.store(origin, Release);
    hand.commit.store(commit, Release);
    hand.home.store(home, Release);
    hand.item.store(item.0, Release);
}

/// From here on the item is freed if its holder dies.
fn let_go(hand: &Hand) {
    hand.origin.store(FRESH, Release);
    hand.commit.store(u64::MAX, Release);
}

impl From<Busy> for PutError {
    fn from(_: Busy) -> PutError {
        PutError::Full
    }
}

impl From<Busy> for Empty {
    fn from(_: Busy) -> Empty {
        Empty
    }
}

impl From<NoBlock> for PutError {
    fn from(none: NoBlock) -> PutError {
        match none {
            NoBlock::Memory => PutError::Memory,
            NoBlock::Busy => PutError::Full,
        }
    }
}
