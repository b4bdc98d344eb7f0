//! What the supervisor calls, and it alone: one process, one thread, the one that reaps.
//!
//! The order after a death: `waitid` says that it is over; [`recover`]; then either [`begin`] of the next incarnation or
//! [`ended`]. Each may be called again with the same arguments. None of them waits for anybody.
use super::arena::Arena;
use super::array::Array;
use super::barrier::Barrier;
use super::condition::Condition;
use super::directory::{Kind, ObjectIndex};
use super::event::Event;
use super::futex::now_ns;
use super::heap::Heap;
use super::lock::Lock;
use super::object::{Death, Supervised};
use super::pipe::Pipe;
use super::pool::Pool;
use super::queue::Queue;
use super::semaphore::Semaphore;
use super::slot::{NEVER, Requests, SlotIndex, State};
use super::value::Value;
use super::waiting::{Target, Waiting};
use std::sync::atomic::Ordering::*;

/// A new incarnation of the actor begins: before its first instruction (in the parent before the fork, or in the child before
/// the body with its own `pid`). Clears what the last one had published. With a `pid` of 0, not known yet, nobody is woken: who
/// waits for the start waits for the id, so [`set_state`] has to follow.
pub fn begin(arena: &Arena, index: SlotIndex, pid: i32) {
    let slot = arena.slot(index);
    let own = &slot.own;
    [&own.waiting, &own.waiting_for, &own.doing, &own.stands].into_iter().for_each(|word| word.store(0, Release));
    slot.told.epoch.fetch_add(1, SeqCst);
    slot.told.pid.store(pid, Release);
    slot.told.badly.store(0, Release);
    slot.told.started_ns.store(now_ns(), Release);
    each_object(arena, |object| object.begun(arena, index));
    if slot.state() != State::Running {
        arena.header().live.fetch_add(1, Relaxed);
    }
    slot.told.state.store(State::Running as u32, SeqCst);
    if pid != 0 {
        slot.told.changed.ring_all();
    }
}

/// An actor that sleeps most of the time and works beside the others: whether they spin does not depend on it.
pub fn begin_aside(arena: &Arena, index: SlotIndex, pid: i32) {
    begin(arena, index, pid);
    arena.header().live.fetch_sub(1, Relaxed);
}

/// An attached program begins to work for a command, in a slot of its own that nobody uses.
pub fn begin_client(arena: &Arena, index: SlotIndex, pid: i32, command: SlotIndex) {
    arena.slot(index).told.client_of.store(command.0 + 1, Release);
    begin(arena, index, pid);
}

/// An attached program has ended, for certain: repairs what it left, gives what it had delivered to its command, and makes
/// the slot free for the next. It ended well if it had said so ([`Actor::leave`](super::Actor::leave)); `command_ended`
/// says how its command ended, where it was ended with it.
pub fn client_ended(arena: &Arena, index: SlotIndex, command_ended: Option<bool>) {
    let slot = arena.slot(index);
    let left = slot.has_left();
    let badly = !left && command_ended.unwrap_or(true);
    let death = Death { tag: slot.tag(index), badly };
    each_object(arena, |object| object.recover(arena, &death));
    each_object(arena, |object| object.finish(arena, &death));
    if let Some(command) = slot.client_of() {
        each_object(arena, |object| object.bequeath(arena, index, command));
    }
    let own = &slot.own;
    [&own.waiting, &own.waiting_for, &own.doing].into_iter().for_each(|word| word.store(0, Release));
    if slot.state() == State::Running {
        arena.header().live.fetch_sub(1, Relaxed);
    }
    set_state(arena, index, State::Idle);
    if !left {
        wake_all(arena);
    }
}

/// The process id, where it became known only after [`begin`].
pub fn set_pid(arena: &Arena, index: SlotIndex, pid: i32) {
    arena.slot(index).told.pid.store(pid, Release);
}

/// Idle or starting; running and ended come from [`begin`] and [`ended`].
pub fn set_state(arena: &Arena, index: SlotIndex, state: State) {
    let told = &arena.slot(index).told;
    told.state.store(state as u32, SeqCst);
    told.changed.ring_all();
}

/// The actor has ended for good: publishes its exit code (Python's, `-SIGNAL` for a signal) and wakes who joins it.
/// After [`recover`].
pub fn ended(arena: &Arena, index: SlotIndex, exit: i32, badly: bool) {
    let told = &arena.slot(index).told;
    told.exit.store(exit, Release);
    told.badly.store(u32::from(badly), Release);
    told.ended_ns.store(now_ns(), Release);
    told.state.store(State::Ended as u32, SeqCst);
    told.changed.ring_out();
    each_object(arena, |object| object.ended(arena, index));
}

/// Nobody is left who could start the actor: what it might have put or sent is waited for no more. Who joins it waits on.
pub fn never_starts(arena: &Arena, index: SlotIndex) {
    let told = &arena.slot(index).told;
    told.badly.store(NEVER, SeqCst);
    told.state.store(State::Ended as u32, SeqCst);
    told.changed.ring_out();
    each_object(arena, |object| object.ended(arena, index));
}

/// Repairs all that this incarnation left, then wakes every sleeper of every object. For any end; `badly`: by a signal or
/// with a non-zero exit. The actor must be over for certain, and [`begin`] of its next incarnation not yet called.
///
/// One that did not end badly came to the end of its body: it was in the middle of nothing and owes nobody a wake-up. Then
/// only those are woken who wait for what it gave up by ending, so that the ends of many are not a wake-up of all each.
pub fn recover(arena: &Arena, index: SlotIndex, badly: bool) {
    let slot = arena.slot(index);
    let death = Death { tag: slot.tag(index), badly };
    let mut wakes = badly;
    each_object(arena, |object| wakes |= object.gives_way(arena, index));
    each_object(arena, |object| object.recover(arena, &death));
    each_object(arena, |object| object.finish(arena, &death));
    let own = &slot.own;
    [&own.waiting, &own.waiting_for, &own.doing].into_iter().for_each(|word| word.store(0, Release));
    if slot.state() == State::Running {
        arena.header().live.fetch_sub(1, Relaxed);
        set_state(arena, index, State::Starting);
    }
    if wakes {
        wake_all(arena);
    }
}

/// A thread's body is over, though its process lives on ([`Actor::leave`](super::Actor::leave)). The locks that it holds go
/// to the next takers, who are told. It puts and sends nothing any more: some may have waited for just that. Called by the
/// thread itself; to recover a lock is one atomic exchange of its holder's word.
pub fn thread_left(arena: &Arena, index: SlotIndex) {
    let death = Death { tag: arena.slot(index).tag(index), badly: false };
    each_object(arena, |object| {
        if object.gives_way(arena, index) {
            object.recover(arena, &death);
        }
    });
    wake_all(arena);
}

/// Wakes every sleeper of every object. Who joins an actor is woken by its [`ended`], whatever happened before.
pub fn wake_all(arena: &Arena) {
    each_object(arena, |object| object.wake_all(arena));
}

/// Takes what peers have asked for that actor since the last look.
pub fn take_requests(arena: &Arena, index: SlotIndex) -> Requests {
    Requests(arena.slot(index).told.requests.swap(0, SeqCst))
}

/// Moves with every request of any peer: while it stands still there is nothing to take.
pub fn requests_seen(arena: &Arena) -> u32 {
    arena.header().requests.load(SeqCst)
}

/// Gives the actor a word, not 0, to go on with: see [`Actor::pass`](super::Actor::pass).
pub fn grant(arena: &Arena, index: SlotIndex, word: u32) {
    let told = &arena.slot(index).told;
    told.grant.store(word, SeqCst);
    told.changed.ring_all();
}

/// The actor's wait is over for want of time, if it is a [`Wait::Told`](super::Wait::Told).
pub fn time_up(arena: &Arena, index: SlotIndex) {
    arena.slot(index).told.time_up.store(1, SeqCst);
}

/// What the actor waits for. Several targets: see [`waiting_list`].
pub fn waiting(arena: &Arena, index: SlotIndex) -> Option<Waiting> {
    arena.slot(index).waiting()
}

/// The single waits behind a wait for [`Target::Several`].
pub fn waiting_list(arena: &Arena, index: SlotIndex) -> Vec<Waiting> {
    match waiting(arena, index) {
        Some(Waiting { target: Target::Several(count), .. }) => arena
            .waiting_list(index)
            .iter()
            .take(count as usize)
            .filter_map(|word| Waiting::from_word(word.load(Acquire)))
            .collect(),
        Some(waiting) => vec![waiting],
        None => Vec::new(),
    }
}

/// Whether the actor waits for what, as the objects are now, can really not come about without somebody else's doing. One
/// that has been woken and has not run yet is not blocked. Says nothing about a deadline: see [`Waiting::timed`].
pub fn blocked(arena: &Arena, index: SlotIndex) -> bool {
    let waits = waiting_list(arena, index);
    !waits.is_empty() && waits.iter().all(|waiting| blocks(arena, index, waiting))
}

fn blocks(arena: &Arena, index: SlotIndex, waiting: &Waiting) -> bool {
    match waiting.target {
        Target::Slot(other) => {
            arena.slots().get(other.0 as usize).is_some_and(|slot| slot.state() != State::Ended || slot.never_starts())
        }
        Target::Object(object) => supervised(arena, object).is_some_and(|object| object.blocks(arena, index, waiting)),
        Target::Several(_) => false,
    }
}

/// Moves at the begin and the end of every blocking wait of that actor.
pub fn ops(arena: &Arena, index: SlotIndex) -> u64 {
    arena.slot(index).ops()
}

/// Who holds the lock, or the lock of the condition; `None` also when it is neither.
pub fn holder_of(arena: &Arena, lock: ObjectIndex) -> Option<SlotIndex> {
    match arena.kind(lock)? {
        Kind::Condition => arena.object::<Condition>(lock)?.lock(arena).holder(),
        _ => arena.object::<Lock>(lock)?.holder(),
    }
}

/// Who has units of that bounded semaphore, and how many.
pub fn holders_of(arena: &Arena, semaphore: ObjectIndex) -> Vec<(SlotIndex, u32)> {
    arena.object::<Semaphore>(semaphore).map(|semaphore| semaphore.holders(arena)).unwrap_or_default()
}

fn each_object(arena: &Arena, mut act: impl FnMut(&dyn Supervised)) {
    for (index, _) in arena.objects() {
        #[cfg(test)]
        super::explore::milestone();
        if let Some(object) = supervised(arena, index) {
            act(object);
        }
    }
}

/// The one place that knows all kinds.
fn supervised(arena: &Arena, index: ObjectIndex) -> Option<&dyn Supervised> {
    match arena.kind(index)? {
        Kind::Lock => Some(arena.object::<Lock>(index)?),
        Kind::Semaphore => Some(arena.object::<Semaphore>(index)?),
        Kind::Event => Some(arena.object::<Event>(index)?),
        Kind::Barrier => Some(arena.object::<Barrier>(index)?),
        Kind::Condition => Some(arena.object::<Condition>(index)?),
        Kind::Value => Some(arena.object::<Value>(index)?),
        Kind::Array => Some(arena.object::<Array>(index)?),
        Kind::Queue => Some(arena.object::<Queue>(index)?),
        Kind::Pipe => Some(arena.object::<Pipe>(index)?),
        Kind::Heap => Some(arena.object::<Heap>(index)?),
        Kind::Pool => Some(arena.object::<Pool>(index)?),
    }
}
