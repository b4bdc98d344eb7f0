//! In through the runner's door, one operation, and out again.
//!
//! What the operation took is this client's own until the result has been delivered; then it is its command's. Killed
//! before that, it leaves things as a process that dies in the middle of the operation.
use std::borrow::Cow;
use std::io;
use std::os::fd::OwnedFd;

use super::knock::Knock;
use super::perform::{Undone, perform};
use crate::graph::Until;
use crate::program::Wait;
use crate::run::ipc::{Answer, Granted, Hello, Question, VARIABLE, Verb, What};
use crate::shm::{self, Actor, Arena, AttachError, ObjectIndex, SlotIndex};
use crate::value::{Fault, Value};

/// How long an introduction may take at least, whatever the operation's own limit: 1 s.
const INTRODUCTION_NS: u64 = 1_000_000_000;

/// A step, said from outside.
#[derive(Clone, Debug)]
pub struct Call {
    pub verb: Verb,
    pub words: Vec<String>,
    /// Of `put`, `send` and `write`.
    pub value: Option<Value>,
    pub index: Option<i64>,
    /// Of `add`.
    pub by: Value,
    /// Of `notify`; `None`: all.
    pub n: Option<u64>,
    pub size: Option<u64>,
    pub until: Option<Until>,
    pub wait: Wait,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    Done,
    /// Where the step would say `false`.
    NotInTime,
    /// Of `next`: there is nothing more, and never will be.
    Finished,
}

#[derive(Debug)]
pub enum Trouble {
    /// What the step would raise.
    Fault(Fault),
    /// It may not, or its words mean nothing; and what to do about it.
    Refused { message: String, help: String },
    /// This is no command of a graph that runs.
    Outside(String),
    /// The result could not be delivered.
    Unheard(io::Error),
}

/// Does it, and delivers what there is to say. Blocks as long as the step would.
///
/// # Errors
/// [`Trouble`]; an item that could not be delivered is back at the front of its queue.
pub fn call(call: &Call, deliver: impl FnOnce(&Value) -> io::Result<()>) -> Result<Made, Trouble> {
    let until = match call.wait {
        Wait::Poll => shm::Wait::Poll,
        Wait::For(ns) => shm::Wait::Until(shm::now_ns().saturating_add(ns)),
        Wait::Forever => shm::Wait::Forever,
    };
    let patience = match until {
        shm::Wait::Told | shm::Wait::Forever => shm::Wait::Forever,
        shm::Wait::Poll => shm::Wait::Until(shm::now_ns().saturating_add(INTRODUCTION_NS)),
        shm::Wait::Until(at) => shm::Wait::Until(at.max(shm::now_ns().saturating_add(INTRODUCTION_NS))),
    };
    let (door, token) = invitation()?;
    let knock = Knock::at(&door).map_err(|error| gone(&error))?;
    let words = call.words.iter().map(|word| Cow::Borrowed(word.as_str())).collect();
    let hello = Hello { token: token.into(), verb: call.verb, words };
    knock.say(&hello).map_err(|error| gone(&error))?;
    let Some((answer, fds)) = knock.hear(patience).map_err(|error| gone(&error))? else {
        let message = "as many clients of this command as there may be are at work already";
        return Err(Trouble::Fault(Fault::timeout(message)));
    };
    match answer {
        Answer::Attached { slot, name, things } => {
            let mut fds = fds.into_iter();
            let arena = fds.next().ok_or_else(|| Trouble::Outside("the runner gave no memory".into()))?;
            let arena = Arena::attach(arena).map_err(attach_error)?;
            let actor = Actor::new(&arena, SlotIndex(slot));
            let visit = Visit { knock: &knock, actor, name, things: &things, ends: fds.collect(), until };
            visit.conclude(call, deliver)
        }
        Answer::Done(said) => {
            let said = said.map(|text| crate::value::from_json(&text)).transpose().map_err(Trouble::Fault)?;
            said.map_or(Ok(()), |value| deliver(&value)).map_err(Trouble::Unheard)?;
            Ok(Made::Done)
        }
        Answer::Failed(kind, message) => Err(Trouble::Fault(Fault::new(kind.as_str(), message))),
        Answer::Refused { message, help } => Err(Trouble::Refused { message, help }),
        Answer::Name(_) => Err(Trouble::Outside("the runner said something else".into())),
    }
}

/// What the command was told when it started.
fn invitation() -> Result<(String, String), Trouble> {
    let outside = || {
        Trouble::Outside(format!(
            "this is not inside a command of a graph that runs, or the command has no `uses` ({VARIABLE} is not set)"
        ))
    };
    let told = std::env::var(VARIABLE).map_err(|_| outside())?;
    told.split_once(':').map(|(door, token)| (door.to_owned(), token.to_owned())).ok_or_else(outside)
}

fn gone(error: &io::Error) -> Trouble {
    Trouble::Outside(format!("the runner cannot be reached: {error}"))
}

fn attach_error(error: AttachError) -> Trouble {
    Trouble::Outside(match error {
        AttachError::OtherVersion { .. } => "the runner is another version of mpgraph".into(),
        other => format!("the graph's memory cannot be had: {other:?}"),
    })
}

/// An attached client.
pub struct Visit<'a> {
    knock: &'a Knock,
    pub actor: Actor<'a>,
    /// Of the command.
    pub name: String,
    pub things: &'a [Granted],
    /// Of the ends of bytes pipes among the things, in their order.
    ends: Vec<OwnedFd>,
    pub until: shm::Wait,
}

impl<'a> Visit<'a> {
    fn conclude(self, call: &Call, deliver: impl FnOnce(&Value) -> io::Result<()>) -> Result<Made, Trouble> {
        let result = match perform(&self, call) {
            Ok(None) => Ok(Made::Done),
            Ok(Some(value)) => match deliver(&value) {
                Ok(()) => Ok(Made::Done),
                Err(error) => {
                    self.take_back(call.verb, &value);
                    Err(Trouble::Unheard(error))
                }
            },
            Err(Undone::TimedOut) => match not_in_time(call.verb, self.things) {
                None => deliver(&Value::Bool(false)).map(|()| Made::NotInTime).map_err(Trouble::Unheard),
                Some(fault) => Err(Trouble::Fault(fault)),
            },
            Err(Undone::Ended) => Ok(Made::Finished),
            Err(Undone::Fault(fault)) => Err(Trouble::Fault(fault)),
        };
        self.entrust();
        self.actor.leave();
        result
    }

    /// What could not be delivered goes back: whoever called thinks that it was not done.
    fn take_back(&self, verb: Verb, value: &Value) {
        let [Granted { what, .. }] = self.things else { return };
        match (verb, what) {
            (Verb::Get | Verb::Next, What::Queue(queue)) => {
                let mut bytes = Vec::new();
                if let (Ok(()), Some(queue)) =
                    (crate::value::encode(value, &mut bytes), self.object::<shm::Queue>(*queue))
                {
                    let _ = queue.give_back(&self.actor, &bytes);
                }
            }
            (Verb::Acquire, What::Lock(lock)) => {
                let _ = self.object::<shm::Lock>(*lock).map(|lock| lock.release(&self.actor));
            }
            (Verb::Acquire, What::Condition(condition)) => {
                let condition = self.object::<shm::Condition>(*condition);
                let _ = condition.map(|condition| condition.lock(self.actor.arena()).release(&self.actor));
            }
            (Verb::Acquire, What::Semaphore(semaphore)) => {
                let _ = self.object::<shm::Semaphore>(*semaphore).map(|semaphore| semaphore.release(&self.actor));
            }
            _ => {}
        }
    }

    /// What was taken is the command's from here on.
    fn entrust(&self) {
        for thing in self.things {
            match thing.what {
                What::Queue(queue) => {
                    if let Some(queue) = self.object::<shm::Queue>(queue) {
                        queue.entrust(&self.actor);
                    }
                }
                What::Lock(lock) => {
                    if let Some(lock) = self.object::<shm::Lock>(lock) {
                        lock.entrust(&self.actor);
                    }
                }
                What::Condition(condition) => {
                    if let Some(condition) = self.object::<shm::Condition>(condition) {
                        condition.lock(self.actor.arena()).entrust(&self.actor);
                    }
                }
                _ => {}
            }
        }
    }

    pub fn object<T: shm::Object>(&self, index: u32) -> Option<&'a T> {
        self.actor.arena().object(ObjectIndex(index))
    }

    /// The descriptor of that thing, an end of a bytes pipe.
    pub fn end(&self, thing: &Granted) -> Option<&OwnedFd> {
        let bytes = self.things.iter().filter(|thing| matches!(thing.what, What::Bytes { .. }));
        bytes.zip(&self.ends).find(|(other, _)| std::ptr::eq(*other, thing)).map(|(_, fd)| fd)
    }

    /// Whose slot that is, by name.
    pub fn name_of(&self, slot: SlotIndex) -> String {
        let until = shm::Wait::Until(shm::now_ns().saturating_add(INTRODUCTION_NS));
        let answer = self.knock.say(&Question::NameOf(slot.0)).and_then(|()| self.knock.hear(until));
        match answer {
            Ok(Some((Answer::Name(name), _))) => format!("`{name}`"),
            _ => "a process".into(),
        }
    }
}

/// What the step raises when its time is over; nothing where it says `false`.
fn not_in_time(verb: Verb, things: &[Granted]) -> Option<Fault> {
    let name = &things.first()?.name;
    match (verb, things) {
        (Verb::Put, _) => Some(Fault::full(format!("the queue `{name}` is full"))),
        (Verb::Get, _) => Some(Fault::empty(format!("the queue `{name}` is empty"))),
        (Verb::Acquire | Verb::Join, _) => None,
        (Verb::Wait, [Granted { what: What::Event(_) | What::Condition(_), .. }]) => None,
        (Verb::Next, _) => Some(Fault::timeout(format!("neither an item nor the end of `{name}` came in time"))),
        (Verb::Wait, _) => Some(Fault::timeout("none of them was ready in time")),
        _ => Some(Fault::timeout(format!("nothing came at `{name}` in time"))),
    }
}
