//! The worker's side: a chunk taken, its result delivered.
use super::super::fifo::Empty;
use super::super::futex::Wait;
use super::super::heap::Block;
use super::super::item::{self, HEADER};
use super::super::waiting::Verb;
use super::super::{Actor, Arena};
use super::came::Came;
use super::sheet::{INLINE, Sheet};
use super::{Caller, GIVES, LEAVES, Pool, SEAT, Seat, name};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

/// One worker at its seat.
pub struct Worker<'a> {
    pool: &'a Pool,
    actor: Actor<'a>,
    seat: &'a Seat,
    sheet: Option<Sheet<'a>>,
    /// The line of the chunk it is at.
    at: usize,
}

impl<'a> Worker<'a> {
    /// The seat of that actor. Panics if it is no worker of the pool.
    pub fn new(pool: &'a Pool, actor: Actor<'a>) -> Worker<'a> {
        let seat = pool.seat_of(actor.arena(), actor.index()).expect("only its workers work for a pool");
        Worker { pool, actor, seat, sheet: None, at: 0 }
    }

    /// Takes the chunk that has waited the longest: its arguments into `into`, replacing what was there. Gives the job's
    /// number.
    ///
    /// # Errors
    /// [`Empty`] when none came in time.
    #[inline]
    pub fn take(&mut self, into: &mut Vec<u8>, wait: Wait) -> Result<u64, Empty> {
        let tag = self.actor.tag();
        let sheet = match &self.sheet {
            Some(sheet) if let Some(at) = sheet.claim(tag) => {
                self.at = at;
                *sheet
            }
            _ => self.take_elsewhere(wait)?,
        };
        sheet.arguments(self.at, into);
        Ok(sheet.head().job.load(Relaxed))
    }

    #[cold]
    fn take_elsewhere(&mut self, wait: Wait) -> Result<Sheet<'a>, Empty> {
        let (pool, actor) = (self.pool, self.actor);
        let mut waited = false;
        loop {
            self.sheet = self.move_on(wait)?;
            if let Some(sheet) = self.sheet {
                if let Some(at) = sheet.claim(actor.tag()) {
                    self.at = at;
                    let last = Block(pool.open.last.load(Acquire));
                    if waited && (last != sheet.block || !sheet.is_used_up()) {
                        pool.filled.0.ring();
                    }
                    return Ok(sheet);
                }
                continue;
            }
            let ready = || pool.has_more(&actor).then_some(());
            actor.wait(&pool.filled.0, pool.waits(Verb::Get), wait, ready).map_err(|_| Empty)?;
            waited = true;
        }
    }

    /// Leaves the sheet on which nothing is free any more; sits down at the first one where something is.
    fn move_on(&mut self, wait: Wait) -> Result<Option<Sheet<'a>>, Empty> {
        let (pool, actor, arena) = (self.pool, &self.actor, self.actor.arena());
        loop {
            if self.seat.sheet.load(Relaxed) == 0 && pool.looks_empty() {
                return Ok(None);
            }
            pool.lock(actor, wait)?;
            let old = Block(self.seat.sheet.load(Relaxed));
            pool.drop_used_up(arena, old);
            if old != Block::NONE && pool.is_unwanted(arena, old, Some(self.seat)) {
                let hand = pool.heap(arena).hand(arena, actor.index());
                name(hand, old, (LEAVES, SEAT), pool.place(arena));
                self.seat.sheet.store(0, Release);
                pool.open.guard.unlock();
                pool.shred(actor);
                continue;
            }
            let first = Block(pool.open.first.load(Relaxed));
            self.seat.sheet.store(first.0, Release);
            pool.open.guard.unlock();
            return Ok((first != Block::NONE).then(|| pool.sheet(arena, first)));
        }
    }

    /// Delivers the result of the chunk taken last: a value, or an error. What does not fit into the run's memory becomes
    /// [`Answer::TooLarge`](super::Answer::TooLarge).
    #[inline]
    pub fn deliver(&mut self, result: Result<&[u8], &[u8]>) {
        let Some(sheet) = &self.sheet else { return };
        let line = sheet.line(self.at);
        let notes = result.is_err() || sheet.head().notes_order.load(Relaxed) != 0;
        let order = if notes { self.pool.order.0.fetch_add(1, SeqCst) } else { 0 };
        match result {
            Ok(bytes) if bytes.len() <= INLINE => line.finish(Came::Value, bytes, order),
            Err(bytes) if bytes.len() <= INLINE => line.finish(Came::Error, bytes, order),
            Ok(bytes) | Err(bytes) if sheet.put_in_place(self.at, bytes) => {
                line.finish(Came::long(result.is_err(), true), &[], order);
            }
            Ok(bytes) | Err(bytes) => self.deliver_item(sheet, Came::long(result.is_err(), false), bytes, order),
        }
        // Who finds one free here leaves it to whoever takes that, and the last one to deliver finds all done.
        if sheet.is_used_up() && sheet.is_done() {
            self.pool.tell_caller(self.actor.arena(), sheet);
        }
    }

    #[cold]
    fn deliver_item(&self, sheet: &Sheet, came: Came, bytes: &[u8], order: u32) {
        let (arena, heap) = (self.actor.arena(), self.pool.heap(self.actor.arena()));
        let line = sheet.line(self.at);
        let Ok(block) = heap.make_item(&self.actor, (HEADER + bytes.len()) as u64, Wait::Forever) else {
            return line.finish(Came::TooLarge, &[], order);
        };
        item::write(heap, arena, block, &[bytes], bytes.len());
        let hand = heap.hand(arena, self.actor.index());
        hand.commit.store(self.at as u64, Release);
        hand.home.store(self.pool.place(arena), Release);
        hand.origin.store(GIVES, Release);
        line.item.store(block.0, Release);
        line.finish(came, &[], order);
        hand.item.store(0, Release);
    }

    /// Leaves the seat, for one that takes no more.
    pub fn leave(&mut self) {
        let (pool, actor, arena) = (self.pool, &self.actor, self.actor.arena());
        self.sheet = None;
        let old = Block(self.seat.sheet.load(Relaxed));
        if old == Block::NONE || pool.lock(actor, Wait::Forever).is_err() {
            return;
        }
        pool.drop_used_up(arena, old);
        let unwanted = pool.is_unwanted(arena, old, Some(self.seat));
        if unwanted {
            let hand = pool.heap(arena).hand(arena, actor.index());
            name(hand, old, (LEAVES, SEAT), pool.place(arena));
        }
        self.seat.sheet.store(0, Release);
        pool.open.guard.unlock();
        if unwanted {
            pool.shred(actor);
        }
    }
}

impl Pool {
    /// Its caller may be waiting for it.
    pub(super) fn tell_caller(&self, arena: &Arena, sheet: &Sheet) {
        if let Some(caller) = self.caller_of(arena, sheet) {
            caller.bell.ring();
        }
    }

    pub(super) fn caller_of<'a>(&self, arena: &'a Arena, sheet: &Sheet) -> Option<&'a Caller> {
        self.callers(arena).get(sheet.head().caller.load(Relaxed) as usize)
    }

    fn looks_empty(&self) -> bool {
        self.open.first.load(Acquire) == 0 && self.open.left_behind.load(Acquire) == 0
    }

    /// Whether something is free, or to be tidied up.
    fn has_more(&self, actor: &Actor) -> bool {
        if self.looks_empty() {
            return false;
        }
        if self.open.left_behind.load(Acquire) != 0 || self.open.guard.lock(actor, Wait::Poll).is_err() {
            return true;
        }
        self.drop_used_up(actor.arena(), Block::NONE);
        let more = self.open.first.load(Relaxed) != 0;
        self.open.guard.unlock();
        more
    }
}
