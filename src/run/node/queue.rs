//! Queues and message pipes: values in and out of shared memory.
use super::hands::{Done, Hands, Undone};
use crate::graph::ObjectId;
use crate::program::{End, Part, Wait};
use crate::run::world::Shared;
use crate::shm;
use crate::value::{Fault, Value, decode};

impl<'w> Hands<'w> {
    fn queue(&self, id: ObjectId) -> &'w shm::Queue {
        self.world.object(id)
    }

    pub(super) fn put(&mut self, id: ObjectId, value: &Value, wait: Wait) -> Done {
        let until = self.until(wait);
        let bytes = self.encoded(value)?;
        let put = self.queue(id).put(&self.actor, &bytes, until);
        self.bytes = bytes;
        match put {
            Ok(()) => Ok(Value::Null),
            Err(shm::PutError::Full) => Err(Undone::TimedOut),
            Err(shm::PutError::Memory) => Err(self.out_of_memory()),
            Err(shm::PutError::Closed) => Err(Fault::value(format!("the queue `{}` is closed", self.name(id))).into()),
        }
    }

    pub(super) fn out_of_memory(&self) -> Undone {
        let limit = crate::value::Size::from_bytes(self.world.arena.limit());
        Fault::memory(format!("the message does not fit into the run's memory ({limit}, see --memory)")).into()
    }

    pub(super) fn get(&mut self, id: ObjectId, wait: Wait) -> Done {
        let until = self.until(wait);
        let queue = self.queue(id);
        queue.get(&self.actor, &mut self.bytes, until).map_err(|_| Undone::TimedOut)?;
        Ok(decode(&self.bytes)?)
    }

    pub(super) fn next_item(&mut self, id: ObjectId) -> Done {
        match self.queue(id).get_or_end(&self.actor, &mut self.bytes, shm::Wait::Forever) {
            Ok(shm::Next::Item) => Ok(decode(&self.bytes)?),
            Ok(shm::Next::End) => Err(Undone::Ended),
            Err(_) => Err(Undone::TimedOut),
        }
    }

    pub(super) fn task_done(&mut self, id: ObjectId) -> Done {
        match self.queue(id).task_done(&self.actor) {
            Ok(()) => Ok(Value::Null),
            Err(_) => Err(Fault::value("task_done() called too many times").into()),
        }
    }

    pub(super) fn join_queue(&mut self, id: ObjectId, wait: Wait) -> Done {
        self.queue(id).join(&self.actor, self.until(wait))?;
        Ok(Value::Bool(true))
    }

    pub(super) fn close_queue(&mut self, id: ObjectId) -> Done {
        self.queue(id).close(&self.actor);
        Ok(Value::Null)
    }

    pub(super) fn send(&mut self, end: End, value: &Value) -> Done {
        if let Shared::Bytes(_) = self.world.shared(end.pipe) {
            return self.send_bytes(end, value);
        }
        let bytes = self.encoded(value)?;
        let pipe: &shm::Pipe = self.world.object(end.pipe);
        let sent = pipe.send(&self.actor, side(end), &bytes);
        self.bytes = bytes;
        match sent {
            Ok(()) => Ok(Value::Null),
            Err(shm::SendError::Broken) => {
                Err(Fault::broken_pipe(format!("nobody has the other end of `{}`", self.end_name(end))).into())
            }
            Err(shm::SendError::Closed) => Err(self.closed(end)),
            Err(shm::SendError::Direction) => {
                Err(Fault::os(format!("the end `{}` only reads", self.end_name(end))).into())
            }
            Err(shm::SendError::Memory) => Err(self.out_of_memory()),
        }
    }

    pub(super) fn recv(&mut self, end: End, part: Part, wait: Wait) -> Done {
        if let Shared::Bytes(_) = self.world.shared(end.pipe) {
            return self.recv_bytes(end, part, wait);
        }
        let until = self.until(wait);
        let pipe: &shm::Pipe = self.world.object(end.pipe);
        match pipe.recv(&self.actor, side(end), &mut self.bytes, until) {
            Ok(()) => Ok(decode(&self.bytes)?),
            Err(shm::RecvError::TimedOut) => Err(Undone::TimedOut),
            Err(shm::RecvError::Eof) => Err(self.eof(end)),
            Err(shm::RecvError::Closed) => Err(self.closed(end)),
            Err(shm::RecvError::Direction) => {
                Err(Fault::os(format!("the end `{}` only writes", self.end_name(end))).into())
            }
        }
    }

    /// The next message, or the end when the other side is closed and drained.
    pub(super) fn next_message(&mut self, end: End) -> Done {
        let part = match self.world.shared(end.pipe) {
            Shared::Bytes(_) => Part::Until(crate::graph::Until::Line),
            _ => Part::Message,
        };
        match self.recv(end, part, Wait::Forever) {
            Err(Undone::Fault(fault)) if fault.is(Fault::EOF) => Err(Undone::Ended),
            other => other,
        }
    }

    pub(super) fn close_end(&mut self, end: End) -> Done {
        if let Shared::Bytes(_) = self.world.shared(end.pipe) {
            return self.close_bytes(end);
        }
        let pipe: &shm::Pipe = self.world.object(end.pipe);
        pipe.close(&self.actor, side(end));
        Ok(Value::Null)
    }

    pub(super) fn eof(&self, end: End) -> Undone {
        Fault::eof(format!("the other side of `{}` is closed", self.end_name(end))).into()
    }

    pub(super) fn closed(&self, end: End) -> Undone {
        Fault::os(format!("the end `{}` is closed", self.end_name(end))).into()
    }

    pub(super) fn name(&self, id: ObjectId) -> &'w str {
        &self.world.plan.graph().object(id).name.value
    }

    pub(super) fn end_name(&self, end: End) -> String {
        match &self.world.plan.graph().object(end.pipe).kind {
            crate::graph::ObjectKind::Pipe(pipe) => {
                format!("{}.{}", self.name(end.pipe), pipe.ends[end.side as usize].value)
            }
            _ => self.name(end.pipe).to_owned(),
        }
    }
}

/// The end as shared memory calls it.
pub(super) fn side(end: End) -> shm::End {
    if end.side == 0 { shm::End::A } else { shm::End::B }
}
