//! Taking from the front, marking done, and looking at all.
use super::super::Actor;
use super::super::arena::Arena;
use super::super::futex::Wait;
use super::super::guard::Busy;
use super::super::heap::{self, Block, unpack};
use super::super::item;
use super::super::log::{Front, after};
use super::super::parties::DRAINING;
use super::super::waiting::Waiting;
use super::{DONE, Empty, Fifo, LOG, Next, RETURNED, let_go, name};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

impl Fifo {
    /// Takes the first item into `into`, replacing what was there.
    #[inline]
    pub fn get(&self, actor: &Actor, into: &mut Vec<u8>, what: Waiting, wait: Wait) -> Result<(), Empty> {
        let mut waited = false;
        while !self.try_take(actor, into, wait)? {
            actor.wait(&self.filled.0, what, wait, || (!self.is_empty()).then_some(())).map_err(|_| Empty)?;
            waited = true;
        }
        self.announce_room(waited);
        Ok(())
    }

    /// As [`Fifo::get`], but says when the stream is finished. `draining`: this actor, while it waits, does not keep the
    /// stream open.
    pub fn get_or_end(
        &self,
        actor: &Actor,
        into: &mut Vec<u8>,
        what: Waiting,
        wait: Wait,
        draining: bool,
    ) -> Result<Next, Empty> {
        let arena = actor.arena();
        let party = if draining { self.plan.parties.find(arena, actor.index()) } else { None };
        let mut waited = false;
        while !self.try_take(actor, into, wait)? {
            if let Some(party) = party {
                party.begin_draining(actor);
            }
            let next = actor.wait(&self.filled.0, what, wait, || match self.is_empty() {
                false => Some(Next::Item),
                true => self.has_ended_for(arena, party).then_some(Next::End),
            });
            if let Some(party) = party {
                party.clear(actor, DRAINING);
            }
            if next.map_err(|_| Empty)? == Next::End {
                self.filled.0.ring_all();
                return Ok(Next::End);
            }
            waited = true;
        }
        self.announce_room(waited);
        Ok(Next::Item)
    }

    /// After the head's guard was released.
    #[inline]
    fn announce_room(&self, waited: bool) {
        if self.plan.maxsize.load(Relaxed) != 0 {
            self.room.0.ring();
        }
        if waited && !self.is_empty() {
            self.filled.0.ring();
        }
    }

    /// False when it is empty.
    #[inline]
    fn try_take(&self, actor: &Actor, into: &mut Vec<u8>, wait: Wait) -> Result<bool, Busy> {
        let head = &self.log.head;
        head.guard.lock(actor, wait)?;
        let taken = if unpack(self.plan.returned.load(Acquire)).0 == 0 {
            self.take_from_log(actor, into, wait)
        } else {
            self.take_returned(actor, wait)
        };
        match taken {
            Ok(Taken::Item(item)) if !self.redelivers() => {
                // The guard is released: others may take while this item is copied.
                let heap = self.heap(actor.arena());
                item::read(heap, actor.arena(), item, into);
                let_go(heap.hand(actor.arena(), actor.index()));
                let _ = heap.drop_item(actor, Wait::Poll);
                Ok(true)
            }
            Ok(Taken::Item(item)) => {
                item::read(self.heap(actor.arena()), actor.arena(), item, into);
                Ok(true)
            }
            Ok(Taken::Bytes) => Ok(true),
            Ok(Taken::Nothing) => Ok(false),
            Err(busy) => {
                head.guard.unlock();
                Err(busy)
            }
        }
    }

    /// Under the head's guard; releases it unless it fails.
    #[inline]
    fn take_from_log(&self, actor: &Actor, into: &mut Vec<u8>, wait: Wait) -> Result<Taken, Busy> {
        let head = &self.log.head;
        if !self.log.has_front() {
            head.guard.unlock();
            return Ok(Taken::Nothing);
        }
        let heap = self.heap(actor.arena());
        match self.log.front(actor, heap, wait)? {
            Front::Bytes { data, length, next } => {
                into.clear();
                // SAFETY: the range lies inside the log's block (`read` checked it), and its block is not freed while
                // the guard is held.
                into.extend_from_slice(unsafe { std::slice::from_raw_parts(data, length) });
                head.move_to(next);
                head.guard.unlock();
                Ok(Taken::Bytes)
            }
            Front::Item { item, next } => {
                heap.drop_item(actor, wait)?;
                let hand = heap.hand(actor.arena(), actor.index());
                name(hand, item, LOG, next.count(), self.place(actor.arena()));
                if self.redelivers() {
                    self.held(actor.arena(), actor.index()).add(heap, actor.arena(), item);
                }
                head.move_to(next);
                if self.redelivers() {
                    hand.item.store(0, Release);
                }
                head.guard.unlock();
                Ok(Taken::Item(item))
            }
        }
    }

    /// Under the head's guard, when there are some; releases it unless it fails.
    #[cold]
    fn take_returned(&self, actor: &Actor, wait: Wait) -> Result<Taken, Busy> {
        let (arena, heap) = (actor.arena(), self.heap(actor.arena()));
        heap.drop_item(actor, wait)?;
        let hand = heap.hand(arena, actor.index());
        let held = self.redelivers().then(|| self.held(arena, actor.index()));
        let take = |item: Block| {
            name(hand, item, RETURNED, 0, self.place(arena));
            if let Some(held) = held {
                held.add(heap, arena, item);
            }
        };
        let forget = || {
            if let Some(held) = held {
                held.remove_last(heap, arena);
            }
            hand.item.store(0, Release);
        };
        let item = heap::pop(heap, arena, &self.plan.returned, take, forget);
        if item.is_some() && held.is_some() {
            hand.item.store(0, Release);
        }
        self.log.head.guard.unlock();
        Ok(item.map_or(Taken::Nothing, Taken::Item))
    }

    /// Marks the oldest item that this actor holds done. False when it holds none. For a fifo that redelivers.
    pub fn mark_done(&self, actor: &Actor) -> Result<bool, Busy> {
        let (arena, heap) = (actor.arena(), self.heap(actor.arena()));
        heap.drop_item(actor, Wait::Forever)?;
        self.log.head.guard.lock(actor, Wait::Forever)?;
        let held = match self.held(arena, actor.index()) {
            // A client marks what clients before it have taken for their command.
            own if own.is_empty() => self.held(arena, actor.owner()),
            own => own,
        };
        let item = held.first();
        if item == Block::NONE {
            self.log.head.guard.unlock();
            return Ok(false);
        }
        let hand = heap.hand(arena, actor.index());
        let done = after(self.done().load(Relaxed));
        name(hand, item, DONE, done, self.place(arena));
        self.done().store(done, Release);
        held.remove_first(heap, arena);
        let_go(hand);
        self.log.head.guard.unlock();
        let _ = heap.drop_item(actor, Wait::Poll);
        if self.is_finished(arena) {
            self.filled.0.ring_all();
        }
        Ok(true)
    }

    /// What a client has taken and not marked done becomes its command's. The commit point is the store that puts it at the
    /// end of the command's list; a death between that and the emptying of the client's own is seen by both ending alike.
    pub fn entrust(&self, actor: &Actor) -> Result<(), Busy> {
        if !self.redelivers() || !actor.is_client() {
            return Ok(());
        }
        let (arena, heap) = (actor.arena(), self.heap(actor.arena()));
        self.log.head.guard.lock(actor, Wait::Forever)?;
        let own = self.held(arena, actor.index());
        self.held(arena, actor.owner()).append(own, heap, arena);
        own.clear();
        self.log.head.guard.unlock();
        Ok(())
    }

    /// Shows the bytes of all that is in it, first to last. Only while nobody takes, as at the end of a run.
    pub fn contents(&self, arena: &Arena, mut show: impl FnMut(&[u8])) {
        let heap = self.heap(arena);
        let mut bytes = Vec::new();
        let (count, mut item) = unpack(self.plan.returned.load(Acquire));
        for _ in 0..count {
            item::read(heap, arena, item, &mut bytes);
            show(&bytes);
            item = Block(heap.links(arena, item).list.load(Acquire));
        }
        self.log.each(arena, heap, |front| match front {
            // SAFETY: the record lies inside its block, which is not freed while nobody takes.
            Front::Bytes { data, length, .. } => show(unsafe { std::slice::from_raw_parts(data, length) }),
            Front::Item { item, .. } => {
                item::read(heap, arena, item, &mut bytes);
                show(&bytes);
            }
        });
    }
}

enum Taken {
    Nothing,
    Bytes,
    Item(Block),
}
