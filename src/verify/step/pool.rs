//! Pools: calls handed in, taken by workers, their results collected.
use super::super::block::{Block, Chunk};
use super::super::layout::{Object, Place};
use super::super::model::{Pool, Ticket};
use super::super::moves::{Moves, What};
use super::super::system::Role;
use super::super::world::World;
use crate::graph::{ObjectId, ObjectKind};
use crate::program::{Calls, JobId, Outcome};
use crate::value::{Handle, Value};
use std::rc::Rc;

impl World<'_, '_> {
    #[expect(clippy::too_many_arguments, reason = "the parts of the request, and where it is done")]
    pub(super) fn submit(
        &mut self,
        row: &[u32],
        actor: usize,
        first: usize,
        moves: &mut Moves,
        of: ObjectId,
        job: JobId,
        calls: &Calls,
    ) {
        let mut next = row.to_vec();
        let place = self.system.layout.place(of);
        let mut block = Block::clone(self.block(row, actor));
        // One that was started again knows nothing of the calls that it handed in before.
        let ticket = Ticket { by: actor as u32, number: u64::from(block.rare.restarts) << 32 | block.rare.tickets };
        block.rare.tickets += 1;
        let mut pool = self.pool(row, place);
        pool.submit(ticket, job, calls.clone());
        self.set_object(&mut next, place, Object::Pool(pool));
        let outcome = Outcome::Done(Value::Handle(Handle { pool: of.0, ticket: ticket.number }));
        self.go_on_as(&mut next, actor, block, outcome.clone());
        moves.push(actor, first, &next, 0, What::Answered(Rc::new(outcome)), &[]);
    }

    pub(super) fn collect(
        &mut self,
        row: &[u32],
        actor: usize,
        first: usize,
        moves: &mut Moves,
        handles: &[Handle],
        single: bool,
    ) {
        let mut values = Vec::new();
        let mut error = None;
        for handle in handles {
            let place = self.system.layout.place(ObjectId(handle.pool));
            match self.pool(row, place).result(Ticket { by: actor as u32, number: handle.ticket }) {
                None => return self.or_time_out(row, actor, first, moves),
                Some(Ok(value)) => values.push(value),
                Some(Err(fault)) => {
                    error.get_or_insert(fault);
                }
            }
        }
        let outcome = match error {
            Some(fault) => Outcome::Failed(fault),
            None if single => Outcome::Done(values.pop().unwrap_or_default()),
            None => Outcome::Done(Value::list(values)),
        };
        self.answer(row, actor, first, moves, outcome);
    }

    /// A worker without a machine: it takes a chunk, or delivers what it has made of one.
    pub(super) fn work(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves) {
        let Role::Worker(of) = self.system.instances[self.system.actors[actor].instance].role else { return };
        let place = self.system.layout.place(of);
        let mut pool = self.pool(row, place);
        let mut block = Block::clone(self.block(row, actor));
        let mut next = row.to_vec();
        if let Some(chunk) = block.rare.chunk.take() {
            let (Some((ticket, number)), Some(ended)) = (chunk.of, chunk.ended) else { return };
            let result = match ended {
                None => Ok(chunk.results),
                Some(fault) => Err(fault),
            };
            pool.finish(ticket, number, result);
            self.set_object(&mut next, place, Object::Pool(pool));
            let share = match &self.system.plan.graph().object(of).kind {
                ObjectKind::Pool(declared) => declared.maxtasksperchild,
                _ => None,
            };
            block.rare.served += u64::from(share.is_some());
            if share == Some(block.rare.served) {
                // Another takes its place.
                let lines = self.begin(&mut next, actor, block.watches, 0);
                self.show(&mut next, actor, &lines);
            } else {
                next[actor] = self.number(block, None);
            }
            moves.push(actor, first, &next, 0, What::Delivers, &[]);
            return;
        }
        let Some(task) = pool.take() else { return };
        self.set_object(&mut next, place, Object::Pool(pool));
        let mut calls = task.calls;
        let chunk =
            |left| Chunk { of: Some((task.ticket, task.chunk)), job: task.job, left, results: Vec::new(), ended: None };
        if calls.is_empty() {
            block.rare.chunk = Some(Box::new(Chunk { ended: Some(None), ..chunk(Vec::new()) }));
        } else {
            let arguments = calls.remove(0);
            self.load(&mut block, actor, chunk(calls), arguments);
        }
        let (number, lines) = self.advance(actor, block);
        next[actor] = number;
        self.show(&mut next, actor, &lines);
        moves.push(actor, first, &next, 0, What::Takes, &[]);
    }

    fn pool(&self, row: &[u32], place: Place) -> Pool {
        match self.object(row, place).as_ref() {
            Object::Pool(pool) => pool.clone(),
            other => unreachable!("{other:?} is no pool"),
        }
    }
}
