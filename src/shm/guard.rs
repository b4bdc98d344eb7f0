//! The short lock inside an object: held for a handful of stores, by a named owner, and repaired when the owner dies.
//!
//! It is not the language's lock: no program waits while holding it and no program sees it.
//!
//! | word | state |
//! |---|---|
//! | 0 | free |
//! | tag | held by that incarnation |
//!
//! Commit point of both operations: the one exchange of the word. A death while it is held leaves it held: the
//! supervisor first completes or rolls back what the owner did under it, then calls [`Guard::recover`]. Sleepers sleep
//! on a [`Bell`]. A process *stopped* while it holds a guard keeps the others out; they give up when their own time
//! limit passes, or after [`GRACE_NS`] if that is later.
use super::Actor;
use super::bell::Bell;
use super::futex::{Slept, Wait, now_ns};
use super::slot::Tag;
use super::spin;
use super::word::AtomicU32;
use std::sync::atomic::{
    Ordering::{Acquire, Relaxed, SeqCst},
    fence,
};

/// How long even an operation that must not block waits for another one to finish: 100 ms, a thousand times what a live
/// process on a crowded machine needs. Only a stopped process makes anybody wait so long.
pub(super) const GRACE_NS: u64 = 100_000_000;

/// Looks at a held guard before sleeping, with a pause each: a holder that runs is done before.
const LOOKS: u32 = 40;

/// Somebody holds the guard and does not run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Busy;

#[repr(C)]
pub(super) struct Guard {
    word: AtomicU32,
    bell: Bell,
}

impl Guard {
    /// Takes the guard. Waits at most until `wait` ends, or for the grace.
    #[inline]
    pub fn lock(&self, actor: &Actor, wait: Wait) -> Result<(), Busy> {
        if self.try_lock(actor) { Ok(()) } else { self.lock_contended(actor, wait) }
    }

    #[inline]
    fn try_lock(&self, actor: &Actor) -> bool {
        self.word.compare_exchange(0, actor.tag().word(), Acquire, Relaxed).is_ok()
    }

    /// Releases it. Orders all that the holder stored before all that it looks at afterwards (is anybody asleep?), so
    /// that bells may be rung with nothing more (BELL's R1).
    #[inline]
    pub fn unlock(&self) {
        self.word.swap(0, SeqCst);
        // On x86-64 the exchange itself is that fence.
        if cfg!(not(target_arch = "x86_64")) {
            fence(SeqCst);
        }
        self.bell.ring();
    }

    #[cold]
    fn lock_contended(&self, actor: &Actor, wait: Wait) -> Result<(), Busy> {
        if spin::cpus() > 1 {
            for _ in 0..LOOKS {
                std::hint::spin_loop();
                if self.word.load(Relaxed) == 0 && self.try_lock(actor) {
                    return Ok(());
                }
            }
        }
        let grace = now_ns() + GRACE_NS;
        let until = match wait {
            Wait::Poll => Wait::Until(grace),
            Wait::Until(at) => Wait::Until(at.max(grace)),
            Wait::Told | Wait::Forever => Wait::Forever,
        };
        loop {
            let heard = self.bell.listen();
            if self.try_lock(actor) {
                return Ok(());
            }
            if self.bell.sleep(heard, until) == Slept::TimedOut {
                return if self.try_lock(actor) { Ok(()) } else { Err(Busy) };
            }
        }
    }

    /// Whether that incarnation holds it.
    pub fn is_held_by(&self, tag: Tag) -> bool {
        self.word.load(Acquire) == tag.word()
    }

    /// The supervisor, after a death: frees it if the dead one holds it.
    pub fn recover(&self, dead: Tag) {
        if self.is_held_by(dead) {
            self.word.swap(0, SeqCst);
        }
    }

    /// Wakes who sleeps, for the dead may have owed it.
    pub fn wake_all(&self) {
        self.bell.ring_out();
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Arena, Sizes, SlotIndex, supervise};
    use super::*;

    fn with_guard(test: impl FnOnce(&Guard, &[Actor])) {
        let arena = Arena::create(Sizes { bytes: 1 << 16, slots: 2, objects: 1, longest_wait: 1 }).unwrap();
        (0..2).for_each(|slot| supervise::begin(&arena, SlotIndex(slot), 1));
        let actors = [0, 1].map(|slot| Actor::new(&arena, SlotIndex(slot)));
        test(&Guard { word: AtomicU32::new(0), bell: Bell::default() }, &actors);
    }

    #[test]
    fn one_whose_holder_does_not_run_is_given_up_in_bounded_time() {
        with_guard(|guard, actors| {
            guard.lock(&actors[0], Wait::Poll).unwrap();
            let begin = now_ns();
            assert_eq!(guard.lock(&actors[1], Wait::Poll), Err(Busy));
            assert_eq!(guard.lock(&actors[1], Wait::Until(begin + 1)), Err(Busy));
            assert!(now_ns() - begin >= 2 * GRACE_NS);
            guard.unlock();
            guard.lock(&actors[1], Wait::Poll).unwrap();
        });
    }

    #[test]
    fn recovery_frees_what_the_dead_held_and_nothing_else() {
        with_guard(|guard, actors| {
            guard.lock(&actors[0], Wait::Poll).unwrap();
            guard.recover(actors[1].tag());
            assert!(guard.is_held_by(actors[0].tag()));
            std::thread::scope(|scope| {
                let other = scope.spawn(|| guard.lock(&actors[1], Wait::Forever));
                std::thread::sleep(std::time::Duration::from_millis(5));
                guard.recover(actors[0].tag());
                guard.wake_all();
                other.join().unwrap().unwrap();
            });
            assert!(guard.is_held_by(actors[1].tag()));
        });
    }
}
