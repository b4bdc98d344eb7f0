//! The operations, each as the step of that name. Queues and pipes carry the values of the language.
use super::visit::{Call, Visit};
use crate::graph::Until;
use crate::program::{Part, Wait};
use crate::run::ipc::{Granted, Verb, What};
use crate::shm::{self, Acquired, SlotIndex};
use crate::value::{Fault, Size, Value, decode, encode};

/// Why it could not be done: in time, or at all.
pub enum Undone {
    TimedOut,
    /// The stream is at its end.
    Ended,
    Fault(Fault),
}

impl From<Fault> for Undone {
    fn from(fault: Fault) -> Self {
        Undone::Fault(fault)
    }
}

impl From<shm::TimedOut> for Undone {
    fn from(_: shm::TimedOut) -> Self {
        Undone::TimedOut
    }
}

/// Nothing where there is nothing to say.
pub type Done = Result<Option<Value>, Undone>;

pub fn perform(visit: &Visit, call: &Call) -> Done {
    let Some(first) = visit.things.first() else { return Err(damaged()) };
    match (call.verb, &first.what) {
        (Verb::Wait, what) => match what {
            What::Barrier { object, timeout_ns } => visit.wait_barrier(first, *object, *timeout_ns, call.wait),
            What::Condition(object) => visit.wait_condition(first, *object, call.wait),
            What::Event(object) if visit.things.len() == 1 => {
                let is_set = visit.at::<shm::Event>(*object)?.wait(&visit.actor, visit.until);
                if is_set { Ok(in_time(call.wait)) } else { Err(Undone::TimedOut) }
            }
            _ => visit.wait_any(),
        },
        (Verb::Read, _) if first.property.is_some() => visit.property(first),
        (verb, What::Queue(object)) => visit.queue(first, visit.at(*object)?, verb, call),
        (verb, What::Messages { pipe, side }) => {
            let side = if *side == 0 { shm::End::A } else { shm::End::B };
            visit.messages(first, visit.at(*pipe)?, side, verb, call)
        }
        (verb, What::Bytes { marker, side }) => visit.bytes(first, *marker, *side, verb, call),
        (verb, What::Event(object)) => {
            let event: &shm::Event = visit.at(*object)?;
            match verb {
                Verb::Set => event.set(),
                Verb::Clear => event.clear(),
                _ => return Err(damaged()),
            }
            Ok(None)
        }
        (verb, What::Barrier { object, .. }) => {
            let barrier: &shm::Barrier = visit.at(*object)?;
            match verb {
                Verb::Abort => barrier.abort(),
                Verb::Reset => barrier.reset(),
                _ => return Err(damaged()),
            }
            Ok(None)
        }
        (verb, What::Semaphore(object)) => visit.semaphore(first, visit.at(*object)?, verb, call.wait),
        (verb, What::Lock(_) | What::Condition(_)) => visit.lock(first, verb, call),
        (Verb::Join, What::Process(slots)) => {
            for slot in slots {
                visit.actor.join(SlotIndex(*slot), visit.until)?;
            }
            Ok(in_time(call.wait))
        }
        (_, What::Value(_) | What::Array(_)) => visit.cells(first, call),
        _ => Err(damaged()),
    }
}

/// Of a step that says whether it was done in time: without a limit there is no question.
fn in_time(wait: Wait) -> Option<Value> {
    (wait != Wait::Forever).then_some(Value::Bool(true))
}

/// What was granted is not what was asked for, or not in the arena.
pub fn damaged() -> Undone {
    Fault::runtime("the graph's memory is not what the runner said").into()
}

pub fn value_of(call: &Call) -> Result<&Value, Undone> {
    call.value.as_ref().ok_or_else(|| Fault::type_error(format!("`{}` needs a value", call.verb.name())).into())
}

impl<'a> Visit<'a> {
    pub fn at<T: shm::Object>(&self, index: u32) -> Result<&'a T, Undone> {
        self.object(index).ok_or_else(damaged)
    }

    fn queue(&self, thing: &Granted, queue: &shm::Queue, verb: Verb, call: &Call) -> Done {
        let (actor, name) = (&self.actor, &thing.name);
        let mut bytes = Vec::new();
        match verb {
            Verb::Put => {
                encode(value_of(call)?, &mut bytes)?;
                match queue.put(actor, &bytes, self.until) {
                    Ok(()) => Ok(None),
                    Err(shm::PutError::Full) => Err(Undone::TimedOut),
                    Err(shm::PutError::Memory) => Err(self.out_of_memory()),
                    Err(shm::PutError::Closed) => Err(Fault::value(format!("the queue `{name}` is closed")).into()),
                }
            }
            Verb::Get => {
                queue.get(actor, &mut bytes, self.until).map_err(|_| Undone::TimedOut)?;
                Ok(Some(decode(&bytes)?))
            }
            Verb::Next => match queue.get_or_end(actor, &mut bytes, self.until) {
                Ok(shm::Next::Item) => Ok(Some(decode(&bytes)?)),
                Ok(shm::Next::End) => Err(Undone::Ended),
                Err(_) => Err(Undone::TimedOut),
            },
            Verb::TaskDone => match queue.task_done(actor) {
                Ok(()) => Ok(None),
                Err(_) => Err(Fault::value("task_done() called too many times").into()),
            },
            Verb::Join => {
                queue.join(actor, self.until)?;
                Ok(in_time(call.wait))
            }
            Verb::Close => {
                queue.close(actor);
                Ok(None)
            }
            _ => Err(damaged()),
        }
    }

    fn messages(&self, thing: &Granted, pipe: &shm::Pipe, side: shm::End, verb: Verb, call: &Call) -> Done {
        let name = &thing.name;
        let closed = || Err(Fault::os(format!("the end `{name}` is closed")).into());
        let mut bytes = Vec::new();
        match verb {
            Verb::Send => {
                encode(value_of(call)?, &mut bytes)?;
                match pipe.send(&self.actor, side, &bytes) {
                    Ok(()) => Ok(None),
                    Err(shm::SendError::Broken) => {
                        Err(Fault::broken_pipe(format!("nobody has the other end of `{name}`")).into())
                    }
                    Err(shm::SendError::Closed) => closed(),
                    Err(shm::SendError::Direction) => Err(Fault::os(format!("the end `{name}` only reads")).into()),
                    Err(shm::SendError::Memory) => Err(self.out_of_memory()),
                }
            }
            Verb::Recv | Verb::Next => match pipe.recv(&self.actor, side, &mut bytes, self.until) {
                Ok(()) => Ok(Some(decode(&bytes)?)),
                Err(shm::RecvError::TimedOut) => Err(Undone::TimedOut),
                Err(shm::RecvError::Eof) if verb == Verb::Next => Err(Undone::Ended),
                Err(shm::RecvError::Eof) => Err(eof(name)),
                Err(shm::RecvError::Closed) => closed(),
                Err(shm::RecvError::Direction) => Err(Fault::os(format!("the end `{name}` only writes")).into()),
            },
            Verb::Close => {
                pipe.close(&self.actor, side);
                Ok(None)
            }
            Verb::Read => Ok(Some(Value::Bool(pipe.poll(self.actor.arena(), side)))),
            _ => Err(damaged()),
        }
    }

    fn bytes(&self, thing: &Granted, marker: u32, side: u8, verb: Verb, call: &Call) -> Done {
        match verb {
            Verb::Send => self.send_bytes(thing, marker, side, value_of(call)?),
            Verb::Recv | Verb::Next => {
                let part = match (call.size, call.until) {
                    _ if verb == Verb::Next => Part::Until(Until::Line),
                    (Some(size), _) => Part::Size(size),
                    (None, Some(until)) => Part::Until(until),
                    (None, None) => Part::Some,
                };
                match self.recv_bytes(thing, marker, side, part) {
                    Err(Undone::Ended) if verb == Verb::Recv => Err(eof(&thing.name)),
                    other => other,
                }
            }
            _ => Err(damaged()),
        }
    }

    fn out_of_memory(&self) -> Undone {
        let limit = Size::from_bytes(self.actor.arena().limit());
        Fault::memory(format!("the message does not fit into the run's memory ({limit}, see --memory)")).into()
    }

    fn semaphore(&self, thing: &Granted, semaphore: &shm::Semaphore, verb: Verb, wait: Wait) -> Done {
        match verb {
            Verb::Acquire => {
                semaphore.acquire(&self.actor, self.until)?;
                Ok(in_time(wait))
            }
            Verb::Release if semaphore.release(&self.actor).is_ok() => Ok(None),
            Verb::Release => Err(Fault::value(format!("`{}` was released too many times", thing.name)).into()),
            _ => Err(damaged()),
        }
    }

    /// A lock, or the one that a condition stands on.
    fn lock(&self, thing: &Granted, verb: Verb, call: &Call) -> Done {
        let condition = match thing.what {
            What::Condition(object) => Some(self.at::<shm::Condition>(object)?),
            _ => None,
        };
        let lock = match (condition, &thing.what) {
            (Some(condition), _) => condition.lock(self.actor.arena()),
            (None, What::Lock(object)) => self.at(*object)?,
            _ => return Err(damaged()),
        };
        match (verb, condition) {
            (Verb::Acquire, _) => {
                let acquired = lock.acquire(&self.actor, self.until)?;
                self.acquired(thing, acquired)?;
                Ok(in_time(call.wait))
            }
            (Verb::Release, _) if lock.release(&self.actor).is_ok() => Ok(None),
            (Verb::Release, _) => Err(Fault::value(format!("`{}` does not hold `{}`", self.name, thing.name)).into()),
            (Verb::Notify, Some(condition)) => {
                let n = call.n.map_or(u32::MAX, |n| u32::try_from(n).unwrap_or(u32::MAX));
                condition.notify(&self.actor, n).map_err(|_| self.not_held(thing))?;
                Ok(None)
            }
            _ => Err(damaged()),
        }
    }

    fn acquired(&self, thing: &Granted, acquired: Acquired) -> Result<(), Undone> {
        match acquired {
            Acquired::Clean => Ok(()),
            Acquired::OwnerDied { slot } => {
                let dead = self.name_of(slot);
                Err(Fault::owner_died(format!("{dead} ended and held `{}`", thing.name)).into())
            }
        }
    }

    fn not_held(&self, thing: &Granted) -> Undone {
        Fault::value(format!("`{}` does not hold the lock of `{}`", self.name, thing.name)).into()
    }

    fn wait_condition(&self, thing: &Granted, object: u32, wait: Wait) -> Done {
        let condition: &shm::Condition = self.at(object)?;
        let woken = condition.wait(&self.actor, self.until).map_err(|_| self.not_held(thing))?;
        self.acquired(thing, woken.acquired)?;
        if woken.notified { Ok(in_time(wait)) } else { Err(Undone::TimedOut) }
    }

    fn wait_barrier(&self, thing: &Granted, object: u32, timeout_ns: Option<u64>, wait: Wait) -> Done {
        let until = match (wait, timeout_ns) {
            (Wait::Forever, Some(0)) => shm::Wait::Poll,
            (Wait::Forever, Some(ns)) => shm::Wait::Until(shm::now_ns().saturating_add(ns)),
            _ => self.until,
        };
        match self.at::<shm::Barrier>(object)?.wait(&self.actor, until) {
            Ok(index) => Ok(Some(Value::Int(i64::from(index)))),
            Err(broken) => {
                let message = match broken.culprit {
                    Some(slot) => format!("`{}` is broken: {} died", thing.name, self.name_of(slot)),
                    None => format!("`{}` is broken", thing.name),
                };
                Err(Fault::broken_barrier(message).into())
            }
        }
    }
}

fn eof(name: &str) -> Undone {
    Fault::eof(format!("the other side of `{name}` is closed")).into()
}
