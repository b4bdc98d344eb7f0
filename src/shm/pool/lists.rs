//! What moves under the guard: the open sheets, and what callers keep.
use super::super::Actor;
use super::super::arena::Arena;
use super::super::futex::Wait;
use super::super::guard::Busy;
use super::super::heap::Block;
use super::{LEAVES, Pool, Seat, name};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

/// Under the guard.
impl Pool {
    /// Takes sheets on which nothing is free off the open ones. They are the first of them, unless callers of a failed pool
    /// have given theirs up: then `sheet` is looked for.
    pub(super) fn drop_used_up(&self, arena: &Arena, sheet: Block) {
        let (mut before, mut link) = (Block::NONE, &self.open.first);
        let mut at = Block(link.load(Relaxed));
        while at != Block::NONE {
            let links = &self.heap(arena).links(arena, at).list;
            if self.sheet(arena, at).is_used_up() {
                let next = links.load(Relaxed);
                link.store(next, Release);
                if next == 0 {
                    self.open.last.store(before.0, Release);
                }
                if at == sheet {
                    return;
                }
            } else if self.has_failed() {
                (before, link) = (at, links);
            } else {
                return;
            }
            at = Block(link.load(Relaxed));
        }
    }

    /// The end of the list, found from its begin.
    pub(super) fn mend_last(&self, arena: &Arena) {
        let heap = self.heap(arena);
        let (mut at, mut walk) = (Block(self.open.first.load(Relaxed)), heap.walk());
        while at != Block::NONE {
            walk.step();
            self.open.last.store(at.0, Release);
            at = Block(heap.links(arena, at).list.load(Relaxed));
        }
    }

    /// After [`Pool::drop_used_up`]: whether nobody can reach it but the one who sits at `except`.
    pub(super) fn is_unwanted(&self, arena: &Arena, block: Block, except: Option<&Seat>) -> bool {
        let sheet = self.sheet(arena, block);
        let is_at =
            |seat: &Seat| seat.sheet.load(Relaxed) == block.0 && !except.is_some_and(|own| std::ptr::eq(own, seat));
        sheet.head().kept.load(Relaxed) == 0 && sheet.is_used_up() && !self.seats(arena).iter().any(is_at)
    }

    /// The caller at that place keeps the sheet no more. True: the sheet is in the hand, to be freed without the guard.
    pub(super) fn give_up(&self, actor: &Actor, caller: usize, block: Block) -> bool {
        let arena = actor.arena();
        let hand = self.heap(arena).hand(arena, actor.index());
        self.drop_used_up(arena, block);
        name(hand, block, (LEAVES, caller as u64), self.place(arena));
        let head = self.sheet(arena, block).head();
        head.kept.store(0, Release);
        let (next, previous) = (head.next.load(Relaxed), head.previous.load(Relaxed));
        let head_of = |block: u32| self.sheet(arena, Block(block)).head();
        match previous {
            0 => self.callers(arena)[caller].first.store(next, Release),
            previous => head_of(previous).next.store(next, Release),
        }
        if next != 0 {
            head_of(next).previous.store(previous, Release);
        }
        let unwanted = self.is_unwanted(arena, block, None);
        if !unwanted {
            hand.item.store(0, Release);
        }
        unwanted
    }

    /// Gives up what callers that have ended have left behind. True: one sheet is in the hand, and there may be more.
    pub(super) fn tidy(&self, actor: &Actor) -> bool {
        let arena = actor.arena();
        for (at, caller) in self.callers(arena).iter().enumerate() {
            while caller.left.load(Acquire) == caller.tag.load(Relaxed) && caller.first.load(Relaxed) != 0 {
                if self.give_up(actor, at, Block(caller.first.load(Relaxed))) {
                    return true;
                }
            }
        }
        false
    }
}

impl Pool {
    /// Takes the guard, with an empty hand, and gives up what ended callers have left behind.
    pub(super) fn lock(&self, actor: &Actor, wait: Wait) -> Result<(), Busy> {
        loop {
            self.heap(actor.arena()).drop_item(actor, wait)?;
            self.open.guard.lock(actor, wait)?;
            if self.open.left_behind.load(Acquire) == 0 {
                return Ok(());
            }
            // Before looking: what the supervisor says meanwhile is for the next one.
            self.open.left_behind.store(0, SeqCst);
            if !self.tidy(actor) {
                return Ok(());
            }
            self.open.left_behind.store(1, Release);
            self.open.guard.unlock();
            self.shred(actor);
        }
    }

    /// Frees the sheet in the hand, which nobody else can reach.
    pub(super) fn shred(&self, actor: &Actor) {
        let (arena, heap) = (actor.arena(), self.heap(actor.arena()));
        let hand = heap.hand(arena, actor.index());
        self.sheet(arena, Block(hand.item.load(Relaxed))).gather();
        hand.origin.store(0, Release);
        let _ = heap.drop_item(actor, Wait::Poll);
    }
}
