//! Who is wired to a queue or to a pipe's direction, and who of them may still put something in.
//!
//! A table sorted by slot, laid out before the first fork. Each party has one word, written by its own actor (and so by one
//! writer): the tag of the incarnation that wrote it, and bits: it has closed, it waits in a `for .. from`. A word of an
//! earlier incarnation says nothing, so nothing is cleaned up when an actor is started again.
//!
//! A putter is **open** while it may still put: it has not ended for good (a thread: it has not left), and (while it runs) has neither closed nor waits
//! in a `for .. from`. One that has not started yet, or will be restarted, is open. A command acts through its clients: what
//! they close is closed for the command, and it waits in a `for .. from` while one of them does. They stand in the table
//! right behind it, each with a word of its own for that.
//!
//! | bit | set | cleared |
//! |---|---|---|
//! | `CLOSED_PUT`, `CLOSED_TAKE` | by its `close` | never in this incarnation |
//! | `DRAINING` | when a `for .. from` finds nothing | before it takes something, or when it has seen the end |
//!
//! | word | states | moves |
//! |---|---|---|
//! | `slot`, `roles`, `first`, `count` | who is wired how; where the table lies | never after it was laid out |
//! | `word` | tag 32, bits 32 | one store by its own actor; an exchange for a command, whose clients may do it at once |
//! | `told` | 0; else 1 + what had been put when the stream was seen finished | by whoever saw it; 0 by its own actor before it waits |
//! | `open_putter`, `open_taker` | a hint where to look first | by anybody |
//! | `closed` | whether anybody has closed | once, from 0 to 1 |
//!
//! **Death** before a store has changed nothing. After it the bits stand until the next incarnation, for which they say nothing;
//! there is nothing to repair. A close that dies before it has woken those who wait owes that to the supervisor, which wakes all.
use super::Actor;
use super::arena::{Arena, OutOfMemory};
use super::offset::{Offset, Resident};
use super::slot::{SlotIndex, State};
use super::word::{AtomicU32, AtomicU64};
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

pub(super) const CLOSED_PUT: u32 = 1;
pub(super) const CLOSED_TAKE: u32 = 2;
pub(super) const DRAINING: u32 = 4;

const PUTS: u32 = 1;
const TAKES: u32 = 2;
/// A client of the last party before it that is none.
const CLIENT: u32 = 4;

#[repr(C)]
pub(super) struct Party {
    slot: AtomicU32,
    roles: AtomicU32,
    word: AtomicU64,
    /// See [`Party::tell_end`].
    told: AtomicU64,
}

// SAFETY: only atomics of integers.
unsafe impl Resident for Party {}

impl Party {
    pub fn slot(&self) -> SlotIndex {
        SlotIndex(self.slot.load(Relaxed))
    }

    pub fn puts(&self) -> bool {
        self.roles.load(Relaxed) & PUTS != 0
    }

    fn is_client(&self) -> bool {
        self.roles.load(Relaxed) & CLIENT != 0
    }

    pub fn takes(&self) -> bool {
        self.roles.load(Relaxed) & TAKES != 0
    }

    pub fn set(&self, actor: &Actor, bits: u32) {
        let now = self.bits_of(actor.tag().word());
        self.word.store(u64::from(actor.tag().word()) << 32 | u64::from(now | bits), SeqCst);
    }

    /// As [`Party::set`], in the name of the actor's owner, which other clients may do at the same time.
    fn set_for_owner(&self, actor: &Actor, bits: u32) {
        let tag = actor.owner_tag().word();
        let mut word = self.word.load(SeqCst);
        loop {
            let now = if (word >> 32) as u32 == tag { word as u32 } else { 0 };
            match self.word.compare_exchange(word, u64::from(tag) << 32 | u64::from(now | bits), SeqCst, SeqCst) {
                Ok(_) => return,
                Err(other) => word = other,
            }
        }
    }

    pub fn clear(&self, actor: &Actor, bits: u32) {
        let now = self.bits_of(actor.tag().word());
        self.word.store(u64::from(actor.tag().word()) << 32 | u64::from(now & !bits), SeqCst);
    }

    /// Begins a wait in a `for .. from`: what it was told in an earlier one says nothing.
    pub fn begin_draining(&self, actor: &Actor) {
        self.told.store(0, SeqCst);
        self.set(actor, DRAINING);
    }

    /// Says to one that waits in a `for .. from` that the stream was finished while `put` items had been put: it may hear of
    /// it only when others, who have heard, have gone on and might put again.
    pub fn tell_end(&self, arena: &Arena, put: u64) {
        if self.bits_of(arena.slot(self.slot()).tag(self.slot()).word()) & DRAINING != 0 {
            self.told.store(put + 1, SeqCst);
        }
    }

    /// Whether it was told so, and nothing was put since.
    pub fn was_told(&self, put: u64) -> bool {
        self.told.load(SeqCst) == put + 1
    }

    /// The bits as that incarnation has set them.
    pub fn bits_of(&self, tag: u32) -> u32 {
        let word = self.word.load(SeqCst);
        if (word >> 32) as u32 == tag { word as u32 } else { 0 }
    }

    /// Whether it may still act in a way that these bits would rule out.
    pub fn is_open(&self, arena: &Arena, bits: u32) -> bool {
        let slot = arena.slot(self.slot());
        match slot.state() {
            State::Ended => false,
            State::Idle | State::Starting => true,
            State::Running => !slot.has_left() && self.bits_of(slot.tag(self.slot()).word()) & bits == 0,
        }
    }
}

/// Where the table lies.
#[repr(C)]
pub(super) struct Parties {
    first: AtomicU64,
    count: AtomicU32,
    /// A party that was lately found open by the last question of its kind: where the next one begins. Only a hint.
    open_putter: AtomicU32,
    open_taker: AtomicU32,
    /// Whether anybody has closed. Moves once, from 0 to 1.
    closed: AtomicU32,
}

impl Parties {
    /// Lays the table out for who puts, who takes, and who may attach for a command of these; slots may be named in any
    /// order and in the first two at once. The slots of clients follow that of their command.
    pub fn build(
        &self,
        arena: &Arena,
        putters: &[SlotIndex],
        takers: &[SlotIndex],
        clients: &[SlotIndex],
    ) -> Result<(), OutOfMemory> {
        let mut roles = std::collections::BTreeMap::<SlotIndex, u32>::new();
        clients.iter().for_each(|slot| *roles.entry(*slot).or_default() |= CLIENT);
        putters.iter().for_each(|slot| *roles.entry(*slot).or_default() |= PUTS);
        takers.iter().for_each(|slot| *roles.entry(*slot).or_default() |= TAKES);
        let table = arena.reserve::<Party>(roles.len() as u64)?;
        for (party, (slot, roles)) in arena.slice(table, roles.len() as u64).iter().zip(&roles) {
            party.slot.store(slot.0, Relaxed);
            party.roles.store(*roles, Relaxed);
        }
        self.first.store(table.bytes(), Relaxed);
        self.count.store(roles.len() as u32, Relaxed);
        Ok(())
    }

    pub fn all<'a>(&self, arena: &'a Arena) -> &'a [Party] {
        arena.slice(Offset::from_bytes(self.first.load(Relaxed)), u64::from(self.count.load(Relaxed)))
    }

    /// That slot's entry, if it is wired here.
    pub fn find<'a>(&self, arena: &'a Arena, slot: SlotIndex) -> Option<&'a Party> {
        let all = self.all(arena);
        all.binary_search_by_key(&slot, Party::slot).ok().map(|at| &all[at])
    }

    pub fn close(&self, actor: &Actor, bits: u32) {
        if let Some(party) = self.find(actor.arena(), actor.owner()) {
            party.set_for_owner(actor, bits);
            self.closed.store(1, SeqCst);
        }
    }

    /// Whether a client of this party waits in a `for .. from`.
    pub fn client_drains(&self, arena: &Arena, of: SlotIndex) -> bool {
        let all = self.all(arena);
        let after = all.partition_point(|party| party.slot() <= of);
        all[after..]
            .iter()
            .take_while(|party| party.is_client())
            .any(|party| arena.slot(party.slot()).state() == State::Running && !party.is_open(arena, DRAINING))
    }

    /// Whether this actor has closed in that sense. One load while nobody has closed.
    #[inline]
    pub fn has_closed(&self, actor: &Actor, bit: u32) -> bool {
        self.closed.load(Relaxed) != 0
            && self
                .find(actor.arena(), actor.owner())
                .is_some_and(|party| party.bits_of(actor.owner_tag().word()) & bit != 0)
    }

    /// Whether anybody keeps the stream open, as `keeps` judges one party. Begins where the last one was found, so while
    /// that one keeps it open the answer costs one look.
    pub fn any_keeps_open(&self, arena: &Arena, keeps: impl Fn(&Party) -> bool) -> bool {
        any(self.all(arena), &self.open_putter, keeps)
    }

    /// Whether somebody may still take: it neither has ended for good nor closed.
    #[inline]
    pub fn any_taker(&self, arena: &Arena) -> bool {
        any(self.all(arena), &self.open_taker, |party| party.takes() && party.is_open(arena, CLOSED_TAKE))
    }
}

#[inline]
fn any(all: &[Party], hint: &AtomicU32, keeps: impl Fn(&Party) -> bool) -> bool {
    let begin = (hint.load(Relaxed) as usize).min(all.len());
    let found = (begin..all.len()).chain(0..begin).find(|at| keeps(&all[*at]));
    if let Some(at) = found
        && at != begin
    {
        hint.store(at as u32, Relaxed);
    }
    found.is_some()
}
