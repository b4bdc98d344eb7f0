//! What becomes of a run when its schedule has been followed, and what has not been by its end.
use std::rc::Rc;

use super::follow::step_word;
use super::{Divergence, Gate, Grant, Next};
use crate::run::options::Order;
use crate::run::reactor::Reactor;
use crate::run::world::World;
use crate::shm::{self, supervise};

/// How long the rest of a run may take when a counterexample has been followed to its end.
const REST_NS: u64 = 5_000_000_000;

impl Gate {
    /// The schedule has been followed: nobody is held up any more, and the rest of a counterexample sleeps no longer.
    pub(super) fn go_on(&mut self, world: &World, reactor: &Reactor) -> Next {
        match &self.order {
            Order::Schedule(schedule) if schedule.finds.as_ref().is_some_and(|finds| !finds.is_deadlock()) => {
                while !self.ready.is_empty() {
                    self.let_through(world, 0, Grant::Freely);
                }
            }
            _ => self.open_up(world),
        }
        self.rest(world, reactor)
    }

    /// What becomes of a run after its schedule.
    pub(super) fn rest(&mut self, world: &World, reactor: &Reactor) -> Next {
        // What still waits to be told that its time is over has no other end.
        for slot in self.inside.keys().filter(|slot| supervise::blocked(&world.arena, **slot)) {
            supervise::time_up(&world.arena, *slot);
        }
        let (Order::Schedule(schedule), Some(since)) = (&self.order, self.followed_ns) else { return Next::Nothing };
        // A deadlock is seen by who watches for it.
        let to_come = schedule.finds.as_ref().is_some_and(|finds| !finds.is_deadlock());
        match to_come && reactor.cause().is_none() && shm::now_ns().saturating_sub(since) > REST_NS {
            true => Next::Stop,
            false => Next::Nothing,
        }
    }

    /// The run is over: what of the schedule has come with its end, and whether anything has not.
    pub fn finish(&mut self, world: &World, reactor: &Reactor) {
        let Order::Schedule(schedule) = &self.order else { return };
        let schedule = Rc::clone(schedule);
        while let (Some(entry), None) = (schedule.entries.get(self.next), &self.divergence) {
            match self.entry(world, reactor, entry) {
                Ok(true) => self.next += 1,
                Ok(false) => {
                    let message = format!(
                        "the run was over before `{}` of `{}` ({})",
                        step_word(entry),
                        entry.process,
                        entry.place
                    );
                    self.divergence = Some(Divergence { step: self.next + 1, message });
                }
                Err(message) => self.divergence = Some(Divergence { step: self.next + 1, message }),
            }
        }
    }
}
