//! After a death: what became of the operation in progress, and of what the dead one held.
use super::super::arena::Arena;
use super::super::heap::{self, Block, Hand, Heap};
use super::super::item;
use super::super::object::Death;
use super::{BACK, DONE, FRESH, Fifo, LOG, RETURNED};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

impl Fifo {
    pub fn recover(&self, arena: &Arena, dead: &Death) {
        let (heap, place) = (self.heap(arena), self.place(arena));
        let hand = heap.hand(arena, dead.slot());
        if self.log.tail.guard.is_held_by(dead.tag) {
            self.log.recover_tail(hand);
            let put = hand.commit.load(Acquire) == self.log.tail.at().count();
            if put && hand.origin.load(Acquire) == FRESH {
                hand.item.store(0, Release);
            }
        }
        self.log.tail.guard.recover(dead.tag);
        if self.log.head.guard.is_held_by(dead.tag) {
            self.log.recover_head(hand);
            self.settle(arena, dead, heap, hand);
        }
        // Taken, not handed over, and the guard already released.
        let carried = Block(hand.item.load(Acquire));
        if carried != Block::NONE
            && hand.home.load(Acquire) == place
            && matches!(hand.origin.load(Acquire), LOG | RETURNED)
        {
            heap::push(heap, arena, &self.plan.returned, carried);
            hand.item.store(0, Release);
        }
        if self.redelivers() {
            if let Some(command) = arena.slot(dead.slot()).client_of() {
                let own = self.held(arena, dead.slot());
                // It died between the two stores of `entrust`.
                if !own.is_empty() && own.last() == self.held(arena, command).last() {
                    own.clear();
                }
            }
            self.redeliver(arena, dead, heap);
        }
        self.log.head.guard.recover(dead.tag);
    }

    /// Under the dead one's head guard: what became of the item it names. Afterwards a name that is left means taken and
    /// not handed over, or to be freed.
    fn settle(&self, arena: &Arena, dead: &Death, heap: &Heap, hand: &Hand) {
        let item = Block(hand.item.load(Acquire));
        if item == Block::NONE || hand.home.load(Acquire) != self.place(arena) {
            return;
        }
        let commit = hand.commit.load(Acquire);
        let held = self.redelivers().then(|| self.held(arena, dead.slot()));
        let owners = arena.slot(dead.slot()).client_of().filter(|_| self.redelivers());
        let owners = owners.map(|owner| self.held(arena, owner));
        let is_back = || heap::is_in(heap, arena, &self.plan.returned, item);
        match hand.origin.load(Acquire) {
            origin @ (LOG | RETURNED) => {
                let taken = if origin == LOG { commit == self.log.head.at().count() } else { !is_back() };
                if !taken
                    && let Some(held) = held
                    && held.last() == item
                {
                    held.remove_last(heap, arena);
                }
                if !taken || held.is_some() {
                    hand.item.store(0, Release);
                }
            }
            DONE if commit == self.done().load(Acquire) => {
                if let Some(held) = [held, owners].into_iter().flatten().find(|held| held.first() == item) {
                    held.remove_first(heap, arena);
                }
                hand.origin.store(FRESH, Release);
            }
            DONE => hand.item.store(0, Release),
            BACK => match (is_back(), held) {
                (true, Some(held)) => {
                    if held.last() == item {
                        held.remove_last(heap, arena);
                    }
                    hand.item.store(0, Release);
                }
                (true, None) | (false, Some(_)) => hand.item.store(0, Release),
                (false, None) => hand.origin.store(FRESH, Release),
            },
            _ => (),
        }
    }

    /// What the dead one held is done: shown, counted, freed. Nothing is held of a fifo that does not redeliver.
    pub fn finish_held(&self, arena: &Arena, dead: &Death, mut show: impl FnMut(&[u8])) {
        if !self.redelivers() {
            return;
        }
        let heap = self.heap(arena);
        if self.log.head.guard.is_held_by(dead.tag) {
            let hand = heap.hand(arena, dead.slot());
            self.log.recover_head(hand);
            self.settle(arena, dead, heap, hand);
        }
        let held = self.held(arena, dead.slot());
        let mut bytes = Vec::new();
        for item in held.all(heap, arena) {
            item::read(heap, arena, item, &mut bytes);
            show(&bytes);
            self.done.0.for_dead.fetch_add(1, AcqRel);
            heap.reclaim(arena, item);
        }
        held.clear();
    }

    /// What the dead one held: back to the front in the order in which it was taken, or freed if it ended well.
    fn redeliver(&self, arena: &Arena, dead: &Death, heap: &Heap) {
        let held = self.held(arena, dead.slot());
        for item in held.all(heap, arena).into_iter().rev() {
            if dead.badly {
                heap::push(heap, arena, &self.plan.returned, item);
            } else {
                heap.reclaim(arena, item);
            }
        }
        held.clear();
    }

    pub fn wake_all(&self) {
        self.log.tail.guard.wake_all();
        self.log.head.guard.wake_all();
        self.filled.0.ring_out();
        self.room.0.ring_out();
    }
}
