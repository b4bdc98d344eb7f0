//! A pool's calls: callers hand in chunks, workers take them one at a time, each result goes back to who asked.
//!
//! Chunks come on sheets (`sheet`), each a chain of blocks of the heap: written by its caller, claimed line by line, read by it
//! when all of it is done, and freed. What moves with every chunk is one word of its line; all else is under the guard.
//!
//! | word | meaning | moves |
//! |---|---|---|
//! | `first`, `last`, links of blocks | the sheets on which something may be free, oldest first | under the guard |
//! | `Seat::sheet` | the sheet that this worker is at | by its worker, under the guard |
//! | `Caller::first`, `next`, `previous` of sheets | the sheets that this caller will read | under the guard, by the caller; after its death by whoever comes by |
//! | `Head::kept` | the sheet is in such a list | with it |
//! | `Caller::left`, `left_behind` | that incarnation has ended; some caller has left sheets behind | the supervisor; cleared under the guard |
//! | `failed` | nothing will be taken any more | once, by the supervisor |
//!
//! A sheet is **unwanted** when nothing on it is free, no caller keeps it and no worker sits at it. Whoever makes it so frees
//! it: the caller that has read it, or the last worker to go. A dead worker's seat is left by its successor; what a dead
//! caller had kept is given up by the next one who takes the guard to change its seat or to hand in. What was handed in is
//! worked at also when its caller has ended.
//!
//! # Commit points, and what a death leaves
//! An operation names the block it moves in the hand, with `origin` and `commit`, before anything else.
//!
//! | operation | commit point | death before it | death after it |
//! |---|---|---|---|
//! | submit | store that appends the sheet to the open ones | it is unlinked and freed | the hand is emptied |
//! | take | exchange of the line's state | nothing | the chunk is done: its worker died |
//! | deliver, bytes, in the line or in the arguments' place | exchange of the line's state | the chunk is done: its worker died | wake-ups owed |
//! | deliver, item | the same | the same, and the item is freed | the hand is emptied |
//! | release, or a seat left | store that unlinks the sheet, or clears the seat | it is linked still | if unwanted it is freed, else the hand is emptied |
//!
//! While the dead one's guard is held nobody else can have moved the same words, so each of these is decided by looking.
mod call;
mod came;
mod lists;
mod mend;
mod sheet;
#[cfg(test)]
mod tests;
mod work;

use super::Actor;
use super::arena::{Arena, OutOfMemory};
use super::bell::Bell;
use super::directory::{Kind, ObjectIndex};
use super::guard::Guard;
use super::heap::{Block, Hand, Heap};
use super::object::{Death, Object, Supervised};
use super::offset::{Offset, Resident};
use super::slot::SlotIndex;
use super::waiting::{Verb, Waiting};
use super::word::{AtomicU32, AtomicU64};
pub use call::{Answer, Draft, Job, SheetId};
pub use mend::End;
use sheet::Sheet;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
pub use work::Worker;

/// `Hand::origin`: a new sheet is being opened; `commit`: its caller's place.
const OPENS: u32 = 5;
/// A sheet is being left; `commit`: the place of the caller that kept it, or [`SEAT`].
const LEAVES: u32 = 6;
/// A result is being delivered; `commit`: its line.
const GIVES: u32 = 7;

const SEAT: u64 = u64::MAX;

/// What a pool is made for.
#[derive(Clone, Copy, Debug)]
pub struct PoolForm<'a> {
    /// Every actor that may hand calls in, also one that is started later; sorted.
    pub callers: &'a [SlotIndex],
    /// Every worker; sorted.
    pub workers: &'a [SlotIndex],
}

#[repr(C)]
struct Caller {
    slot: AtomicU32,
    /// Whose sheets these are.
    tag: AtomicU32,
    first: AtomicU32,
    /// The last incarnation that has ended.
    left: AtomicU32,
    /// Rung when a sheet is done.
    bell: Bell,
}

#[repr(C)]
struct Seat {
    slot: AtomicU32,
    sheet: AtomicU32,
}

/// Never changes, but for `failed`.
#[repr(C, align(128))]
struct Plan {
    heap: AtomicU64,
    callers: AtomicU64,
    seats: AtomicU64,
    caller_count: AtomicU32,
    seat_count: AtomicU32,
    index: AtomicU32,
    failed: AtomicU32,
}

#[repr(C, align(64))]
struct Open {
    guard: Guard,
    first: AtomicU32,
    last: AtomicU32,
    left_behind: AtomicU32,
}

#[repr(C, align(64))]
struct OwnLine<T>(T);

/// See the head of the file.
#[repr(C)]
pub struct Pool {
    plan: Plan,
    open: Open,
    /// Counts the results whose order matters.
    order: OwnLine<AtomicU32>,
    /// Rung when something was handed in.
    filled: OwnLine<Bell>,
}

// SAFETY: only atomics of integers and structs of such.
unsafe impl Resident for Pool {}
// SAFETY: as above.
unsafe impl Resident for Caller {}
// SAFETY: as above.
unsafe impl Resident for Seat {}

impl Object for Pool {
    const KIND: Kind = Kind::Pool;
}

impl Pool {
    /// Makes a pool. While the arena is built, after its [`Heap`].
    ///
    /// # Errors
    /// [`OutOfMemory`] when the arena is full.
    pub fn create(arena: &Arena, form: &PoolForm) -> Result<ObjectIndex, OutOfMemory> {
        let place = arena.reserve::<Pool>(1)?;
        let index = arena.enter(place)?;
        let plan = &arena.at(place).plan;
        let heap = Heap::of(arena).ok_or(OutOfMemory)?;
        plan.index.store(index.0, Relaxed);
        plan.heap.store(arena.place_of(heap).bytes(), Relaxed);
        let callers = arena.reserve::<Caller>(form.callers.len() as u64)?;
        plan.callers.store(callers.bytes(), Relaxed);
        plan.caller_count.store(form.callers.len() as u32, Relaxed);
        for (caller, slot) in arena.slice(callers, form.callers.len() as u64).iter().zip(form.callers) {
            caller.slot.store(slot.0, Relaxed);
        }
        let seats = arena.reserve::<Seat>(form.workers.len() as u64)?;
        plan.seats.store(seats.bytes(), Relaxed);
        plan.seat_count.store(form.workers.len() as u32, Relaxed);
        for (seat, slot) in arena.slice(seats, form.workers.len() as u64).iter().zip(form.workers) {
            seat.slot.store(slot.0, Relaxed);
        }
        Ok(index)
    }

    #[inline]
    fn heap<'a>(&self, arena: &'a Arena) -> &'a Heap {
        arena.at(Offset::from_bytes(self.plan.heap.load(Relaxed)))
    }

    fn sheet<'a>(&self, arena: &'a Arena, block: Block) -> Sheet<'a> {
        Sheet::at(arena, self.heap(arena), block)
    }

    fn callers<'a>(&self, arena: &'a Arena) -> &'a [Caller] {
        let count = u64::from(self.plan.caller_count.load(Relaxed));
        arena.slice(Offset::from_bytes(self.plan.callers.load(Relaxed)), count)
    }

    fn seats<'a>(&self, arena: &'a Arena) -> &'a [Seat] {
        let count = u64::from(self.plan.seat_count.load(Relaxed));
        arena.slice(Offset::from_bytes(self.plan.seats.load(Relaxed)), count)
    }

    fn caller_at(&self, arena: &Arena, slot: SlotIndex) -> Option<usize> {
        self.callers(arena).binary_search_by_key(&slot.0, |caller| caller.slot.load(Relaxed)).ok()
    }

    fn seat_of<'a>(&self, arena: &'a Arena, slot: SlotIndex) -> Option<&'a Seat> {
        let seats = self.seats(arena);
        seats.binary_search_by_key(&slot.0, |seat| seat.slot.load(Relaxed)).ok().map(|at| &seats[at])
    }

    fn waits(&self, verb: Verb) -> Waiting {
        Actor::waits(verb, ObjectIndex(self.plan.index.load(Relaxed)))
    }

    /// Nothing will be taken any more: its workers cannot begin.
    pub fn has_failed(&self) -> bool {
        self.plan.failed.load(SeqCst) != 0
    }

    /// Where it lies, which names it in a hand.
    fn place(&self, arena: &Arena) -> u64 {
        arena.place_of(self).bytes()
    }
}

/// Says what is about to happen to a block; `item` last, for it alone makes the rest count.
fn name(hand: &Hand, block: Block, (origin, commit): (u32, u64), home: u64) {
    hand.origin.store(origin, Release);
    hand.commit.store(commit, Release);
    hand.home.store(home, Release);
    hand.item.store(block.0, Release);
}

impl Supervised for Pool {
    fn recover(&self, arena: &Arena, dead: &Death) {
        self.mend(arena, dead);
    }

    fn wake_all(&self, arena: &Arena) {
        self.open.guard.wake_all();
        self.filled.0.ring_out();
        self.callers(arena).iter().for_each(|caller| caller.bell.ring_out());
    }

    fn blocks(&self, arena: &Arena, slot: SlotIndex, waiting: &Waiting) -> bool {
        let heap = self.heap(arena);
        match waiting.verb {
            Verb::Get => {
                // Without the guard: what changes meanwhile is changed by somebody who is not blocked.
                let (mut at, mut walk) = (Block(self.open.first.load(Acquire)), heap.walk());
                while at != Block::NONE {
                    walk.step();
                    if Sheet::look(arena, heap, at).is_some_and(|sheet| !sheet.looks_used_up()) {
                        return false;
                    }
                    at = Block(heap.links(arena, at).list.load(Acquire));
                }
                true
            }
            Verb::Await => {
                let block = Block(arena.slot(slot).waiting_for() as u32);
                Sheet::look(arena, heap, block).is_some_and(|sheet| !sheet.looks_done(self.has_failed()))
            }
            _ => false,
        }
    }
}
