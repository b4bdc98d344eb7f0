//! After a death: what became of the operation in progress, and of what the dead one held.
use super::super::arena::Arena;
use super::super::heap::{self, Block, Hand, Heap, Source};
use super::super::item;
use super::super::object::Death;
use super::{BACK, DONE, FRESH, Fifo, LOG, RETURNED};
use std::sync::atomic::Ordering::{Acquire, Release};

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
        heap.settle_last(arena);
        let carried = Block(hand.item.load(Acquire));
        if carried != Block::NONE
            && hand.home.load(Acquire) == place
            && matches!(hand.origin.load(Acquire), LOG | RETURNED)
        {
            heap.bring(arena, &self.plan.returned, &[carried], Source::block(&hand.item, carried, Block::NONE));
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

    /// What the dead one held is done: shown, freed, counted. Nothing is held of a fifo that does not redeliver. Begun anew it
    /// goes on where it was; only the item that it was at may be shown twice.
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
        let (held, done) = (self.held(arena, dead.slot()), &self.done.0);
        if done.for_dead_soon.load(Acquire) == 0 {
            let more = held.all(heap, arena).len() as u64;
            done.for_dead_soon.store(done.for_dead.load(Acquire) + more, Release);
        }
        let mut bytes = Vec::new();
        loop {
            heap.settle_last(arena);
            let Some((item, source)) = held.oldest(heap, arena) else { break };
            item::read(heap, arena, item, &mut bytes);
            show(&bytes);
            heap.reclaim(arena, item, source);
        }
        done.for_dead.store(done.for_dead_soon.load(Acquire), Release);
        done.for_dead_soon.store(0, Release);
    }

    /// What the dead one held: back to the front in the order in which it was taken, all at once; or freed if it ended well.
    fn redeliver(&self, arena: &Arena, dead: &Death, heap: &Heap) {
        let held = self.held(arena, dead.slot());
        heap.settle_last(arena);
        if dead.badly {
            return heap.bring(arena, &self.plan.returned, &held.all(heap, arena), held.whole());
        }
        while let Some((item, source)) = held.oldest(heap, arena) {
            heap.reclaim(arena, item, source);
        }
    }

    pub fn wake_all(&self) {
        self.log.tail.guard.wake_all();
        self.log.head.guard.wake_all();
        self.filled.0.ring_out();
        self.room.0.ring_out();
    }
}
