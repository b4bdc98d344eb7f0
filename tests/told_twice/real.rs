//! The objects in shared memory.
use crate::op::*;
use mpgraph::shm::{
    Acquired, Actor, Arena, Array, Barrier, Condition, End, Event, Heap, Lock, Next, ObjectIndex, Pipe, PutError,
    Queue, QueueForm, RecvError, Refused, Scalar, ScalarType, Semaphore, SendError, Sizes, SlotIndex, Value, Wait,
    supervise,
};

pub struct Real {
    pub arena: Arena,
    locks: Vec<ObjectIndex>,
    semaphores: Vec<ObjectIndex>,
    event: ObjectIndex,
    barrier: ObjectIndex,
    conditions: Vec<ObjectIndex>,
    values: Vec<ObjectIndex>,
    arrays: Vec<ObjectIndex>,
    queues: Vec<ObjectIndex>,
    pipes: Vec<ObjectIndex>,
}

const LIMIT: u64 = 32 << 20;

pub fn slot(actor: usize) -> SlotIndex {
    SlotIndex(actor as u32)
}

fn slots(actors: &[usize]) -> Vec<SlotIndex> {
    actors.iter().map(|actor| slot(*actor)).collect()
}

impl Real {
    pub fn new() -> Real {
        use ScalarType::*;
        let slot_count = ACTORS as u32;
        let bytes = Heap::reservation(slot_count, LIMIT) + (16 << 20);
        let arena = Arena::create(Sizes { bytes, slots: slot_count, objects: 64, longest_wait: 2 }).expect("an arena");
        arena.set_limit(LIMIT);
        Heap::build(&arena, LIMIT).expect("room");
        let locks: Vec<_> = [false, true].map(|recursive| Lock::create(&arena, recursive).expect("room")).into();
        let types = [I8, I16, I32, I64, U8, U16, U32, U64, F32, F64, Bool];
        let zero = |of| if of == Bool { Scalar::Bool(false) } else { Scalar::Int(0) };
        Real {
            semaphores: (0..UNITS.len()).map(|n| Semaphore::create(&arena, UNITS[n], n == 0).expect("room")).collect(),
            event: Event::create(&arena, false).expect("room"),
            barrier: Barrier::create(&arena, PARTIES).expect("room"),
            conditions: [Some(locks[0]), None].map(|lock| Condition::create(&arena, lock).expect("room")).into(),
            values: types.map(|of| Value::create(&arena, of, zero(of)).expect("room")).into(),
            arrays: types.map(|of| Array::create(&arena, of, CELLS as u64).expect("room")).into(),
            queues: (0..QUEUES.len())
                .map(|n| {
                    let (putters, takers) = (slots(PUTTERS[n]), slots(TAKERS[n]));
                    let (maxsize, redeliver) = QUEUES[n];
                    let form = QueueForm { maxsize, redeliver, putters: &putters, takers: &takers, clients: &[] };
                    Queue::create(&arena, &form, &[]).expect("room")
                })
                .collect(),
            pipes: (0..PIPES.len())
                .map(|n| {
                    let [a, b] = WIRED[n].map(slots);
                    Pipe::create(&arena, PIPES[n], [&a, &b]).expect("room")
                })
                .collect(),
            locks,
            arena,
        }
    }

    pub fn begin(&self, actor: usize) {
        supervise::begin(&self.arena, slot(actor), 1);
    }

    /// Twice, for recovery may be begun anew.
    pub fn recover(&self, actor: usize, badly: bool) {
        (0..2).for_each(|_| supervise::recover(&self.arena, slot(actor), badly));
    }

    pub fn ended(&self, actor: usize, badly: bool) {
        supervise::ended(&self.arena, slot(actor), i32::from(badly), badly);
    }

    pub fn is_blocked(&self, actor: usize) -> bool {
        supervise::blocked(&self.arena, slot(actor))
    }

    /// Moves with every wait of that actor.
    pub fn waits(&self, actor: usize) -> u64 {
        supervise::ops(&self.arena, slot(actor))
    }

    fn lock(&self, n: usize) -> &Lock {
        match n {
            2 => self.object::<Condition>(self.conditions[1]).lock(&self.arena),
            n => self.object(self.locks[n]),
        }
    }

    fn object<T: mpgraph::shm::Object>(&self, index: ObjectIndex) -> &T {
        self.arena.object(index).expect("of that kind")
    }

    pub fn perform(&self, actor: usize, op: Op, wait: Wait) -> Outcome {
        let me = &Actor::new(&self.arena, slot(actor));
        let done = |()| Outcome::Done;
        match op {
            Op::Acquire(n) => match self.lock(n).acquire(me, wait) {
                Ok(acquired) => Outcome::Acquired(died(acquired)),
                Err(_) => Outcome::TimedOut,
            },
            Op::Release(n) => self.lock(n).release(me).map_or(Outcome::NotHeld, done),
            Op::Take(n) => {
                self.object::<Semaphore>(self.semaphores[n]).acquire(me, wait).map_or(Outcome::TimedOut, done)
            }
            Op::Give(n) => self.object::<Semaphore>(self.semaphores[n]).release(me).map_or(Outcome::AboveBound, done),
            Op::Set => {
                self.object::<Event>(self.event).set();
                Outcome::Done
            }
            Op::Clear => {
                self.object::<Event>(self.event).clear();
                Outcome::Done
            }
            Op::Await => Outcome::Truth(self.object::<Event>(self.event).wait(me, wait)),
            Op::Gather => match self.object::<Barrier>(self.barrier).wait(me, wait) {
                Ok(index) => Outcome::Index(index),
                Err(broken) => Outcome::Broken(broken.culprit.map(|slot| slot.0 as usize)),
            },
            Op::Abort => {
                self.object::<Barrier>(self.barrier).abort();
                Outcome::Done
            }
            Op::Reset => {
                self.object::<Barrier>(self.barrier).reset();
                Outcome::Done
            }
            Op::Sleep(n) => match self.object::<Condition>(self.conditions[n]).wait(me, wait) {
                Ok(waited) => Outcome::Woken { notified: waited.notified, died: died(waited.acquired) },
                Err(_) => Outcome::NotHeld,
            },
            Op::Notify(n, count) => {
                self.object::<Condition>(self.conditions[n]).notify(me, count).map_or(Outcome::NotHeld, done)
            }
            Op::Put(..) | Op::Get(_) | Op::Drain(_) | Op::Done(_) | Op::Join(_) | Op::Close(_) | Op::GiveBack(..) => {
                self.on_queue(me, op, wait)
            }
            Op::Send(..) | Op::Recv(..) | Op::CloseEnd(..) => self.on_pipe(me, op, wait),
            _ => self.on_cells(me, op),
        }
    }

    fn on_queue(&self, me: &Actor, op: Op, wait: Wait) -> Outcome {
        let queue = |n: usize| self.object::<Queue>(self.queues[n]);
        let mut into = Vec::new();
        match op {
            Op::Put(n, item) => match queue(n).put(me, &payload(item), wait) {
                Ok(()) => Outcome::Done,
                Err(PutError::Full) => Outcome::TimedOut,
                Err(PutError::Closed) => Outcome::Closed,
                Err(PutError::Memory) => panic!("there is room"),
            },
            Op::Get(n) => match queue(n).get(me, &mut into, wait) {
                Ok(()) => Outcome::Item(item(&into)),
                Err(_) => Outcome::TimedOut,
            },
            Op::Drain(n) => match queue(n).get_or_end(me, &mut into, wait) {
                Ok(Next::Item) => Outcome::Item(item(&into)),
                Ok(Next::End) => Outcome::End,
                Err(_) => Outcome::TimedOut,
            },
            Op::Done(n) => queue(n).task_done(me).map_or(Outcome::TooOften, |()| Outcome::Done),
            Op::Join(n) => queue(n).join(me, wait).map_or(Outcome::TimedOut, |()| Outcome::Done),
            Op::Close(n) => {
                queue(n).close(me);
                Outcome::Done
            }
            Op::GiveBack(n, item) => {
                queue(n).give_back(me, &payload(item)).expect("there is room");
                Outcome::Done
            }
            _ => unreachable!("an operation of a queue"),
        }
    }

    fn on_pipe(&self, me: &Actor, op: Op, wait: Wait) -> Outcome {
        let pipe = |n: usize| self.object::<Pipe>(self.pipes[n]);
        let mut into = Vec::new();
        match op {
            Op::Send(n, end, item) => match pipe(n).send(me, END[end], &payload(item)) {
                Ok(()) => Outcome::Done,
                Err(SendError::Broken) => Outcome::BrokenPipe,
                Err(SendError::Closed) => Outcome::Closed,
                Err(SendError::Direction) => Outcome::Direction,
                Err(SendError::Memory) => panic!("there is room"),
            },
            Op::Recv(n, end) => match pipe(n).recv(me, END[end], &mut into, wait) {
                Ok(()) => Outcome::Item(item(&into)),
                Err(RecvError::Eof) => Outcome::End,
                Err(RecvError::TimedOut) => Outcome::TimedOut,
                Err(RecvError::Closed) => Outcome::Closed,
                Err(RecvError::Direction) => Outcome::Direction,
            },
            Op::CloseEnd(n, end) => {
                pipe(n).close(me, END[end]);
                Outcome::Done
            }
            _ => unreachable!("an operation of a pipe"),
        }
    }

    fn on_cells(&self, me: &Actor, op: Op) -> Outcome {
        let value = |n: usize| self.object::<Value>(self.values[n]);
        let array = |n: usize| self.object::<Array>(self.arrays[n]);
        let changed = |result: Result<(), Refused>| result.map_or_else(refused, |()| Outcome::Done);
        match op {
            Op::Write(n, to) => match value(n).write(scalar(to)) {
                Ok(()) => Outcome::Number(number(value(n).read())),
                Err(_) => Outcome::ValueError,
            },
            Op::Add(n, by) => match value(n).add(scalar(by)) {
                Ok(sum) => Outcome::Number(number(sum)),
                Err(_) => Outcome::ValueError,
            },
            Op::ReadCell(n, cell) => array(n).read(me, cell).map_or_else(refused, |is| Outcome::Number(number(is))),
            Op::WriteCell(n, cell, to) => changed(array(n).write(me, cell, scalar(to))),
            Op::AddCell(n, cell, by) => {
                array(n).add(me, cell, scalar(by)).map_or_else(refused, |sum| Outcome::Number(number(sum)))
            }
            Op::WriteAll(n, to, last, length) => {
                let mut all = vec![scalar(to); length];
                all[length - 1] = scalar(last);
                changed(array(n).write_all(me, &all))
            }
            Op::ReadAll(n) => Outcome::Numbers(array(n).read_all(me).into_iter().map(number).collect()),
            _ => unreachable!("an operation of a value or an array"),
        }
    }

    /// Only while nobody moves.
    pub fn seen(&self) -> Seen {
        let bounded: &Semaphore = self.object(self.semaphores[0]);
        let barrier: &Barrier = self.object(self.barrier);
        Seen {
            locks: (0..LOCKS)
                .map(|n| (self.lock(n).locked(), self.lock(n).holder().map(|slot| slot.0 as usize)))
                .collect(),
            units: self.semaphores.iter().map(|index| self.object::<Semaphore>(*index).value()).collect(),
            holders: bounded.holders(&self.arena).into_iter().map(|(slot, units)| (slot.0 as usize, units)).collect(),
            set: self.object::<Event>(self.event).is_set(),
            gathered: (barrier.n_waiting(), barrier.broken()),
            queues: self.queues.iter().map(|index| self.seen_queue(self.object(*index))).collect(),
            pipes: self
                .pipes
                .iter()
                .map(|index| {
                    let pipe: &Pipe = self.object(*index);
                    END.map(|end| (pipe.pending(end), pipe.poll(&self.arena, end)))
                })
                .collect(),
        }
    }

    fn seen_queue(&self, queue: &Queue) -> SeenQueue {
        let mut contents = Vec::new();
        queue.contents(&self.arena, |bytes| contents.push(item(bytes)));
        SeenQueue {
            qsize: queue.qsize(),
            empty: queue.empty(),
            full: queue.full(),
            unfinished: queue.unfinished(),
            contents,
        }
    }
}

const END: [End; 2] = [End::A, End::B];

fn died(acquired: Acquired) -> Option<usize> {
    match acquired {
        Acquired::Clean => None,
        Acquired::OwnerDied { slot } => Some(slot.0 as usize),
    }
}

fn refused(refused: Refused) -> Outcome {
    match refused {
        Refused::Index => Outcome::IndexError,
        Refused::Length | Refused::Misfit(_) => Outcome::ValueError,
    }
}

fn scalar(number: Number) -> Scalar {
    match number {
        Number::Int(int) => Scalar::Int(int),
        Number::Float(bits) => Scalar::Float(f64::from_bits(bits)),
        Number::Bool(bool) => Scalar::Bool(bool),
    }
}

fn number(scalar: Scalar) -> Number {
    match scalar {
        Scalar::Int(int) => Number::Int(int),
        Scalar::UInt(int) => Number::Int(i64::try_from(int).expect("no more than an int")),
        Scalar::Float(float) => Number::Float(float.to_bits()),
        Scalar::Bool(bool) => Number::Bool(bool),
    }
}
