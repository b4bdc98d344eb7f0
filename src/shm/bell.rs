//! The word sleepers sleep on: ringing it costs one load while nobody sleeps.
//!
//! ```text
//! word = count << 1 | LISTENED
//!
//! listener                                   ringer
//! L1 set LISTENED, remember the word         R1 change the object (sequentially consistent)
//! L2 fence; look at the object               R2 load the word; LISTENED not set: done, no system call
//! L3 sleep while the word is as remembered   R3 one exchange: count + 1, LISTENED cleared
//! L4 begin again at L1                       R4 wake one or all
//! ```
//!
//! Either L2 sees R1's change, or R2 sees L1's flag (store-load on both sides, label BELL). Clearing the flag and moving the
//! count is one exchange, so a listener of the old count does not fall asleep after it.
//!
//! **Wake-ups are handed on.** R3 clears the flag though R4 may wake only one of several. So whoever was woken sets it again
//! *before* looking at the object (L4), and whoever was woken and leaves with something more left for others rings once more.
//! A time-out has eaten no wake-up: the kernel says which it was. Thus many changes while a woken sleeper has not yet run cost one system call and not one each.
//!
//! **Death.** A sleeper that dies woken, and a ringer that dies between R1 and R4, owe a wake-up: the supervisor rings every
//! bell of every object after each death ([`Bell::ring_out`]). A dead sleeper leaves at most a stale flag: one wasted call.
//! The count has 31 bits: a listener is mistaken only if exactly 2^31 rings fall between its L1 and its L3.
use super::futex::{self, Slept, Wait};
use super::offset::Resident;
use super::word::AtomicU32;
use std::sync::atomic::{Ordering::*, fence};

/// See the head of the file.
#[repr(transparent)]
#[derive(Debug, Default)]
pub struct Bell {
    word: AtomicU32,
}

// SAFETY: one atomic integer.
unsafe impl Resident for Bell {}

const LISTENED: u32 = 1;
const COUNT: u32 = 2;

/// What a listener remembers between registering and sleeping.
#[derive(Clone, Copy, Debug)]
pub struct Heard(u32);

impl Bell {
    /// Wakes one sleeper, if anybody listens. Call it after the change it announces, which must have been a sequentially
    /// consistent store or exchange (R1); after a weaker one call [`Bell::ring_after_fence`].
    #[inline]
    pub fn ring(&self) {
        if self.word.load(SeqCst) & LISTENED != 0 {
            self.strike(1);
        }
    }

    /// As [`Bell::ring`], for all sleepers.
    #[inline]
    pub fn ring_all(&self) {
        if self.word.load(SeqCst) & LISTENED != 0 {
            self.strike(u32::MAX);
        }
    }

    /// As [`Bell::ring`] after a change of whatever ordering.
    #[inline]
    pub fn ring_after_fence(&self) {
        fence(SeqCst);
        self.ring();
    }

    /// Wakes all sleepers, whether the flag says that there are any or not: for the supervisor after a death.
    pub fn ring_out(&self) {
        self.strike(u32::MAX);
    }

    #[cold]
    fn strike(&self, sleepers: u32) {
        // Relaxed would do for the loop; the exchange itself is BELL's R3.
        let mut word = self.word.load(Relaxed);
        loop {
            let next = (word & !LISTENED).wrapping_add(COUNT);
            match self.word.compare_exchange_weak(word, next, SeqCst, Relaxed) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        futex::wake(&self.word, sleepers);
    }

    /// Registers as a listener (L1). Look at the object after this and before sleeping.
    pub fn listen(&self) -> Heard {
        let word = self.word.fetch_or(LISTENED, SeqCst) | LISTENED;
        // L2: whatever the ordering of the loads by which the object is looked at.
        fence(SeqCst);
        Heard(word)
    }

    /// Sleeps until rung after `heard` (L3). May return early. [`Slept::TimedOut`]: nobody woke this sleeper, and it may leave;
    /// after anything else it owes a [`Bell::listen`] before it looks again.
    pub(super) fn sleep(&self, heard: Heard, until: Wait) -> Slept {
        futex::sleep(&self.word, heard.0, until)
    }

    /// [`Bell::sleep`] on several bells at once.
    pub(super) fn sleep_any(bells: &[(&Bell, Heard)], until: Wait) -> Slept {
        let words: Vec<_> = bells.iter().map(|(bell, heard)| (&bell.word, heard.0)).collect();
        futex::sleep_any(&words, until)
    }

    /// Whether a ring would make a system call. For tests and counters.
    #[cfg(test)]
    pub(super) fn is_listened(&self) -> bool {
        self.word.load(SeqCst) & LISTENED != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    #[test]
    fn a_ring_between_listening_and_sleeping_is_not_lost() {
        let bell = Bell::default();
        let heard = bell.listen();
        bell.ring();
        assert_eq!(bell.sleep(heard, Wait::Forever), Slept::LookAgain);
        assert!(!bell.is_listened());
    }

    #[test]
    fn a_ring_is_not_hidden_by_who_listens_after_it() {
        let bell = Bell::default();
        let heard = bell.listen();
        bell.ring_all();
        bell.listen();
        assert_eq!(bell.sleep(heard, Wait::at_most(Duration::from_millis(20))), Slept::LookAgain);
    }

    #[test]
    fn ringing_with_nobody_listening_moves_nothing() {
        let bell = Bell::default();
        bell.ring();
        bell.ring_all();
        assert_eq!(bell.word.load(Relaxed), 0);
    }

    #[test]
    fn one_ring_wakes_a_chain_of_sleepers() {
        let (bell, open) = (Bell::default(), AtomicBool::new(false));
        let until = Wait::at_most(Duration::from_secs(10));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    loop {
                        let heard = bell.listen();
                        if open.load(Relaxed) {
                            return bell.ring();
                        }
                        assert_ne!(bell.sleep(heard, until), Slept::TimedOut);
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(20));
            open.store(true, SeqCst);
            bell.ring();
        });
    }
}
