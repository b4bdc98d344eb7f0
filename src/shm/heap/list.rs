//! Lists of blocks: free ones, and items that came back to the front of a queue.
//!
//! | word | states | moves |
//! |---|---|---|
//! | a list | [`UNSETTLED`], count 31, first block 32 | pop and push under the list's guard; push also by the supervisor, which takes no guard and so waits for nobody: all by an exchange |
//! | [`Move`] | where the supervisor moves a block to; which word names it until then, and what that word holds before and after | by the supervisor, while no list is unsettled |
//!
//! # Once, however often the supervisor begins anew
//! What the supervisor puts into a list, a block or several, is named by some word of a dead process: its hand, the list of what
//! it held, the link of the block before. It writes the move down; then one exchange puts them into the list and marks the list
//! as unsettled; then the word that named them goes on to what comes after; then the mark is taken away. Whoever finds the
//! mark, a process that holds the list's guard or a supervisor that begins anew, does the last two first. So a list without
//! the mark and a word that still names them mean that they have not been moved yet, and there is no third case.
//!
//! Nobody can do the last two too late: the word names a block only while it is outside the list, and it cannot leave the list
//! while the guard is held. Whoever reads a move which is being written already sees that the list has changed.
use super::super::arena::{Arena, damaged};
use super::super::offset::Offset;
use super::super::word::{AtomicU32, AtomicU64};
use super::{Block, Heap};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::fence;

/// The supervisor has pushed the first block, or several, and the word that named them may name them still.
const UNSETTLED: u64 = 1 << 63;

/// How many blocks, and the first of them, in one word, so that both change at once.
pub(in crate::shm) fn pack(count: u64, first: Block) -> u64 {
    count << 32 | u64::from(first.0)
}

pub(in crate::shm) fn unpack(word: u64) -> (u64, Block) {
    ((word & !UNSETTLED) >> 32, Block(word as u32))
}

/// See the head of the file.
#[repr(C)]
pub(super) struct Move {
    /// Place of the list's word.
    list: AtomicU64,
    /// Place of the word that names the block; odd if it is one of 64 bits.
    source: AtomicU64,
    from: AtomicU64,
    to: AtomicU64,
}

/// The word that names what is outside every list: while it does, and afterwards.
#[derive(Clone, Copy)]
pub(in crate::shm) struct Source<'a> {
    word: Word<'a>,
    from: u64,
    to: u64,
}

#[derive(Clone, Copy)]
enum Word<'a> {
    Narrow(&'a AtomicU32),
    Wide(&'a AtomicU64),
}

impl<'a> Source<'a> {
    pub fn block(word: &'a AtomicU32, from: Block, to: Block) -> Source<'a> {
        Source { word: Word::Narrow(word), from: from.0.into(), to: to.0.into() }
    }

    pub fn wide(word: &'a AtomicU64, from: u64, to: u64) -> Source<'a> {
        Source { word: Word::Wide(word), from, to }
    }

    fn place(&self, arena: &Arena) -> u64 {
        match self.word {
            Word::Narrow(word) => arena.place_of(word).bytes(),
            Word::Wide(word) => arena.place_of(word).bytes() | 1,
        }
    }
}

impl Heap {
    /// The supervisor puts blocks, or items by their first blocks, on top of a list, the first of them first, all at once; and
    /// `source` goes on. What it is called with has been read after [`Heap::settle_last`].
    pub(in crate::shm) fn bring(&self, arena: &Arena, list: &AtomicU64, blocks: &[Block], source: Source) {
        let Some((last, before)) = blocks.split_last() else { return };
        let below = |block: Block| &self.links(arena, block).list;
        for (block, next) in before.iter().zip(&blocks[1..]) {
            below(*block).store(next.0, Release);
        }
        let moving = &self.moving;
        moving.source.store(source.place(arena), Release);
        moving.from.store(source.from, Release);
        moving.to.store(source.to, Release);
        moving.list.store(arena.place_of(list).bytes(), Release);
        let mut top = list.load(Acquire);
        loop {
            let (count, first) = unpack(top);
            below(*last).store(first.0, Release);
            let now = UNSETTLED | pack(count + blocks.len() as u64, blocks[0]);
            match list.compare_exchange(top, now, AcqRel, Acquire) {
                Ok(_) => break,
                Err(now) => top = now,
            }
        }
        self.settle(arena, list);
    }

    /// The supervisor begins or goes on: its last move is over, wherever it was cut short.
    pub(in crate::shm) fn settle_last(&self, arena: &Arena) {
        let list = self.moving.list.load(Acquire);
        if list != 0 {
            self.settle(arena, arena.at(Offset::from_bytes(list)));
        }
    }

    /// Ends a move of the supervisor into that list, if one is under way. Gives the list as it is then. By the supervisor, or
    /// under the list's guard.
    #[inline]
    pub(in crate::shm) fn settle(&self, arena: &Arena, list: &AtomicU64) -> u64 {
        loop {
            let word = list.load(Acquire);
            if word & UNSETTLED == 0 {
                return word;
            }
            self.end_move(arena, list, word);
        }
    }

    #[cold]
    fn end_move(&self, arena: &Arena, list: &AtomicU64, word: u64) {
        let moving = &self.moving;
        let (source, from, to) = (moving.source.load(Acquire), moving.from.load(Acquire), moving.to.load(Acquire));
        let told = moving.list.load(Acquire);
        fence(Acquire);
        if list.load(Acquire) != word {
            // Somebody else has ended it.
            return;
        }
        if told != arena.place_of(list).bytes() {
            damaged("a list that nobody moves a block to");
        }
        if source & 1 == 0 {
            let word: &AtomicU32 = arena.at(Offset::from_bytes(source));
            let _ = word.compare_exchange(from as u32, to as u32, AcqRel, Relaxed);
        } else {
            let word: &AtomicU64 = arena.at(Offset::from_bytes(source - 1));
            let _ = word.compare_exchange(from, to, AcqRel, Relaxed);
        }
        let _ = list.compare_exchange(word, word & !UNSETTLED, AcqRel, Relaxed);
    }
}

/// Puts a block, or an item by its first block, on top of a list whose guard is held. An exchange that succeeds found the
/// very list it read, for besides only the supervisor pushes.
pub(in crate::shm) fn push(heap: &Heap, arena: &Arena, list: &AtomicU64, block: Block) {
    loop {
        let top = heap.settle(arena, list);
        let (count, first) = unpack(top);
        heap.links(arena, block).list.store(first.0, Release);
        if list.compare_exchange(top, pack(count + 1, block), AcqRel, Relaxed).is_ok() {
            return;
        }
    }
}

/// Takes the first block of a list whose guard is held. `name` is told of it before; `forget` is called when it was not had
/// and another one will be tried. `None` when the list is empty.
pub(in crate::shm) fn pop(
    heap: &Heap,
    arena: &Arena,
    list: &AtomicU64,
    name: impl Fn(Block),
    forget: impl Fn(),
) -> Option<Block> {
    loop {
        let top = heap.settle(arena, list);
        let (count, block) = unpack(top);
        if block == Block::NONE {
            return None;
        }
        name(block);
        let next = Block(heap.links(arena, block).list.load(Acquire));
        // It fails only when the supervisor pushed meanwhile: then the top is another block.
        if list.compare_exchange(top, pack(count.saturating_sub(1), next), AcqRel, Relaxed).is_ok() {
            return Some(block);
        }
        forget();
    }
}

/// Whether a block is in a list that nobody but the caller changes.
pub(in crate::shm) fn is_in(heap: &Heap, arena: &Arena, list: &AtomicU64, block: Block) -> bool {
    let (count, mut at) = unpack(list.load(Acquire));
    let mut walk = heap.walk();
    for _ in 0..count {
        if at == block {
            return true;
        }
        walk.step();
        at = Block(heap.links(arena, at).list.load(Acquire));
    }
    false
}
