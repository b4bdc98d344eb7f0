//! What each actor can do next, and what comes of it.
mod alone;
mod barrier;
mod cell;
mod condition;
mod end;
mod event;
mod lost;
mod pool;
mod process;
mod queue;
mod stream;
mod time;
mod wait_any;
mod wording;

pub(super) use alone::Site;
pub(super) use lost::marked;

use super::block::{Block, Life, Phase};
use super::layout::Place;
use super::moves::{Lines, Moves, What};
use super::world::{Row, World};
use crate::program::{Outcome, Readable, Request, Source};
use crate::value::{Str, Value};
use std::rc::Rc;

impl World<'_, '_> {
    /// Adds every step that `actor` can take now.
    pub fn moves(&mut self, row: &[u32], actor: usize, moves: &mut Moves) {
        let first = moves.len();
        match self.infos[row[actor] as usize].site {
            Site::None => return,
            Site::Alone { place, besides } => {
                return self.do_alone(row, actor, first, (place as Place, besides), moves);
            }
            Site::Other => {}
        }
        let block = self.blocks.get(row[actor]).clone();
        if block.rare.doom.is_some() && block.is_alive() {
            self.die(row, actor, first, moves);
        }
        match &block.life {
            Life::Dormant | Life::Ended(_) | Life::Skipped | Life::Stopped => {}
            Life::Queued => self.start_queued(row, actor, first, moves),
            Life::Resting => self.start_again(row, actor, first, moves),
            Life::Leaving(_) => self.leave(row, actor, first, moves),
            Life::Running if block.machine.is_none() => self.work(row, actor, first, moves),
            Life::Running => self.request(row, actor, first, moves, &block),
        }
    }

    fn request(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves, block: &Rc<Block>) {
        let Some(request) = self.infos[row[actor] as usize].request.clone() else { return };
        // One that a signal is to end may take its step before.
        if let Some(Site::Alone { place, besides }) = self.alone(&request) {
            return self.do_alone(row, actor, first, (place as Place, besides), moves);
        }
        match request.as_ref() {
            Request::Print { line, stderr } => {
                let (next, lines) = self.printed(row[actor], actor, *stderr, line);
                let mut row = row.to_vec();
                row[actor] = next;
                self.show(&mut row, actor, &lines);
                moves.push(actor, first, &row, 0, done(), &[]);
            }
            Request::Sleep(_) => {
                if self.system.time == super::system::Time::Any || block.timer == Some(0) {
                    self.answer(row, actor, first, moves, Outcome::Done(Value::Null));
                }
            }
            Request::CloseQueue { queue } => self.close(row, actor, first, moves, self.system.layout.place(*queue)),
            Request::CloseEnd { end } => self.close(row, actor, first, moves, self.system.layout.inlet(*end)),
            Request::WaitEvent { event, .. } => self.wait_event(row, actor, first, moves, *event),
            Request::SetEvent { event } => self.set_event(row, actor, first, moves, *event),
            Request::WaitBarrier { barrier, .. } => self.wait_barrier(row, actor, first, moves, *barrier),
            Request::AbortBarrier { barrier } => self.spoil(row, actor, first, moves, *barrier, true),
            Request::ResetBarrier { barrier } => self.spoil(row, actor, first, moves, *barrier, false),
            Request::WaitCondition { condition, .. } => self.wait_condition(row, actor, first, moves, *condition),
            Request::Notify { condition, n } => self.notify(row, actor, first, moves, *condition, *n),
            Request::WaitAny { on, .. } => self.wait_any(row, actor, first, moves, on),
            Request::Start(process) => self.start(row, actor, first, moves, *process),
            Request::Terminate(process) => self.signal(row, actor, first, moves, *process, -15),
            Request::Kill(process) => self.signal(row, actor, first, moves, *process, -9),
            Request::JoinProcess { process, .. } => self.join_process(row, actor, first, moves, *process),
            Request::Submit { pool, job, calls } => self.submit(row, actor, first, moves, *pool, *job, calls),
            Request::Await { handles, single, .. } => self.collect(row, actor, first, moves, handles, *single),
            Request::Read(what) => {
                let value = self.look(row, actor, *what);
                self.answer(row, actor, first, moves, Outcome::Done(value));
            }
            Request::Write { of, .. } | Request::Add { of, .. } => {
                let place = self.system.layout.place(*of);
                self.write(row, actor, first, moves, place);
            }
            other => debug_assert!(matches!(other, Request::Exec { .. }), "{other:?} is done alone"),
        }
    }

    /// The request is answered, and nothing else changes.
    fn answer(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves, outcome: Outcome) {
        let mut row = row.to_vec();
        let what = What::Answered(Rc::new(outcome.clone()));
        self.go_on(&mut row, actor, outcome);
        moves.push(actor, first, &row, 0, what, &[]);
    }

    /// The actor goes on with this answer.
    pub fn go_on(&mut self, row: &mut Row, actor: usize, outcome: Outcome) {
        let late = match outcome {
            Outcome::Done(Value::Null) => false,
            Outcome::TimedOut => true,
            outcome => {
                let block = Block::clone(self.block(row, actor));
                return self.go_on_as(row, actor, block, outcome);
            }
        };
        let key = (row[actor], late);
        let (next, lines) = match self.answered.get(&key) {
            Some(known) => known.clone(),
            None => {
                let block = Block::clone(self.block(row, actor));
                let known = self.resume(actor, block, outcome);
                self.answered.insert(key, known.clone());
                known
            }
        };
        row[actor] = next;
        self.show(row, actor, &lines);
    }

    /// The block after its line is printed, and all that it has printed by then.
    fn printed(&mut self, number: u32, actor: usize, stderr: bool, line: &Str) -> (u32, Lines) {
        if let Some(known) = self.printed.get(&number) {
            return known.clone();
        }
        let mut block = Block::clone(self.blocks.get(number));
        let mut lines = Vec::new();
        self.print(actor, &mut block, stderr, line, &mut lines);
        let (next, more) = self.resume(actor, block, Outcome::Done(Value::Null));
        lines.extend(more.iter().cloned());
        let known = (next, Lines::from(lines));
        self.printed.insert(number, known.clone());
        known
    }

    fn go_on_as(&mut self, row: &mut Row, actor: usize, block: Block, outcome: Outcome) {
        let (next, lines) = self.resume(actor, block, outcome);
        row[actor] = next;
        self.show(row, actor, &lines);
    }

    /// The step cannot be done now: it may be over for want of time.
    fn or_time_out(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves) {
        let Some(request) = self.infos[row[actor] as usize].request.clone() else { return };
        if self.may_time_out(&self.block(row, actor).clone(), &request) {
            self.answer(row, actor, first, moves, Outcome::TimedOut);
        }
    }

    /// The same actor in another phase of its request.
    fn enter(&mut self, row: &mut Row, actor: usize, phase: Phase) {
        let mut block = Block::clone(self.block(row, actor));
        block.phase = phase;
        row[actor] = self.number_like(block, row[actor]);
    }

    /// A process closes a queue or an end: all of its threads have.
    fn close(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves, place: Place) {
        let mut row = row.to_vec();
        for sibling in self.system.instances[self.system.actors[actor].instance].actors.clone() {
            let mut block = Block::clone(self.block(&row, sibling));
            if block.is_alive() {
                block.holds.close(place);
                row[sibling] = self.number_like(block, row[sibling]);
            }
        }
        self.go_on(&mut row, actor, Outcome::Done(Value::Null));
        moves.push(actor, first, &row, 0, done(), &[]);
    }

    /// Everyone of an instance has ended or closed this.
    fn is_closed_by(&self, row: &[u32], instance: usize, place: Place) -> bool {
        let mut actors = self.system.instances[instance].actors.clone();
        actors.all(|actor| {
            let block = self.block(row, actor);
            block.is_over() || block.holds.has_closed(place)
        })
    }

    /// Whether nobody can put any more: every producer has ended, has closed the queue, or waits itself for more.
    fn is_finished(&self, row: &[u32], queue: Place) -> bool {
        self.putters[queue].iter().all(|instance| {
            self.system.instances[*instance].actors.clone().all(|actor| {
                let block = self.block(row, actor);
                block.is_over() || block.holds.has_closed(queue) || self.is_at_next(row, actor, queue)
            })
        })
    }

    fn is_at_next(&self, row: &[u32], actor: usize, queue: Place) -> bool {
        match self.asks(row[actor]) {
            Some(Request::Next { from: Source::Queue(id) }) => self.system.layout.place(*id) == queue,
            // An idle worker has nothing to put until somebody hands in a call.
            _ => false,
        }
    }

    /// Whether the sending side of what is received at `place` is open. It is before anybody who has it was started.
    fn sender_open(&self, row: &[u32], place: Place) -> bool {
        let sending = if self.system.layout.owners[place].1 == 0 { place + 1 } else { place - 1 };
        !self.senders[place].iter().all(|instance| self.is_closed_by(row, *instance, sending))
    }

    fn receiver_open(&self, row: &[u32], place: Place) -> bool {
        !self.receivers[place].iter().all(|instance| self.is_closed_by(row, *instance, place))
    }

    /// What a `read` of something that is no single object's gives.
    fn look(&mut self, row: &[u32], actor: usize, what: Readable) -> Value {
        match what {
            Readable::IsAlive(process) => Value::Bool(self.any_alive(row, process)),
            Readable::ExitCode(process) => self.exit_code(row, process),
            // Stand-ins: where they could matter, the graph is not verifiable.
            Readable::Pid(process) => match self.any_started(row, process) {
                true => {
                    Value::Int(1000 + i64::from(process.process.0) * 100 + i64::from(process.instance.unwrap_or(0)))
                }
                false => Value::Null,
            },
            Readable::ActiveChildren => self.active_children(row, actor),
            Readable::Clock => {
                let now = self.clock_slot().map_or(0, |slot| **self.times.get(row[slot]));
                Value::Float(now as f64 / 1e9)
            }
            _ => Value::Null,
        }
    }
}

fn done() -> What {
    What::Answered(Rc::new(Outcome::Done(Value::Null)))
}
