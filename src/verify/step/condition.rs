//! Conditions: to sleep with the lock given up, and to be woken.
use super::super::block::{Block, Phase};
use super::super::layout::Object;
use super::super::model::{Acquired, Sleeper, notify, wake_rank};
use super::super::moves::{Moves, What};
use super::super::world::{Row, World};
use super::alone::owner_died;
use super::done;
use crate::graph::ObjectId;
use crate::program::{Outcome, Request};
use crate::value::Value;
use std::rc::Rc;

impl World<'_, '_> {
    pub(super) fn wait_condition(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves, of: ObjectId) {
        let place = self.system.layout.place(of);
        let mut block = Block::clone(self.block(row, actor));
        let Object::Lock(mut lock) = *self.object(row, place).as_ref() else { return };
        let mut next = row.to_vec();
        match block.phase {
            Phase::Asleep(sleeper) if sleeper.leaving => {
                let mut depth = 0;
                let Some(acquired) = lock.acquire(&mut depth) else { return };
                block.holds.set_depth(place, sleeper.depth);
                self.set_object(&mut next, place, Object::Lock(lock));
                if let Some(rank) = sleeper.rank {
                    self.move_up(&mut next, actor, of, rank);
                }
                let outcome = match acquired {
                    Acquired::OwnerDied => Outcome::Failed(owner_died()),
                    Acquired::Clean if sleeper.is_notified() => Outcome::Done(Value::Null),
                    Acquired::Clean => Outcome::TimedOut,
                };
                self.go_on_as(&mut next, actor, block, outcome.clone());
                moves.push(actor, first, &next, 0, What::Answered(Rc::new(outcome)), &[]);
            }
            Phase::Asleep(sleeper) => {
                let Some(request) = self.infos[row[actor] as usize].request.clone() else { return };
                if self.may_time_out(&block, &request) {
                    block.timer = None;
                    block.phase = Phase::Asleep(Sleeper { leaving: true, ..sleeper });
                    next[actor] = self.number_like(block, row[actor]);
                    moves.push(actor, first, &next, 0, What::Begun, &[]);
                }
            }
            _ => {
                let mut depth = block.holds.depth(place);
                let Ok(depth_before) = lock.release_wholly(&mut depth) else {
                    let outcome = self.lock_not_held(actor, of);
                    return self.answer(row, actor, first, moves, outcome);
                };
                let others = self.sleepers(row, of).filter(|(_, sleeper)| sleeper.rank.is_some()).count() as u32;
                block.holds.set_depth(place, 0);
                block.phase = Phase::Asleep(Sleeper::new(depth_before, others));
                next[actor] = self.number_like(block, row[actor]);
                self.set_object(&mut next, place, Object::Lock(lock));
                moves.push(actor, first, &next, 0, What::Begun, &[]);
            }
        }
    }

    pub(super) fn notify(
        &mut self,
        row: &[u32],
        actor: usize,
        first: usize,
        moves: &mut Moves,
        of: ObjectId,
        n: Option<u64>,
    ) {
        if self.block(row, actor).holds.depth(self.system.layout.place(of)) == 0 {
            let outcome = self.lock_not_held(actor, of);
            return self.answer(row, actor, first, moves, outcome);
        }
        let mut next = row.to_vec();
        let sleepers: Vec<(usize, Sleeper)> = self.sleepers(row, of).collect();
        for (other, sleeper) in sleepers {
            self.set_sleeper(&mut next, other, notify(sleeper, n));
        }
        self.go_on(&mut next, actor, Outcome::Done(Value::Null));
        moves.push(actor, first, &next, 0, done(), &[]);
    }

    /// Those asleep in a condition.
    fn sleepers<'a>(&'a self, row: &'a [u32], of: ObjectId) -> impl Iterator<Item = (usize, Sleeper)> + 'a {
        (0..self.system.actors.len()).filter_map(move |actor| match self.block(row, actor).phase {
            Phase::Asleep(sleeper) if self.sleeps_in(row, actor) == Some(of) => Some((actor, sleeper)),
            _ => None,
        })
    }

    pub(super) fn sleeps_in(&self, row: &[u32], actor: usize) -> Option<ObjectId> {
        match self.asks(row[actor]) {
            Some(Request::WaitCondition { condition, .. }) => Some(*condition),
            _ => None,
        }
    }

    fn set_sleeper(&mut self, row: &mut Row, actor: usize, sleeper: Sleeper) {
        let mut block = Block::clone(self.block(row, actor));
        if sleeper.leaving {
            block.timer = None;
        }
        block.phase = Phase::Asleep(sleeper);
        row[actor] = self.number_like(block, row[actor]);
    }

    /// Those who fell asleep after one who leaves without a notification.
    fn move_up(&mut self, row: &mut Row, gone: usize, of: ObjectId, rank: u32) {
        let sleepers: Vec<(usize, Sleeper)> = self.sleepers(row, of).collect();
        for (other, sleeper) in sleepers {
            if other != gone
                && let Some(own) = sleeper.rank
            {
                self.set_sleeper(row, other, Sleeper { rank: Some(wake_rank(own, rank)), ..sleeper });
            }
        }
    }

    /// A sleeper has died: others move up, or get the notification that it had and will not use.
    pub(super) fn sleeper_died(&mut self, row: &mut Row, actor: usize, of: ObjectId, sleeper: Sleeper) {
        match sleeper.rank {
            Some(rank) => self.move_up(row, actor, of, rank),
            None => {
                let heirs: Vec<(usize, Sleeper)> =
                    self.sleepers(row, of).filter(|(other, _)| *other != actor).collect();
                for (other, heir) in heirs {
                    self.set_sleeper(row, other, notify(heir, Some(1)));
                }
            }
        }
    }
}
