//! The end of the stream.
//!
//! Finished = empty, and no party keeps it open: no putter is open (see `parties`), and, redelivering, nobody holds an item
//! that could come back, except who waits at this very fifo in a `for .. from` itself. Who may have made it true (a waiter
//! that arrives, a close, the last mark, the supervisor) asks, and wakes the others if so. All parties are looked at between
//! two equal readings of the size's words: nothing was put or taken meanwhile, and a waiter un-marks itself before it takes.
//! A waiter that finds it so tells all others that wait before it goes on. One that dies between has not gone on: those it has
//! not told wait for its next incarnation, or for its end.
use super::super::Actor;
use super::super::arena::Arena;
use super::super::parties::{CLOSED_PUT, DRAINING, Party};
use super::super::slot::SlotIndex;
use super::Fifo;
use std::sync::atomic::{Ordering::SeqCst, fence};

impl Fifo {
    /// Whether nothing is left and nobody will put anything more.
    pub fn is_finished(&self, arena: &Arena) -> bool {
        self.finished_at(arena).is_some()
    }

    /// If it is finished: how many were ever put.
    fn finished_at(&self, arena: &Arena) -> Option<u64> {
        loop {
            let before = self.look();
            let (put, _, size) = before;
            if size != 0 {
                return None;
            }
            // A waiter's mark, a close or an end was stored before its question; of two at once, the later sees both.
            fence(SeqCst);
            if self.plan.parties.any_keeps_open(arena, |party| self.keeps_open(arena, party)) {
                return None;
            }
            fence(SeqCst);
            if self.look() == before {
                return Some(put);
            }
        }
    }

    /// Whether a `for .. from` of that party has come to its end. If so all who wait in one have, and hear of it: who goes
    /// on is no longer marked as waiting, and may put again.
    pub fn has_ended_for(&self, arena: &Arena, party: Option<&Party>) -> bool {
        if party.is_some_and(|party| party.was_told(self.put_count())) {
            return self.is_empty();
        }
        let finished = self.finished_at(arena);
        if let (Some(put), Some(_)) = (finished, party) {
            self.plan.parties.all(arena).iter().for_each(|party| party.tell_end(arena, put));
        }
        finished.is_some()
    }

    /// Whether that actor, in a `for .. from`, would get an item or hear of the end.
    pub fn is_ready_for(&self, arena: &Arena, slot: SlotIndex) -> bool {
        let told = || self.plan.parties.find(arena, slot).is_some_and(|party| party.was_told(self.put_count()));
        self.is_ready(arena) || told()
    }

    fn keeps_open(&self, arena: &Arena, party: &Party) -> bool {
        let open = |bits| party.is_open(arena, bits) && !self.plan.parties.client_drains(arena, party.slot());
        let puts = party.puts() && open(CLOSED_PUT | DRAINING);
        puts || (self.redelivers() && !self.held(arena, party.slot()).is_empty() && open(DRAINING))
    }

    /// This process puts, or takes, no more.
    pub fn close(&self, actor: &Actor, bits: u32) {
        self.plan.parties.close(actor, bits);
        self.look_for_end(actor.arena());
    }

    /// After something that may have made the stream finished.
    pub fn look_for_end(&self, arena: &Arena) {
        if self.is_finished(arena) {
            self.filled.0.ring_all();
        }
    }

    /// As [`Fifo::look_for_end`], by the supervisor, which may have been cut short when it had rung and woken nobody yet.
    pub fn end_may_have_come(&self, arena: &Arena) {
        if self.is_finished(arena) {
            self.filled.0.ring_out();
        }
    }

    /// Whether a taker would get an item or hear of the end.
    pub fn is_ready(&self, arena: &Arena) -> bool {
        !self.is_empty() || self.is_finished(arena)
    }
}
