//! A message pipe: one [`Fifo`] in each direction between two ends, each of which several processes may share.
//!
//! Every message goes to exactly one receiver. A direction has no bound but the run's memory limit, so a sender never
//! waits. What a death leaves is the fifo's business; here only: who is wired to an end, and when the other side is gone.
//!
//! | direction | putters | takers |
//! |---|---|---|
//! | 0 | wired to end 0 | wired to end 1 |
//! | 1 | wired to end 1 | wired to end 0 |
//!
//! A pipe that is not duplex has direction 1 only: end 0 is the reader, end 1 the writer. A receiver is at the end of the
//! stream when nothing is left and everybody at the other end has ended for good or closed it; a sender's pipe is broken
//! when everybody at the other end has.
use super::Actor;
use super::arena::{Arena, OutOfMemory};
use super::bell::Bell;
use super::directory::{Kind, ObjectIndex};
use super::fifo::{Fifo, Next, PutError, Wiring};
use super::futex::Wait;
use super::object::{Death, Object, Supervised};
use super::offset::Resident;
use super::parties::{CLOSED_PUT, CLOSED_TAKE};
use super::slot::SlotIndex;
use super::waiting::{Verb, Waiting};
use super::word::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

/// One of the two ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum End {
    A,
    B,
}

impl End {
    pub fn other(self) -> End {
        match self {
            End::A => End::B,
            End::B => End::A,
        }
    }

    /// Its number in [`Waiting::part`].
    pub fn part(self) -> u8 {
        self as u8
    }

    fn of(part: u8) -> End {
        if part == 0 { End::A } else { End::B }
    }
}

/// Why nothing was sent. Nothing was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SendError {
    /// Every process at the other end has ended or closed it.
    Broken,
    /// This process has closed its end.
    Closed,
    /// The end is the reader of a pipe that is not duplex.
    Direction,
    /// The run's memory limit would be passed.
    Memory,
}

/// Why nothing was received. Nothing was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecvError {
    /// Every process at the other end has ended or closed it, and nothing is left.
    Eof,
    TimedOut,
    /// This process has closed its end.
    Closed,
    /// The end is the writer of a pipe that is not duplex.
    Direction,
}

/// See the head of the file.
#[repr(C)]
pub struct Pipe {
    directions: [Fifo; 2],
    duplex: AtomicU32,
    index: AtomicU32,
}

// SAFETY: only atomics of integers and structs of such.
unsafe impl Resident for Pipe {}

impl Object for Pipe {
    const KIND: Kind = Kind::Pipe;
}

impl Pipe {
    /// Makes a pipe; `wired` are the actors at its ends. While the arena is built, after its [`Heap`](super::Heap).
    ///
    /// # Errors
    /// [`OutOfMemory`] when the arena is full.
    pub fn create(arena: &Arena, duplex: bool, wired: [&[SlotIndex]; 2]) -> Result<ObjectIndex, OutOfMemory> {
        let place = arena.reserve::<Pipe>(1)?;
        let index = arena.enter(place)?;
        let pipe = arena.at(place);
        pipe.index.store(index.0, Relaxed);
        pipe.duplex.store(u32::from(duplex), Relaxed);
        for end in [End::A, End::B] {
            let (putters, takers) = (wired[end as usize], wired[end.other() as usize]);
            pipe.from(end).build(arena, &Wiring { putters, takers, clients: &[], maxsize: 0, redeliver: false })?;
        }
        Ok(index)
    }

    /// What is sent at that end.
    #[inline]
    fn from(&self, end: End) -> &Fifo {
        &self.directions[end as usize]
    }

    fn waits(&self, verb: Verb, end: End) -> Waiting {
        Waiting { part: end.part(), ..Actor::waits(verb, ObjectIndex(self.index.load(Relaxed))) }
    }

    fn can_send(&self, end: End) -> bool {
        self.duplex.load(Relaxed) != 0 || end == End::B
    }

    /// Sends one message from `end`; it is published when this returns. Never waits for a receiver.
    ///
    /// # Errors
    /// [`SendError`]; nothing was sent.
    pub fn send(&self, actor: &Actor, end: End, message: &[u8]) -> Result<(), SendError> {
        if !self.can_send(end) {
            return Err(SendError::Direction);
        }
        let fifo = self.from(end);
        if fifo.parties().has_closed(actor, CLOSED_PUT) {
            return Err(SendError::Closed);
        }
        if !fifo.parties().any_taker(actor.arena()) {
            return Err(SendError::Broken);
        }
        fifo.put(actor, &[message], self.waits(Verb::Send, end), Wait::Forever).map_err(|error| match error {
            PutError::Memory => SendError::Memory,
            PutError::Closed => SendError::Closed,
            PutError::Full => unreachable!("a direction has no bound and waits for ever"),
        })
    }

    /// Receives the next message at `end` into `into`, replacing what was there. A process killed before this is about to
    /// return has received nothing: the message stays the next one.
    ///
    /// # Errors
    /// [`RecvError`]; nothing was received.
    pub fn recv(&self, actor: &Actor, end: End, into: &mut Vec<u8>, wait: Wait) -> Result<(), RecvError> {
        if !self.can_send(end.other()) {
            return Err(RecvError::Direction);
        }
        let fifo = self.from(end.other());
        if fifo.parties().has_closed(actor, CLOSED_TAKE) {
            return Err(RecvError::Closed);
        }
        match fifo.get_or_end(actor, into, self.waits(Verb::Recv, end), wait, false) {
            Ok(Next::Item) => Ok(()),
            Ok(Next::End) => Err(RecvError::Eof),
            Err(_) => Err(RecvError::TimedOut),
        }
    }

    /// Whether [`Pipe::recv`] at `end` would not wait: a message is there, or the end of the stream.
    pub fn poll(&self, arena: &Arena, end: End) -> bool {
        self.can_send(end.other()) && self.from(end.other()).is_ready(arena)
    }

    /// This actor neither sends nor receives at `end` any more.
    pub fn close(&self, actor: &Actor, end: End) {
        self.from(end).close(actor, CLOSED_PUT);
        self.from(end.other()).close(actor, CLOSED_TAKE);
    }

    /// How many messages wait to be received at `end`.
    pub fn pending(&self, end: End) -> u64 {
        self.from(end.other()).size()
    }

    /// What to wait for at `end`, and the bell that announces it, for [`Actor::wait_any`].
    pub fn to_wait(&self, end: End) -> (Waiting, &Bell) {
        (self.waits(Verb::Recv, end), self.from(end.other()).filled())
    }
}

impl Supervised for Pipe {
    fn recover(&self, arena: &Arena, dead: &Death) {
        self.directions.iter().for_each(|fifo| fifo.recover(arena, dead));
    }

    fn ended(&self, arena: &Arena, _: SlotIndex) {
        self.directions.iter().for_each(|fifo| fifo.end_may_have_come(arena));
    }

    fn wake_all(&self, _: &Arena) {
        self.directions.iter().for_each(Fifo::wake_all);
    }

    fn blocks(&self, arena: &Arena, _: SlotIndex, waiting: &Waiting) -> bool {
        waiting.verb == Verb::Recv && !self.poll(arena, End::of(waiting.part))
    }
}

#[cfg(test)]
mod tests {
    use super::super::supervise;
    use super::super::{Heap, Sizes};
    use super::*;
    use std::time::Duration;

    fn with_pipe(duplex: bool, test: impl FnOnce(&Arena, &Pipe, &[Actor])) {
        let limit = 16 << 20;
        let sizes = Sizes { bytes: Heap::reservation(3, limit) + (4 << 20), slots: 3, objects: 4, longest_wait: 2 };
        let arena = Arena::create(sizes).unwrap();
        Heap::build(&arena, limit).unwrap();
        let index = Pipe::create(&arena, duplex, [&[SlotIndex(0)], &[SlotIndex(1), SlotIndex(2)]]).unwrap();
        (0..3).for_each(|slot| supervise::begin(&arena, SlotIndex(slot), 1));
        let actors: Vec<_> = (0..3).map(|slot| Actor::new(&arena, SlotIndex(slot))).collect();
        test(&arena, arena.object(index).unwrap(), &actors);
    }

    fn recv(pipe: &Pipe, actor: &Actor, end: End) -> Result<Vec<u8>, RecvError> {
        let mut into = Vec::new();
        pipe.recv(actor, end, &mut into, Wait::at_most(Duration::from_millis(5))).map(|()| into)
    }

    #[test]
    fn messages_go_both_ways_and_keep_their_bounds() {
        with_pipe(true, |arena, pipe, actors| {
            pipe.send(&actors[0], End::A, b"one").unwrap();
            pipe.send(&actors[0], End::A, b"").unwrap();
            pipe.send(&actors[1], End::B, &[9; 3 << 20]).unwrap();
            assert!(pipe.poll(arena, End::A) && pipe.poll(arena, End::B));
            assert_eq!(recv(pipe, &actors[1], End::B).unwrap(), b"one");
            assert_eq!(recv(pipe, &actors[2], End::B).unwrap(), b"");
            assert!(recv(pipe, &actors[0], End::A).unwrap() == [9; 3 << 20]);
            assert_eq!(recv(pipe, &actors[0], End::A), Err(RecvError::TimedOut));
            assert!(!pipe.poll(arena, End::A));
        });
    }

    #[test]
    fn one_way_means_one_way() {
        with_pipe(false, |_, pipe, actors| {
            assert_eq!(pipe.send(&actors[0], End::A, b"x"), Err(SendError::Direction));
            assert_eq!(recv(pipe, &actors[1], End::B), Err(RecvError::Direction));
            pipe.send(&actors[1], End::B, b"x").unwrap();
            assert_eq!(recv(pipe, &actors[0], End::A).unwrap(), b"x");
        });
    }

    #[test]
    fn the_end_comes_after_the_last_of_the_other_side_and_after_what_was_sent() {
        with_pipe(true, |arena, pipe, actors| {
            pipe.send(&actors[1], End::B, b"last words").unwrap();
            pipe.close(&actors[1], End::B);
            assert_eq!(pipe.send(&actors[1], End::B, b"x"), Err(SendError::Closed));
            assert_eq!(recv(pipe, &actors[1], End::B), Err(RecvError::Closed));
            assert_eq!(recv(pipe, &actors[0], End::A).unwrap(), b"last words");
            assert_eq!(recv(pipe, &actors[0], End::A), Err(RecvError::TimedOut), "the other one may still send");
            std::thread::scope(|scope| {
                let reader = scope.spawn(|| pipe.recv(&actors[0], End::A, &mut Vec::new(), Wait::Forever));
                supervise::recover(arena, SlotIndex(2), true);
                pipe.send(&actors[0], End::A, b"to one who will be started again").unwrap_or(());
                supervise::ended(arena, SlotIndex(2), -9, true);
                assert_eq!(reader.join().unwrap(), Err(RecvError::Eof));
            });
            assert!(pipe.poll(arena, End::A), "the end counts as ready");
            assert_eq!(pipe.send(&actors[0], End::A, b"x"), Err(SendError::Broken));
        });
    }

    #[test]
    fn a_wait_for_several_hears_a_message_and_an_end() {
        with_pipe(true, |arena, pipe, actors| {
            let until = Wait::at_most(Duration::from_secs(10));
            let targets = [pipe.to_wait(End::A), pipe.to_wait(End::B)];
            let ready = || [End::A, End::B].into_iter().find(|end| pipe.poll(arena, *end));
            std::thread::scope(|scope| {
                let waiter = scope.spawn(|| actors[0].wait_any(&targets, until, ready));
                pipe.send(&actors[1], End::B, b"x").unwrap();
                assert_eq!(waiter.join().unwrap(), Ok(End::A));
            });
            recv(pipe, &actors[0], End::A).unwrap();
            std::thread::scope(|scope| {
                let waiter = scope.spawn(|| actors[1].wait_any(&targets, until, ready));
                pipe.close(&actors[0], End::A);
                assert_eq!(waiter.join().unwrap(), Ok(End::B));
            });
        });
    }
}
