//! Barriers: the last to arrive, and whoever breaks it, let go all who wait.
use super::super::block::Phase;
use super::super::layout::{Object, Place};
use super::super::model::{Arrival, Barrier};
use super::super::moves::{Moves, What};
use super::super::world::{Row, World};
use super::done;
use crate::graph::ObjectId;
use crate::program::{Outcome, Request};
use crate::value::Value;
use std::rc::Rc;

impl World<'_, '_> {
    pub(super) fn wait_barrier(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves, of: ObjectId) {
        let place = self.system.layout.place(of);
        let mut barrier = self.barrier(row, place);
        let mut next = row.to_vec();
        if let Phase::Gathering(_) = self.block(row, actor).phase {
            let Some(request) = self.infos[row[actor] as usize].request.clone() else { return };
            if self.may_time_out(&self.block(row, actor).clone(), &request) {
                barrier.break_now(None);
                let broken = self.broken_barrier(barrier, place);
                self.set_object(&mut next, place, Object::Barrier(barrier));
                self.go_on(&mut next, actor, broken.clone());
                let also = self.let_go(&mut next, place, |_| broken.clone());
                moves.push(actor, first, &next, 0, What::Answered(Rc::new(Outcome::TimedOut)), &also);
            }
            return;
        }
        let arrival = match barrier.arrive() {
            Ok(arrival) => arrival,
            Err(_) => {
                let broken = self.broken_barrier(barrier, place);
                return self.answer(row, actor, first, moves, broken);
            }
        };
        match arrival {
            Arrival::Completes(index) => {
                self.set_object(&mut next, place, Object::Barrier(barrier));
                let indexed = self.system.indexed[of.index()];
                let through = |index: u32| if indexed { Value::Int(index.into()) } else { Value::Null };
                let also = self.let_go(&mut next, place, |index| Outcome::Done(through(index)));
                let outcome = Outcome::Done(through(index));
                self.go_on(&mut next, actor, outcome.clone());
                moves.push(actor, first, &next, 0, What::Answered(Rc::new(outcome)), &also);
            }
            Arrival::Waits(_) if self.is_poll(row, actor) => {
                // Whoever will not wait for the others breaks it.
                barrier.break_now(None);
                let broken = self.broken_barrier(barrier, place);
                self.set_object(&mut next, place, Object::Barrier(barrier));
                self.go_on(&mut next, actor, broken.clone());
                let also = self.let_go(&mut next, place, |_| broken.clone());
                moves.push(actor, first, &next, 0, What::Answered(Rc::new(Outcome::TimedOut)), &also);
            }
            Arrival::Waits(index) => {
                self.set_object(&mut next, place, Object::Barrier(barrier));
                let index = if self.system.indexed[of.index()] { index } else { 0 };
                self.enter(&mut next, actor, Phase::Gathering(index));
                moves.push(actor, first, &next, 0, What::Begun, &[]);
            }
        }
    }

    pub(super) fn spoil(
        &mut self,
        row: &[u32],
        actor: usize,
        first: usize,
        moves: &mut Moves,
        of: ObjectId,
        for_good: bool,
    ) {
        let mut row = row.to_vec();
        let place = self.system.layout.place(of);
        let mut barrier = self.barrier(&row, place);
        if for_good {
            barrier.break_now(None);
        } else {
            barrier.reset();
        }
        let also = self.give_up(&mut row, place, barrier);
        self.go_on(&mut row, actor, Outcome::Done(Value::Null));
        moves.push(actor, first, &row, 0, done(), &also);
    }

    /// A death breaks it: all who wait fail.
    pub(super) fn break_barrier(&mut self, row: &mut Row, place: Place, dead: usize) -> Vec<(usize, Outcome)> {
        let mut barrier = self.barrier(row, place);
        barrier.break_now(Some(dead as u32));
        self.give_up(row, place, barrier)
    }

    /// All who wait fail, and the barrier is this one.
    fn give_up(&mut self, row: &mut Row, place: Place, barrier: Barrier) -> Vec<(usize, Outcome)> {
        self.set_object(row, place, Object::Barrier(barrier));
        let broken = self.broken_barrier(barrier, place);
        self.let_go(row, place, |_| broken.clone())
    }

    /// The answers of all who wait in a barrier.
    fn let_go(&mut self, row: &mut Row, place: Place, outcome: impl Fn(u32) -> Outcome) -> Vec<(usize, Outcome)> {
        let mut also = Vec::new();
        for other in 0..self.system.actors.len() {
            let Phase::Gathering(index) = self.block(row, other).phase else { continue };
            if self.gathers_at(row, other) == Some(place) {
                self.go_on(row, other, outcome(index));
                also.push((other, outcome(index)));
            }
        }
        also
    }

    /// The barrier that an actor asks to wait in.
    pub(super) fn gathers_at(&self, row: &[u32], actor: usize) -> Option<Place> {
        match self.asks(row[actor]) {
            Some(Request::WaitBarrier { barrier, .. }) => Some(self.system.layout.place(*barrier)),
            _ => None,
        }
    }

    pub(super) fn barrier(&self, row: &[u32], place: Place) -> Barrier {
        match self.object(row, place).as_ref() {
            Object::Barrier(barrier) => *barrier,
            other => unreachable!("{other:?} is no barrier"),
        }
    }
}
