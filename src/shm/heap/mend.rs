//! After a death: what is free, what the dead one held.
use super::super::arena::Arena;
use super::super::object::{Death, Supervised};
use super::super::slot::SlotIndex;
use super::super::waiting::Waiting;
use super::{Block, Heap, is_in};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

impl Supervised for Heap {
    /// First of all objects: decides whether a pop or a push in progress took place, and frees the guard.
    fn recover(&self, arena: &Arena, dead: &Death) {
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
        self.reclaim(arena, Block(hand.item.swap(0, AcqRel)));
        for word in [&hand.hop, &hand.spent] {
            let block = Block(word.swap(0, AcqRel));
            if block != Block::NONE {
                self.push(arena, block, self.cool(arena, block));
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

    /// The supervisor frees a chain.
    pub(in crate::shm) fn reclaim(&self, arena: &Arena, mut block: Block) {
        let mut walk = self.walk();
        while block != Block::NONE {
            walk.step();
            let next = Block(self.links(arena, block).chain.load(Acquire));
            self.push(arena, block, self.cool(arena, block));
            block = next;
        }
    }
}
