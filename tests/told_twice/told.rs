//! The same objects as pure values, and what each actor has of them: depths, balances, what it took, where it waits.
use crate::op::*;
use mpgraph::graph::ScalarType;
use mpgraph::value::{Fault, Value};
use mpgraph::verify::model::{self, Acquired, Array, Arrival, Barrier, Cell, Channel, Received, Sleeper};
use std::collections::VecDeque;

#[derive(Clone)]
pub struct Told {
    locks: Vec<model::Lock>,
    /// Who ended with the lock held, and nobody was told.
    orphaned_by: Vec<Option<usize>>,
    semaphores: Vec<model::Semaphore>,
    event: model::Event,
    barrier: Barrier,
    culprit: Option<usize>,
    /// Sleepers so far, of all conditions: who slept before whom.
    tickets: u64,
    values: Vec<Cell>,
    arrays: Vec<Array>,
    queues: Vec<model::Queue<u32>>,
    /// By pipe and sending end.
    channels: Vec<[Channel<u32>; 2]>,
    actors: Vec<Actor>,
}

#[derive(Clone, Default)]
struct Actor {
    ended: bool,
    depth: [u32; LOCKS],
    balance: [i32; UNITS.len()],
    /// By queue: what it took and did not mark done.
    taken: [VecDeque<u32>; QUEUES.len()],
    closed: [bool; QUEUES.len()],
    closed_end: [[bool; 2]; PIPES.len()],
    pending: Option<Pending>,
}

/// An operation that has begun and whose outcome its actor has not got.
#[derive(Clone)]
enum Pending {
    /// Goes through as soon as it can.
    Try(Op),
    Awaiting,
    Gathering(u32),
    Asleep {
        condition: usize,
        sleeper: Sleeper,
        ticket: u64,
        /// Those with lower tickets slept when it was notified.
        notified_before: u64,
    },
    Ready(Outcome),
}

impl Told {
    pub fn new() -> Told {
        let types = ScalarType::NAMES.iter().map(|name| ScalarType::parse(name).expect("a name of a type"));
        let types: Vec<ScalarType> = types.collect();
        Told {
            locks: [false, true, true].map(model::Lock::new).into(),
            orphaned_by: vec![None; LOCKS],
            semaphores: (0..UNITS.len()).map(|n| model::Semaphore::new(UNITS[n], n == 0)).collect(),
            event: model::Event::new(false),
            barrier: Barrier::new(PARTIES),
            culprit: None,
            tickets: 0,
            values: types.iter().map(|of| Cell::new(*of, of.zero())).collect(),
            arrays: types.iter().map(|of| Array::new(*of, vec![of.zero(); CELLS])).collect(),
            queues: QUEUES.map(|(maxsize, _)| model::Queue::new(maxsize, [])).into(),
            channels: PIPES.map(|_| [Channel::new(), Channel::new()]).into(),
            actors: vec![Actor::default(); ACTORS],
        }
    }

    pub fn has_ended(&self, actor: usize) -> bool {
        self.actors[actor].ended
    }

    /// Begins an operation: all of it that happens at once, and all it does to others. `poll`: it does not wait.
    pub fn start(&mut self, actor: usize, op: Op, poll: bool) {
        self.actors[actor].pending = Some(Pending::Try(op));
        match op {
            Op::Await if !self.event.is_set() && !poll => self.actors[actor].pending = Some(Pending::Awaiting),
            Op::Set if self.event.set() => {
                self.let_go(|pending| matches!(pending, Pending::Awaiting).then_some(Outcome::Truth(true)));
            }
            Op::Gather => self.gather(actor, poll),
            Op::Abort => self.break_barrier(None),
            Op::Reset => {
                let idle = !self.barrier.broken() && self.barrier.n_waiting() == 0;
                self.barrier.reset();
                if !idle {
                    self.culprit = None;
                    self.let_go(gathering_breaks(None));
                }
            }
            Op::Sleep(condition) => self.fall_asleep(actor, condition, poll),
            Op::Notify(condition, n) if self.actors[actor].depth[CONDITION_LOCKS[condition]] > 0 => {
                self.notify(condition, (n != u32::MAX).then_some(u64::from(n)));
            }
            _ => (),
        }
        self.tell_of_ends();
        let undecided = matches!(self.actors[actor].pending, Some(Pending::Try(_)));
        if poll && undecided {
            let outcome = self.advance(actor).unwrap_or(Outcome::TimedOut);
            self.actors[actor].pending = Some(Pending::Ready(outcome));
        }
    }

    /// The outcome of what this actor began, if it can have one now.
    pub fn advance(&mut self, actor: usize) -> Option<Outcome> {
        let outcome = match self.actors[actor].pending.clone()? {
            Pending::Try(op) => self.attempt(actor, op)?,
            Pending::Awaiting | Pending::Gathering(_) => return None,
            Pending::Asleep { condition, sleeper, .. } => {
                let lock = CONDITION_LOCKS[condition];
                if !sleeper.leaving {
                    return None;
                }
                let mut none = 0;
                let acquired = self.locks[lock].acquire(&mut none)?;
                self.actors[actor].depth[lock] = sleeper.depth;
                if let Some(rank) = sleeper.rank {
                    self.move_up(condition, rank);
                }
                Outcome::Woken { notified: sleeper.is_notified(), died: self.died(lock, acquired) }
            }
            Pending::Ready(outcome) => outcome,
        };
        self.actors[actor].pending = None;
        self.tell_of_ends();
        Some(outcome)
    }

    fn attempt(&mut self, actor: usize, op: Op) -> Option<Outcome> {
        let me = &mut self.actors[actor];
        let number = |result: Result<Value, Fault>| result.map_or_else(refused, |value| Outcome::Number(of(&value)));
        let done = |()| Outcome::Done;
        Some(match op {
            Op::Acquire(n) => {
                let acquired = self.locks[n].acquire(&mut me.depth[n])?;
                Outcome::Acquired(self.died(n, acquired))
            }
            Op::Release(n) => self.locks[n].release(&mut me.depth[n]).map_or(Outcome::NotHeld, done),
            Op::Take(n) => self.semaphores[n].acquire(&mut me.balance[n]).then_some(Outcome::Done)?,
            Op::Give(n) => self.semaphores[n].release(&mut me.balance[n]).map_or(Outcome::AboveBound, done),
            Op::Await => Outcome::Truth(self.event.is_set()),
            Op::Clear => {
                self.event.clear();
                Outcome::Done
            }
            Op::Set | Op::Abort | Op::Reset => Outcome::Done,
            Op::Notify(condition, _) if me.depth[CONDITION_LOCKS[condition]] == 0 => Outcome::NotHeld,
            Op::Notify(..) => Outcome::Done,
            Op::Gather | Op::Sleep(_) => unreachable!("begun as such"),
            Op::Write(n, to) => {
                let cell = &mut self.values[n];
                cell.write(&value(to)).map_or_else(refused, |()| Outcome::Number(of(cell.read())))
            }
            Op::Add(n, by) => number(self.values[n].add(&value(by))),
            Op::ReadCell(n, cell) => number(self.arrays[n].read_cell(cell as i64)),
            Op::WriteCell(n, cell, to) => self.arrays[n].write_cell(cell as i64, &value(to)).map_or_else(refused, done),
            Op::AddCell(n, cell, by) => number(self.arrays[n].add(cell as i64, &value(by))),
            Op::WriteAll(n, to, last, length) => {
                let mut all = vec![value(to); length];
                all[length - 1] = value(last);
                self.arrays[n].write(&Value::list(all)).map_or_else(refused, done)
            }
            Op::ReadAll(n) => Outcome::Numbers(self.arrays[n].cells().iter().map(of).collect()),
            Op::Send(n, end, item) => self.send(actor, n, end, item),
            Op::Recv(n, end) => return self.recv(actor, n, end),
            Op::CloseEnd(n, end) => {
                me.closed_end[n][end] = true;
                Outcome::Done
            }
            _ => return self.on_queue(actor, op),
        })
    }

    fn on_queue(&mut self, actor: usize, op: Op) -> Option<Outcome> {
        let me = &mut self.actors[actor];
        Some(match op {
            Op::Put(n, _) if me.closed[n] => Outcome::Closed,
            Op::Put(n, item) => self.queues[n].put(item).ok().map(|()| Outcome::Done)?,
            Op::Get(n) | Op::Drain(n) => {
                let item = self.queues[n].get()?;
                if QUEUES[n].1 {
                    me.taken[n].push_back(item);
                }
                Outcome::Item(item)
            }
            Op::Done(n) if QUEUES[n].1 && me.taken[n].pop_front().is_none() => Outcome::TooOften,
            Op::Done(n) => self.queues[n].task_done().map_or(Outcome::TooOften, |()| Outcome::Done),
            Op::Join(n) => (self.queues[n].unfinished() == 0).then_some(Outcome::Done)?,
            Op::Close(n) => {
                me.closed[n] = true;
                Outcome::Done
            }
            Op::GiveBack(n, item) => {
                let item = if QUEUES[n].1 { me.taken[n].pop_back() } else { Some(item) };
                self.queues[n].give_back(item);
                Outcome::Done
            }
            _ => unreachable!("an operation of a queue"),
        })
    }

    fn can_send(pipe: usize, end: usize) -> bool {
        PIPES[pipe] || end == 1
    }

    /// Whether anybody still has that end.
    fn is_open(&self, pipe: usize, end: usize) -> bool {
        WIRED[pipe][end].iter().any(|n| !self.actors[*n].ended && !self.actors[*n].closed_end[pipe][end])
    }

    fn send(&mut self, actor: usize, pipe: usize, end: usize, item: u32) -> Outcome {
        if !Self::can_send(pipe, end) {
            return Outcome::Direction;
        }
        if self.actors[actor].closed_end[pipe][end] {
            return Outcome::Closed;
        }
        let open = self.is_open(pipe, 1 - end);
        if self.channels[pipe][end].send(item, open) { Outcome::Done } else { Outcome::BrokenPipe }
    }

    fn recv(&mut self, actor: usize, pipe: usize, end: usize) -> Option<Outcome> {
        if !Self::can_send(pipe, 1 - end) {
            return Some(Outcome::Direction);
        }
        if self.actors[actor].closed_end[pipe][end] {
            return Some(Outcome::Closed);
        }
        let open = self.is_open(pipe, 1 - end);
        match self.channels[pipe][1 - end].recv(open)? {
            Received::Message(item) => Some(Outcome::Item(item)),
            Received::End => Some(Outcome::End),
        }
    }

    fn died(&mut self, lock: usize, acquired: Acquired) -> Option<usize> {
        match acquired {
            Acquired::Clean => None,
            Acquired::OwnerDied => self.orphaned_by[lock].take(),
        }
    }

    /// Gives an outcome to all who wait for what has just happened.
    fn let_go(&mut self, goes: impl Fn(&Pending) -> Option<Outcome>) {
        for pending in self.actors.iter_mut().filter_map(|actor| actor.pending.as_mut()) {
            if let Some(outcome) = goes(pending) {
                *pending = Pending::Ready(outcome);
            }
        }
    }

    fn gather(&mut self, actor: usize, poll: bool) {
        let pending = match self.barrier.arrive() {
            Err(_) => Pending::Ready(Outcome::Broken(self.culprit)),
            Ok(Arrival::Waits(index)) => Pending::Gathering(index),
            Ok(Arrival::Completes(index)) => {
                self.let_go(|pending| match pending {
                    Pending::Gathering(index) => Some(Outcome::Index(*index)),
                    _ => None,
                });
                Pending::Ready(Outcome::Index(index))
            }
        };
        let gathers = matches!(pending, Pending::Gathering(_));
        self.actors[actor].pending = Some(pending);
        if gathers && poll {
            self.break_barrier(None);
        }
    }

    fn break_barrier(&mut self, culprit: Option<usize>) {
        if !self.barrier.broken() {
            self.barrier.break_now(None);
            self.culprit = culprit;
            self.let_go(gathering_breaks(culprit));
        }
    }

    fn sleepers(&mut self, of: usize) -> impl Iterator<Item = (&mut Sleeper, u64, &mut u64)> {
        self.actors.iter_mut().filter_map(move |actor| match &mut actor.pending {
            Some(Pending::Asleep { condition, sleeper, ticket, notified_before }) if *condition == of => {
                Some((sleeper, *ticket, notified_before))
            }
            _ => None,
        })
    }

    fn fall_asleep(&mut self, actor: usize, condition: usize, poll: bool) {
        let lock = CONDITION_LOCKS[condition];
        let Ok(depth) = self.locks[lock].release_wholly(&mut self.actors[actor].depth[lock]) else {
            self.actors[actor].pending = Some(Pending::Ready(Outcome::NotHeld));
            return;
        };
        let others = self.sleepers(condition).filter(|(sleeper, ..)| !sleeper.is_notified()).count() as u32;
        let sleeper = Sleeper { leaving: poll, ..Sleeper::new(depth, others) };
        let (ticket, notified_before) = (self.tickets, 0);
        self.tickets += 1;
        self.actors[actor].pending = Some(Pending::Asleep { condition, sleeper, ticket, notified_before });
    }

    fn notify(&mut self, condition: usize, n: Option<u64>) {
        let before = self.tickets;
        for (sleeper, _, notified_before) in self.sleepers(condition) {
            let was = sleeper.is_notified();
            *sleeper = model::notify(*sleeper, n);
            if !was && sleeper.is_notified() {
                *notified_before = before;
            }
        }
    }

    /// Behind a sleeper that is gone.
    fn move_up(&mut self, condition: usize, gone: u32) {
        self.sleepers(condition).for_each(|(sleeper, ..)| {
            sleeper.rank = sleeper.rank.map(|rank| model::wake_rank(rank, gone));
        });
    }

    /// Whoever waits in a `for .. from` a queue that is finished.
    fn tell_of_ends(&mut self) {
        for (n, putters) in PUTTERS.iter().enumerate() {
            let drains = |actor: &Actor| matches!(actor.pending, Some(Pending::Try(Op::Drain(of))) if of == n);
            let keeps_open = |index: &usize| {
                let actor = &self.actors[*index];
                let puts = putters.contains(index) && !actor.closed[n];
                !actor.ended && !drains(actor) && (puts || !actor.taken[n].is_empty())
            };
            if self.queues[n].is_empty() && !(0..ACTORS).any(|index| keeps_open(&index)) {
                self.let_go(|pending| {
                    matches!(pending, Pending::Try(Op::Drain(of)) if *of == n).then_some(Outcome::End)
                });
            }
        }
    }

    /// The actor is over.
    pub fn recover(&mut self, actor: usize, badly: bool) {
        match self.actors[actor].pending.take() {
            Some(Pending::Gathering(_)) => self.break_barrier(Some(actor)),
            Some(Pending::Asleep { condition, sleeper, notified_before, .. }) => match sleeper.rank {
                Some(rank) => self.move_up(condition, rank),
                None => self.hand_on(condition, notified_before),
            },
            _ => (),
        }
        let me = &mut self.actors[actor];
        for (n, depth) in me.depth.iter_mut().enumerate().filter(|(_, depth)| **depth > 0) {
            self.locks[n].abandon();
            self.orphaned_by[n] = Some(actor);
            *depth = 0;
        }
        for (semaphore, balance) in self.semaphores.iter_mut().zip(&mut me.balance).filter(|_| badly) {
            semaphore.give_back(*balance);
            *balance = (*balance).min(0);
        }
        for (queue, taken) in self.queues.iter_mut().zip(&mut me.taken) {
            let taken = std::mem::take(taken);
            if badly {
                queue.give_back(taken);
            }
        }
        (me.closed, me.closed_end) = Default::default();
    }

    /// The notification of one that died before it could leave goes to the longest asleep of those who slept then.
    fn hand_on(&mut self, condition: usize, before: u64) {
        let next = self.sleepers(condition).filter(|(_, ticket, _)| *ticket < before);
        let Some(rank) = next.filter_map(|(sleeper, ..)| sleeper.rank).min() else { return };
        for (sleeper, _, notified_before) in self.sleepers(condition) {
            if sleeper.rank == Some(rank) {
                (sleeper.rank, sleeper.leaving, *notified_before) = (None, true, before);
            }
        }
        self.move_up(condition, rank);
    }

    pub fn begin(&mut self, actor: usize) {
        self.actors[actor].balance = Default::default();
    }

    pub fn ended(&mut self, actor: usize) {
        self.actors[actor].ended = true;
        self.tell_of_ends();
    }

    pub fn seen(&self) -> Seen {
        let holder = |n: usize| self.actors.iter().position(|actor| actor.depth[n] > 0);
        let balances = self.actors.iter().map(|actor| actor.balance[0]).enumerate();
        let finished = |pipe: usize, end: usize| !self.is_open(pipe, 1 - end);
        Seen {
            locks: (0..LOCKS).map(|n| (self.locks[n].locked(), holder(n))).collect(),
            units: self.semaphores.iter().map(model::Semaphore::value).collect(),
            holders: balances.filter(|(_, balance)| *balance > 0).map(|(n, balance)| (n, balance as u32)).collect(),
            set: self.event.is_set(),
            gathered: (self.barrier.n_waiting(), self.barrier.broken()),
            queues: self
                .queues
                .iter()
                .map(|queue| SeenQueue {
                    qsize: queue.qsize(),
                    empty: queue.is_empty(),
                    full: queue.is_full(),
                    unfinished: queue.unfinished(),
                    contents: queue.items().copied().collect(),
                })
                .collect(),
            pipes: (0..PIPES.len())
                .map(|pipe| {
                    [0, 1].map(|end| {
                        let channel = &self.channels[pipe][1 - end];
                        let polls = Self::can_send(pipe, 1 - end) && channel.poll(!finished(pipe, end));
                        (channel.len() as u64, polls)
                    })
                })
                .collect(),
        }
    }
}

fn gathering_breaks(culprit: Option<usize>) -> impl Fn(&Pending) -> Option<Outcome> {
    move |pending| matches!(pending, Pending::Gathering(_)).then_some(Outcome::Broken(culprit))
}

fn refused(fault: Fault) -> Outcome {
    match &*fault.kind {
        Fault::INDEX => Outcome::IndexError,
        Fault::VALUE => Outcome::ValueError,
        other => panic!("{other}: {}", fault.message),
    }
}

fn value(number: Number) -> Value {
    match number {
        Number::Int(int) => Value::Int(int),
        Number::Float(bits) => Value::Float(f64::from_bits(bits)),
        Number::Bool(bool) => Value::Bool(bool),
    }
}

fn of(value: &Value) -> Number {
    match value {
        Value::Int(int) => Number::Int(*int),
        Value::Float(float) => Number::Float(float.to_bits()),
        Value::Bool(bool) => Number::Bool(*bool),
        other => panic!("a cell holds {other:?}"),
    }
}
