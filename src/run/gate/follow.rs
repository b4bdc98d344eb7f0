//! Following a schedule, entry by entry.
//!
//! What must stay true: one entry at a time is under way, and what came of it is what stands in the schedule, or the run
//! diverges.
use std::collections::VecDeque;
use std::rc::Rc;

use super::{Divergence, Gate, Grant, Next, RETAKES};
use crate::program::{Entry, Phase, Schedule};
use crate::run::options::Order;
use crate::run::reactor::{Cause, Reactor};
use crate::run::world::World;
use crate::shm::{self, SlotIndex, State, supervise};

/// How long it may take a process to come to its step, or to end it.
const PATIENCE_NS: u64 = 10_000_000_000;

/// How long the runner may take to see the last ends.
const LAST_ENDS_NS: u64 = 500_000_000;

impl Gate {
    pub(super) fn follow(&mut self, world: &World, reactor: &Reactor) -> Next {
        let Order::Schedule(schedule) = &self.order else { return Next::Nothing };
        let schedule = Rc::clone(schedule);
        loop {
            self.let_unspoken_through(world, &schedule);
            let Some(entry) = schedule.entries.get(self.next) else {
                if schedule.again.is_some() {
                    return Next::Stop;
                }
                self.followed_ns = Some(shm::now_ns());
                return self.go_on(world, reactor);
            };
            match self.entry(world, reactor, entry) {
                Ok(true) => {
                    self.next += 1;
                    self.since_ns = None;
                    self.entered = false;
                }
                Ok(false) if entry.phase == Phase::TimeUp => return Next::TimeUp,
                Ok(false) => {
                    let now = shm::now_ns();
                    let since = *self.since_ns.get_or_insert(now);
                    if entry.phase == Phase::Exit
                        && let Some(slot) = self.slots.get(&entry.process)
                        && let Some(node) = world.node_of(*slot)
                        && let Some(signal) = self.held.remove(&node)
                    {
                        self.entered = true;
                        return Next::Signal(node, signal);
                    }
                    let rests = entry.phase == Phase::Start && reactor.rests();
                    if !rests && now.saturating_sub(since) > PATIENCE_NS {
                        let what = step_word(entry);
                        self.diverge(world, format!("`{}` did not come to `{what}` ({})", entry.process, entry.place));
                    }
                    return Next::Nothing;
                }
                Err(message) => {
                    self.diverge(world, message);
                    return Next::Nothing;
                }
            }
        }
    }

    fn diverge(&mut self, world: &World, message: String) {
        self.divergence = Some(Divergence { step: self.next + 1, message });
        self.open_up(world);
    }

    /// One entry; true when it is over.
    pub(super) fn entry(&mut self, world: &World, reactor: &Reactor, entry: &Entry) -> Result<bool, String> {
        if entry.phase == Phase::Clock {
            return Ok(true);
        }
        if entry.phase == Phase::Stop {
            // The runner ends the run as soon as it has seen the last end; one that concerns nobody else has no entry, and
            // is held up until the schedule has been followed.
            let waited = self.since_ns.map_or(0, |since| shm::now_ns().saturating_sub(since));
            return Ok(reactor.cause().is_some() || waited > LAST_ENDS_NS);
        }
        if entry.phase == Phase::TimeUp && entry.process.is_empty() {
            return Ok(reactor.cause() == Some(Cause::Timeout));
        }
        let Some(&slot) = self.slots.get(&entry.process) else {
            return Err(format!("the graph has no process `{}`", entry.process));
        };
        if world.is_command(slot) {
            // What stands in its model is not seen of it; what comes of it is.
            return Ok(true);
        }
        match entry.phase {
            // The runner does it, in its own time.
            Phase::Start => {
                let has_started = |node| reactor.is_running(node) || reactor.exit(node).is_some();
                Ok(entry.result == "skipped" || world.node_of(slot).is_none_or(has_started))
            }
            Phase::TimeUp => {
                if let Some(node) = world.node_of(slot) {
                    self.held.entry(node).or_insert(libc::SIGTERM);
                    self.out_of_time.push(node);
                }
                Ok(true)
            }
            Phase::Exit => {
                if let Some(index) = self.at_gate(slot, "", "exit") {
                    self.let_through(world, index, Grant::Go);
                    self.entered = true;
                }
                // Daemons and workers are ended by the runner when the run is over.
                if entry.result.starts_with('-')
                    && !world.node_of(slot).is_some_and(|node| self.held.contains_key(&node))
                    && !self.entered
                {
                    return Ok(true);
                }
                if let Some(exit) = self.exits.get_mut(&slot).and_then(VecDeque::pop_front) {
                    return match entry.result.parse() == Ok(exit) {
                        true => Ok(true),
                        false => Err(format!("`{}` ended with {exit}, and not with {}", entry.process, entry.result)),
                    };
                }
                // One thread of several has left.
                let alone = entry.result == "0" && world.arena.slot(slot).has_left();
                let exit = world.node_of(slot).and_then(|node| reactor.exit(node));
                Ok(alone || exit.is_some() || matches!(world.arena.slot(slot).state(), State::Ended | State::Starting))
            }
            Phase::End => {
                if !self.entered
                    && let Some(index) = self.at_gate(slot, &entry.place, RETAKES)
                {
                    self.let_through(world, index, Grant::Go);
                    self.entered = true;
                    return Ok(false);
                }
                if let Some(result) = self.did.get_mut(&slot).and_then(VecDeque::pop_front) {
                    return same(entry, &result).map(|()| true);
                }
                if for_want_of_time(entry) {
                    self.tell_time(world, slot);
                }
                Ok(false)
            }
            _ => {
                if !self.entered
                    && let Some(index) = self.at_gate(slot, &entry.place, step_word(entry))
                {
                    let grant = Self::grant(entry);
                    self.let_through(world, index, grant);
                    self.entered = true;
                    return Ok(false);
                }
                if entry.phase == Phase::Begin {
                    if for_want_of_time(entry) {
                        self.tell_time(world, slot);
                        return Ok(self.woken_up.contains_key(&slot));
                    }
                    // It waits, or it is over already: then its end is told when its turn comes.
                    let over = self.did.get(&slot).is_some_and(|did| !did.is_empty());
                    let inside = self.inside.contains_key(&slot);
                    let woken = self.woken_up.contains_key(&slot);
                    return Ok(over || woken || inside && world.arena.slot(slot).waiting().is_some());
                }
                match self.did.get_mut(&slot).and_then(VecDeque::pop_front) {
                    Some(result) => same(entry, &result).map(|()| true),
                    None => Ok(false),
                }
            }
        }
    }

    fn at_gate(&self, slot: SlotIndex, place: &str, verb: &str) -> Option<usize> {
        let placed = !matches!(verb, "takes" | "delivers" | "exit");
        self.ready.iter().position(|(other, at, what)| {
            *other == slot && **what == *verb && (!placed || Entry::same_place(at, place))
        })
    }

    /// How it is let through: what becomes of it stands in the schedule.
    fn grant(entry: &Entry) -> Grant {
        match entry.phase {
            Phase::Begin => Grant::UntilTold,
            _ if entry.result == "timeout" => Grant::TimeOut,
            _ => Grant::Go,
        }
    }

    /// Only one who really waits is told: the word would be news to its next wait.
    fn tell_time(&self, world: &World, slot: SlotIndex) {
        if self.inside.contains_key(&slot) && supervise::blocked(&world.arena, slot) {
            supervise::time_up(&world.arena, slot);
        }
    }

    /// What the schedule does not speak of, because it concerns nobody: lines that nobody watches, the log, sleeps.
    fn let_unspoken_through(&mut self, world: &World, schedule: &Schedule) {
        let mut index = 0;
        while let Some((slot, place, verb)) = self.ready.get(index) {
            let slot = *slot;
            // The step that is being taken is no more to come.
            let from = self.next + usize::from(self.entered);
            let coming = self.coming.entry(slot).or_default();
            while coming.front().is_some_and(|entry| *entry < from) {
                coming.pop_front();
            }
            let passes = match coming.front().map(|entry| &schedule.entries[*entry]) {
                // A signal ends it where it stands.
                Some(entry) if entry.phase == Phase::Exit && entry.result.starts_with('-') => false,
                Some(entry) => {
                    let is_next =
                        *step_word(entry) == **verb && (place.is_empty() || Entry::same_place(&entry.place, place));
                    matches!(&**verb, "print" | "log" | "sleep") && !is_next
                }
                // The schedule ends before: it waits for the others.
                None => false,
            };
            if passes {
                self.let_through(world, index, Grant::Go);
                if let Some(step) = self.inside.get_mut(&slot) {
                    step.silent = true;
                }
            } else {
                index += 1;
            }
        }
    }
}

/// What a worker does between its jobs has a word of its own.
pub(super) fn step_word(entry: &Entry) -> &str {
    match entry.result.as_str() {
        "takes" | "delivers" => &entry.result,
        _ => &entry.verb,
    }
}

/// A barrier tells of it as of any other break.
fn for_want_of_time(entry: &Entry) -> bool {
    matches!(&*entry.result, "timeout" | "error BrokenBarrierError")
}

fn same(entry: &Entry, result: &str) -> Result<(), String> {
    if entry.agrees_with(result) {
        return Ok(());
    }
    Err(format!(
        "`{}` at {} of `{}` gave `{result}`, and not `{}`",
        entry.verb, entry.place, entry.process, entry.result
    ))
}
