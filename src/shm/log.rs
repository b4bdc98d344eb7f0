//! A first-in first-out log of records in a chain of blocks: one side appends, the other takes, each under its own guard.
//!
//! ```text
//! record = length u32 | bytes, filled up to a multiple of 8      (at most INLINE bytes)
//!        | ITEM   u32 | first block of the item u32               (larger ones, and those of a queue that redelivers)
//!        | END    u32 | next block of the log u32                 (there is always room left for it)
//! ```
//!
//! | word | meaning | moves |
//! |---|---|---|
//! | `tail.word` | records ever appended, place of the next one | under `tail.guard`; the store **publishes** the record before it |
//! | `head.word` | records ever taken, place of the next one | under `head.guard`; the store **takes** the record |
//! | `blocks` | the block of an even and of an odd `word` | the one that `word` does not name is free to prepare the next |
//! | `seen` | a count of the other side, perhaps old | under the same guard; saves looking at the other side's cache line |
//!
//! A word holds count, parity and place together, so one store moves them all, and what an append or a take leaves undone
//! before that store is invisible: the bytes lie past every published record and will be written over. Hopping to another
//! block is a step of its own: the same count, the other parity, place 0. The partner of every release store of
//! `tail.word` is the takers' acquire load of it (label PUBLISHED).
//!
//! What a death leaves, with a guard held: perhaps a block in the hand that is already the log's (`hop`, after the store),
//! or still the log's (`spent`, before it). [`Log::recover_tail`] and [`Log::recover_head`] compare it with `blocks`. Who waits for
//! a guard is woken by it; who waits for an item or for room is the fifo's business.
//!
//! A count has 46 bits: 80 days at 10 million records a second. It wraps without error, for only differences are used.
use super::Actor;
use super::arena::{Arena, OutOfMemory};
use super::futex::Wait;
use super::guard::{Busy, Guard};
use super::heap::{Block, Hand, Heap, NoBlock, SIZES};
use super::word::{AtomicU32, AtomicU64};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// Payloads up to this many bytes lie in the log itself and are copied under the guard: some 10 us at most.
pub(super) const INLINE: usize = 128 << 10;

/// A log with so many bytes in it is a crowd: what is appended now will have left the caches before it is taken.
const CROWD_BYTES: usize = 4 << 20;

const ITEM: u32 = 1 << 30;
const END: u32 = 2 << 30;
/// What every block keeps free for its END.
const END_BYTES: usize = 8;

const COUNT_SHIFT: u32 = 18;
const PARITY: u64 = 1 << 17;
const PLACE: u64 = PARITY - 1;
const COUNT_MASK: u64 = u64::MAX >> COUNT_SHIFT;

/// `a - b` for two counts of records, which wrap.
pub(super) fn ahead(a: u64, b: u64) -> u64 {
    a.wrapping_sub(b) & COUNT_MASK
}

/// The count after this one.
pub(super) fn after(count: u64) -> u64 {
    (count + 1) & COUNT_MASK
}

/// A side's word: count 46 bits, parity 1, place in the block in units of 8 bytes 17.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct At(u64);

impl At {
    #[inline]
    pub fn count(self) -> u64 {
        self.0 >> COUNT_SHIFT
    }

    #[inline]
    fn parity(self) -> usize {
        (self.0 & PARITY != 0) as usize
    }

    #[inline]
    fn place(self) -> usize {
        (self.0 & PLACE) as usize * 8
    }

    /// Past one record. The place stays inside the block, for there is room for END behind every record.
    #[inline]
    fn past(self, bytes: usize) -> At {
        At(self.0.wrapping_add(1 << COUNT_SHIFT).wrapping_add(bytes as u64 / 8))
    }

    fn hopped(self) -> At {
        At((self.0 & !PLACE) ^ PARITY)
    }
}

/// One side of the log.
#[repr(C, align(128))]
pub(super) struct Side {
    pub guard: Guard,
    blocks: [AtomicU32; 2],
    word: AtomicU64,
    pub seen: AtomicU64,
    /// Of the tail: moves when a new block is begun behind a crowd.
    crowded: AtomicU32,
}

impl Side {
    #[inline]
    pub fn at(&self) -> At {
        At(self.word.load(Acquire))
    }

    /// Publishes or takes: see the head of the file.
    #[inline]
    pub fn move_to(&self, at: At) {
        self.word.store(at.0, Release);
    }

    fn block(&self, at: At) -> Block {
        Block(self.blocks[at.parity()].load(Relaxed))
    }

    fn hop(&self, at: At, to: Block) -> At {
        let hopped = at.hopped();
        self.blocks[hopped.parity()].store(to.0, Release);
        self.move_to(hopped);
        hopped
    }
}

/// What is to be appended.
#[derive(Clone, Copy)]
pub(super) enum Record<'a> {
    Bytes(&'a [&'a [u8]], usize),
    Item(Block),
}

/// What lies at the front, and where the log goes on.
pub(super) enum Front {
    Bytes { data: *const u8, length: usize, next: At },
    Item { item: Block, next: At },
}

#[repr(C)]
pub(super) struct Log {
    pub tail: Side,
    pub head: Side,
}

impl Log {
    pub fn build(&self, heap: &Heap) -> Result<(), OutOfMemory> {
        let first = heap.carve(2)?;
        [&self.tail, &self.head].iter().for_each(|side| side.blocks[0].store(first.0, Release));
        Ok(())
    }

    /// Under the tail's guard: writes a record behind the last one and says where the tail goes to publish it.
    #[inline]
    pub fn append(&self, actor: &Actor, heap: &Heap, record: Record, wait: Wait) -> Result<At, NoBlock> {
        let bytes = match record {
            Record::Bytes(_, length) => (4 + length).next_multiple_of(8),
            Record::Item(_) => 8,
        };
        let mut at = self.tail.at();
        let mut block = self.tail.block(at);
        if at.place() + bytes + END_BYTES > block.bytes() {
            (at, block) = self.extend(actor, heap, at, bytes, wait)?;
        }
        // SAFETY: the record and END after it lie inside the block (just checked); nobody else writes behind the last
        // record while the guard is held, and nobody reads there before the record is published.
        unsafe {
            let place = heap.data(actor.arena(), block).add(at.place());
            match record {
                Record::Bytes(parts, length) => {
                    place.cast::<u32>().write(length as u32);
                    let mut to = place.add(4);
                    for part in parts {
                        to.copy_from_nonoverlapping(part.as_ptr(), part.len());
                        to = to.add(part.len());
                    }
                }
                Record::Item(item) => {
                    place.cast::<u32>().write(ITEM);
                    place.cast::<u32>().add(1).write(item.0);
                }
            }
        }
        Ok(at.past(bytes))
    }

    /// Moves each time the log goes on in a new block while it is long. A hint, read without the guard.
    #[inline]
    pub fn crowds(&self) -> u32 {
        self.tail.crowded.load(Relaxed)
    }

    /// How many records are in it. A hint.
    pub fn backlog(&self) -> u64 {
        let head = self.head.at().count();
        ahead(self.tail.at().count(), head)
    }

    /// Goes on in a new block, large enough for some sixteen such records or an eighth of what lies in the log.
    #[cold]
    fn extend(&self, actor: &Actor, heap: &Heap, at: At, bytes: usize, wait: Wait) -> Result<(At, Block), NoBlock> {
        let backlog = ahead(at.count(), self.head.at().count()) as usize;
        let wish = bytes.saturating_mul(backlog / 8).max(bytes * 16);
        let wished = (2..SIZES.len() - 1).find(|size| SIZES[*size] >= wish).unwrap_or(SIZES.len() - 1);
        let least = (2..wished).find(|size| SIZES[*size] >= bytes + END_BYTES).unwrap_or(wished);
        let mut made = Err(NoBlock::Memory);
        for size in (least..=wished).rev() {
            made = heap.make_hop(actor, size, wait);
            if made != Err(NoBlock::Memory) {
                break;
            }
        }
        let block = made?;
        // SAFETY: there is room for END in every block; otherwise as in `append`.
        unsafe {
            let place = heap.data(actor.arena(), self.tail.block(at)).add(at.place()).cast::<u32>();
            place.write(END);
            place.add(1).write(block.0);
        }
        if backlog.saturating_mul(bytes) >= CROWD_BYTES {
            self.tail.crowded.store(self.tail.crowded.load(Relaxed).wrapping_add(1), Relaxed);
        }
        let at = self.tail.hop(at, block);
        heap.hand(actor.arena(), actor.index()).hop.store(0, Release);
        Ok((at, block))
    }

    /// Under the head's guard: whether there is a record.
    #[inline]
    pub fn has_front(&self) -> bool {
        let taken = self.head.at().count();
        if self.head.seen.load(Relaxed) != taken {
            return true;
        }
        let published = self.tail.at().count();
        self.head.seen.store(published, Relaxed);
        published != taken
    }

    /// Under the head's guard, when there is a record: the first one.
    #[inline]
    pub fn front(&self, actor: &Actor, heap: &Heap, wait: Wait) -> Result<Front, Busy> {
        // A block begins with a record, for it was made for one; after a death between the two it may end at once.
        loop {
            let at = self.head.at();
            let block = self.head.block(at);
            match read(actor.arena(), heap, block, at) {
                Ok(front) => return Ok(front),
                Err(next) => {
                    heap.drop_spent(actor, wait)?;
                    heap.hand(actor.arena(), actor.index()).spent.store(block.0, Release);
                    self.head.hop(at, next);
                    // If somebody stopped is in the way it is dropped at the next hop, or after this one's death.
                    let _ = heap.drop_spent(actor, Wait::Poll);
                }
            }
        }
    }

    /// Shows all records from the first to the last. Only while nobody takes.
    pub fn each(&self, arena: &Arena, heap: &Heap, mut show: impl FnMut(Front)) {
        let end = self.tail.at().count();
        let mut at = self.head.at();
        let mut block = self.head.block(at);
        let mut walk = heap.walk();
        while at.count() != end {
            match read(arena, heap, block, at) {
                Ok(front) => {
                    at = match front {
                        Front::Bytes { next, .. } | Front::Item { next, .. } => next,
                    };
                    show(front);
                }
                Err(next) => {
                    walk.step();
                    (at, block) = (at.hopped(), next);
                }
            }
        }
    }

    /// After the death of the one who holds the tail's guard: a block that is the log's is no longer the hand's.
    pub fn recover_tail(&self, hand: &Hand) {
        if self.tail.block(self.tail.at()).0 == hand.hop.load(Acquire) {
            hand.hop.store(0, Release);
        }
    }

    /// The same for the head.
    pub fn recover_head(&self, hand: &Hand) {
        if self.head.block(self.head.at()).0 == hand.spent.load(Acquire) {
            hand.spent.store(0, Release);
        }
    }
}

/// The record at a place, or the next block.
#[inline]
fn read(arena: &Arena, heap: &Heap, block: Block, at: At) -> Result<Front, Block> {
    assert!(at.place() + END_BYTES <= block.bytes(), "arena damaged: a record outside its block");
    // SAFETY: eight bytes inside the block (just checked), written before the tail's word (PUBLISHED).
    let (place, first, second) = unsafe {
        let place = heap.data(arena, block).add(at.place());
        (place, place.cast::<u32>().read(), place.cast::<u32>().add(1).read())
    };
    match first {
        END => Err(Block(second)),
        ITEM => Ok(Front::Item { item: Block(second), next: at.past(8) }),
        length => {
            let bytes = (4 + length as usize).next_multiple_of(8);
            assert!(at.place() + bytes + END_BYTES <= block.bytes(), "arena damaged: a record of {length} bytes");
            // SAFETY: inside the block, as just checked.
            let data = unsafe { place.add(4) };
            Ok(Front::Bytes { data, length: length as usize, next: at.past(bytes) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_moves_count_and_place_together() {
        let at = At(0).past(16).past(24);
        assert_eq!((at.count(), at.place(), at.parity()), (2, 40, 0));
        let at = at.hopped();
        assert_eq!((at.count(), at.place(), at.parity()), (2, 0, 1));
        assert_eq!(At(!PLACE & !PARITY).past(8).count(), 0, "a count wraps");
        assert_eq!(ahead(1, COUNT_MASK), 2);
    }

    #[test]
    fn the_last_place_of_the_largest_block_fits_the_word() {
        let last = SIZES[SIZES.len() - 1] - END_BYTES;
        assert_eq!(At(0).past(last).place(), last);
    }
}
