//! A sheet: some chunks of calls of one job, with a line for each, on which its worker writes what came of it.
//!
//! ```text
//! first block = head | a line for each chunk | arguments ...        following blocks = arguments ...
//! ```
//!
//! Arguments are written before the sheet can be reached. The worker that has taken a chunk has read them, and nobody else
//! will, so a result that is no longer may be written in their place. Of a line:
//!
//! | `state` | meaning | moves |
//! |---|---|---|
//! | 0 | free | exchange to taken by a worker, or to done (broken) by the caller of a pool that has failed |
//! | `TAKEN`, tag | that incarnation works at it | store of done by it; the supervisor after its death |
//! | `DONE`, what, length, order | result in the line, in the place of the arguments, or in an item of its own | at the end, by whoever frees the sheet |
//! | `EMPTY` | the item has been joined to the sheet's chain | |
//!
//! A line is never free again. So `claimed` (all lines before it are not free) and `done` (all before it are done) are
//! hints that may lag behind and are never wrong, whoever dies.
use super::super::arena::{Arena, damaged};
use super::super::heap::{Block, Heap};
use super::super::item;
use super::super::offset::{Offset, Resident};
use super::super::slot::Tag;
use super::super::word::{AtomicU32, AtomicU64};
use super::came::Came;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};

/// Results up to this many bytes stand in the line.
pub(super) const INLINE: usize = 16;

const TAKEN: u64 = 1;
const DONE: u64 = 2;
const EMPTY: u64 = 3;

#[repr(C, align(64))]
pub(super) struct Head {
    /// Its neighbours in its caller's list, under the pool's guard.
    pub next: AtomicU32,
    pub previous: AtomicU32,
    /// Its caller will still read it. Under the pool's guard.
    pub kept: AtomicU32,
    /// Its caller's place among the pool's.
    pub caller: AtomicU32,
    pub count: AtomicU32,
    /// The order in which chunks are done matters.
    pub notes_order: AtomicU32,
    pub job: AtomicU64,
    done: AtomicU32,
}

/// On a line of its own, for it moves with every chunk.
#[repr(C, align(64))]
struct Claimed(AtomicU32);

#[repr(C)]
struct Top {
    head: Head,
    claimed: Claimed,
}

/// See the head of the file.
#[repr(C)]
pub(super) struct Line {
    state: AtomicU64,
    /// Where its arguments end, from where those of the first begin.
    end: AtomicU32,
    /// The item of the result, or the length of one in the place of the arguments.
    pub item: AtomicU32,
    bytes: [AtomicU64; 2],
}

// SAFETY: only atomics of integers.
unsafe impl Resident for Top {}
// SAFETY: as above.
unsafe impl Resident for Line {}

/// Bytes of the head and so many lines.
pub(super) const fn table(lines: usize) -> usize {
    size_of::<Top>() + lines * size_of::<Line>()
}

/// A sheet as this process sees it. Only while it cannot be freed: see `pool`.
#[derive(Clone, Copy)]
pub(super) struct Sheet<'a> {
    arena: &'a Arena,
    heap: &'a Heap,
    pub block: Block,
    top: &'a Top,
    lines: &'a [Line],
}

impl<'a> Sheet<'a> {
    pub fn at(arena: &'a Arena, heap: &'a Heap, block: Block) -> Sheet<'a> {
        Sheet::look(arena, heap, block).unwrap_or_else(|| damaged("a sheet that is none"))
    }

    /// `None` if what lies there cannot be one: for the supervisor, which may come too late.
    pub fn look(arena: &'a Arena, heap: &'a Heap, block: Block) -> Option<Sheet<'a>> {
        let place = heap.place(block);
        let top: &Top = arena.get(Offset::from_bytes(place)).filter(|_| block.bytes() >= table(0))?;
        let count = top.head.count.load(Relaxed);
        if table(count as usize) > block.bytes() {
            return None;
        }
        let lines = arena.get_slice(Offset::from_bytes(place + table(0) as u64), u64::from(count))?;
        Some(Sheet { arena, heap, block, top, lines })
    }

    /// Writes the lines and arguments of a new one. `ends`: of the arguments of each chunk.
    pub fn write(arena: &'a Arena, heap: &'a Heap, block: Block, ends: &[u32], arguments: &[u8]) -> Sheet<'a> {
        let top: &Top = arena.at(Offset::from_bytes(heap.place(block)));
        top.head.count.store(ends.len() as u32, Relaxed);
        [&top.head.next, &top.head.previous, &top.head.done, &top.claimed.0]
            .into_iter()
            .for_each(|word| word.store(0, Relaxed));
        let sheet = Sheet::at(arena, heap, block);
        for (line, end) in sheet.lines.iter().zip(ends) {
            line.state.store(0, Relaxed);
            line.end.store(*end, Relaxed);
        }
        sheet.fill(table(ends.len()), arguments);
        sheet
    }

    #[inline]
    pub fn head(&self) -> &'a Head {
        &self.top.head
    }

    #[inline]
    pub fn count(&self) -> usize {
        self.lines.len()
    }

    #[inline]
    pub fn line(&self, at: usize) -> &'a Line {
        self.lines.get(at).unwrap_or_else(|| damaged("a line outside its sheet"))
    }

    /// The ranges of bytes from `at` (counted from the first block's begin), block by block.
    fn parts(&self, mut at: usize, mut rest: usize, mut each: impl FnMut(*mut u8, usize)) {
        let mut block = self.block;
        while rest > 0 {
            if at >= block.bytes() {
                at -= block.bytes();
                block = Block(self.heap.links(self.arena, block).chain.load(Acquire));
                assert!(block != Block::NONE, "arena damaged: a sheet's chain is too short");
                continue;
            }
            let now = rest.min(block.bytes() - at);
            let begin = self.heap.place(block) + at as u64;
            let begin = self.arena.bytes(begin, now as u64).unwrap_or_else(|| damaged("a block outside"));
            each(begin, now);
            (at, rest) = (at + now, rest - now);
        }
    }

    /// Where the arguments of that chunk begin and how many bytes they are.
    fn room(&self, at: usize) -> (usize, usize) {
        let begin = at.checked_sub(1).map_or(0, |before| self.line(before).end.load(Relaxed) as usize);
        let length = (self.line(at).end.load(Relaxed) as usize).saturating_sub(begin);
        (table(self.count()) + begin, length)
    }

    /// The arguments of that chunk, into `into`, replacing what was there. By its worker, before its result.
    pub fn arguments(&self, at: usize, into: &mut Vec<u8>) {
        let (begin, length) = self.room(at);
        self.copy(begin, length, into);
    }

    /// The result that stands in the place of the arguments of that chunk, which is done; by way of `into` if it does not lie
    /// in one block.
    pub fn result<'b>(&self, at: usize, into: &'b mut Vec<u8>) -> &'b [u8]
    where
        'a: 'b,
    {
        let (begin, room) = self.room(at);
        let length = room.min(self.line(at).item.load(Relaxed) as usize);
        if begin + length > self.block.bytes() {
            self.copy(begin, length, into);
            return into;
        }
        let from = self.heap.place(self.block) + begin as u64;
        let from = self.arena.bytes(from, length as u64).unwrap_or_else(|| damaged("a block outside"));
        // SAFETY: the range lies in the sheet's first block. Its chunk is done, so nobody writes there any more, and the sheet
        // cannot be freed as long as this one may be used.
        unsafe { std::slice::from_raw_parts(from, length) }
    }

    fn copy(&self, begin: usize, length: usize, into: &mut Vec<u8>) {
        into.clear();
        into.try_reserve(length).unwrap_or_else(|_| damaged("a chunk of no possible length"));
        self.parts(begin, length, |from, length| {
            // SAFETY: the range lies in one block of the sheet. Nobody else writes there: until the chunk is done only its
            // worker may, which calls this, and after that nobody.
            into.extend_from_slice(unsafe { std::slice::from_raw_parts(from, length) });
        });
    }

    /// Writes the result of a chunk in the place of its arguments, by the worker that has taken it; `false` if it is longer.
    pub fn put_in_place(&self, at: usize, result: &[u8]) -> bool {
        let (begin, room) = self.room(at);
        if result.len() > room {
            return false;
        }
        self.line(at).item.store(result.len() as u32, Relaxed);
        self.fill(begin, result);
        true
    }

    /// Writes bytes from `begin` on: on a sheet that nobody else has yet, or where only the caller has to do with them.
    fn fill(&self, begin: usize, bytes: &[u8]) {
        let mut rest = bytes;
        self.parts(begin, bytes.len(), |to, length| {
            let (now, later) = rest.split_at(length);
            // SAFETY: the range lies in one block of the sheet, and nobody else reads or writes it meanwhile: see above.
            unsafe { to.copy_from_nonoverlapping(now.as_ptr(), length) };
            rest = later;
        });
    }

    /// Claims the first chunk that is free.
    #[inline]
    pub fn claim(&self, tag: Tag) -> Option<usize> {
        let claimed = &self.top.claimed.0;
        let begin = claimed.load(Relaxed) as usize;
        for (at, line) in self.lines.iter().enumerate().skip(begin) {
            let taken = TAKEN << 56 | u64::from(tag.word());
            if line.state.load(Relaxed) == 0 && line.state.compare_exchange(0, taken, AcqRel, Relaxed).is_ok() {
                claimed.store(at as u32 + 1, Release);
                return Some(at);
            }
        }
        if begin < self.lines.len() {
            claimed.store(self.lines.len() as u32, Release);
        }
        None
    }

    /// Whether nothing is free any more.
    #[inline]
    pub fn is_used_up(&self) -> bool {
        let claimed = &self.top.claimed.0;
        let begin = claimed.load(Relaxed) as usize;
        let first = self.lines.iter().skip(begin).position(|line| line.state.load(SeqCst) == 0);
        let now = first.map_or(self.lines.len(), |at| begin + at);
        if now > begin {
            claimed.store(now as u32, Release);
        }
        first.is_none()
    }

    /// As [`Sheet::is_used_up`], by one who only looks.
    pub fn looks_used_up(&self) -> bool {
        self.lines.iter().all(|line| line.state.load(Acquire) != 0)
    }

    /// Whether all are done.
    pub fn is_done(&self) -> bool {
        let done = &self.top.head.done;
        let begin = done.load(Relaxed) as usize;
        let first = self.lines.iter().skip(begin).position(|line| line.state.load(SeqCst) >> 56 < DONE);
        let now = first.map_or(self.lines.len(), |at| begin + at);
        if now > begin {
            done.store(now as u32, Release);
        }
        first.is_none()
    }

    /// As [`Sheet::is_done`], by one who only looks. `broken`: what is free will never be taken.
    pub fn looks_done(&self, broken: bool) -> bool {
        let is_done = |line: &Line| match line.state.load(Acquire) {
            0 => broken,
            state => state >> 56 >= DONE,
        };
        self.lines.iter().all(is_done)
    }

    /// Its chunks that are free will not be taken any more.
    #[cold]
    pub fn give_up_free(&self) {
        let broken = done(Came::Broken, 0, 0);
        for line in self.lines.iter().filter(|line| line.state.load(Relaxed) == 0) {
            let _ = line.state.compare_exchange(0, broken, AcqRel, Relaxed);
        }
    }

    /// The chunks that this incarnation, which is dead, was at: done now, by its death.
    pub fn fail(&self, dead: Tag, how: u64, order: impl Fn() -> u32) {
        for line in self.lines.iter().filter(|line| line.state.load(Acquire) == TAKEN << 56 | u64::from(dead.word())) {
            line.bytes[0].store(how, Relaxed);
            line.state.store(done(Came::Died, 8, order()), SeqCst);
        }
    }

    /// Joins the items of its results to its own chain, so that all are freed as one. By the one who alone can still reach
    /// it; begun anew after a death it goes on where that one was.
    pub fn gather(&self) {
        let chain = |block: Block| &self.heap.links(self.arena, block).chain;
        for line in self.lines {
            if !line.came().is_some_and(|(came, ..)| came.has_item()) {
                continue;
            }
            let item = Block(line.item.load(Acquire));
            let first = chain(self.block).load(Acquire);
            if first != item.0 {
                chain(item::last_block(self.heap, self.arena, item)).store(first, Release);
                chain(self.block).store(item.0, Release);
            }
            line.state.store(EMPTY << 56, Release);
        }
    }
}

fn done(came: Came, length: usize, order: u32) -> u64 {
    DONE << 56 | (came as u64) << 48 | (length as u64) << 32 | u64::from(order)
}

impl Line {
    /// Writes a result that is short into the line. The commit point is the exchange of `state`.
    #[inline]
    pub fn finish(&self, came: Came, bytes: &[u8], order: u32) {
        let mut words = [0; INLINE];
        words[..bytes.len()].copy_from_slice(bytes);
        let [low, high] = [0, 8].map(|at| u64::from_le_bytes(std::array::from_fn(|n| words[at + n])));
        self.bytes[0].store(low, Relaxed);
        if bytes.len() > 8 {
            self.bytes[1].store(high, Relaxed);
        }
        self.state.swap(done(came, bytes.len(), order), SeqCst);
    }

    /// What came, how many bytes of it stand here, and the number in the order of all; `None` if it is not done.
    #[inline]
    pub fn came(&self) -> Option<(Came, usize, u32)> {
        let state = self.state.load(Acquire);
        if state >> 56 != DONE {
            return None;
        }
        let came =
            Came::ALL.get((state >> 48) as usize & 0xFF).copied().unwrap_or_else(|| damaged("a result of no kind"));
        Some((came, ((state >> 32) as usize & 0xFF).min(INLINE), state as u32))
    }

    #[inline]
    pub fn bytes(&self) -> [u8; INLINE] {
        let mut bytes = [0; INLINE];
        for (to, word) in bytes.chunks_exact_mut(8).zip(&self.bytes) {
            to.copy_from_slice(&word.load(Relaxed).to_le_bytes());
        }
        bytes
    }
}
