//! Every interleaving of a few processes in the real shared memory, with a death at every step.
//!
//! A process is a coroutine. Before each access to a word of the arena (`word`), to a block of bytes, and to a futex, it comes
//! by here ([`step`]), and here is decided who goes on: it or another one, whether somebody dies, whether a time limit passes,
//! whether the supervisor begins a repair anew. A schedule is the list of these decisions; depth first, all of them are tried.
//!
//! **What is left out, and why nothing is lost by it.**
//! - A state that was met before is not gone into again. A state is all bytes of the touched pages and, of each process, what it has
//!   read since the last result it wrote down ([`Player::note`]): with the same answers it does the same. States are told apart by
//!   64 bits, so among a million the chance that any two are mistaken for each other is one in thirty million.
//! - An access to a word that nobody else accesses (or that everybody only reads) commutes with all that others do: there is no
//!   choice there but to die. Which words these are is found out, and the search begun anew whenever one proves to be shared.
//! - A death commutes with what others do, all but the repair, and that begins when the schedule says so: so it is tried once
//!   after each change that its process made to the arena, when it falls asleep, and when it is woken.
//!
//! `MPGRAPH_EXPLORE=all` tries everything, for minutes to hours. Otherwise 2,000 schedules of each scene are searched (or as many as
//! `MPGRAPH_EXPLORE` says), and, when there are more, half as many thrown by dice.
//!
//! **What this does not show.** Memory is sequentially consistent here: wrong orderings (`Relaxed` for `Release`) are invisible.
//! An exchange never fails for no reason. Bytes are copied in one piece (`shm_death` and `queue_deaths` die in the middle of
//! copying). Processes do not spin before they sleep.
mod coroutine;
mod engine;
mod scenes;

use super::arena::Arena;
use super::futex::{Slept, Wait};
use super::word::{AtomicU32, plain};
use super::{Actor, SlotIndex};
use engine::{Engine, Ticket};
use std::cell::Cell;

pub(super) use engine::Access;

/// Time stands still.
pub(super) const NOW_NS: u64 = 1 << 40;

thread_local! {
    static ENGINE: Cell<*mut Engine> = const { Cell::new(std::ptr::null_mut()) };
}

/// The search that this thread is in the middle of.
#[inline]
fn ticket() -> Option<Ticket> {
    let engine = ENGINE.get();
    (!engine.is_null()).then(|| Ticket::new(engine))
}

/// An access to that place is about to happen.
#[inline]
pub(super) fn step(place: usize, access: Access) {
    if let Some(ticket) = ticket() {
        ticket.step(place, access);
    }
}

/// What an access has shown.
#[inline]
pub(super) fn saw(value: u64) {
    if let Some(ticket) = ticket() {
        ticket.saw(value);
    }
}

/// Bytes there are about to be read or written.
pub(super) fn touch(begin: *const u8, length: usize) {
    if let Some(ticket) = ticket() {
        ticket.touch(begin as usize, length);
    }
}

/// Who repairs has nothing in mind here but which object is next.
pub(super) fn milestone() {
    if let Some(ticket) = ticket() {
        ticket.milestone();
    }
}

pub(super) fn is_active() -> bool {
    ticket().is_some()
}

/// In place of the system call; `None` outside a search.
pub(super) fn sleep(word: &AtomicU32, expected: u32, until: Wait) -> Option<Slept> {
    // Read without announcing it, for the sleep is one step.
    Some(ticket()?.sleep(plain(word), expected, until != Wait::Forever))
}

/// In place of the system call; `None` outside a search.
pub(super) fn wake(word: &AtomicU32, count: u32) -> Option<usize> {
    Some(ticket()?.wake(word.as_ptr() as usize, count))
}

/// A handful of processes and what must come of them.
pub(super) struct Scene<T: 'static> {
    /// Makes the objects; every slot has begun.
    pub build: fn(&Arena) -> T,
    /// What the actor of each slot does.
    pub scripts: &'static [fn(&Player<'_, T>)],
    /// Looked at whenever all have finished or died and been recovered from.
    pub end: fn(&Arena, &T, &Outcome),
    /// How many die at most.
    pub deaths: u32,
    /// How many time limits pass though somebody could still go on; those of sleepers whom nobody can wake always do.
    pub timeouts: u32,
    /// How often a repair is cut short and begun anew.
    pub restarts: u32,
    /// Whether the supervisor is told of those who finish, too.
    pub reaps: bool,
}

/// One process of a scene.
pub(super) struct Player<'a, T> {
    pub arena: &'a Arena,
    pub actor: Actor<'a>,
    pub objects: &'a T,
}

impl<T> Player<'_, T> {
    /// Writes a result down. From here on the process must do what it does because of its notes, and of nothing else.
    pub fn note(&self, value: u64) {
        ticket().expect("a search").note(value);
    }
}

/// How it ended.
pub(super) struct Outcome {
    /// What each slot's process noted.
    pub notes: Vec<Vec<u64>>,
    pub died: Vec<bool>,
}

impl Outcome {
    /// Whether that slot's process has not died.
    pub fn lives(&self, slot: usize) -> bool {
        !self.died[slot]
    }
}

/// What a search did.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Report {
    pub states: u64,
    pub schedules: u64,
    /// Those that were followed to the end; the others met a state known already.
    pub ends: u64,
    /// Deaths that were injected, each at another state.
    pub deaths: u64,
    /// Schedules that were thrown by dice where there were too many to search.
    pub thrown: u64,
    /// Nothing is left to try.
    pub complete: bool,
}

impl<T> Scene<T> {
    /// Tries everything.
    ///
    /// # Errors
    /// What went wrong, and the schedule that led to it.
    pub fn explore(&self) -> Result<Report, String> {
        let mut sizes =
            super::Sizes { bytes: 8 << 20, slots: self.scripts.len() as u32 + 1, objects: 4, longest_wait: 2 };
        sizes.bytes += super::Heap::reservation(sizes.slots, LIMIT);
        let arena = Arena::create(sizes).map_err(|error| error.to_string())?;
        arena.set_limit(LIMIT);
        let begun: Vec<SlotIndex> = (0..self.scripts.len() as u32).map(SlotIndex).collect();
        let mut engine = Engine::new(
            &arena,
            begun.len(),
            engine::Budget { deaths: self.deaths, timeouts: self.timeouts, restarts: self.restarts, reaps: self.reaps },
        );
        ENGINE.set(&mut engine);
        let _unset = Unset;
        begun.iter().for_each(|slot| super::supervise::begin(&arena, *slot, 1));
        let objects = (self.build)(&arena);
        let play = |slot: usize| {
            let actor = Actor::new(&arena, SlotIndex(slot as u32));
            (self.scripts[slot])(&Player { arena: &arena, actor, objects: &objects });
        };
        let end = |outcome: &Outcome| (self.end)(&arena, &objects, outcome);
        engine::search(Ticket::new(&mut engine), &arena, &play, &end)
    }
}

/// Bytes that a scene may have in use.
const LIMIT: u64 = 64 << 10;

struct Unset;

impl Drop for Unset {
    fn drop(&mut self) {
        ENGINE.set(std::ptr::null_mut());
    }
}
