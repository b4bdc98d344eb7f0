//! After a death: what became of the operation in progress, of the chunk that a worker was at, of what a caller kept.
use super::super::arena::Arena;
use super::super::heap::{Block, Heap};
use super::super::object::Death;
use super::super::slot::{SlotIndex, Tag};
use super::{GIVES, LEAVES, OPENS, Pool, SEAT};
use std::sync::atomic::Ordering::{Acquire, Release, SeqCst};

/// How a worker ended that was at a chunk: which one of the pool's it was, and its exit code (`-SIGNAL` for a signal).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct End {
    pub number: u32,
    pub exit: i32,
}

impl End {
    fn word(self) -> u64 {
        u64::from(self.number) << 32 | u64::from(self.exit as u32)
    }

    pub(super) fn from_word(word: u64) -> End {
        End { number: (word >> 32) as u32, exit: word as u32 as i32 }
    }
}

impl Pool {
    /// The chunk that a dead worker was at, if any, is done: it ended in this way. Before
    /// [`supervise::recover`](crate::shm::supervise::recover), which knows less about it.
    pub fn fail_taken(&self, arena: &Arena, dead: SlotIndex, end: End) {
        self.fail(arena, arena.slot(dead).tag(dead), end);
    }

    fn fail(&self, arena: &Arena, dead: Tag, end: End) {
        // Its seat keeps the sheet.
        let Some(seat) = self.seat_of(arena, dead.slot()) else { return };
        let block = Block(seat.sheet.load(Acquire));
        if block != Block::NONE {
            let sheet = self.sheet(arena, block);
            sheet.fail(dead, end.word(), || self.order.0.fetch_add(1, SeqCst));
            // Also of one that ended well, after which nobody else is woken.
            if let Some(caller) = self.caller_of(arena, &sheet) {
                caller.bell.ring_out();
            }
        }
    }

    /// Its workers cannot begin: what nobody has taken is answered with that.
    pub fn break_up(&self, arena: &Arena) {
        self.plan.failed.store(1, SeqCst);
        self.callers(arena).iter().for_each(|caller| caller.bell.ring_out());
    }

    pub(super) fn mend(&self, arena: &Arena, dead: &Death) {
        let heap = self.heap(arena);
        let hand = heap.hand(arena, dead.slot());
        let guarded = self.open.guard.is_held_by(dead.tag);
        if guarded {
            self.mend_last(arena);
            // It may have been in the middle of that, too.
            self.open.left_behind.store(1, SeqCst);
        }
        let block = Block(hand.item.load(Acquire));
        if block != Block::NONE && hand.home.load(Acquire) == self.place(arena) {
            let commit = hand.commit.load(Acquire);
            let is_free = match hand.origin.load(Acquire) {
                OPENS if guarded => self.undo_opening(arena, block, commit),
                LEAVES => self.finish_leaving(arena, dead, block, (commit, guarded)),
                GIVES => !self.is_given(arena, dead, block, commit as usize),
                _ => true,
            };
            // One that is free is named until all else of it has been freed: a repair that is begun anew comes to the same.
            if !is_free {
                hand.item.store(0, Release);
            }
        }
        self.fail(arena, dead.tag, End { number: 0, exit: 0 });
        if let Some(at) = self.caller_at(arena, dead.slot()) {
            let caller = &self.callers(arena)[at];
            if caller.first.load(Acquire) != 0 && caller.tag.load(Acquire) == dead.tag.word() {
                caller.left.store(dead.tag.word(), Release);
                self.open.left_behind.store(1, SeqCst);
                // Idle workers tidy up.
                self.filled.0.ring_out();
            }
        }
        self.open.guard.recover(dead.tag);
    }

    /// Whether the new sheet was not opened yet: then nothing leads to it any more.
    fn undo_opening(&self, arena: &Arena, block: Block, caller: u64) -> bool {
        let heap = self.heap(arena);
        let (mut at, mut walk) = (Block(self.open.first.load(Acquire)), heap.walk());
        while at != Block::NONE {
            if at == block {
                return false;
            }
            walk.step();
            at = Block(heap.links(arena, at).list.load(Acquire));
        }
        let caller = &self.callers(arena)[caller as usize];
        let next = self.sheet(arena, block).head().next.load(Acquire);
        if caller.first.load(Acquire) == block.0 {
            caller.first.store(next, Release);
        }
        if next != 0 {
            self.sheet(arena, Block(next)).head().previous.store(0, Release);
        }
        true
    }

    /// Whether the sheet is to be freed. `at`: where it was left, and whether the guard is held still.
    fn finish_leaving(&self, arena: &Arena, dead: &Death, block: Block, (commit, guarded): (u64, bool)) -> bool {
        let head = self.sheet(arena, block).head();
        if guarded && commit == SEAT {
            if self.seat_of(arena, dead.slot()).is_some_and(|seat| seat.sheet.load(Acquire) == block.0) {
                return false;
            }
        } else if guarded {
            if self.is_linked(arena, self.heap(arena), block, commit as usize) {
                head.kept.store(1, Release);
                return false;
            }
            let next = head.next.load(Acquire);
            if next != 0 {
                let previous = head.previous.load(Acquire);
                self.sheet(arena, Block(next)).head().previous.store(previous, Release);
            }
            if !self.is_unwanted(arena, block, None) {
                return false;
            }
        }
        self.sheet(arena, block).gather();
        true
    }

    /// Whether that caller's list holds the sheet.
    fn is_linked(&self, arena: &Arena, heap: &Heap, block: Block, caller: usize) -> bool {
        let (mut at, mut walk) = (Block(self.callers(arena)[caller].first.load(Acquire)), heap.walk());
        while at != Block::NONE && at != block {
            walk.step();
            at = Block(self.sheet(arena, at).head().next.load(Acquire));
        }
        at == block
    }

    fn is_given(&self, arena: &Arena, dead: &Death, item: Block, line: usize) -> bool {
        let sheet = self.seat_of(arena, dead.slot()).map(|seat| Block(seat.sheet.load(Acquire)));
        let Some(sheet) = sheet.filter(|sheet| *sheet != Block::NONE) else { return false };
        let line = self.sheet(arena, sheet).line(line);
        line.item.load(Acquire) == item.0 && line.came().is_some_and(|(came, ..)| came.has_item())
    }
}
