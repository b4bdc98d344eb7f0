//! After a death: what is free, what the dead one held.
use super::super::arena::Arena;
use super::super::object::{Death, Supervised};
use super::super::slot::SlotIndex;
use super::super::waiting::Waiting;
use super::list::{Source, is_in};
use super::{Block, Heap};
use std::sync::atomic::Ordering::{Acquire, Release};

impl Supervised for Heap {
    /// First of all objects: decides whether a pop or a push in progress took place, and frees the guard.
    fn recover(&self, arena: &Arena, dead: &Death) {
        self.settle_last(arena);
        if self.guard.is_held_by(dead.tag) {
            let hand = self.hand(arena, dead.slot());
            let item = Block(hand.item.load(Acquire));
            if item != Block::NONE && self.is_free(arena, item) {
                hand.item.store(self.links(arena, item).chain.load(Acquire), Release);
            }
            for word in [&hand.hop, &hand.spent] {
                let block = Block(word.load(Acquire));
                if block != Block::NONE && self.is_free(arena, block) {
                    word.store(0, Release);
                }
            }
        }
        self.guard.recover(dead.tag);
    }

    /// Last of all: frees what nobody else wanted of what the dead held.
    fn finish(&self, arena: &Arena, dead: &Death) {
        let hand = self.hand(arena, dead.slot());
        for word in [&hand.item, &hand.hop, &hand.spent] {
            self.settle_last(arena);
            let block = Block(word.load(Acquire));
            if block != Block::NONE {
                self.reclaim(arena, block, Source::block(word, block, Block::NONE));
            }
        }
    }

    fn wake_all(&self, _: &Arena) {
        self.guard.wake_all();
    }

    fn blocks(&self, _: &Arena, _: SlotIndex, _: &Waiting) -> bool {
        false
    }
}

impl Heap {
    /// Under a dead one's guard: whether the block its hand names is free, or not even carved.
    fn is_free(&self, arena: &Arena, block: Block) -> bool {
        let size = self.size(block);
        size.carved.load(Acquire) == block.number()
            || is_in(self, arena, &size.warm, block)
            || is_in(self, arena, &size.cold, block)
    }

    /// The supervisor frees a chain: all that hangs on its first block, and then that, so that it is named until the end.
    pub(in crate::shm) fn reclaim(&self, arena: &Arena, first: Block, source: Source) {
        let chain = &self.links(arena, first).chain;
        let mut walk = self.walk();
        loop {
            walk.step();
            let second = Block(chain.load(Acquire));
            if second == Block::NONE {
                return self.free(arena, first, source);
            }
            let third = Block(self.links(arena, second).chain.load(Acquire));
            self.free(arena, second, Source::block(chain, second, third));
        }
    }

    fn free(&self, arena: &Arena, block: Block, source: Source) {
        let cold = self.cool(arena, block);
        self.bring(arena, self.free_list(block, cold), &[block], source);
    }
}
