//! A slot: the place of one actor in the arena.
//!
//! An actor is a process instance, one thread of it, a pool worker, an attached program, a feeder of a standard stream.
//! Its first cache-line pair is written by the actor alone (and reset by the supervisor between two incarnations), the second
//! by the supervisor and by peers with requests, so that publishing a wait disturbs nobody.
//!
//! | word | who writes | states |
//! |---|---|---|
//! | `waiting` | actor | 0: does not wait; else verb, part, timed, target |
//! | `doing` | actor | 0: nothing; else verb, stage, object of the operation in progress |
//! | `ops` | actor | moves at the begin and the end of every blocking wait |
//! | `waiting_for`, `scratch` | actor | what the wait or the operation is about, in the object's terms; mean nothing without `waiting`, `doing` |
//! | `stands` | actor | 0; [`STANDS`] and the step it is at; [`LEFT`]: its body is over |
//! | `epoch` | supervisor | incarnation, 1.. and wrapping past 0; part of every [`Tag`] |
//! | `state` | supervisor | idle -> starting -> running -> ended; starting again on a restart |
//! | `pid`, `started_ns` | supervisor | 0 before the first incarnation; else of the current or last one |
//! | `exit`, `badly`, `ended_ns` | supervisor | mean nothing before `state` is ended |
//! | `changed` | supervisor | a [`Bell`], rung after each change of `state` and of `grant` |
//! | `requests` | peers set bits | the supervisor takes them all at once |
//! | `client_of` | supervisor | 0: nobody's client; else slot + 1 of the command that this attached program belongs to |
//! | `grant` | supervisor | 0: nothing; else what the gate lets it do next; the actor takes it by an exchange for 0 |
//! | `time_up` | supervisor | 1: its wait is over; the actor takes it by an exchange for 0 |
//!
//! | operation | commit point | wakes |
//! |---|---|---|
//! | publish or end a wait, begin or end an operation | the store of `waiting`, of `doing` | nobody |
//! | ask the supervisor for something | the exchange that sets the bits | the supervisor, by the wire |
//! | begin, recover, end an incarnation | the store of `state` | who waits for `changed` |
//!
//! **Death.** Of the actor: what it had published stands until the supervisor has repaired all objects, which read it, and is
//! then wiped; a repair that is begun anew finds it still. Before `doing` was stored the operation has changed nothing; after it
//! was wiped by its own process the operation is over. Of a peer that asks: its bits are set or not. The supervisor's own
//! death is the end of the run.
//!
//! A tag comes again after 4,095 incarnations of one slot; by then each word that named the old one has been repaired.
use super::arena::Arena;
use super::bell::Bell;
use super::offset::Resident;
use super::waiting::{Doing, Waiting};
use super::word::{AtomicI32, AtomicU32, AtomicU64};
use std::sync::atomic::Ordering::*;

/// Number of a slot, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotIndex(pub u32);

impl SlotIndex {
    /// The most slots that a [`Tag`] can tell apart.
    pub const MOST: u32 = 1 << 20;
}

/// Who owns something: a slot and the low bits of its incarnation. Never 0 and never a process id, which may come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag(u32);

const EPOCH_BITS: u32 = 12;
/// Incarnations told apart before the count begins again at 1.
const EPOCHS: u32 = (1 << EPOCH_BITS) - 1;

impl Tag {
    fn new(slot: SlotIndex, epoch: u32) -> Tag {
        assert!(slot.0 < SlotIndex::MOST, "a slot's number fits the tag");
        // The epoch's low bits are never 0, so no tag is 0.
        Tag(slot.0 << EPOCH_BITS | (epoch.wrapping_sub(1) % EPOCHS + 1))
    }

    /// What a word of the arena holds; `None` for 0, which means nobody.
    pub fn from_word(word: u32) -> Option<Tag> {
        (word & EPOCHS != 0).then_some(Tag(word))
    }

    pub fn word(self) -> u32 {
        self.0
    }

    pub fn slot(self) -> SlotIndex {
        SlotIndex(self.0 >> EPOCH_BITS)
    }
}

/// Where an actor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum State {
    /// Not started (yet).
    Idle = 0,
    /// The start was asked for, or a restart is due.
    Starting = 1,
    Running = 2,
    /// Ended for good: nobody will start it again.
    Ended = 3,
}

/// What peers ask the supervisor to do with an actor; bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requests(pub u32);

impl Requests {
    pub const START: Requests = Requests(1);
    pub const TERM: Requests = Requests(2);
    pub const KILL: Requests = Requests(4);

    pub fn contains(self, other: Requests) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Words an operation may note down for its recovery.
pub const SCRATCH_WORDS: usize = 8;

/// Of the word `badly`.
pub(super) const BADLY: u32 = 1;
pub(super) const NEVER: u32 = 2;

/// See the head of the file.
#[repr(C)]
pub struct Slot {
    pub(super) own: Own,
    pub(super) told: Told,
}

/// Written by the actor.
#[repr(C, align(128))]
pub(super) struct Own {
    pub(super) waiting: AtomicU64,
    /// What the wait is about in the object's terms: a generation, a round.
    pub(super) waiting_for: AtomicU64,
    pub(super) doing: AtomicU64,
    pub(super) ops: AtomicU64,
    pub(super) scratch: [AtomicU64; SCRATCH_WORDS],
    /// Which step it is at, in the actor's own terms, and [`STANDS`]; or [`LEFT`].
    pub(super) stands: AtomicU64,
}

/// The word holds a step.
pub(super) const STANDS: u64 = 1 << 63;
/// The actor's body is over while its process lives on.
pub(super) const LEFT: u64 = 1;

/// Written by the supervisor and by peers.
#[repr(C, align(128))]
pub(super) struct Told {
    pub(super) state: AtomicU32,
    pub(super) epoch: AtomicU32,
    pub(super) pid: AtomicI32,
    pub(super) exit: AtomicI32,
    pub(super) badly: AtomicU32,
    pub(super) requests: AtomicU32,
    /// Rung when the state changes.
    pub(super) changed: Bell,
    pub(super) started_ns: AtomicU64,
    pub(super) ended_ns: AtomicU64,
    pub(super) client_of: AtomicU32,
    /// What the gate lets the actor do next, 0 for nothing: see [`Actor::pass`](super::Actor::pass).
    pub(super) grant: AtomicU32,
    /// Not 0: the actor's [`Wait::Told`](super::Wait::Told) is over.
    pub(super) time_up: AtomicU32,
}

// SAFETY: only atomics of integers, and bells, which are such.
unsafe impl Resident for Slot {}

impl Slot {
    pub fn state(&self) -> State {
        match self.told.state.load(Acquire) {
            0 => State::Idle,
            1 => State::Starting,
            2 => State::Running,
            _ => State::Ended,
        }
    }

    /// Process id of the current or last incarnation; `None` before the first.
    pub fn pid(&self) -> Option<i32> {
        match self.told.pid.load(Acquire) {
            0 => None,
            pid => Some(pid),
        }
    }

    /// Exit code once ended for good: Python's, `-SIGNAL` for a signal.
    pub fn exit(&self) -> Option<i32> {
        (self.state() == State::Ended).then(|| self.told.exit.load(Acquire))
    }

    /// Nobody is left who could start it: it puts and sends no more, and yet has not ended.
    pub fn never_starts(&self) -> bool {
        self.state() == State::Ended && self.told.badly.load(Acquire) == NEVER
    }

    /// It ended for good, by a signal or with a non-zero exit.
    pub fn ended_badly(&self) -> bool {
        self.state() == State::Ended && self.told.badly.load(Acquire) == BADLY
    }

    /// Start of the current or last incarnation on the monotonic clock; 0 before the first.
    pub fn started_ns(&self) -> u64 {
        self.told.started_ns.load(Acquire)
    }

    /// When it ended for good on the monotonic clock; 0 before.
    pub fn ended_ns(&self) -> u64 {
        self.told.ended_ns.load(Acquire)
    }

    /// Moves at the begin and the end of every blocking wait: two equal readings say that nothing happened between.
    pub fn ops(&self) -> u64 {
        self.own.ops.load(Acquire)
    }

    /// What it waits for at this moment. It may have been woken already and not yet run.
    pub fn waiting(&self) -> Option<Waiting> {
        Waiting::from_word(self.own.waiting.load(Acquire))
    }

    /// What the wait is about in the object's own terms.
    pub(super) fn waiting_for(&self) -> u64 {
        self.own.waiting_for.load(Acquire)
    }

    /// The operation in progress.
    pub fn doing(&self) -> Option<Doing> {
        Doing::from_word(self.own.doing.load(Acquire))
    }

    /// A word noted down by the operation in progress.
    pub fn scratch(&self, n: usize) -> u64 {
        self.own.scratch[n].load(Acquire)
    }

    /// Whose client it is: what it has delivered belongs to that actor from then on.
    pub fn client_of(&self) -> Option<SlotIndex> {
        self.told.client_of.load(Acquire).checked_sub(1).map(SlotIndex)
    }

    /// The bell that rings when the state changes.
    pub fn changed(&self) -> &Bell {
        &self.told.changed
    }

    /// The step that the actor said it stands at: see [`Actor::stand`](super::Actor::stand).
    pub fn stands_at(&self) -> Option<(u32, u32)> {
        let word = self.own.stands.load(Acquire);
        (word & STANDS != 0).then_some((((word & !STANDS) >> 32) as u32, word as u32))
    }

    /// Its body is over: see [`Actor::leave`](super::Actor::leave).
    pub fn has_left(&self) -> bool {
        self.own.stands.load(Acquire) == LEFT
    }

    /// Claims the one start that an actor may be asked for; false if somebody has claimed it.
    pub fn claim_start(&self, arena: &Arena) -> bool {
        let before = self.told.requests.fetch_or(Requests::START.0, SeqCst);
        arena.header().requests.fetch_add(1, SeqCst);
        !Requests(before).contains(Requests::START)
    }

    /// Puts a request to the supervisor; it sees it when it looks (wake it by other means).
    pub fn ask(&self, arena: &Arena, requests: Requests) {
        self.told.requests.fetch_or(requests.0, SeqCst);
        arena.header().requests.fetch_add(1, SeqCst);
    }

    pub(super) fn tag(&self, index: SlotIndex) -> Tag {
        Tag::new(index, self.told.epoch.load(Acquire))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tag_is_nobody() {
        for epoch in [0, 1, 4094, 4095, 4096, 8190, u32::MAX] {
            let tag = Tag::new(SlotIndex(0), epoch);
            assert_eq!(Tag::from_word(tag.word()), Some(tag), "{epoch}");
        }
        assert_eq!(Tag::new(SlotIndex(SlotIndex::MOST - 1), 9).slot(), SlotIndex(SlotIndex::MOST - 1));
        assert_eq!(Tag::from_word(0), None);
    }

    #[test]
    fn incarnations_in_a_row_have_different_tags() {
        for epoch in 0..10_000 {
            assert_ne!(Tag::new(SlotIndex(5), epoch), Tag::new(SlotIndex(5), epoch + 1));
        }
    }
}
