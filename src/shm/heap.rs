//! Blocks of shared memory, taken and given back by processes that may be killed at any instruction.
//!
//! Blocks come in five sizes. A block is named by a [`Block`], a number that is the same in every process; its two
//! links live in a table apart from it, so a free block's pages can be handed back to the system. Every process has a
//! [`Hand`]: what it holds that nothing else reaches yet. A block is at every instant in exactly one of these places:
//! free list, hand, or an object (a queue's log, a stack of returned items, a list of items taken and not done).
//!
//! | word | states | moves |
//! |---|---|---|
//! | `Size::warm`, `Size::cold` | free blocks: see `list` | under the guard; a push also by the supervisor |
//! | `moving` | see `list` | by the supervisor |
//! | `Size::carved` | blocks ever made of this size | only under the guard, one more at a time |
//! | `Hand::item` | the first block of a chain being made, carried or dropped | its own process only; the supervisor after its death |
//! | `Hand::hop`, `Hand::spent` | a log's next block, not yet in it; a log's last block, no longer in it | the same |
//!
//! Commit points: a pop is the exchange of the list's top (or the store of `carved`), a push is the exchange that makes
//! the block the top. The hand names the block before a pop and until after a push. So when a process dies *holding the
//! guard* and its hand names a block that is in a free list, that block is free; in every other case it is the dead one's.
//! No second process can have moved it meanwhile, for the guard is held.
//!
//! What is in use is computed from the words that commit, so a death leaks neither memory nor the account of it.
mod block;
mod list;
mod mend;

use super::Actor;
use super::arena::{Arena, OutOfMemory, damaged};
use super::directory::{Kind, ObjectIndex};
use super::futex::Wait;
use super::guard::{Busy, Guard};
use super::object::Object;
use super::offset::{Offset, Resident};
use super::slot::SlotIndex;
use super::word::{AtomicU32, AtomicU64};
use block::NUMBER_BITS;
pub(super) use block::{Block, NoBlock};
use list::Move;
pub(super) use list::{Source, is_in, pop, push, unpack};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// The sizes of blocks in bytes. The two small ones are for single items, the three large ones also for logs.
pub(super) const SIZES: [usize; 5] = [64, 512, 4 << 10, 64 << 10, 1 << 20];

/// The largest size of the first block of a sheet of calls.
pub(super) const SHEET_SIZE: usize = 3;

/// Free blocks of one size keep up to this many bytes of memory; what is freed beyond goes back to the system.
const WARM_BYTES: u64 = 8 << 20;

/// All blocks of one size.
#[repr(C)]
struct Size {
    warm: AtomicU64,
    cold: AtomicU64,
    carved: AtomicU64,
    /// How many there can be; where they and their links lie. Never changes.
    most: AtomicU64,
    data: AtomicU64,
    links: AtomicU64,
}

/// A block's links: `chain` to the next block of the same item, `list` to the next in a list of items or of free blocks.
#[repr(C)]
pub(super) struct Links {
    pub chain: AtomicU32,
    pub list: AtomicU32,
}

/// What a process holds outside every object. One a slot; zero is empty-handed.
#[repr(C, align(64))]
pub(super) struct Hand {
    /// First block of a chain.
    pub item: AtomicU32,
    /// Where `item` comes from, which says what its holder's death means: see `fifo`.
    pub origin: AtomicU32,
    /// The count whose appearance in the object's word says that the operation with `item` took place.
    pub commit: AtomicU64,
    /// The fifo `item` was taken from: its place in the arena.
    pub home: AtomicU64,
    /// A block made for the end of a log.
    pub hop: AtomicU32,
    /// A block taken from the front of a log.
    pub spent: AtomicU32,
}

/// The blocks of an arena.
#[repr(C, align(128))]
pub struct Heap {
    guard: Guard,
    slots: AtomicU32,
    hands: AtomicU64,
    moving: Move,
    sizes: [Size; SIZES.len()],
}

// SAFETY: atomics of integers and structs of such.
unsafe impl Resident for Heap {}
// SAFETY: as above.
unsafe impl Resident for Hand {}
// SAFETY: as above.
unsafe impl Resident for Links {}

impl Object for Heap {
    const KIND: Kind = Kind::Heap;
}

impl Heap {
    /// Address space that [`Heap::build`] reserves, in bytes, for `slots` actors and at most `limit` bytes in use.
    pub fn reservation(slots: u32, limit: u64) -> u64 {
        let blocks = |size: &usize| most(limit, *size) * (*size + size_of::<Links>()) as u64 + 2 * (1 << 20);
        (1 << 20) + u64::from(slots) * size_of::<Hand>() as u64 + SIZES.iter().map(blocks).sum::<u64>()
    }

    /// Lays the heap out while the arena is built, before every object that uses it: at most `limit` bytes in use.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the arena's reservation or its directory is too small.
    pub fn build(arena: &Arena, limit: u64) -> Result<ObjectIndex, OutOfMemory> {
        let place = arena.reserve::<Heap>(1)?;
        let heap = arena.at(place);
        heap.slots.store(arena.slot_count(), Relaxed);
        heap.hands.store(arena.reserve::<Hand>(u64::from(arena.slot_count()))?.bytes(), Relaxed);
        for (size, bytes) in heap.sizes.iter().zip(SIZES) {
            let most = most(limit, bytes);
            size.most.store(most, Relaxed);
            size.links.store(arena.reserve::<Links>(most)?.bytes(), Relaxed);
            let align = bytes.clamp(64, 4096) as u64;
            size.data.store(arena.reserve_aligned::<AtomicU64>(most * bytes as u64 / 8, align)?.bytes(), Relaxed);
            size.carved.store(1, Relaxed);
        }
        arena.enter(place)
    }

    /// The arena's heap.
    pub(super) fn of(arena: &Arena) -> Option<&Heap> {
        let (index, _) = arena.objects().find(|(_, kind)| *kind == Kind::Heap)?;
        arena.object(index)
    }

    #[inline]
    pub(super) fn hand<'a>(&self, arena: &'a Arena, slot: SlotIndex) -> &'a Hand {
        assert!(slot.0 < self.slots.load(Relaxed), "arena damaged: a hand that does not exist");
        arena.at(Offset::from_bytes(self.hands.load(Relaxed)).nth(u64::from(slot.0)))
    }

    fn size(&self, block: Block) -> &Size {
        let size = self.sizes.get(block.size_index()).unwrap_or_else(|| damaged("a block of no size"));
        assert!(block.number() < size.most.load(Relaxed), "arena damaged: there is no block {:#x}", block.0);
        size
    }

    pub(super) fn links<'a>(&self, arena: &'a Arena, block: Block) -> &'a Links {
        arena.at(Offset::from_bytes(self.size(block).links.load(Relaxed)).nth(block.number()))
    }

    /// A block's first byte: valid for [`Block::bytes`] bytes, aligned to 64.
    #[inline]
    pub(super) fn data(&self, arena: &Arena, block: Block) -> *mut u8 {
        let place = self.place(block);
        assert!(place.is_multiple_of(SIZES[0] as u64), "arena damaged: a block that is not aligned");
        arena.bytes(place, block.bytes() as u64).unwrap_or_else(|| damaged("a block outside"))
    }

    /// Where a block begins, in bytes from the arena's beginning.
    #[inline]
    pub(super) fn place(&self, block: Block) -> u64 {
        self.size(block).data.load(Relaxed).saturating_add(block.number() * block.bytes() as u64)
    }

    /// Bytes of the blocks that are not free.
    pub fn in_use(&self) -> u64 {
        let used = |(size, bytes): (&Size, usize)| {
            let free = unpack(size.warm.load(Acquire)).0 + unpack(size.cold.load(Acquire)).0;
            size.carved.load(Acquire).saturating_sub(1 + free).saturating_mul(bytes as u64)
        };
        self.sizes.iter().zip(SIZES).map(used).fold(0, u64::saturating_add)
    }

    pub(super) fn walk(&self) -> Walk {
        Walk(self.sizes.iter().map(|size| size.carved.load(Relaxed).min(size.most.load(Relaxed))).sum())
    }

    /// A block for an object that is being built, before there are other processes.
    pub(super) fn carve(&self, size: usize) -> Result<Block, OutOfMemory> {
        let number = self.sizes[size].carved.load(Relaxed);
        if number >= self.sizes[size].most.load(Relaxed) {
            return Err(OutOfMemory);
        }
        self.sizes[size].carved.store(number + 1, Release);
        Ok(Block::new(size, number))
    }

    /// Under the guard: whether `bytes` more may be used.
    fn allows(&self, arena: &Arena, bytes: u64) -> bool {
        bytes.saturating_add(self.in_use()).saturating_add(arena.charged()) <= arena.limit()
    }

    /// Makes a chain of blocks for `bytes` bytes, in the hand's `item`, which must be empty.
    pub(super) fn make_item(&self, actor: &Actor, bytes: u64, wait: Wait) -> Result<Block, NoBlock> {
        self.make_chain(actor, None, bytes, wait)
    }

    /// As [`Heap::make_item`], for a chain whose first block has room for the first part.
    pub(super) fn make_parted(&self, actor: &Actor, parts: [u64; 2], wait: Wait) -> Result<Block, NoBlock> {
        let [first, rest] = parts;
        let fits = |bytes: u64| SIZES.iter().position(|size| *size as u64 >= bytes);
        // In one block where no larger one than of the usual size is needed.
        let size = match fits(first + rest) {
            Some(size) if size <= SHEET_SIZE => Some((size, 0)),
            _ => fits(first).map(|size| (size, rest.saturating_sub(SIZES[size] as u64 - first))),
        };
        let (size, rest) = size.ok_or(NoBlock::Memory)?;
        self.make_chain(actor, Some(size), rest, wait)
    }

    fn make_chain(&self, actor: &Actor, first: Option<usize>, bytes: u64, wait: Wait) -> Result<Block, NoBlock> {
        let hand = self.hand(actor.arena(), actor.index());
        self.drop_item(actor, wait)?;
        hand.commit.store(u64::MAX, Release);
        hand.origin.store(0, Release);
        self.guard.lock(actor, wait)?;
        let first_bytes = first.map_or(0, |size| SIZES[size] as u64);
        let mut made = self.allows(actor.arena(), bytes.saturating_add(first_bytes));
        let mut rest = bytes;
        while made && rest > 0 {
            let size = piece(rest);
            made = self.pop(actor.arena(), size, &hand.item, true);
            rest = rest.saturating_sub(SIZES[size] as u64);
        }
        if let (true, Some(size)) = (made, first) {
            // Every block taken goes before those that were.
            made = self.pop(actor.arena(), size, &hand.item, true);
        }
        self.guard.unlock();
        if !made {
            self.drop_item(actor, wait)?;
            return Err(NoBlock::Memory);
        }
        Ok(Block(hand.item.load(Relaxed)))
    }

    /// Makes one block for the end of a log, in the hand's `hop`, unless one is there from an attempt that failed.
    pub(super) fn make_hop(&self, actor: &Actor, size: usize, wait: Wait) -> Result<Block, NoBlock> {
        let hop = &self.hand(actor.arena(), actor.index()).hop;
        let made = Block(hop.load(Relaxed));
        if made != Block::NONE {
            return Ok(made);
        }
        self.guard.lock(actor, wait)?;
        let made = self.allows(actor.arena(), SIZES[size] as u64) && self.pop(actor.arena(), size, hop, false);
        self.guard.unlock();
        if made { Ok(Block(hop.load(Relaxed))) } else { Err(NoBlock::Memory) }
    }

    /// Under the guard: moves a free block, or else a new one, to the hand's word `to`. False when there is none.
    fn pop(&self, arena: &Arena, size: usize, to: &AtomicU32, chained: bool) -> bool {
        let words = &self.sizes[size];
        let before = to.load(Relaxed);
        let name = |block: Block| {
            if chained {
                self.links(arena, block).chain.store(before, Release);
            }
            to.store(block.0, Release);
        };
        for list in [&words.warm, &words.cold] {
            if pop(self, arena, list, name, || to.store(before, Release)).is_some() {
                return true;
            }
        }
        let number = words.carved.load(Relaxed);
        if number >= words.most.load(Relaxed) {
            return false;
        }
        name(Block::new(size, number));
        words.carved.store(number + 1, Release);
        true
    }

    /// Gives back the chain in the hand's `item`, if any. When somebody stopped keeps it from doing so in time the rest
    /// stays in the hand, for the next attempt.
    pub(super) fn drop_item(&self, actor: &Actor, wait: Wait) -> Result<(), Busy> {
        let item = &self.hand(actor.arena(), actor.index()).item;
        loop {
            let block = Block(item.load(Relaxed));
            if block == Block::NONE {
                return Ok(());
            }
            let next = self.links(actor.arena(), block).chain.load(Relaxed);
            self.drop_block(actor, block, (item, next), wait)?;
        }
    }

    /// Gives back the block in the hand's `spent`, if any; as [`Heap::drop_item`].
    pub(super) fn drop_spent(&self, actor: &Actor, wait: Wait) -> Result<(), Busy> {
        let spent = &self.hand(actor.arena(), actor.index()).spent;
        match Block(spent.load(Relaxed)) {
            Block::NONE => Ok(()),
            block => self.drop_block(actor, block, (spent, 0), wait),
        }
    }

    /// `from` is the hand's word and what it holds afterwards.
    fn drop_block(&self, actor: &Actor, block: Block, from: (&AtomicU32, u32), wait: Wait) -> Result<(), Busy> {
        let cold = self.cool(actor.arena(), block);
        self.guard.lock(actor, wait)?;
        push(self, actor.arena(), self.free_list(block, cold), block);
        from.0.store(from.1, Release);
        self.guard.unlock();
        Ok(())
    }

    /// Hands the block's pages back to the system when enough free ones are kept warm; true when it did. The block is in
    /// a hand on its way to the free list: nobody reads or writes it.
    fn cool(&self, arena: &Arena, block: Block) -> bool {
        let (warm, _) = unpack(self.size(block).warm.load(Relaxed));
        let bytes = block.bytes() as u64;
        if bytes < 4096 || warm * bytes < WARM_BYTES {
            return false;
        }
        arena.give_back(self.place(block), bytes).is_ok()
    }

    fn free_list(&self, block: Block, cold: bool) -> &AtomicU64 {
        let size = self.size(block);
        if cold { &size.cold } else { &size.warm }
    }
}

/// Counts the blocks of one list, which cannot be more than there are: a damaged list ends in a panic and not in a loop.
pub(super) struct Walk(u64);

impl Walk {
    pub fn step(&mut self) {
        assert!(self.0 > 0, "arena damaged: a list of blocks goes round in a circle");
        self.0 -= 1;
    }
}

/// How many blocks of a size there can be: as many as fill the limit, for each is in use, free, or number 0 (no block).
fn most(limit: u64, bytes: usize) -> u64 {
    (limit / bytes as u64 + 2).min(1 << NUMBER_BITS)
}

/// The size to take next for an item of `rest` more bytes: waste stays below half.
fn piece(rest: u64) -> usize {
    match rest {
        0..=0x40 => 0,
        0x41..=0x200 => 1,
        0x201..=0x8000 => 2,
        0x8001..=0x8_0000 => 3,
        _ => 4,
    }
}
