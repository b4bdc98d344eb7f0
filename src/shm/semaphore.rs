//! A semaphore: units to take; a bounded one knows who took them.
//!
//! **Unbounded**: `word` is the value. Take and give are one exchange each; nobody owns anything, so a death changes nothing.
//!
//! **Bounded**: a unit taken by a process that dies has to come back, exactly once, wherever the death falls. Taking changes
//! two words, the common value and the taker's own account, so the exchange on the first says who does what:
//!
//! ```text
//! word    = value 24 | last operation: number 19, kind 1 (take or give), slot + 1 20
//! account = own: balance 32, number of the last operation that is in the balance 32     written by its actor
//!           seen: the last operation that somebody else saw in the word                 written by whoever replaces it
//! ```
//!
//! | step of an operation by A, its number n | a death after it |
//! |---|---|
//! | 1. note in the account of the one whose operation the word shows that it was seen | nothing of A's changed |
//! | 2. exchange: new value, last = (A, n): the commit point | the word, or A's `seen`, shows (A, n) and `own` is at n - 1: done and not yet in the balance |
//! | 3. `own` = new balance, n | all done |
//!
//! Step 1 before step 2 keeps the sign until `own` has it. Recovery brings the dead's balance up to date and, if it died badly,
//! gives back what it had taken, one by one as the dead would have done it, never past the bound. Operation numbers wrap at 2^19; an actor wipes its `seen` much more often,
//! so that an old sign is not taken for a new one.
//!
//! Any process may release; it is its own balance that falls, below zero if it must. When somebody else released a unit for the
//! dead, the bound keeps the sum right. Each incarnation of an actor begins with a balance of zero.
use super::actor::{Actor, TimedOut};
use super::arena::{Arena, OutOfMemory, damaged};
use super::bell::Bell;
use super::directory::{Kind, ObjectIndex};
use super::futex::Wait;
use super::object::{Death, Object, Supervised};
use super::offset::{Offset, Resident};
use super::slot::SlotIndex;
use super::waiting::{Verb, Waiting};
use super::word::{AtomicU32, AtomicU64};
use std::sync::atomic::Ordering::*;

/// See the head of the file.
#[repr(C, align(128))]
pub struct Semaphore {
    word: AtomicU64,
    bell: Bell,
    bounded: AtomicU32,
    bound: AtomicU32,
    index: AtomicU32,
    accounts: AtomicU64,
}

// SAFETY: only atomics of integers.
unsafe impl Resident for Semaphore {}

impl Object for Semaphore {
    const KIND: Kind = Kind::Semaphore;
}

/// One actor's dealings with one bounded semaphore.
#[repr(C)]
struct Account {
    own: AtomicU64,
    seen: AtomicU64,
}

// SAFETY: only atomics of integers.
unsafe impl Resident for Account {}

/// The value is at its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AboveBound;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Take,
    Give,
}

impl Semaphore {
    /// The highest value of a bounded semaphore.
    pub const MOST_BOUNDED: u32 = (1 << VALUE_BITS) - 1;
    /// The highest value of one that is not bounded.
    pub const MOST: u32 = i32::MAX as u32;

    /// Makes a semaphore; a bounded one is bounded at its first value.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the arena is full or the value too high ([`Semaphore::MOST_BOUNDED`], [`Semaphore::MOST`]).
    pub fn create(arena: &Arena, value: u32, bounded: bool) -> Result<ObjectIndex, OutOfMemory> {
        if value > (if bounded { Semaphore::MOST_BOUNDED } else { Semaphore::MOST }) {
            return Err(OutOfMemory);
        }
        let place = arena.reserve::<Semaphore>(1)?;
        let accounts = arena.reserve::<Account>(if bounded { u64::from(arena.slot_count()) } else { 0 })?;
        let index = arena.enter(place)?;
        let semaphore = arena.at(place);
        semaphore.word.store(u64::from(value), Relaxed);
        semaphore.bounded.store(u32::from(bounded), Relaxed);
        semaphore.bound.store(if bounded { value } else { Semaphore::MOST }, Relaxed);
        semaphore.index.store(index.0, Relaxed);
        semaphore.accounts.store(accounts.bytes(), Relaxed);
        Ok(index)
    }

    /// Takes a unit.
    ///
    /// # Errors
    /// [`TimedOut`] when there was none.
    #[inline]
    pub fn acquire(&self, actor: &Actor<'_>, until: Wait) -> Result<(), TimedOut> {
        if self.change(actor, Change::Take) {
            return Ok(());
        }
        let what = Actor::waits(Verb::Acquire, self.index());
        actor.wait(&self.bell, what, until, || self.change(actor, Change::Take).then_some(()))?;
        // Several units may have come on one wake-up: hand it on.
        if self.value() > 0 {
            self.bell.ring();
        }
        Ok(())
    }

    /// Gives a unit, whoever took it.
    ///
    /// # Errors
    /// [`AboveBound`] when none is out; for an unbounded one past [`Semaphore::MOST`].
    #[inline]
    pub fn release(&self, actor: &Actor<'_>) -> Result<(), AboveBound> {
        match self.change(actor, Change::Give) {
            true => {
                self.bell.ring();
                Ok(())
            }
            false => Err(AboveBound),
        }
    }

    /// Units to take now.
    pub fn value(&self) -> u32 {
        value_of(self.word.load(SeqCst))
    }

    /// The value it is bounded at; `None` when it is not.
    pub fn bound(&self) -> Option<u32> {
        (self.bounded.load(Relaxed) != 0).then(|| self.bound.load(Relaxed))
    }

    /// Who has taken units of a bounded one and not given them back, with how many.
    pub fn holders(&self, arena: &Arena) -> Vec<(SlotIndex, u32)> {
        let accounts = self.accounts(arena).iter().zip(0..);
        let balances = accounts.map(|(account, slot)| (SlotIndex(slot), balance(account.own.load(Acquire))));
        balances.filter(|(_, balance)| *balance > 0).map(|(slot, balance)| (slot, balance as u32)).collect()
    }

    pub fn index(&self) -> ObjectIndex {
        ObjectIndex(self.index.load(Relaxed))
    }

    /// False, and nothing is changed, when there is no unit to take or no room to give one back.
    #[inline]
    fn change(&self, actor: &Actor<'_>, change: Change) -> bool {
        if self.bounded.load(Relaxed) != 0 {
            return self.change_bounded(self.accounts(actor.arena()), actor.index(), change);
        }
        let mut word = self.word.load(SeqCst);
        loop {
            let next = match change {
                Change::Take => word.checked_sub(1),
                Change::Give => Some(word + 1).filter(|next| *next <= u64::from(Semaphore::MOST)),
            };
            let Some(next) = next else { return false };
            match self.word.compare_exchange_weak(word, next, SeqCst, SeqCst) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
    }

    /// By the actor of that slot, or by the supervisor in its name after its death.
    fn change_bounded(&self, accounts: &[Account], slot: SlotIndex, change: Change) -> bool {
        let account = accounts.get(slot.0 as usize).unwrap_or_else(|| damaged("accounts outside"));
        // Nobody else writes it while this actor lives.
        let own = account.own.load(Relaxed);
        let number = number(own).wrapping_add(1);
        let last = Last { slot, number, change };
        if number.is_multiple_of(FORGET_SEEN) {
            account.seen.store(0, SeqCst);
        }
        loop {
            let word = self.word.load(SeqCst);
            let next = match change {
                Change::Take => value_of(word).checked_sub(1),
                Change::Give => Some(value_of(word) + 1).filter(|next| *next <= self.bound.load(Relaxed)),
            };
            let Some(next) = next else { return false };
            if self.note_seen(accounts, word, slot)
                && self.word.compare_exchange(word, last.word(next), SeqCst, Relaxed).is_ok()
            {
                break;
            }
        }
        account.own.store(own_word(balance(own) + change.sign(), number), Release);
        true
    }

    /// Step 1. False when the word has moved on meanwhile. `me`: an actor needs no sign of its own finished operations.
    fn note_seen(&self, accounts: &[Account], word: u64, me: SlotIndex) -> bool {
        let Some(last) = Last::of(word).filter(|last| last.slot != me) else { return true };
        let Some(account) = accounts.get(last.slot.0 as usize) else { return true };
        let seen = account.seen.load(SeqCst);
        if seen == last.seen() {
            return true;
        }
        // The look at the word lies between reading and writing `seen`: who comes late finds it changed, and fails.
        self.word.load(SeqCst) == word && account.seen.compare_exchange(seen, last.seen(), SeqCst, SeqCst).is_ok()
    }

    fn accounts<'a>(&self, arena: &'a Arena) -> &'a [Account] {
        let count = if self.bounded.load(Relaxed) != 0 { u64::from(arena.slot_count()) } else { 0 };
        // Of a damaged arena: none, and whoever takes a unit stops there.
        arena.get_slice(Offset::from_bytes(self.accounts.load(Relaxed)), count).unwrap_or_default()
    }
}

impl Supervised for Semaphore {
    fn recover(&self, arena: &Arena, dead: &Death) {
        let accounts = self.accounts(arena);
        let Some(account) = accounts.get(dead.slot().0 as usize) else { return };
        let own = account.own.load(SeqCst);
        let next = number(own).wrapping_add(1);
        // First the word, then `seen`: an operation leaves the word only after it is in `seen`.
        let shown = Last::of(self.word.load(SeqCst)).filter(|last| last.slot == dead.slot());
        let seen = Last::of(account.seen.load(SeqCst));
        let done = [shown, seen].into_iter().flatten().find(|last| last.number == next & NUMBER_MASK);
        let (owed, last) = match done {
            Some(last) => (balance(own) + last.change.sign(), next),
            None => (balance(own), number(own)),
        };
        account.own.store(own_word(owed, last), SeqCst);
        if !dead.badly {
            return;
        }
        // Each is given as the dead would have given it, so that a repair which is cut short can be begun anew.
        for _ in 0..owed {
            if !self.change_bounded(accounts, dead.slot(), Change::Give) {
                // Somebody else gave it in its place.
                account.own.store(own_word(0, number(account.own.load(SeqCst))), SeqCst);
                return;
            }
        }
    }

    /// One that gave what others had taken ended below zero, and one that ended well may still have units: neither is what
    /// its successor takes or gives.
    fn begun(&self, arena: &Arena, slot: SlotIndex) {
        if let Some(account) = self.accounts(arena).get(slot.0 as usize) {
            account.own.store(own_word(0, number(account.own.load(SeqCst))), SeqCst);
        }
    }

    /// A command does nothing in its own name, so its account is the supervisor's to write.
    fn bequeath(&self, arena: &Arena, client: SlotIndex, command: SlotIndex) {
        let accounts = self.accounts(arena);
        let [Some(from), Some(to)] = [client, command].map(|slot| accounts.get(slot.0 as usize)) else { return };
        let (left, before) = (from.own.load(SeqCst), to.own.load(SeqCst));
        to.own.store(own_word(balance(before).saturating_add(balance(left)), number(before)), SeqCst);
        from.own.store(own_word(0, number(left)), SeqCst);
    }

    fn wake_all(&self, _arena: &Arena) {
        self.bell.ring_out();
    }

    fn blocks(&self, _arena: &Arena, _slot: SlotIndex, _waiting: &Waiting) -> bool {
        self.value() == 0
    }
}

const VALUE_BITS: u32 = 24;
const NUMBER_BITS: u32 = 19;
const NUMBER_MASK: u32 = (1 << NUMBER_BITS) - 1;
/// Every so many operations an actor, having none in progress, wipes the sign of its old ones.
const FORGET_SEEN: u32 = 1 << (NUMBER_BITS - 2);

/// The operation that made the word what it is.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Last {
    slot: SlotIndex,
    /// Its low bits.
    number: u32,
    change: Change,
}

impl Last {
    fn word(self, value: u32) -> u64 {
        u64::from(value) | self.seen()
    }

    /// As in the word, without the value.
    fn seen(self) -> u64 {
        let change = u64::from(self.change == Change::Give);
        let number = u64::from(self.number & NUMBER_MASK);
        (u64::from(self.slot.0) + 1) << 44 | change << 43 | number << VALUE_BITS
    }

    fn of(word: u64) -> Option<Last> {
        let slot = SlotIndex(((word >> 44) as u32).checked_sub(1)?);
        let change = if word >> 43 & 1 == 0 { Change::Take } else { Change::Give };
        Some(Last { slot, number: (word >> VALUE_BITS) as u32 & NUMBER_MASK, change })
    }
}

impl Change {
    /// What it adds to the actor's balance.
    fn sign(self) -> i32 {
        match self {
            Change::Take => 1,
            Change::Give => -1,
        }
    }
}

fn value_of(word: u64) -> u32 {
    // An unbounded one's word is its value, at most 31 bits: those above 24 are then the value's too.
    if word >> 44 == 0 { word as u32 } else { word as u32 & Semaphore::MOST_BOUNDED }
}

fn balance(own: u64) -> i32 {
    (own >> 32) as i32
}

fn number(own: u64) -> u32 {
    own as u32
}

fn own_word(balance: i32, number: u32) -> u64 {
    u64::from(balance as u32) << 32 | u64::from(number)
}

#[cfg(test)]
mod tests;
