//! The handle by which every operation is done, and the one way to wait.
use super::arena::Arena;
use super::bell::{Bell, Heard};
use super::directory::ObjectIndex;
use super::futex::{Slept, Wait, now_ns};
use super::slot::{LEFT, STANDS, Slot, SlotIndex, State, Tag};
use super::spin::spin;
use super::waiting::{Doing, Target, Verb, Waiting};
use std::sync::atomic::Ordering::*;

/// How often it is looked whether a [`Wait::Told`] is over.
const TOLD_NS: u64 = 2_000_000;

/// The time was over first. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut;

/// One actor in one incarnation. A thread has its own; it is never used by two threads at once.
#[derive(Clone, Copy)]
pub struct Actor<'a> {
    arena: &'a Arena,
    index: SlotIndex,
    slot: &'a Slot,
    tag: Tag,
    /// Itself, or the command whose client it is.
    owner: SlotIndex,
}

impl<'a> Actor<'a> {
    /// The actor of that slot in its current incarnation: made by the actor itself, after the supervisor's
    /// [`begin`](super::supervise::begin). Panics when there is no such slot.
    pub fn new(arena: &'a Arena, index: SlotIndex) -> Actor<'a> {
        let slot = arena.slot(index);
        Actor { arena, index, slot, tag: slot.tag(index), owner: slot.client_of().unwrap_or(index) }
    }

    pub fn arena(&self) -> &'a Arena {
        self.arena
    }

    pub fn index(&self) -> SlotIndex {
        self.index
    }

    pub fn slot(&self) -> &'a Slot {
        self.slot
    }

    /// What this actor writes into words it owns.
    #[inline]
    pub fn tag(&self) -> Tag {
        self.tag
    }

    /// Who owns what this actor has delivered: itself, or the command whose client it is. What a client takes is its own
    /// until it entrusts it ([`Lock::entrust`](super::Lock::entrust), [`Queue::entrust`](super::Queue::entrust)).
    #[inline]
    pub fn owner(&self) -> SlotIndex {
        self.owner
    }

    /// An attached program that works for a command.
    #[inline]
    pub fn is_client(&self) -> bool {
        self.owner != self.index
    }

    /// What stands in words that its owner owns. The owner lives as long as its clients do.
    pub(super) fn owner_tag(&self) -> Tag {
        if self.is_client() { self.arena.slot(self.owner).tag(self.owner) } else { self.tag }
    }

    /// Publishes the operation that begins; its recovery reads it. Two plain stores: use it where recovery needs it.
    #[inline]
    pub fn begin(&self, doing: Doing) {
        self.slot.own.doing.store(doing.word(), SeqCst);
    }

    /// The operation is over.
    #[inline]
    pub fn done(&self) {
        self.slot.own.doing.store(0, Release);
    }

    /// Notes a word down for the recovery of the operation in progress. Before [`Actor::begin`].
    #[inline]
    pub fn note(&self, n: usize, word: u64) {
        self.slot.own.scratch[n].store(word, Release);
    }

    /// Notes what the next wait is about in the object's own terms (a generation, a round), for its `blocks`.
    pub(super) fn note_wait(&self, word: u64) {
        self.slot.own.waiting_for.store(word, Release);
    }

    /// Waits until `ready` gives something, sleeping on `bell`, which every change that may make it ready rings.
    ///
    /// Looks first, whatever the time; then spins if that is likely to pay; then publishes `what` and sleeps. Whoever gets
    /// through here and leaves something for others has to ring the bell once more (see [`Bell`]).
    ///
    /// # Errors
    /// [`TimedOut`] when the time was over and `ready` still gave nothing.
    pub fn wait<R>(
        &self,
        bell: &Bell,
        what: Waiting,
        until: Wait,
        mut ready: impl FnMut() -> Option<R>,
    ) -> Result<R, TimedOut> {
        if let Some(found) = ready() {
            return Ok(found);
        }
        if until == Wait::Poll {
            return Err(TimedOut);
        }
        if let Some(found) = spin(self.live(), &mut ready) {
            return Ok(found);
        }
        self.slot.told.time_up.store(0, SeqCst);
        self.published(what, until, || {
            loop {
                let heard = bell.listen();
                if let Some(found) = ready() {
                    return Ok(found);
                }
                let slept = match until {
                    Wait::Told => self.sleep_until_told(bell, heard),
                    _ => bell.sleep(heard, until),
                };
                if slept == Slept::TimedOut {
                    return ready().ok_or(TimedOut);
                }
            }
        })
    }

    /// Sleeps a little at a time: the supervisor's word rings no bell of an object.
    fn sleep_until_told(&self, bell: &Bell, heard: Heard) -> Slept {
        if self.slot.told.time_up.swap(0, SeqCst) != 0 {
            return Slept::TimedOut;
        }
        match bell.sleep(heard, Wait::Until(now_ns().saturating_add(TOLD_NS))) {
            Slept::TimedOut => Slept::LookAgain,
            other => other,
        }
    }

    /// [`Actor::wait`] for one of several targets, each with the bell that announces it. At most as many as the arena was
    /// made for ([`Sizes::longest_wait`](super::Sizes)). What `ready` finds is not taken, so the wake-up is handed on.
    ///
    /// # Errors
    /// [`TimedOut`] as there, and at once when there is nothing to wait for.
    pub fn wait_any<R>(
        &self,
        targets: &[(Waiting, &Bell)],
        until: Wait,
        mut ready: impl FnMut() -> Option<R>,
    ) -> Result<R, TimedOut> {
        if let Some(found) = ready() {
            return Ok(found);
        }
        if until == Wait::Poll || targets.is_empty() {
            return Err(TimedOut);
        }
        let list = self.arena.waiting_list(self.index);
        assert!(targets.len() <= list.len(), "the arena was made for the longest list");
        for (word, (waiting, _)) in list.iter().zip(targets) {
            word.store(waiting.word(), Relaxed);
        }
        let what = Waiting::on(Verb::WaitAny, Target::Several(targets.len() as u32));
        let result = self.published(what, until, || {
            loop {
                let heard: Vec<(&Bell, Heard)> = targets.iter().map(|(_, bell)| (*bell, bell.listen())).collect();
                if let Some(found) = ready() {
                    return Ok(found);
                }
                if Bell::sleep_any(&heard, until) == Slept::TimedOut {
                    return ready().ok_or(TimedOut);
                }
            }
        });
        // Handed on also after a time-out: the wake-up may have come between.
        targets.iter().for_each(|(_, bell)| bell.ring());
        result
    }

    /// Says which step this actor is at, in its own terms, for whoever explains what it waits for: 31 and 32 bits.
    #[inline]
    pub fn stand(&self, code: u32, at: u32) {
        self.slot.own.stands.store(STANDS | u64::from(code) << 32 | u64::from(at), Relaxed);
    }

    /// Says that this actor's body is over, though its process (of several threads) lives on.
    pub fn leave(&self) {
        self.slot.own.stands.store(LEFT, Release);
    }

    /// Waits for the supervisor's word ([`supervise::grant`](super::supervise::grant)), takes it, and gives it. Not a wait
    /// that anybody sees: who stands at the gate does not hold up the others for reasons of the graph.
    pub fn pass(&self) -> u32 {
        loop {
            let bell = self.slot.changed();
            let heard = bell.listen();
            match self.slot.told.grant.swap(0, SeqCst) {
                0 => drop(bell.sleep(heard, Wait::Forever)),
                word => return word,
            }
        }
    }

    /// Sleeps in `sleep`, which waits for something outside the arena, with the wait published. `until` only tells whether
    /// the wait has an end of its own.
    pub fn outside<R>(&self, what: Waiting, until: Wait, sleep: impl FnOnce() -> R) -> R {
        self.published(what, until, sleep)
    }

    /// Waits until the supervisor has taken that actor's start up.
    ///
    /// # Errors
    /// [`TimedOut`] when it has not yet.
    pub fn started(&self, other: SlotIndex, until: Wait) -> Result<(), TimedOut> {
        let slot = self.arena.slot(other);
        let what = Waiting::on(Verb::Join, Target::Slot(other));
        let taken_up = || match slot.state() {
            State::Idle => None,
            // It is about to be forked.
            State::Running if slot.pid().is_none() => None,
            _ => Some(()),
        };
        self.wait(slot.changed(), what, until, taken_up)
    }

    /// Waits until that actor has ended for good.
    ///
    /// # Errors
    /// [`TimedOut`] when it still lives.
    pub fn join(&self, other: SlotIndex, until: Wait) -> Result<(), TimedOut> {
        let slot = self.arena.slot(other);
        let what = Waiting::on(Verb::Join, Target::Slot(other));
        self.wait(slot.changed(), what, until, || (slot.state() == State::Ended && !slot.never_starts()).then_some(()))
    }

    /// What a wait for that object is called.
    pub(super) fn waits(verb: Verb, object: ObjectIndex) -> Waiting {
        Waiting::on(verb, Target::Object(object))
    }

    fn live(&self) -> u32 {
        self.arena.header().live.load(Relaxed)
    }

    /// Sleeps in `sleep` with the wait published.
    fn published<R>(&self, what: Waiting, until: Wait, sleep: impl FnOnce() -> R) -> R {
        let own = &self.slot.own;
        let timed = until != Wait::Forever;
        // The count moves before the wait is seen and again after it is over; the supervisor reads the wait, then the count.
        own.ops.store(own.ops.load(Relaxed).wrapping_add(1), Release);
        own.waiting.store(Waiting { timed, ..what }.word(), Release);
        let result = sleep();
        own.waiting.store(0, Release);
        own.ops.store(own.ops.load(Relaxed).wrapping_add(1), Release);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shm::{Sizes, supervise};
    use std::time::Duration;

    #[test]
    fn the_first_of_several_that_is_ready_ends_the_wait() {
        let arena = Arena::create(Sizes { bytes: 1 << 20, slots: 4, objects: 0, longest_wait: 2 }).unwrap();
        let slots = [0, 1, 2, 3].map(SlotIndex);
        slots.iter().for_each(|slot| supervise::begin(&arena, *slot, 1));
        let others = &slots[2..];
        let ended = || others.iter().copied().find(|slot| arena.slot(*slot).state() == State::Ended);
        let targets: Vec<_> = others
            .iter()
            .map(|slot| (Waiting::on(Verb::Join, Target::Slot(*slot)), arena.slot(*slot).changed()))
            .collect();
        let wait = |n: usize, until| Actor::new(&arena, slots[n]).wait_any(&targets, until, ended);
        assert_eq!(wait(0, Wait::at_most(Duration::from_millis(5))), Err(TimedOut));
        std::thread::scope(|scope| {
            let wait = &wait;
            let waiters: Vec<_> = (0..2).map(|n| scope.spawn(move || wait(n, Wait::Forever))).collect();
            while !(0..2).all(|n| supervise::blocked(&arena, slots[n])) {
                std::thread::yield_now();
            }
            assert_eq!(supervise::waiting_list(&arena, slots[0]).len(), 2);
            supervise::ended(&arena, slots[3], 0, false);
            assert!(waiters.into_iter().all(|waiter| waiter.join().unwrap() == Ok(slots[3])));
        });
        assert_eq!(Actor::new(&arena, slots[0]).wait_any(&[], Wait::Forever, || None::<()>), Err(TimedOut));
    }
}
