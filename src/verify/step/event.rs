//! Events that somebody clears: who waits when one is set goes on, even if it is cleared before he wakes.
use super::super::block::Phase;
use super::super::layout::Object;
use super::super::moves::{Moves, What};
use super::super::world::World;
use super::done;
use crate::graph::ObjectId;
use crate::program::{Outcome, Request};
use crate::value::Value;

impl World<'_, '_> {
    pub(super) fn wait_event(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves, event: ObjectId) {
        let place = self.system.layout.place(event);
        let set = matches!(self.object(row, place).as_ref(), Object::Event(event) if event.is_set());
        let begun = self.block(row, actor).phase == Phase::Waiting;
        if set {
            self.answer(row, actor, first, moves, Outcome::Done(Value::Null));
        } else if begun || self.is_poll(row, actor) {
            self.or_time_out(row, actor, first, moves);
        } else {
            let mut row = row.to_vec();
            self.enter(&mut row, actor, Phase::Waiting);
            moves.push(actor, first, &row, 0, What::Begun, &[]);
        }
    }

    /// It does not wait at all.
    pub(super) fn is_poll(&self, row: &[u32], actor: usize) -> bool {
        let request = self.asks(row[actor]);
        request.and_then(|request| self.patience(request)) == Some(crate::program::Wait::Poll)
    }

    pub(super) fn set_event(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves, event: ObjectId) {
        let place = self.system.layout.place(event);
        let mut row = row.to_vec();
        let mut object = Object::clone(self.object(&row, place));
        if let Object::Event(event) = &mut object {
            event.set();
        }
        self.set_object(&mut row, place, object);
        let mut also = Vec::new();
        for other in 0..self.system.actors.len() {
            let waits = self.block(&row, other).phase == Phase::Waiting
                && matches!(self.asks(row[other]), Some(Request::WaitEvent { event: of, .. }) if *of == event);
            if waits {
                self.go_on(&mut row, other, Outcome::Done(Value::Null));
                also.push((other, Outcome::Done(Value::Bool(true))));
            }
        }
        self.go_on(&mut row, actor, Outcome::Done(Value::Null));
        moves.push(actor, first, &row, 0, done(), &also);
    }
}
