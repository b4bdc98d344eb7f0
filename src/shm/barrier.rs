//! A barrier, in one word.
//!
//! `word` = generation 32 | phase 2 | arrived 30. A generation is one gathering: it begins empty and ends complete or broken.
//!
//! | phase | state | arriving | those who wait in this generation |
//! |---|---|---|---|
//! | open | gathering | counts | wait |
//! | broken | broken until reset | fails | fail |
//! | resetting | broken, about to be the next generation | completes the reset, then arrives there | fail |
//!
//! | operation | commit point | wakes |
//! |---|---|---|
//! | arrive | (g, open, n) -> (g, open, n + 1) | nobody |
//! | arrive as the last | (g, open, parties - 1) -> (g + 1, open, 0) | all |
//! | break (time-out, abort, death) | (g, open, n) -> (g, broken, 0) | all |
//! | reset | (g, open, n > 0) or (g, broken) -> (g, resetting, 0) | all |
//! | its completion, by anybody | note g in `broken`; (g, resetting) -> (g + 1, open, 0) | nobody |
//!
//! A waiter of generation g that runs again only when the barrier is at a later one looks g up in `broken`, which remembers the
//! last 64 breaks (by g modulo 64): found, it was broken; else it was complete. It can be mistaken only if it did not run while
//! the barrier was broken or reset 64 times.
//!
//! **Death.** Whoever is about to arrive publishes the operation and the generation first. If it ends, and the barrier is still
//! open in that generation, it breaks and `culprit` says who. That it may have died just before its arrival counted makes no
//! difference to anybody. Ending as the last to arrive, after the exchange, breaks nothing: the round was complete.
//!
//! A generation comes again after 2^32 of them: a waiter is mistaken only if it does not run in all that time, an hour and more.
use super::actor::Actor;
use super::arena::{Arena, OutOfMemory};
use super::bell::Bell;
use super::directory::{Kind, ObjectIndex};
use super::futex::Wait;
use super::object::{Death, Object, Supervised};
use super::offset::Resident;
use super::slot::SlotIndex;
use super::waiting::{Doing, Verb, Waiting};
use super::word::{AtomicU32, AtomicU64};
use std::sync::atomic::Ordering::*;

const REMEMBERED: usize = 64;

/// See the head of the file.
#[repr(C, align(128))]
pub struct Barrier {
    word: AtomicU64,
    bell: Bell,
    parties: AtomicU32,
    index: AtomicU32,
    /// generation << 32 | slot + 1; written by the supervisor before it breaks that generation.
    culprit: AtomicU64,
    /// generation + 1 of each remembered break.
    broken: [AtomicU64; REMEMBERED],
}

// SAFETY: only atomics of integers.
unsafe impl Resident for Barrier {}

impl Object for Barrier {
    const KIND: Kind = Kind::Barrier;
}

/// The barrier is, or was while this party waited, broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Whose end broke it; `None` after a time-out, an abort or a reset.
    pub culprit: Option<SlotIndex>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open = 0,
    Broken = 1,
    Resetting = 2,
}

#[derive(Clone, Copy)]
struct Gathering {
    generation: u32,
    phase: Phase,
    arrived: u32,
}

impl Gathering {
    const ARRIVED_BITS: u32 = 30;

    fn of(word: u64) -> Gathering {
        let phase = match word >> Self::ARRIVED_BITS & 3 {
            0 => Phase::Open,
            1 => Phase::Broken,
            _ => Phase::Resetting,
        };
        Gathering { generation: (word >> 32) as u32, phase, arrived: word as u32 & ((1 << Self::ARRIVED_BITS) - 1) }
    }

    fn word(self) -> u64 {
        u64::from(self.generation) << 32 | (self.phase as u64) << Self::ARRIVED_BITS | u64::from(self.arrived)
    }

    fn next(self) -> Gathering {
        Gathering { generation: self.generation.wrapping_add(1), phase: Phase::Open, arrived: 0 }
    }

    fn with(self, phase: Phase) -> Gathering {
        Gathering { phase, arrived: 0, ..self }
    }
}

impl Barrier {
    /// The most parties a barrier can have.
    pub const MOST_PARTIES: u32 = (1 << Gathering::ARRIVED_BITS) - 1;

    /// Makes an empty barrier; `parties` is brought into `1..=MOST_PARTIES`.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the arena is full.
    pub fn create(arena: &Arena, parties: u32) -> Result<ObjectIndex, OutOfMemory> {
        let place = arena.reserve::<Barrier>(1)?;
        let index = arena.enter(place)?;
        let barrier = arena.at(place);
        barrier.parties.store(parties.clamp(1, Barrier::MOST_PARTIES), Relaxed);
        barrier.index.store(index.0, Relaxed);
        Ok(index)
    }

    /// Arrives and waits for the others; gives this party's index in the order of arrival, from 0. Running out of time breaks
    /// the barrier, as does not waiting at all unless this party is the last.
    ///
    /// # Errors
    /// [`Broken`] when the barrier is broken, at once, or breaks meanwhile.
    pub fn wait(&self, actor: &Actor<'_>, until: Wait) -> Result<u32, Broken> {
        let result = self.arrive(actor).and_then(|here| match here.phase {
            Phase::Open if here.arrived + 1 < self.parties() => self.gather(actor, here, until),
            _ => Ok(here.arrived),
        });
        actor.done();
        result
    }

    /// Breaks it: all who wait and all who come fail, until it is reset.
    pub fn abort(&self) {
        self.shatter(None);
    }

    /// Makes it usable again, empty: whoever waits now fails.
    pub fn reset(&self) {
        loop {
            let here = self.load();
            match here.phase {
                Phase::Open if here.arrived == 0 => return,
                Phase::Open | Phase::Broken => {
                    if self.exchange(here, here.with(Phase::Resetting)) {
                        self.complete_reset(here.with(Phase::Resetting));
                        return self.bell.ring_all();
                    }
                }
                Phase::Resetting => self.complete_reset(here),
            }
        }
    }

    /// Breaks it for the end of that actor. For the supervisor, also when too few living are left to fill it. Nothing when it
    /// is broken already.
    pub fn break_by(&self, dead: SlotIndex) {
        self.shatter(Some(dead));
        // It may have been cut short when nobody had been woken yet.
        self.bell.ring_out();
    }

    pub fn parties(&self) -> u32 {
        self.parties.load(Relaxed)
    }

    /// How many wait in it now.
    pub fn n_waiting(&self) -> u32 {
        // Broken and resetting ones count nobody.
        self.load().arrived
    }

    pub fn broken(&self) -> bool {
        self.load().phase == Phase::Broken
    }

    pub fn index(&self) -> ObjectIndex {
        ObjectIndex(self.index.load(Relaxed))
    }

    /// Counts this party; gives the gathering as it was just before.
    fn arrive(&self, actor: &Actor<'_>) -> Result<Gathering, Broken> {
        let mut published = false;
        loop {
            let here = self.load();
            match here.phase {
                Phase::Broken => return Err(self.broken_in(here.generation)),
                Phase::Resetting => {
                    self.complete_reset(here);
                    continue;
                }
                Phase::Open => (),
            }
            actor.note(GENERATION_NOTE, u64::from(here.generation));
            if !published {
                actor.begin(Doing { verb: Verb::Wait, stage: 0, object: self.index() });
                published = true;
            }
            let last = here.arrived + 1 >= self.parties();
            let next = if last { here.next() } else { Gathering { arrived: here.arrived + 1, ..here } };
            if self.exchange(here, next) {
                if last {
                    self.bell.ring_all();
                }
                return Ok(here);
            }
        }
    }

    /// Waits as one who has arrived.
    fn gather(&self, actor: &Actor<'_>, here: Gathering, until: Wait) -> Result<u32, Broken> {
        let generation = here.generation;
        actor.note_wait(u64::from(generation));
        let what = Actor::waits(Verb::Wait, self.index());
        let outcome = actor.wait(&self.bell, what, until, || self.outcome(generation));
        match outcome {
            Ok(outcome) => outcome.map(|()| here.arrived),
            Err(_) => loop {
                let now = self.load();
                if let Some(outcome) = self.outcome(generation) {
                    return outcome.map(|()| here.arrived);
                }
                if now.generation == generation && self.exchange(now, now.with(Phase::Broken)) {
                    self.bell.ring_all();
                    return Err(self.broken_in(generation));
                }
            },
        }
    }

    /// How that generation ended, if it did.
    fn outcome(&self, generation: u32) -> Option<Result<(), Broken>> {
        let now = self.load();
        if now.generation != generation {
            // The note is made before the generation moves on.
            let noted = self.memory(generation).load(SeqCst) == u64::from(generation) + 1;
            return Some(if noted { Err(self.broken_in(generation)) } else { Ok(()) });
        }
        (now.phase != Phase::Open).then(|| Err(self.broken_in(generation)))
    }

    fn shatter(&self, dead: Option<SlotIndex>) {
        loop {
            let here = self.load();
            match here.phase {
                Phase::Broken => return,
                Phase::Resetting => self.complete_reset(here),
                Phase::Open => {
                    if let Some(dead) = dead {
                        self.culprit.store(u64::from(here.generation) << 32 | (u64::from(dead.0) + 1), SeqCst);
                    }
                    if self.exchange(here, here.with(Phase::Broken)) {
                        return self.bell.ring_all();
                    }
                }
            }
        }
    }

    fn complete_reset(&self, here: Gathering) {
        let memory = self.memory(here.generation);
        let before = memory.load(SeqCst);
        // Looked at between reading and writing the memory: who comes late has nothing to note, and must not.
        if self.word.load(SeqCst) != here.word() {
            return;
        }
        let note = u64::from(here.generation) + 1;
        if before != note && memory.compare_exchange(before, note, SeqCst, SeqCst).is_err() {
            return;
        }
        self.exchange(here, here.next());
    }

    fn memory(&self, generation: u32) -> &AtomicU64 {
        &self.broken[generation as usize % REMEMBERED]
    }

    fn broken_in(&self, generation: u32) -> Broken {
        let culprit = self.culprit.load(SeqCst);
        let slot = (culprit as u32).checked_sub(1).filter(|_| (culprit >> 32) as u32 == generation);
        Broken { culprit: slot.map(SlotIndex) }
    }

    fn load(&self) -> Gathering {
        Gathering::of(self.word.load(SeqCst))
    }

    fn exchange(&self, from: Gathering, to: Gathering) -> bool {
        self.word.compare_exchange(from.word(), to.word(), SeqCst, SeqCst).is_ok()
    }
}

/// The scratch word that holds the generation an arriving actor means.
const GENERATION_NOTE: usize = 0;

impl Supervised for Barrier {
    fn recover(&self, arena: &Arena, dead: &Death) {
        let slot = arena.slot(dead.slot());
        let here = self.load();
        let inside = slot.doing().is_some_and(|doing| doing.verb == Verb::Wait && doing.object == self.index());
        if inside && slot.scratch(GENERATION_NOTE) == u64::from(here.generation) && here.phase == Phase::Open {
            self.culprit.store(u64::from(here.generation) << 32 | (u64::from(dead.slot().0) + 1), SeqCst);
            loop {
                let now = self.load();
                // Complete or broken meanwhile: then the dead was one of many, or comes too late.
                if now.generation != here.generation || now.phase != Phase::Open {
                    break;
                }
                if self.exchange(now, now.with(Phase::Broken)) {
                    break;
                }
            }
        }
    }

    fn wake_all(&self, _arena: &Arena) {
        self.bell.ring_out();
    }

    fn blocks(&self, arena: &Arena, slot: SlotIndex, _waiting: &Waiting) -> bool {
        let here = self.load();
        here.phase == Phase::Open && u64::from(here.generation) == arena.slot(slot).waiting_for()
    }
}

#[cfg(test)]
mod tests;
