//! Steps on a queue.
use super::super::block::{Block, Phase};
use super::super::layout::{Object, Place};
use super::super::world::World;
use super::alone::Tried::{self, Answer, Waits};
use super::alone::null;
use crate::graph::ObjectKind;
use crate::program::{Outcome, Property, Readable, Request};
use crate::value::{Fault, Value};

impl World<'_, '_> {
    pub(super) fn try_queue(
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
                    Ok(()) => {
                        self.mind_put(block, place, value);
                        Answer(null())
                    }
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
}
