//! A queue: first in, first out for each putter, every item to exactly one taker.
//!
//! A [`Fifo`] and the count of what was marked done. See there for commit points and for what a death leaves.
//!
//! | word | meaning | moves |
//! |---|---|---|
//! | `done` (in the fifo) | how often an item was marked done | without redelivery: exchange +1, never past what was put; with it: under the head's guard |
//!
//! Unfinished = ever put - done: a put and a mark each commit by their one word, so no death makes it wrong. An item whose
//! taker died without marking it done stays unfinished, unless the queue redelivers: then it is at the front again.
use super::Actor;
use super::actor::TimedOut;
use super::arena::{Arena, OutOfMemory};
use super::bell::Bell;
use super::directory::{Kind, ObjectIndex};
pub use super::fifo::{Empty, Next, PutError};
use super::fifo::{Fifo, Wiring};
use super::futex::Wait;
use super::log::after;
use super::object::{Death, Object, Supervised};
use super::offset::Resident;
use super::parties::CLOSED_PUT;
use super::slot::SlotIndex;
use super::waiting::{Verb, Waiting};
use super::word::{AtomicU32, AtomicU64};
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

/// What a queue is made for.
#[derive(Clone, Copy, Debug, Default)]
pub struct QueueForm<'a> {
    /// Items at most; 0 is unbounded (up to the run's memory limit).
    pub maxsize: u64,
    /// What a process that died had taken and not marked done goes back to the front.
    pub redeliver: bool,
    /// Every actor that may put, also one that is started later: the stream ends when all of them are done.
    pub putters: &'a [SlotIndex],
    /// Every actor that may take.
    pub takers: &'a [SlotIndex],
    /// The slots of clients of commands among them.
    pub clients: &'a [SlotIndex],
}

/// `task_done` was called more often than items were put, or, in a queue that redelivers, by an actor that holds none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooOften;

/// See the head of the file.
#[repr(C)]
pub struct Queue {
    fifo: Fifo,
    /// A count of puts, perhaps old: spares those who mark done a look at the putters' cache line.
    seen: AtomicU64,
    idle: Bell,
    index: AtomicU32,
}

// SAFETY: only atomics of integers and structs of such.
unsafe impl Resident for Queue {}

impl Object for Queue {
    const KIND: Kind = Kind::Queue;
}

impl Queue {
    /// Makes a queue with what it holds from the beginning. While the arena is built, after its [`Heap`](super::Heap).
    ///
    /// # Errors
    /// [`OutOfMemory`] when the arena is full, or more than `maxsize` items were given.
    pub fn create(arena: &Arena, form: &QueueForm, items: &[&[u8]]) -> Result<ObjectIndex, OutOfMemory> {
        let place = arena.reserve::<Queue>(1)?;
        let index = arena.enter(place)?;
        let queue = arena.at(place);
        queue.index.store(index.0, Relaxed);
        let QueueForm { maxsize, redeliver, putters, takers, clients } = *form;
        queue.fifo.build(arena, &Wiring { putters, takers, clients, maxsize, redeliver })?;
        // Nobody has begun yet, so the first slot can lend its name.
        let builder = Actor::new(arena, SlotIndex(0));
        items.iter().try_for_each(|item| queue.put(&builder, item, Wait::Poll)).map_err(|_| OutOfMemory)?;
        Ok(index)
    }

    fn waits(&self, verb: Verb) -> Waiting {
        Actor::waits(verb, ObjectIndex(self.index.load(Relaxed)))
    }

    /// Puts one item at the back; it is published when this returns.
    ///
    /// # Errors
    /// [`PutError`]; nothing was put.
    #[inline]
    pub fn put(&self, actor: &Actor, item: &[u8], wait: Wait) -> Result<(), PutError> {
        self.put_parts(actor, &[item], wait)
    }

    /// [`Queue::put`] of one item given in pieces.
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub fn put_parts(&self, actor: &Actor, parts: &[&[u8]], wait: Wait) -> Result<(), PutError> {
        if self.fifo.parties().has_closed(actor, CLOSED_PUT) {
            return Err(PutError::Closed);
        }
        self.fifo.put(actor, parts, self.waits(Verb::Put), wait)
    }

    /// Takes the item at the front into `into`, replacing what was there. A process killed before this is about to return
    /// has taken nothing: the item stays at, or goes back to, the front.
    ///
    /// # Errors
    /// [`Empty`] when none came in time.
    #[inline]
    pub fn get(&self, actor: &Actor, into: &mut Vec<u8>, wait: Wait) -> Result<(), Empty> {
        self.fifo.get(actor, into, self.waits(Verb::Get), wait)
    }

    /// As [`Queue::get`], for a `for .. from`: [`Next::End`] when the queue is empty and every process wired to put has
    /// ended, closed it, or itself waits here in a `for .. from`.
    ///
    /// # Errors
    /// [`Empty`] when neither came in time.
    pub fn get_or_end(&self, actor: &Actor, into: &mut Vec<u8>, wait: Wait) -> Result<Next, Empty> {
        self.fifo.get_or_end(actor, into, self.waits(Verb::Drain), wait, true)
    }

    /// Gives an item back to the front, for who took it and could not use it. Redelivering it is the one this actor took
    /// last, whatever `item` says; else a copy of `item`. Never waits for room.
    ///
    /// # Errors
    /// [`PutError::Memory`] when there is none for the copy.
    pub fn give_back(&self, actor: &Actor, item: &[u8]) -> Result<(), PutError> {
        self.fifo.give_back(actor, item)
    }

    /// What a client has taken becomes its command's, for a later client to mark done; until then it goes back to the front
    /// when the client is killed. Nothing for others.
    pub fn entrust(&self, actor: &Actor) {
        // The guard is waited for without a limit, so nobody is busy.
        let _ = self.fifo.entrust(actor);
    }

    /// Marks one item done; redelivering: the oldest that this actor has taken, or the command whose client it is.
    ///
    /// # Errors
    /// [`TooOften`]; nothing was changed.
    pub fn task_done(&self, actor: &Actor) -> Result<(), TooOften> {
        if self.fifo.redelivers() {
            if self.fifo.mark_done(actor) != Ok(true) {
                return Err(TooOften);
            }
        } else {
            let mut done = self.fifo.done().load(Relaxed);
            loop {
                if done == self.seen.load(Relaxed) {
                    let put = self.fifo.put_count();
                    if done == put {
                        return Err(TooOften);
                    }
                    self.seen.store(put, Relaxed);
                }
                match self.fifo.done().compare_exchange(done, after(done), SeqCst, Relaxed) {
                    Ok(_) => break,
                    Err(now) => done = now,
                }
            }
        }
        self.idle.ring_all();
        Ok(())
    }

    /// Waits until every item ever put has been marked done.
    ///
    /// # Errors
    /// [`TimedOut`] when some are still unfinished.
    pub fn join(&self, actor: &Actor, wait: Wait) -> Result<(), TimedOut> {
        actor.wait(&self.idle, self.waits(Verb::Join), wait, || (self.unfinished() == 0).then_some(()))
    }

    /// This actor puts no more: later puts are [`PutError::Closed`].
    pub fn close(&self, actor: &Actor) {
        self.fifo.close(actor, CLOSED_PUT);
    }

    /// How many items are in it.
    pub fn qsize(&self) -> u64 {
        self.fifo.size()
    }

    pub fn empty(&self) -> bool {
        self.fifo.is_empty()
    }

    pub fn full(&self) -> bool {
        self.fifo.is_full()
    }

    /// How many were put and not marked done.
    pub fn unfinished(&self) -> u64 {
        self.fifo.unfinished()
    }

    /// Marks what a dead actor had taken and not marked done as done, and shows it, in the order in which it was taken. Of a
    /// queue that does not redeliver nothing is kept: nothing happens. Before
    /// [`supervise::recover`](super::supervise::recover), which would give it back.
    pub fn finish_held(&self, arena: &Arena, dead: SlotIndex, show: impl FnMut(&[u8])) {
        self.fifo.finish_held(arena, &Death { tag: arena.slot(dead).tag(dead), badly: true }, show);
        self.idle.ring_out();
        self.fifo.end_may_have_come(arena);
    }

    /// Shows the items from the front to the back. Only while nobody takes, as at the end of a run.
    pub fn contents(&self, arena: &Arena, show: impl FnMut(&[u8])) {
        self.fifo.contents(arena, show);
    }

    /// Whether there is something to take or the stream is finished, for a wait on several things at once.
    pub fn is_ready(&self, arena: &Arena) -> bool {
        self.fifo.is_ready(arena)
    }

    /// What to wait for, and the bell that announces it, for [`Actor::wait_any`].
    pub fn to_wait(&self) -> (Waiting, &Bell) {
        (self.waits(Verb::Get), self.fifo.filled())
    }
}

impl Supervised for Queue {
    fn recover(&self, arena: &Arena, dead: &Death) {
        self.fifo.recover(arena, dead);
        if !dead.badly && self.fifo.redelivers() {
            // What it had taken and not marked done is gone with it: that may be the end of the stream.
            self.fifo.end_may_have_come(arena);
        }
    }

    fn ended(&self, arena: &Arena, _: SlotIndex) {
        self.fifo.end_may_have_come(arena);
    }

    fn wake_all(&self, _: &Arena) {
        self.fifo.wake_all();
        self.idle.ring_out();
    }

    fn blocks(&self, arena: &Arena, slot: SlotIndex, waiting: &Waiting) -> bool {
        match waiting.verb {
            Verb::Put => self.fifo.is_full(),
            Verb::Get => self.fifo.is_empty(),
            Verb::Drain => !self.fifo.is_ready_for(arena, slot),
            Verb::Join => self.unfinished() != 0,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
