//! A lock that knows its holder.
//!
//! `word` = dead << 32 | owner, both tags:
//!
//! | dead | owner | state |
//! |---|---|---|
//! | 0 | 0 | free |
//! | 0 | A | held by A |
//! | D | 0 | free, and D ended with it held: the next taker is told so |
//!
//! | operation | commit point | wakes |
//! |---|---|---|
//! | acquire | exchange (x, 0) -> (0, me) | nobody |
//! | release | exchange (0, me) -> (0, 0) | one |
//! | recover | exchange (0, D) -> (D, 0), by the supervisor | all |
//! | entrust | exchange (0, me) -> (0, my owner), by a client | all |
//! | adopt | exchange (0, my owner) -> (0, me), by a client | nobody |
//!
//! A death before the commit changed nothing. A death after acquire's, be it before the taker could say that it had been told
//! of D, leaves the lock held by the dead: the next taker is told of *this* death, so each taker is told once and no death of a
//! holder stays unsaid. A death between release's exchange and its ring owes a wake-up, which the supervisor gives.
//!
//! A client of a command takes the lock in its own name and entrusts it to the command when it has said so; to release it (or to
//! wait in a condition) a later client adopts it first. So the lock has one holder at every instant, and a client that is killed
//! in the middle has died with the lock held.
//!
//! `depth` is written by the holder only, after its exchange, and means nothing while the lock is free.
use super::actor::{Actor, TimedOut};
use super::arena::{Arena, OutOfMemory};
use super::bell::Bell;
use super::directory::{Kind, ObjectIndex};
use super::futex::Wait;
use super::object::{Death, Object, Supervised};
use super::offset::Resident;
use super::slot::{SlotIndex, Tag};
use super::waiting::{Verb, Waiting};
use super::word::{AtomicU32, AtomicU64};
use std::sync::atomic::Ordering::*;

/// See the head of the file.
#[repr(C, align(128))]
pub struct Lock {
    word: AtomicU64,
    bell: Bell,
    depth: AtomicU32,
    recursive: AtomicU32,
    index: AtomicU32,
}

// SAFETY: only atomics of integers.
unsafe impl Resident for Lock {}

impl Object for Lock {
    const KIND: Kind = Kind::Lock;
}

/// The lock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquired {
    Clean,
    /// That actor ended with the lock held: what it guards may be half changed. Told to one taker only.
    OwnerDied {
        slot: SlotIndex,
    },
}

/// This actor does not hold the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHeld;

impl Lock {
    /// Makes a free lock.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the arena is full.
    pub fn create(arena: &Arena, recursive: bool) -> Result<ObjectIndex, OutOfMemory> {
        let place = arena.reserve::<Lock>(1)?;
        let index = arena.enter(place)?;
        arena.at(place).build(recursive, index);
        Ok(index)
    }

    /// Makes a lock of fresh memory. `index`: the object under whose number its waits are published.
    pub(super) fn build(&self, recursive: bool, index: ObjectIndex) {
        self.recursive.store(u32::from(recursive), Relaxed);
        self.index.store(index.0, Relaxed);
    }

    /// Takes the lock. A recursive one is taken once more by its holder; the holder of another waits for itself.
    ///
    /// # Errors
    /// [`TimedOut`] when somebody held it all the time.
    #[inline]
    pub fn acquire(&self, actor: &Actor<'_>, until: Wait) -> Result<Acquired, TimedOut> {
        if let Some(acquired) = self.try_take(actor) {
            return Ok(acquired);
        }
        if let Some(again) = self.take_again(actor) {
            return Ok(again);
        }
        let what = Actor::waits(Verb::Acquire, self.index());
        actor.wait(&self.bell, what, until, || self.try_take(actor).or_else(|| self.take_again(actor)))
    }

    /// A recursive one, by who holds it already.
    fn take_again(&self, actor: &Actor<'_>) -> Option<Acquired> {
        if self.recursive.load(Relaxed) == 0 || !(self.is_held_by(actor) || self.try_adopt(actor)) {
            return None;
        }
        self.depth.store(self.depth.load(Relaxed) + 1, Relaxed);
        Some(Acquired::Clean)
    }

    /// Makes what a client holds its command's. Nothing for others, or when it does not hold it.
    pub fn entrust(&self, actor: &Actor<'_>) {
        let (mine, owners) = (u64::from(actor.tag().word()), u64::from(actor.owner_tag().word()));
        // Release and acquire, with `try_adopt`: `depth` goes with the lock.
        if mine != owners && self.word.compare_exchange(mine, owners, SeqCst, Relaxed).is_ok() {
            // Another client may wait to adopt it.
            self.bell.ring_all();
        }
    }

    /// Takes over what the command of this client holds.
    fn try_adopt(&self, actor: &Actor<'_>) -> bool {
        let (mine, owners) = (u64::from(actor.tag().word()), u64::from(actor.owner_tag().word()));
        mine != owners && self.word.compare_exchange(owners, mine, SeqCst, Relaxed).is_ok()
    }

    /// Whether this actor holds it, for a client by way of its command. Waits while another client of the command has it
    /// in hand.
    pub(super) fn claim(&self, actor: &Actor<'_>) -> bool {
        if self.is_held_by(actor) || self.try_adopt(actor) {
            return true;
        }
        let with_sibling = || {
            let holder = actor.is_client().then(|| self.holder()).flatten();
            holder.is_some_and(|slot| actor.arena().slot(slot).client_of() == Some(actor.owner()))
        };
        if !with_sibling() {
            return false;
        }
        let what = Actor::waits(Verb::Acquire, self.index());
        let looked = || if self.try_adopt(actor) { Some(true) } else { (!with_sibling()).then_some(false) };
        loop {
            if let Ok(claimed) = actor.wait(&self.bell, what, Wait::Forever, looked) {
                return claimed || self.try_adopt(actor);
            }
        }
    }

    /// Gives the lock back, or one of several takings of a recursive one.
    ///
    /// # Errors
    /// [`NotHeld`] when this actor does not hold it.
    #[inline]
    pub fn release(&self, actor: &Actor<'_>) -> Result<(), NotHeld> {
        if !self.is_held_by(actor) && !self.claim(actor) {
            return Err(NotHeld);
        }
        match self.depth.load(Relaxed) {
            depth if depth > 1 => self.depth.store(depth - 1, Relaxed),
            _ => self.give_up(actor),
        }
        Ok(())
    }

    /// Gives back every taking at once; says how many they were, for [`Lock::acquire_again`].
    ///
    /// # Errors
    /// [`NotHeld`] when this actor does not hold it.
    pub(super) fn release_wholly(&self, actor: &Actor<'_>) -> Result<u32, NotHeld> {
        if !self.claim(actor) {
            return Err(NotHeld);
        }
        let depth = self.depth.load(Relaxed);
        self.give_up(actor);
        Ok(depth)
    }

    /// Takes the lock as often as it was held before [`Lock::release_wholly`], however long it takes.
    pub(super) fn acquire_again(&self, actor: &Actor<'_>, depth: u32) -> Acquired {
        loop {
            if let Ok(acquired) = self.acquire(actor, Wait::Forever) {
                self.depth.store(depth, Relaxed);
                return acquired;
            }
        }
    }

    /// Whether anybody holds it.
    pub fn locked(&self) -> bool {
        self.word.load(SeqCst) as u32 != 0
    }

    /// Whether this actor holds it.
    #[inline]
    pub fn is_held_by(&self, actor: &Actor<'_>) -> bool {
        // Relaxed: nobody but this actor (and the supervisor, after its end) makes this true or false.
        self.word.load(Relaxed) as u32 == actor.tag().word()
    }

    /// Who holds it.
    pub fn holder(&self) -> Option<SlotIndex> {
        Some(Tag::from_word(self.word.load(Acquire) as u32)?.slot())
    }

    /// Who ended with it held, if nobody has taken it since.
    pub fn abandoned_by(&self) -> Option<SlotIndex> {
        Some(Tag::from_word((self.word.load(Acquire) >> 32) as u32)?.slot())
    }

    pub fn index(&self) -> ObjectIndex {
        ObjectIndex(self.index.load(Relaxed))
    }

    #[inline]
    fn try_take(&self, actor: &Actor<'_>) -> Option<Acquired> {
        let mut word = self.word.load(Relaxed);
        while word as u32 == 0 {
            let taken = u64::from(actor.tag().word());
            // Acquire: what earlier holders wrote (label LOCK).
            match self.word.compare_exchange_weak(word, taken, Acquire, Relaxed) {
                Ok(_) => {
                    self.depth.store(1, Relaxed);
                    return Some(match Tag::from_word((word >> 32) as u32) {
                        Some(dead) => Acquired::OwnerDied { slot: dead.slot() },
                        None => Acquired::Clean,
                    });
                }
                Err(now) => word = now,
            }
        }
        None
    }

    /// The holder's last release.
    #[inline]
    fn give_up(&self, actor: &Actor<'_>) {
        let held = u64::from(actor.tag().word());
        // Release for LOCK, sequentially consistent for the bell (R1). It cannot fail: the owner's word is the owner's.
        let result = self.word.compare_exchange(held, 0, SeqCst, Relaxed);
        assert_eq!(result, Ok(held), "a held lock's word belongs to its holder");
        self.bell.ring();
    }
}

impl Supervised for Lock {
    fn recover(&self, _arena: &Arena, dead: &Death) {
        let held = u64::from(dead.tag.word());
        // Acquire and release: the next taker sees what the dead wrote. Fails when the dead did not hold it, or again.
        let _ = self.word.compare_exchange(held, held << 32, SeqCst, Relaxed);
    }

    /// Also when it was recovered already and nobody has taken it since: that recovery may have been cut short.
    fn gives_way(&self, arena: &Arena, slot: SlotIndex) -> bool {
        let held = u64::from(arena.slot(slot).tag(slot).word());
        let word = self.word.load(SeqCst);
        word == held || word == held << 32
    }

    fn wake_all(&self, _arena: &Arena) {
        self.bell.ring_out();
    }

    fn blocks(&self, _arena: &Arena, _slot: SlotIndex, _waiting: &Waiting) -> bool {
        self.locked()
    }
}

#[cfg(test)]
mod tests;
