//! An event: set or not, and how often it was set.
//!
//! `word` = generation << 1 | set:
//!
//! | operation | commit point | wakes |
//! |---|---|---|
//! | set | exchange (g, 0) -> (g + 1, 1); nothing when set already | all |
//! | clear | (g, 1) -> (g, 0) | nobody |
//! | wait | a load that shows `set`, or another generation than the one the wait began with | |
//!
//! A waiter that has not yet run when the event is cleared again still sees that the generation moved, and returns true.
//! Nobody owns anything, so a death before the commit leaves nothing, and one after it an owed wake-up, which the supervisor
//! gives. The generation has 31 bits: a waiter is mistaken only if it does not run while exactly 2^31 settings go by.
use super::actor::Actor;
use super::arena::{Arena, OutOfMemory};
use super::bell::Bell;
use super::directory::{Kind, ObjectIndex};
use super::futex::Wait;
use super::object::{Death, Object, Supervised};
use super::offset::Resident;
use super::slot::SlotIndex;
use super::waiting::{Verb, Waiting};
use super::word::AtomicU32;
use std::sync::atomic::Ordering::*;

/// See the head of the file.
#[repr(C, align(128))]
pub struct Event {
    word: AtomicU32,
    bell: Bell,
    index: AtomicU32,
}

// SAFETY: only atomics of integers.
unsafe impl Resident for Event {}

impl Object for Event {
    const KIND: Kind = Kind::Event;
}

const SET: u32 = 1;
const GENERATION: u32 = 2;

impl Event {
    /// Makes an event.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the arena is full.
    pub fn create(arena: &Arena, set: bool) -> Result<ObjectIndex, OutOfMemory> {
        let place = arena.reserve::<Event>(1)?;
        let index = arena.enter(place)?;
        let event = arena.at(place);
        event.word.store(u32::from(set), Relaxed);
        event.index.store(index.0, Relaxed);
        Ok(index)
    }

    pub fn is_set(&self) -> bool {
        self.word.load(SeqCst) & SET != 0
    }

    /// Sets it and wakes all who wait. Nothing when it is set already.
    pub fn set(&self) {
        let mut word = self.word.load(SeqCst);
        while word & SET == 0 {
            match self.word.compare_exchange_weak(word, word.wrapping_add(GENERATION) | SET, SeqCst, SeqCst) {
                Ok(_) => return self.bell.ring_all(),
                Err(now) => word = now,
            }
        }
    }

    pub fn clear(&self) {
        self.word.fetch_and(!SET, SeqCst);
    }

    /// Waits until it is set, or has been set since the call began; false when the time was over first.
    pub fn wait(&self, actor: &Actor<'_>, until: Wait) -> bool {
        let begin = self.word.load(SeqCst);
        if begin & SET != 0 {
            return true;
        }
        actor.note_wait(u64::from(begin));
        let what = Actor::waits(Verb::Wait, self.index());
        // Not set at the begin: any change of the word is a set, whatever came after it.
        actor.wait(&self.bell, what, until, || (self.word.load(SeqCst) != begin).then_some(())).is_ok()
    }

    /// What to wait for, and the bell that announces it, for [`Actor::wait_any`].
    pub fn to_wait(&self) -> (Waiting, &Bell) {
        (Actor::waits(Verb::Read, self.index()), &self.bell)
    }

    pub fn index(&self) -> ObjectIndex {
        ObjectIndex(self.index.load(Relaxed))
    }
}

impl Supervised for Event {
    fn recover(&self, _arena: &Arena, _dead: &Death) {}

    fn wake_all(&self, _arena: &Arena) {
        self.bell.ring_out();
    }

    fn blocks(&self, arena: &Arena, slot: SlotIndex, waiting: &Waiting) -> bool {
        match waiting.verb {
            Verb::Wait => u64::from(self.word.load(SeqCst)) == arena.slot(slot).waiting_for(),
            // One of several things waited for, or a mark for a wait outside the arena.
            _ => !self.is_set(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shm::{Sizes, supervise};
    use std::time::Duration;

    fn arena() -> Arena {
        let arena = Arena::create(Sizes { bytes: 1 << 20, slots: 4, objects: 1, longest_wait: 1 }).unwrap();
        (0..4).for_each(|n| supervise::begin(&arena, SlotIndex(n), 1000 + n as i32));
        arena
    }

    #[test]
    fn a_set_event_lets_everybody_through_until_it_is_cleared() {
        let arena = arena();
        let event: &Event = arena.object(Event::create(&arena, true).unwrap()).unwrap();
        let actor = Actor::new(&arena, SlotIndex(0));
        assert!(event.is_set() && event.wait(&actor, Wait::Poll));
        event.clear();
        assert!(!event.is_set() && !event.wait(&actor, Wait::Poll));
        assert!(!event.wait(&actor, Wait::at_most(Duration::from_millis(5))));
        event.set();
        event.set();
        assert!(event.wait(&actor, Wait::Forever));
    }

    #[test]
    fn set_and_clear_at_once_still_lets_the_waiters_through() {
        let arena = arena();
        let event: &Event = arena.object(Event::create(&arena, false).unwrap()).unwrap();
        std::thread::scope(|scope| {
            let waiters: Vec<_> = (0..4)
                .map(|n| {
                    let arena = &arena;
                    scope.spawn(move || event.wait(&Actor::new(arena, SlotIndex(n)), Wait::Forever))
                })
                .collect();
            while !(0..4).all(|n| supervise::blocked(&arena, SlotIndex(n))) {
                std::thread::yield_now();
            }
            event.set();
            event.clear();
            assert!(waiters.into_iter().all(|waiter| waiter.join().unwrap()));
        });
    }
}
