//! Steps on one object that concern nobody else: computed once for a block and an object, then looked up.
use super::super::block::{Block, Mark, Phase};
use super::super::layout::{Object, Place};
use super::super::model::{Acquired, Received, Taken};
use super::super::moves::{Effect, Moves, What};
use super::super::world::World;
use crate::graph::ObjectKind;
use crate::program::{Outcome, Property, Readable, Request, Source};
use crate::value::{Fault, Value};
use std::rc::Rc;

/// What trying a request gives.
enum Tried {
    Answer(Outcome),
    /// A part is done.
    Part,
    /// It has to wait.
    Waits,
}

use Tried::{Answer, Part, Waits};

impl World<'_, '_> {
    /// The object that the request touches, and what else of the state its answer depends on; `None` if it is no such
    /// request.
    pub(super) fn alone(&self, row: &[u32], _actor: usize, number: usize, _block: &Block) -> Option<(Place, u32)> {
        let request = self.asks(number as u32)?;
        let layout = &self.system.layout;
        let open = |place: Place| (place, u32::from(self.sender_open(row, place)));
        Some(match request {
            Request::Put { queue, .. }
            | Request::Get { queue, .. }
            | Request::TaskDone { queue }
            | Request::JoinQueue { queue, .. } => (layout.place(*queue), 0),
            Request::Next { from: Source::Queue(queue) } => {
                let place = layout.place(*queue);
                let empty = matches!(self.object(row, place).as_ref(), Object::Queue(queue) if queue.is_empty());
                (place, u32::from(empty && self.is_finished(row, place)))
            }
            Request::Next { from: Source::End(end) } | Request::Recv { end, .. } => open(layout.inlet(*end)),
            Request::Read(Readable::Poll(end)) => open(layout.inlet(*end)),
            Request::Send { end, .. } => {
                let place = layout.outlet(*end);
                (place, u32::from(self.receiver_open(row, place)))
            }
            Request::Acquire { of, .. } | Request::Release { of } => (layout.place(*of), 0),
            Request::WaitEvent { event, .. } | Request::SetEvent { event } if !self.system.cleared[event.index()] => {
                (layout.place(*event), 0)
            }
            Request::ClearEvent { event } => (layout.place(*event), 0),
            Request::Read(Readable::Property(of, _) | Readable::Value(of) | Readable::Array(of)) => {
                (layout.place(*of), 0)
            }
            Request::Read(Readable::Cell(of, _)) => (layout.place(*of), 0),
            Request::Write { of, .. } | Request::Add { of, .. } if !self.marked[of.index()] => (layout.place(*of), 0),
            _ => return None,
        })
    }

    /// Adds the steps of such a request.
    pub(super) fn do_alone(
        &mut self,
        row: &[u32],
        actor: usize,
        first: usize,
        moves: &mut Moves,
        (place, context): (Place, u32),
    ) {
        let slot = self.slot(place);
        let effects = self.effects(actor, (row[actor], row[slot], context), place);
        for effect in effects.iter() {
            let at = moves.len();
            moves.push(actor, first, row, effect.flag, effect.what.clone(), &[]);
            let next = moves.row_mut(at);
            next[actor] = effect.block;
            next[slot] = effect.object;
            if !effect.lines.is_empty() {
                let mut next = next.to_vec();
                self.show(&mut next, actor, &effect.lines);
                moves.row_mut(at).copy_from_slice(&next);
            }
            if self.system.is_fed(place) {
                self.tell_of_end(row, actor, place, moves.row_mut(at), &effect.what);
            }
        }
    }

    /// Whoever waits in a `for .. from` together with one that hears of the end hears of it, too, whatever that one does
    /// next; unless something is put first.
    fn tell_of_end(&mut self, row: &[u32], actor: usize, place: Place, next: &mut [u32], what: &What) {
        let ended = matches!(what, What::Answered(outcome) if **outcome == Outcome::Ended);
        let put = matches!(self.asks(row[actor]), Some(Request::Put { .. }))
            && next[self.slot(place)] != row[self.slot(place)];
        let phase = match (ended, put) {
            (true, _) => Phase::Told,
            (_, true) => Phase::Before,
            _ => return,
        };
        for other in (0..self.system.actors.len()).filter(|other| *other != actor) {
            if self.is_at_next(row, other, place) && self.block(row, other).phase != phase {
                let told = Block { phase: phase.clone(), ..Block::clone(self.block(row, other)) };
                next[other] = self.number_like(told, row[other]);
            }
        }
    }

    /// What the request of a block does on an object, looked up or computed.
    pub(super) fn effects(&mut self, actor: usize, key: (u32, u32, u32), place: Place) -> Rc<[Effect]> {
        if let Some(known) = self.memo.get(&key) {
            return known.clone();
        }
        let (number, object_number, context) = key;
        let mut block = Block::clone(self.blocks.get(number));
        let mut object = Object::clone(self.objects.get(object_number));
        let request = self.infos[number as usize].request.clone().expect("only a request is done");
        let mut flag = 0;
        let effect = match self.try_request(&request, &mut block, &mut object, place, context == 1, &mut flag) {
            Answer(outcome) => {
                let what = What::Answered(Rc::new(outcome.clone()));
                let (block, lines) = self.resume(actor, block, outcome);
                let object = self.objects.number(object).0;
                Some(Effect { block, object, lines, what, flag })
            }
            Part => {
                let block = self.number_like(block, number);
                let object = self.objects.number(object).0;
                Some(Effect { block, object, lines: Rc::new([]), what: What::Begun, flag })
            }
            Waits if self.may_time_out(&block, &request) => {
                let what = What::Answered(Rc::new(Outcome::TimedOut));
                let (block, lines) = self.resume(actor, block, Outcome::TimedOut);
                Some(Effect { block, object: object_number, lines, what, flag })
            }
            Waits => None,
        };
        let effects: Rc<[Effect]> = effect.into_iter().collect();
        self.memo.insert(key, effects.clone());
        effects
    }

    /// `open`: the other side is, or of a `for .. from` a queue: it is finished.
    fn try_request(
        &mut self,
        request: &Request,
        block: &mut Block,
        object: &mut Object,
        place: Place,
        open: bool,
        flag: &mut u32,
    ) -> Tried {
        match object {
            Object::Queue(_) => self.try_queue(request, block, object, place, open),
            Object::Channel(channel) => {
                if let Some(wrong) = self.wrong_way(request) {
                    return Answer(wrong);
                }
                if block.holds.has_closed(self.own_end(request).unwrap_or(usize::MAX)) {
                    return Answer(Outcome::Failed(Fault::os("this end of the pipe is closed")));
                }
                match request {
                    Request::Send { value, .. } => {
                        let sent = channel.send(value.clone(), open);
                        Answer(if sent { null() } else { Outcome::Failed(broken_pipe()) })
                    }
                    Request::Read(_) => Answer(Outcome::Done(Value::Bool(channel.poll(open)))),
                    _ => match channel.recv(open) {
                        Some(Received::Message(message)) => Answer(Outcome::Done(message)),
                        Some(Received::End) => Answer(ended(request)),
                        None => Waits,
                    },
                }
            }
            Object::Stream(_) => self.try_stream(request, block, object, open),
            Object::Event(event) => match request {
                Request::SetEvent { .. } => {
                    event.set();
                    Answer(null())
                }
                Request::ClearEvent { .. } => {
                    event.clear();
                    Answer(null())
                }
                Request::Read(_) => Answer(Outcome::Done(Value::Bool(event.is_set()))),
                _ if event.is_set() => Answer(null()),
                _ => Waits,
            },
            Object::Barrier(barrier) => Answer(Outcome::Done(match request {
                Request::Read(Readable::Property(_, Property::Parties)) => Value::Int(barrier.parties().into()),
                Request::Read(Readable::Property(_, Property::NWaiting)) => Value::Int(barrier.n_waiting().into()),
                _ => Value::Bool(barrier.broken()),
            })),
            Object::Lock(lock) => {
                let mut depth = block.holds.depth(place);
                let answer = match request {
                    Request::Read(_) => Answer(Outcome::Done(Value::Bool(lock.locked()))),
                    Request::Release { .. } => match lock.release(&mut depth) {
                        Ok(()) => Answer(null()),
                        Err(_) => Answer(Outcome::Failed(Fault::value("this process does not hold the lock"))),
                    },
                    _ => match lock.acquire(&mut depth) {
                        Some(Acquired::Clean) => Answer(null()),
                        Some(Acquired::OwnerDied) => Answer(Outcome::Failed(owner_died())),
                        None => Waits,
                    },
                };
                block.holds.set_depth(place, depth);
                answer
            }
            Object::Semaphore(semaphore) => {
                let mut balance = block.holds.balance(place);
                let answer = match request {
                    Request::Read(_) => Answer(Outcome::Done(Value::Int(semaphore.value().into()))),
                    Request::Release { .. } => match semaphore.release(&mut balance) {
                        Ok(()) => Answer(null()),
                        Err(_) => Answer(Outcome::Failed(Fault::value("the semaphore is at its bound"))),
                    },
                    _ if semaphore.acquire(&mut balance) => Answer(null()),
                    _ => Waits,
                };
                block.holds.set_balance(place, balance);
                answer
            }
            Object::Cell(_) | Object::Array(_) => Answer(self.try_cell(request, block, object, place, flag)),
            Object::Pool(_) => unreachable!("calls are handed to a pool otherwise"),
        }
    }

    fn try_queue(
        &self,
        request: &Request,
        block: &mut Block,
        object: &mut Object,
        place: Place,
        finished: bool,
    ) -> Tried {
        let Object::Queue(queue) = object else { unreachable!("it was asked for a queue") };
        let declared = &self.system.plan.graph().object(self.system.layout.owners[place].0).kind;
        let redeliver = matches!(declared, ObjectKind::Queue(queue) if queue.redeliver);
        match request {
            Request::Put { value, .. } => {
                if block.holds.has_closed(place) {
                    return Answer(Outcome::Failed(Fault::value("this process has closed the queue")));
                }
                if let Value::Handle(_) = value {
                    return Answer(Outcome::Failed(Fault::type_error("a handle means nothing to another process")));
                }
                match queue.put(value.clone()) {
                    Ok(()) => Answer(null()),
                    Err(_) => Waits,
                }
            }
            Request::Get { .. } | Request::Next { .. } => match queue.get() {
                Some(item) => {
                    if redeliver {
                        block.holds.take(place, item.clone());
                    }
                    Answer(Outcome::Done(item))
                }
                None if finished || block.phase == Phase::Told => Answer(Outcome::Ended),
                None => Waits,
            },
            Request::TaskDone { .. } => match queue.task_done() {
                Ok(()) => {
                    block.holds.done(place);
                    Answer(null())
                }
                Err(_) => Answer(Outcome::Failed(Fault::value("task_done was called too often"))),
            },
            Request::JoinQueue { .. } if queue.unfinished() == 0 => Answer(null()),
            Request::JoinQueue { .. } => Waits,
            Request::Read(Readable::Property(_, property)) => Answer(Outcome::Done(match property {
                Property::Qsize => Value::Int(queue.qsize() as i64),
                Property::Empty => Value::Bool(queue.is_empty()),
                Property::Full => Value::Bool(queue.is_full()),
                _ => Value::Int(queue.unfinished() as i64),
            })),
            other => unreachable!("{other:?} is nothing to do with a queue"),
        }
    }

    fn try_stream(&self, request: &Request, block: &mut Block, object: &mut Object, open: bool) -> Tried {
        let Object::Stream(stream) = object else { unreachable!("it was asked for a bytes pipe") };
        if block.holds.has_closed(self.own_end(request).unwrap_or(usize::MAX)) {
            return Answer(Outcome::Failed(Fault::os("this end of the pipe is closed")));
        }
        if let Some(wrong) = self.wrong_way(request) {
            return Answer(wrong);
        }
        let (part, had) = match request {
            Request::Read(_) => return Answer(Outcome::Done(Value::Bool(stream.poll(open)))),
            Request::Send { value, .. } => {
                let bytes = match value {
                    Value::Bytes(bytes) => bytes.to_vec(),
                    Value::Str(text) => text.as_bytes().to_vec(),
                    other => {
                        let message = format!("a bytes pipe carries bytes and text, not {}", other.type_name());
                        return Answer(Outcome::Failed(Fault::type_error(message)));
                    }
                };
                if !open {
                    return Answer(Outcome::Failed(broken_pipe()));
                }
                let sent = if let Phase::Sent(sent) = block.phase { sent } else { 0 };
                let now = stream.send(&bytes[sent..]);
                return match sent + now {
                    all if all == bytes.len() => Answer(null()),
                    _ if now == 0 => Waits,
                    some => {
                        block.phase = Phase::Sent(some);
                        Part
                    }
                };
            }
            Request::Recv { part, .. } => {
                (*part, if let Phase::Got(had) = &block.phase { had.clone() } else { Vec::new() })
            }
            // A line at a time.
            _ => (crate::program::Part::Until(crate::graph::Until::Line), Vec::new()),
        };
        match stream.recv(part, &had, open) {
            Some(Taken::Bytes(bytes)) => Answer(Outcome::Done(Value::bytes(bytes))),
            Some(Taken::Partly(bytes)) => {
                block.phase = Phase::Got(bytes);
                Part
            }
            Some(Taken::End) => Answer(ended(request)),
            None => Waits,
        }
    }

    /// Of a pipe that is not duplex the first end only receives and the second only sends.
    fn wrong_way(&self, request: &Request) -> Option<Outcome> {
        let (end, sends) = match request {
            Request::Send { end, .. } => (end, true),
            Request::Recv { end, .. } | Request::Next { from: Source::End(end) } => (end, false),
            _ => return None,
        };
        let ObjectKind::Pipe(pipe) = &self.system.plan.graph().object(end.pipe).kind else { return None };
        let wrong = !pipe.duplex && (end.side == 0) == sends;
        let way = if sends { "reads" } else { "writes" };
        wrong.then(|| Outcome::Failed(Fault::os(format!("this end of the pipe only {way}"))))
    }

    /// The end that a request uses, by the place it receives from.
    fn own_end(&self, request: &Request) -> Option<Place> {
        Some(match request {
            Request::Send { end, .. }
            | Request::Recv { end, .. }
            | Request::Next { from: Source::End(end) }
            | Request::Read(Readable::Poll(end)) => self.system.layout.inlet(*end),
            _ => return None,
        })
    }

    fn try_cell(
        &mut self,
        request: &Request,
        block: &mut Block,
        object: &mut Object,
        place: Place,
        flag: &mut u32,
    ) -> Outcome {
        let result = match (request, &mut *object) {
            (Request::Read(_), Object::Cell(cell)) => Ok(cell.read().clone()),
            (Request::Read(Readable::Cell(_, index)), Object::Array(array)) => array.read_cell(*index),
            (Request::Read(_), Object::Array(array)) => Ok(array.read()),
            (Request::Write { value, .. }, Object::Cell(cell)) => cell.write(value).map(|()| Value::Null),
            (Request::Write { index: Some(index), value, .. }, Object::Array(array)) => {
                array.write_cell(*index, value).map(|()| Value::Null)
            }
            (Request::Write { value, .. }, Object::Array(array)) => array.write(value).map(|()| Value::Null),
            (Request::Add { by, .. }, Object::Cell(cell)) => cell.add(by),
            (Request::Add { index, by, .. }, Object::Array(array)) => array.add(index.unwrap_or(0), by),
            (other, _) => unreachable!("{other:?} is nothing to do with a value"),
        };
        match result {
            Err(fault) => Outcome::Failed(fault),
            Ok(value) => {
                *flag = self.mark(request, block, object, place);
                Outcome::Done(value)
            }
        }
    }

    /// Remembers what was read; tells whether what is written was computed from something stale.
    fn mark(&mut self, request: &Request, block: &mut Block, object: &Object, place: Place) -> u32 {
        let (owner, _) = self.system.layout.owners[place];
        if !self.marked[owner.index()] {
            return 0;
        }
        let Some(machine) = &block.machine else { return 0 };
        let body = self.system.body(block.body as usize);
        let pc = machine.pc();
        let all = || match object {
            Object::Array(array) => 0..array.cells().len() as u32,
            _ => 0..1,
        };
        let cells = match request {
            Request::Read(Readable::Cell(_, index))
            | Request::Write { index: Some(index), .. }
            | Request::Add { index: Some(index), .. } => match object {
                Object::Array(array) => match array.place(*index) {
                    Ok(cell) => cell as u32..cell as u32 + 1,
                    Err(_) => 0..0,
                },
                _ => 0..1,
            },
            _ => all(),
        };
        if let Request::Write { .. } = request {
            let flows = |mark: &Mark| body.taint.flows(body.program, mark.site, pc);
            let mine = |mark: &&Mark| mark.place == place && cells.contains(&mark.cell);
            if let Some(mark) = block.marks.iter().filter(mine).find(|mark| mark.stale && flows(mark)) {
                let flag =
                    super::super::moves::Flag::LostUpdate { place, cell: mark.cell, body: block.body, site: mark.site };
                return self.flags.number(flag).0 + 1;
            }
            block.marks.iter_mut().filter(|mark| mark.place == place && cells.contains(&mark.cell)).for_each(|mark| {
                mark.stale = false;
            });
            return 0;
        }
        block.marks.retain(|mark| !(mark.place == place && mark.site == pc));
        block.marks.extend(cells.map(|cell| Mark { place, cell, site: pc, stale: false }));
        block.marks.sort_unstable();
        0
    }
}

fn null() -> Outcome {
    Outcome::Done(Value::Null)
}

/// A `for .. from` goes on behind its loop; a `recv` raises.
fn ended(request: &Request) -> Outcome {
    match request {
        Request::Next { .. } => Outcome::Ended,
        _ => Outcome::Failed(Fault::eof("the other end of the pipe is closed")),
    }
}

fn broken_pipe() -> Fault {
    Fault::broken_pipe("the other end of the pipe is closed")
}

pub(super) fn owner_died() -> Fault {
    Fault::owner_died("the last holder of the lock ended with it held")
}
