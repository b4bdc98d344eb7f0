//! Putting at the back, and giving back to the front.
use super::super::Actor;
use super::super::futex::Wait;
use super::super::heap::{self, Block, unpack};
use super::super::item::{self, HEADER};
use super::super::log::{INLINE, Record, ahead};
use super::super::waiting::Waiting;
use super::{BACK, Fifo, PutError, name};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::Duration;

impl Fifo {
    /// Puts one item, the parts one after the other; published when it returns.
    #[inline]
    pub fn put(&self, actor: &Actor, parts: &[&[u8]], what: Waiting, wait: Wait) -> Result<(), PutError> {
        let length = parts.iter().map(|part| part.len()).sum();
        if length > INLINE || self.redelivers() {
            return self.put_item(actor, parts, length, what, wait);
        }
        let crowds = self.log.crowds();
        let mut waited = false;
        while !self.try_append(actor, Record::Bytes(parts, length), wait)? {
            self.await_room(actor, what, wait)?;
            waited = true;
        }
        self.announce_item(waited);
        if self.log.crowds() != crowds && wait == Wait::Forever {
            self.pause();
        }
        Ok(())
    }

    /// Lets the takers catch up, once for every new block of a long log: 0.5 ms at most, and only while they do take. A log
    /// that stays short stays in the caches and needs no new memory, which makes both sides several times faster. Nobody
    /// is waited for: whoever only puts goes on.
    #[cold]
    fn pause(&self) {
        let begin = self.log.backlog();
        for _ in 0..5 {
            let before = self.log.head.at();
            std::thread::sleep(Duration::from_micros(100));
            if self.log.head.at() == before || self.log.backlog() <= begin / 2 {
                return;
            }
        }
    }

    fn put_item(
        &self,
        actor: &Actor,
        parts: &[&[u8]],
        length: usize,
        what: Waiting,
        wait: Wait,
    ) -> Result<(), PutError> {
        let heap = self.heap(actor.arena());
        // Full ones wait without holding memory.
        let mut waited = self.is_full();
        if waited {
            self.await_room(actor, what, wait)?;
        }
        let item = heap.make_item(actor, (HEADER + length) as u64, wait)?;
        item::write(heap, actor.arena(), item, parts, length);
        loop {
            let put = match self.try_append(actor, Record::Item(item), wait) {
                Ok(true) => break,
                Ok(false) => self.await_room(actor, what, wait),
                Err(error) => Err(error),
            };
            if let Err(error) = put {
                let _ = heap.drop_item(actor, Wait::Poll);
                return Err(error);
            }
            waited = true;
        }
        self.announce_item(waited);
        Ok(())
    }

    /// False when it is full.
    #[inline]
    fn try_append(&self, actor: &Actor, record: Record, wait: Wait) -> Result<bool, PutError> {
        let tail = &self.log.tail;
        tail.guard.lock(actor, wait)?;
        let count = tail.at().count();
        let maxsize = self.plan.maxsize.load(Relaxed);
        if maxsize != 0 && !self.has_room(count, maxsize) {
            tail.guard.unlock();
            return Ok(false);
        }
        let heap = self.heap(actor.arena());
        let next = match self.log.append(actor, heap, record, wait) {
            Ok(next) => next,
            Err(error) => {
                tail.guard.unlock();
                return Err(error.into());
            }
        };
        if let Record::Item(_) = record {
            let hand = heap.hand(actor.arena(), actor.index());
            hand.commit.store(next.count(), Release);
            tail.move_to(next);
            hand.item.store(0, Release);
        } else {
            tail.move_to(next);
        }
        tail.guard.unlock();
        Ok(true)
    }

    /// Under the tail's guard. The head seen last is too far back at worst.
    #[inline]
    fn has_room(&self, count: u64, maxsize: u64) -> bool {
        let returned = unpack(self.plan.returned.load(Acquire)).0;
        let seen = &self.log.tail.seen;
        if ahead(count, seen.load(Relaxed)) + returned < maxsize {
            return true;
        }
        let head = self.log.head.at().count();
        seen.store(head, Relaxed);
        ahead(count, head) + unpack(self.plan.returned.load(Acquire)).0 < maxsize
    }

    #[cold]
    fn await_room(&self, actor: &Actor, what: Waiting, wait: Wait) -> Result<(), PutError> {
        actor.wait(&self.room.0, what, wait, || (!self.is_full()).then_some(())).map_err(|_| PutError::Full)
    }

    /// After the tail's guard was released, so that nothing is read before what was published.
    #[inline]
    fn announce_item(&self, waited: bool) {
        self.filled.0.ring();
        if waited && !self.is_full() {
            self.room.0.ring();
        }
    }

    /// Gives an item back to the front: redelivering, the one taken last (`bytes` are then not looked at); else a copy.
    pub fn give_back(&self, actor: &Actor, bytes: &[u8]) -> Result<(), PutError> {
        let (arena, heap, place) = (actor.arena(), self.heap(actor.arena()), self.place(actor.arena()));
        let hand = heap.hand(arena, actor.index());
        let held = self.redelivers().then(|| self.held(arena, actor.index()));
        if let Some(held) = held {
            heap.drop_item(actor, Wait::Forever)?;
            if held.is_empty() {
                return Ok(());
            }
            self.log.head.guard.lock(actor, Wait::Forever)?;
            name(hand, held.last(), BACK, 0, place);
        } else {
            let item = heap.make_item(actor, (HEADER + bytes.len()) as u64, Wait::Forever)?;
            item::write(heap, arena, item, &[bytes], bytes.len());
            self.log.head.guard.lock(actor, Wait::Forever)?;
            hand.home.store(place, Release);
            hand.origin.store(BACK, Release);
        }
        heap::push(heap, arena, &self.plan.returned, Block(hand.item.load(Relaxed)));
        if let Some(held) = held {
            held.remove_last(heap, arena);
        }
        hand.item.store(0, Release);
        self.log.head.guard.unlock();
        self.filled.0.ring();
        Ok(())
    }
}
