//! A condition: a place to sleep with a lock given up.
//!
//! Each actor has a seat in it, `state` = kind 2 | ticket 62:
//!
//! | kind | state | who makes it |
//! |---|---|---|
//! | 0 | empty | the sleeper, on leaving, with the lock held again; the supervisor, for the dead |
//! | asleep, its ticket | waits to be notified | the sleeper, before it gives the lock up |
//! | notified, first ticket not yet given out then | may leave | a notifier, with the lock held; the supervisor, handing on |
//!
//! | operation | commit point | wakes |
//! |---|---|---|
//! | wait | the seat taken, under the lock; the release of the lock lets notifiers see it | one taker of the lock |
//! | notify | one exchange asleep -> notified for each sleeper, lowest tickets first | each of these, on its own bell |
//! | leaving | the seat emptied, under the lock: notified if it says so by then, else timed out | |
//!
//! **Death.** A sleeper that dies asleep is simply no sleeper any more. One that dies notified, before it has left, has eaten
//! nothing: the supervisor hands the notification on to the lowest of those who slept already when it was given (their tickets
//! are below the one in the seat). A notifier that dies between two exchanges has notified some. Nobody waits for a sleeper's
//! answer. The lock is a [`Lock`] with all its promises; whoever takes it back after sleeping may be told that its holder died.
//!
//! `tickets` and `seats_used` are written under the lock only. A ticket has 62 bits: 14,000 years at 10 million waits a second.
use super::actor::Actor;
use super::arena::{Arena, OutOfMemory, damaged};
use super::bell::Bell;
use super::directory::{Kind, ObjectIndex};
use super::futex::Wait;
use super::lock::{Acquired, Lock, NotHeld};
use super::object::{Death, Object, Supervised};
use super::offset::{Offset, Resident};
use super::slot::SlotIndex;
use super::waiting::{Verb, Waiting};
use super::word::{AtomicU32, AtomicU64};
use std::sync::atomic::Ordering::*;

/// See the head of the file.
#[repr(C, align(128))]
pub struct Condition {
    own_lock: Lock,
    /// Object number + 1 of the lock it was given; 0: its own.
    lock: AtomicU32,
    index: AtomicU32,
    tickets: AtomicU64,
    seats_used: AtomicU32,
    seats: AtomicU64,
}

// SAFETY: only atomics of integers.
unsafe impl Resident for Condition {}

impl Object for Condition {
    const KIND: Kind = Kind::Condition;
}

#[repr(C)]
struct Seat {
    state: AtomicU64,
    bell: Bell,
}

// SAFETY: only atomics of integers.
unsafe impl Resident for Seat {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sitting {
    Empty,
    Asleep { ticket: u64 },
    Notified { before: u64 },
}

/// How a wait ended; the lock is held again, as often as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waited {
    /// False: the time was over first.
    pub notified: bool,
    /// Whether somebody died with the lock held meanwhile.
    pub acquired: Acquired,
}

impl Condition {
    /// Makes a condition on that lock, or on a recursive one of its own.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the arena is full.
    pub fn create(arena: &Arena, lock: Option<ObjectIndex>) -> Result<ObjectIndex, OutOfMemory> {
        let place = arena.reserve::<Condition>(1)?;
        let seats = arena.reserve::<Seat>(u64::from(arena.slot_count()))?;
        let index = arena.enter(place)?;
        let condition = arena.at(place);
        condition.own_lock.build(true, index);
        condition.lock.store(lock.map_or(0, |lock| lock.0 + 1), Relaxed);
        condition.index.store(index.0, Relaxed);
        condition.seats.store(seats.bytes(), Relaxed);
        Ok(index)
    }

    /// The lock to acquire and to release: the one it was given, or its own, whose waits are published under the condition's
    /// number.
    pub fn lock<'a>(&'a self, arena: &'a Arena) -> &'a Lock {
        let given = self.lock.load(Relaxed).checked_sub(1);
        given.and_then(|index| arena.object(ObjectIndex(index))).unwrap_or(&self.own_lock)
    }

    /// Gives the lock up wholly, sleeps until notified, and takes the lock back, however long that takes.
    ///
    /// # Errors
    /// [`NotHeld`], at once, when this actor does not hold the lock.
    pub fn wait(&self, actor: &Actor<'_>, until: Wait) -> Result<Waited, NotHeld> {
        self.wait_and(actor, until, || ())
    }

    /// The same; `awake` is called between the sleep and the taking of the lock.
    ///
    /// # Errors
    /// As [`Condition::wait`].
    pub fn wait_and(&self, actor: &Actor<'_>, until: Wait, awake: impl FnOnce()) -> Result<Waited, NotHeld> {
        let lock = self.lock(actor.arena());
        if !lock.claim(actor) {
            return Err(NotHeld);
        }
        let seat = self.take_seat(actor);
        let asleep = seat.state.load(Relaxed);
        let depth = lock.release_wholly(actor)?;
        let what = Actor::waits(Verb::Wait, self.index());
        // Whether it was notified is decided when the lock is held again: it may have been between the time-out and that.
        let _ = actor.wait(&seat.bell, what, until, || (seat.state.load(SeqCst) != asleep).then_some(()));
        awake();
        let acquired = lock.acquire_again(actor, depth);
        let left = seat.state.swap(Sitting::Empty.word(), SeqCst);
        Ok(Waited { notified: left != asleep, acquired })
    }

    /// Notifies up to `n` of those who sleep now, the longest asleep first; `u32::MAX` for all.
    ///
    /// # Errors
    /// [`NotHeld`] when this actor does not hold the lock.
    pub fn notify(&self, actor: &Actor<'_>, n: u32) -> Result<(), NotHeld> {
        if !self.lock(actor.arena()).claim(actor) {
            return Err(NotHeld);
        }
        let before = self.tickets.load(Relaxed);
        self.notify_some(actor.arena(), n, before);
        Ok(())
    }

    pub fn index(&self) -> ObjectIndex {
        ObjectIndex(self.index.load(Relaxed))
    }

    fn take_seat<'a>(&self, actor: &Actor<'a>) -> &'a Seat {
        let number = actor.index().0;
        let ticket = self.tickets.load(Relaxed);
        self.tickets.store(ticket + 1, Relaxed);
        self.seats_used.store(self.seats_used.load(Relaxed).max(number + 1), Relaxed);
        let seat = self.seats(actor.arena()).get(number as usize).unwrap_or_else(|| damaged("seats outside"));
        seat.state.store(Sitting::Asleep { ticket }.word(), SeqCst);
        seat
    }

    /// Notifies the lowest `n` tickets below `before`.
    fn notify_some(&self, arena: &Arena, n: u32, before: u64) {
        let used = self.seats_used.load(SeqCst) as usize;
        let seats = self.seats(arena).iter().take(used);
        let mut asleep: Vec<(u64, &Seat)> = seats
            .filter_map(|seat| match Sitting::of(seat.state.load(SeqCst)) {
                Sitting::Asleep { ticket } if ticket < before => Some((ticket, seat)),
                _ => None,
            })
            .collect();
        asleep.sort_unstable_by_key(|(ticket, _)| *ticket);
        let mut left = n;
        for (ticket, seat) in asleep {
            if left == 0 {
                break;
            }
            let (from, to) = (Sitting::Asleep { ticket }, Sitting::Notified { before });
            // It fails when the supervisor has just emptied the seat or handed a notification to it: no sleeper any more.
            if seat.state.compare_exchange(from.word(), to.word(), SeqCst, SeqCst).is_ok() {
                seat.bell.ring_all();
                left -= 1;
            }
        }
    }

    fn seats<'a>(&self, arena: &'a Arena) -> &'a [Seat] {
        let place = Offset::from_bytes(self.seats.load(Relaxed));
        // Of a damaged arena: none, and whoever sits down stops there.
        arena.get_slice(place, u64::from(arena.slot_count())).unwrap_or_default()
    }
}

impl Supervised for Condition {
    fn recover(&self, arena: &Arena, dead: &Death) {
        self.own_lock.recover(arena, dead);
        let Some(seat) = self.seats(arena).get(dead.slot().0 as usize) else { return };
        let left = seat.state.swap(Sitting::Empty.word(), SeqCst);
        if let Sitting::Notified { before } = Sitting::of(left) {
            self.notify_some(arena, 1, before);
        }
    }

    fn gives_way(&self, arena: &Arena, slot: SlotIndex) -> bool {
        self.own_lock.gives_way(arena, slot)
    }

    fn wake_all(&self, arena: &Arena) {
        self.own_lock.wake_all(arena);
        // Only the notified are owed anything. By whom it was notified may have died with the bell's flag already cleared.
        let used = self.seats_used.load(SeqCst) as usize;
        let seats = self.seats(arena).iter().take(used);
        let notified = |seat: &&Seat| matches!(Sitting::of(seat.state.load(SeqCst)), Sitting::Notified { .. });
        seats.filter(notified).for_each(|seat| seat.bell.ring_out());
    }

    fn blocks(&self, arena: &Arena, slot: SlotIndex, waiting: &Waiting) -> bool {
        if waiting.verb == Verb::Acquire {
            return self.own_lock.locked();
        }
        let seat = self.seats(arena).get(slot.0 as usize);
        seat.is_some_and(|seat| matches!(Sitting::of(seat.state.load(SeqCst)), Sitting::Asleep { .. }))
    }
}

impl Sitting {
    const KIND_SHIFT: u32 = 62;

    fn word(self) -> u64 {
        match self {
            Sitting::Empty => 0,
            Sitting::Asleep { ticket } => 1 << Self::KIND_SHIFT | ticket,
            Sitting::Notified { before } => 2 << Self::KIND_SHIFT | before,
        }
    }

    fn of(word: u64) -> Sitting {
        let ticket = word & ((1 << Self::KIND_SHIFT) - 1);
        match word >> Self::KIND_SHIFT {
            1 => Sitting::Asleep { ticket },
            2 => Sitting::Notified { before: ticket },
            _ => Sitting::Empty,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shm::{Sizes, supervise};
    use std::thread::{Scope, ScopedJoinHandle, scope, yield_now};
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(10);

    fn arena() -> Arena {
        let arena = Arena::create(Sizes { bytes: 1 << 20, slots: 5, objects: 2, longest_wait: 1 }).unwrap();
        (0..5).for_each(|n| supervise::begin(&arena, SlotIndex(n), 1000 + n as i32));
        arena
    }

    fn condition(arena: &Arena) -> &Condition {
        arena.object(Condition::create(arena, None).unwrap()).unwrap()
    }

    /// A sleeper with that slot, asleep when this returns.
    fn sleeper<'s>(
        scope: &'s Scope<'s, '_>,
        arena: &'s Arena,
        condition: &'s Condition,
        n: u32,
    ) -> ScopedJoinHandle<'s, bool> {
        let handle = scope.spawn(move || {
            let actor = Actor::new(arena, SlotIndex(n));
            condition.lock(arena).acquire(&actor, Wait::Forever).unwrap();
            let waited = condition.wait(&actor, Wait::at_most(LONG)).unwrap();
            condition.lock(arena).release(&actor).unwrap();
            waited.notified
        });
        while !(supervise::waiting(arena, SlotIndex(n)).is_some_and(|waiting| waiting.verb == Verb::Wait)) {
            yield_now();
        }
        handle
    }

    fn notify(arena: &Arena, condition: &Condition, actor: &Actor<'_>, n: u32) {
        let lock = condition.lock(arena);
        lock.acquire(actor, Wait::at_most(LONG)).unwrap();
        condition.notify(actor, n).unwrap();
        lock.release(actor).unwrap();
    }

    #[test]
    fn the_lock_must_be_held() {
        let arena = arena();
        let condition = condition(&arena);
        let actor = Actor::new(&arena, SlotIndex(0));
        assert_eq!(condition.wait(&actor, Wait::Poll), Err(NotHeld));
        assert_eq!(condition.notify(&actor, 1), Err(NotHeld));
    }

    #[test]
    fn a_wait_gives_every_taking_of_the_lock_up_and_takes_as_many_back() {
        let arena = arena();
        let condition = condition(&arena);
        let lock = condition.lock(&arena);
        let actor = Actor::new(&arena, SlotIndex(0));
        (0..3).for_each(|_| assert!(lock.acquire(&actor, Wait::Poll).is_ok()));
        let waited = condition.wait(&actor, Wait::at_most(Duration::from_millis(3)));
        assert_eq!(waited, Ok(Waited { notified: false, acquired: Acquired::Clean }));
        (0..3).for_each(|_| assert_eq!(lock.release(&actor), Ok(())));
        assert_eq!(lock.release(&actor), Err(NotHeld));
    }

    #[test]
    fn a_surplus_notification_is_not_remembered() {
        let arena = arena();
        let condition = condition(&arena);
        let actor = Actor::new(&arena, SlotIndex(0));
        notify(&arena, condition, &actor, 5);
        condition.lock(&arena).acquire(&actor, Wait::Poll).unwrap();
        assert!(!condition.wait(&actor, Wait::Poll).unwrap().notified);
    }

    #[test]
    fn notify_wakes_the_longest_asleep_and_no_more_than_asked() {
        let arena = arena();
        let condition = condition(&arena);
        let actor = Actor::new(&arena, SlotIndex(0));
        scope(|scope| {
            let mut sleepers: Vec<_> = (1..5).rev().map(|n| sleeper(scope, &arena, condition, n)).collect();
            notify(&arena, condition, &actor, 0);
            notify(&arena, condition, &actor, 2);
            assert!(sleepers.drain(..2).all(|sleeper| sleeper.join().unwrap()));
            assert!(sleepers.iter().all(|sleeper| !sleeper.is_finished()));
            assert!([1, 2].iter().all(|n| supervise::blocked(&arena, SlotIndex(*n))));
            notify(&arena, condition, &actor, u32::MAX);
            assert!(sleepers.into_iter().all(|sleeper| sleeper.join().unwrap()));
        });
    }

    #[test]
    fn a_dead_sleeper_takes_no_notification() {
        let arena = arena();
        let condition = condition(&arena);
        let lock = condition.lock(&arena);
        let [actor, dead] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
        for notified_before_recovery in [false, true] {
            scope(|scope| {
                lock.acquire(&dead, Wait::Poll).unwrap();
                condition.take_seat(&dead);
                lock.release(&dead).unwrap();
                let living = sleeper(scope, &arena, condition, 2);
                if notified_before_recovery {
                    notify(&arena, condition, &actor, 1);
                    assert!(!living.is_finished());
                    let late = sleeper(scope, &arena, condition, 3);
                    supervise::recover(&arena, SlotIndex(1), true);
                    assert!(living.join().unwrap());
                    assert!(!late.is_finished());
                    notify(&arena, condition, &actor, 1);
                    assert!(late.join().unwrap());
                } else {
                    supervise::recover(&arena, SlotIndex(1), true);
                    notify(&arena, condition, &actor, 1);
                    assert!(living.join().unwrap());
                }
            });
            supervise::begin(&arena, SlotIndex(1), 7);
        }
    }

    #[test]
    fn taking_the_lock_back_may_tell_of_a_dead_holder() {
        let arena = arena();
        let lock = Lock::create(&arena, false).unwrap();
        let condition: &Condition = arena.object(Condition::create(&arena, Some(lock)).unwrap()).unwrap();
        let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
        scope(|scope| {
            let sleeper = scope.spawn(|| {
                condition.lock(&arena).acquire(&b, Wait::Forever).unwrap();
                condition.wait(&b, Wait::at_most(LONG)).unwrap()
            });
            while supervise::waiting(&arena, SlotIndex(1)).is_none() {
                yield_now();
            }
            condition.lock(&arena).acquire(&a, Wait::at_most(LONG)).unwrap();
            condition.notify(&a, 1).unwrap();
            supervise::recover(&arena, SlotIndex(0), true);
            let acquired = Acquired::OwnerDied { slot: SlotIndex(0) };
            assert_eq!(sleeper.join().unwrap(), Waited { notified: true, acquired });
        });
    }
}
