//! An item outside a log: a chain of blocks that begins with a short header. It can change hands without being copied.
//!
//! ```text
//! first block = length u64 | next held item u32 | unused u32 | bytes ...      following blocks = bytes ...
//! ```
//!
//! | word | states | moves |
//! |---|---|---|
//! | `length` | bytes of the item | once, before it is published |
//! | `next_held` | 0: none; else the item taken after it | under the head's guard, before the list's own word |
//! | [`Held`] | first item 32, last item 32; 0: none | one store: the commit point of adding, of removing the first and the last |
//!
//! **Death** before that store: the list is as it was, for what the last item's header says about a next one is not looked at.
//! After it: the list is changed. Which of both it was, `fifo` tells by looking. Nobody sleeps here.
//!
//! Bytes and length are written before the item is published and never after, so whoever holds it may read them.
//! `next held` belongs to the list of what one actor has taken and not marked done ([`Held`]), whose only writer is that
//! actor (of a command: its clients) under the head's guard, or the supervisor after its death.
use super::arena::{Arena, damaged};
use super::heap::{Block, Heap, Source};
use super::offset::Resident;
use super::word::{AtomicU32, AtomicU64};
use std::sync::atomic::Ordering::{Acquire, Release};

/// Bytes of the header.
pub(super) const HEADER: usize = 16;

#[repr(C)]
struct Header {
    length: AtomicU64,
    next_held: AtomicU32,
    unused: AtomicU32,
}

fn header<'a>(heap: &Heap, arena: &'a Arena, item: Block) -> &'a Header {
    // SAFETY: every block has at least 64 bytes and is aligned to 64; the header is made of atomics; the arena outlives it.
    unsafe { &*heap.data(arena, item).cast::<Header>() }
}

/// Writes the parts one after the other into a chain that was made for them.
pub(super) fn write(heap: &Heap, arena: &Arena, item: Block, parts: &[&[u8]], length: usize) {
    let words = header(heap, arena, item);
    words.length.store(length as u64, Release);
    words.next_held.store(0, Release);
    let (mut block, mut at) = (item, HEADER);
    for part in parts {
        let mut part = *part;
        while !part.is_empty() {
            if at == block.bytes() {
                block = Block(heap.links(arena, block).chain.load(Acquire));
                at = 0;
            }
            let (now, later) = part.split_at(part.len().min(block.bytes() - at));
            // SAFETY: the range ends inside the block, which is in this process's hand.
            unsafe { heap.data(arena, block).add(at).copy_from_nonoverlapping(now.as_ptr(), now.len()) };
            at += now.len();
            part = later;
        }
    }
}

/// Reads the item's bytes, replacing what `into` held.
pub(super) fn read(heap: &Heap, arena: &Arena, item: Block, into: &mut Vec<u8>) {
    let length = header(heap, arena, item).length.load(Acquire);
    assert!(length < arena.size(), "arena damaged: an item of {length} bytes");
    let mut rest = length as usize;
    into.clear();
    // Less than the reservation, and yet more than there may be memory for.
    into.try_reserve(rest).unwrap_or_else(|_| damaged("an item longer than there is memory"));
    let (mut block, mut at) = (item, HEADER);
    loop {
        let now = rest.min(block.bytes() - at);
        // SAFETY: the range ends inside the block; nobody writes to the bytes of an item that was published.
        into.extend_from_slice(unsafe { std::slice::from_raw_parts(heap.data(arena, block).add(at), now) });
        rest -= now;
        if rest == 0 {
            return;
        }
        block = Block(heap.links(arena, block).chain.load(Acquire));
        at = 0;
        assert!(block != Block::NONE, "arena damaged: an item's chain is too short");
    }
}

/// The last block of the item itself, whatever its chain goes on with.
pub(super) fn last_block(heap: &Heap, arena: &Arena, item: Block) -> Block {
    let mut rest = HEADER as u64 + header(heap, arena, item).length.load(Acquire);
    let mut block = item;
    while rest > block.bytes() as u64 {
        rest -= block.bytes() as u64;
        block = Block(heap.links(arena, block).chain.load(Acquire));
        assert!(block != Block::NONE, "arena damaged: an item's chain is too short");
    }
    block
}

/// What one actor has taken and not marked done: first and last item in one word, so that both change at once.
#[repr(transparent)]
pub(super) struct Held(AtomicU64);

// SAFETY: one atomic integer.
unsafe impl Resident for Held {}

fn word(first: Block, last: Block) -> u64 {
    u64::from(last.0) << 32 | u64::from(first.0)
}

impl Held {
    fn ends(&self) -> (Block, Block) {
        let word = self.0.load(Acquire);
        (Block(word as u32), Block((word >> 32) as u32))
    }

    fn set(&self, first: Block, last: Block) {
        self.0.store(word(first, last), Release);
    }

    pub fn is_empty(&self) -> bool {
        self.ends().0 == Block::NONE
    }

    /// The oldest.
    pub fn first(&self) -> Block {
        self.ends().0
    }

    /// The newest.
    pub fn last(&self) -> Block {
        self.ends().1
    }

    pub fn add(&self, heap: &Heap, arena: &Arena, item: Block) {
        header(heap, arena, item).next_held.store(0, Release);
        match self.ends() {
            (Block::NONE, _) => self.set(item, item),
            (first, last) => {
                header(heap, arena, last).next_held.store(item.0, Release);
                self.set(first, item);
            }
        }
    }

    pub fn remove_first(&self, heap: &Heap, arena: &Arena) {
        self.0.store(self.without_first(heap, arena), Release);
    }

    fn without_first(&self, heap: &Heap, arena: &Arena) -> u64 {
        match self.ends() {
            (first, last) if first == last => word(Block::NONE, Block::NONE),
            (first, last) => word(Block(header(heap, arena, first).next_held.load(Acquire)), last),
        }
    }

    pub fn remove_last(&self, heap: &Heap, arena: &Arena) {
        let all = self.all(heap, arena);
        match all[..] {
            [] | [_] => self.set(Block::NONE, Block::NONE),
            [first, .., before, _] | [first @ before, _] => self.set(first, before),
        }
    }

    /// Oldest first. What the last one's header says about a next one is not looked at: it may be of an attempt cut short.
    pub fn all(&self, heap: &Heap, arena: &Arena) -> Vec<Block> {
        let (first, last) = self.ends();
        let mut all = Vec::new();
        let mut at = first;
        let mut walk = heap.walk();
        while at != Block::NONE {
            walk.step();
            all.push(at);
            if at == last {
                break;
            }
            at = Block(header(heap, arena, at).next_held.load(Acquire));
        }
        all
    }

    /// Adds all of `other` behind its own, in order, by one store. They are in both lists then, until `other` is cleared.
    pub fn append(&self, other: &Held, heap: &Heap, arena: &Arena) {
        match (self.ends(), other.ends()) {
            (_, (Block::NONE, _)) => {}
            ((Block::NONE, _), (first, last)) => self.set(first, last),
            ((begin, before), (first, last)) => {
                header(heap, arena, before).next_held.store(first.0, Release);
                self.set(begin, last);
            }
        }
    }

    /// What taking all off the list means.
    pub fn whole(&self) -> Source<'_> {
        Source::wide(&self.0, self.0.load(Acquire), 0)
    }

    /// The oldest, with what taking it off the list means.
    pub fn oldest(&self, heap: &Heap, arena: &Arena) -> Option<(Block, Source<'_>)> {
        let (first, last) = self.ends();
        let taken_off = || Source::wide(&self.0, word(first, last), self.without_first(heap, arena));
        (first != Block::NONE).then(|| (first, taken_off()))
    }

    /// When all were given away: back, to another list, or freed.
    pub fn clear(&self) {
        self.set(Block::NONE, Block::NONE);
    }
}
