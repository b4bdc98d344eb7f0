//! Steps on one object that concern nobody else: computed once for a block and an object, then looked up.
use super::super::block::{Block, Life, Phase};
use super::super::effects::{Effect, Situation};
use super::super::layout::{Object, Place};
use super::super::model::{Acquired, Received};
use super::super::moves::{Moves, What};
use super::super::world::World;
use crate::program::{Outcome, Property, Readable, Request, Source};
use crate::value::{Fault, Value};
use std::rc::Rc;

/// What trying a request gives.
pub(super) enum Tried {
    Answer(Outcome),
    /// A part is done.
    Part,
    /// It has to wait.
    Waits,
}

use Tried::{Answer, Part, Waits};

/// What kind of step comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verify) enum Site {
    /// None.
    None,
    /// On one object, and it concerns nobody else.
    Alone {
        place: u32,
        besides: Besides,
    },
    Other,
}

/// What else of the state the answer of a request depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verify) enum Besides {
    Nothing,
    SenderOpen,
    ReceiverOpen,
    /// The queue is empty, and nobody can put any more.
    Finished,
}

impl World<'_, '_> {
    /// What kind of step a block takes next.
    pub(in crate::verify) fn site(&self, block: &Block, request: Option<&Request>) -> Site {
        match &block.life {
            Life::Dormant | Life::Ended(_) | Life::Skipped | Life::Stopped => Site::None,
            Life::Running if block.machine.is_some() && block.rare.doom.is_none() => {
                request.and_then(|request| self.alone(request)).unwrap_or(Site::Other)
            }
            _ => Site::Other,
        }
    }

    /// The object that a request touches, and what else of the state its answer depends on; `None` if it is no such
    /// request.
    pub(super) fn alone(&self, request: &Request) -> Option<Site> {
        let layout = &self.system.layout;
        let (place, besides) = match request {
            Request::Put { queue, .. }
            | Request::Get { queue, .. }
            | Request::TaskDone { queue }
            | Request::JoinQueue { queue, .. } => (layout.place(*queue), Besides::Nothing),
            Request::Next { from: Source::Queue(queue) } => (layout.place(*queue), Besides::Finished),
            Request::Next { from: Source::End(end) } | Request::Recv { end, .. } => {
                (layout.inlet(*end), Besides::SenderOpen)
            }
            Request::Read(Readable::Poll(end)) => (layout.inlet(*end), Besides::SenderOpen),
            Request::Send { end, .. } => (layout.outlet(*end), Besides::ReceiverOpen),
            Request::Acquire { of, .. } | Request::Release { of } => (layout.place(*of), Besides::Nothing),
            Request::WaitEvent { event, .. } | Request::SetEvent { event } if !self.system.cleared[event.index()] => {
                (layout.place(*event), Besides::Nothing)
            }
            Request::ClearEvent { event } => (layout.place(*event), Besides::Nothing),
            Request::Read(
                Readable::Property(of, _) | Readable::Value(of) | Readable::Array(of) | Readable::Cell(of, _),
            ) => (layout.place(*of), Besides::Nothing),
            Request::Write { of, .. } | Request::Add { of, .. } if !self.marked[of.index()] => {
                (layout.place(*of), Besides::Nothing)
            }
            _ => return None,
        };
        Some(Site::Alone { place: place as u32, besides })
    }

    /// Adds the step of such a request.
    pub(super) fn do_alone(
        &mut self,
        row: &[u32],
        actor: usize,
        first: usize,
        (place, besides): (Place, Besides),
        moves: &mut Moves,
    ) {
        let slot = self.slot(place);
        let more = match besides {
            Besides::Nothing => false,
            Besides::SenderOpen => self.sender_open(row, place),
            Besides::ReceiverOpen => self.receiver_open(row, place),
            Besides::Finished => {
                let empty = matches!(self.object(row, place).as_ref(), Object::Queue(queue) if queue.is_empty());
                empty && self.is_finished(row, place)
            }
        };
        let (effect, what) = self.effect(actor, (row[actor], row[slot], more), place, moves.told.is_some());
        let Some(effect) = effect else { return };
        let at = moves.len();
        moves.push(actor, first, row, effect.flag, what, &[]);
        let next = moves.row_mut(at);
        next[actor] = effect.block;
        next[slot] = effect.object;
        if !effect.lines.is_empty() {
            let mut next = next.to_vec();
            self.show(&mut next, actor, &effect.lines);
            moves.row_mut(at).copy_from_slice(&next);
        }
        if self.system.is_fed(place) {
            self.tell_of_end(row, actor, place, moves.row_mut(at));
        }
    }

    /// Whoever waits in a `for .. from` together with one that hears of the end hears of it, too, whatever that one does
    /// next; unless something is put first.
    fn tell_of_end(&mut self, row: &[u32], actor: usize, place: Place, next: &mut [u32]) {
        let changed = next[self.slot(place)] != row[self.slot(place)];
        let phase = match self.asks(row[actor]) {
            // It has nothing taken, so it has heard of the end.
            Some(Request::Next { .. }) if !changed => Phase::Told,
            Some(Request::Put { .. }) if changed => Phase::Before,
            _ => return,
        };
        for other in (0..self.system.actors.len()).filter(|other| *other != actor) {
            if self.is_at_next(row, other, place) && self.block(row, other).phase != phase {
                let told = Block { phase: phase.clone(), ..Block::clone(self.block(row, other)) };
                next[other] = self.number_like(told, row[other]);
            }
        }
    }

    /// What the request of a block does on an object, looked up or computed; what it was only if that is asked for.
    pub(super) fn effect(
        &mut self,
        actor: usize,
        situation: Situation,
        place: Place,
        tell: bool,
    ) -> (Option<Effect>, What) {
        if !tell && let Some(known) = self.effects.get(situation) {
            return (known, What::Begun);
        }
        let (number, object_number, more) = situation;
        let mut block = Block::clone(self.blocks.get(number));
        let mut object = Object::clone(self.objects.get(object_number));
        let request = self.infos[number as usize].request.clone().expect("only a request is done");
        let mut flag = 0;
        let outcome = match self.try_request(&request, &mut block, &mut object, place, more, &mut flag) {
            Answer(Outcome::Failed(fault)) => Some(Outcome::Failed(self.worded(actor, &request, place, fault))),
            Answer(outcome) => Some(outcome),
            Part => None,
            Waits if self.may_time_out(&block, &request) => {
                if let (Object::Stream(stream), Phase::Got(had)) = (&mut object, &block.phase) {
                    stream.give_back(had);
                }
                Some(Outcome::TimedOut)
            }
            Waits => {
                if !tell {
                    self.effects.insert(situation, None);
                }
                return (None, What::Begun);
            }
        };
        let (block, lines, what) = match outcome {
            Some(outcome) => {
                let what = if tell { What::Answered(Rc::new(outcome.clone())) } else { What::Begun };
                let (block, lines) = self.resume(actor, block, outcome);
                (block, lines, what)
            }
            None => (self.number_like(block, number), self.effects.nothing.clone(), What::Begun),
        };
        let effect = Effect { block, object: self.object_number(object), lines, flag };
        if !tell {
            self.effects.insert(situation, Some(&effect));
        }
        (Some(effect), what)
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
                    return Answer(self.closed(request));
                }
                match request {
                    Request::Send { value, .. } => {
                        let sent = channel.send(value.clone(), open);
                        Answer(if sent { null() } else { self.broken_pipe(request) })
                    }
                    Request::Read(_) => Answer(Outcome::Done(Value::Bool(channel.poll(open)))),
                    _ => match channel.recv(open) {
                        Some(Received::Message(message)) => Answer(Outcome::Done(message)),
                        Some(Received::End) => Answer(self.at_its_end(request)),
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
}

pub(super) fn null() -> Outcome {
    Outcome::Done(Value::Null)
}

pub(super) fn owner_died() -> Fault {
    Fault::owner_died("the last holder of the lock ended with it held")
}
