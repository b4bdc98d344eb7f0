//! Steps at an end of a bytes pipe. Text goes out as UTF-8; what comes in is bytes.
use std::os::fd::{AsFd, OwnedFd};
use std::sync::PoisonError;

use super::hands::{Done, Hands, Undone};
use crate::graph::Until;
use crate::program::{End, Part, Wait};
use crate::run::bytes_pipe::{BytesEnd, BytesPipe};
use crate::run::world::Shared;
use crate::shm::{self, Target, Verb, Waiting};
use crate::value::{Fault, Value};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// The most that one `recv` takes in.
const MOST: usize = 1 << 30;

impl<'w> Hands<'w> {
    fn bytes_pipe(&self, end: End) -> &'w BytesPipe {
        match self.world.shared(end.pipe) {
            Shared::Bytes(pipe) => pipe,
            _ => unreachable!("only bytes pipes come here"),
        }
    }

    pub(super) fn send_bytes(&mut self, end: End, value: &Value) -> Done {
        let bytes: &[u8] = match value {
            Value::Str(text) => text.as_bytes(),
            Value::Bytes(bytes) => bytes,
            other => {
                let message = format!("a bytes pipe carries text or bytes, not {}", other.type_name());
                return Err(Fault::type_error(message).into());
            }
        };
        let pipe = self.bytes_pipe(end);
        let what = self.waiting(pipe, Verb::Send, end);
        let sent = pipe.end(end.side).with(|fd| self.write_all(fd, bytes, what));
        match sent {
            Some(sent) => Ok(sent.map(|()| Value::Null)?),
            None => Err(self.closed(end)),
        }
    }

    fn write_all(&self, fd: &OwnedFd, mut bytes: &[u8], what: Waiting) -> Result<(), Fault> {
        while !bytes.is_empty() {
            // Only a wait is published: a pipe with room takes at least this much without one.
            if !ready(fd, PollFlags::POLLOUT, shm::Wait::Poll) {
                self.actor.outside(what, shm::Wait::Forever, || ready(fd, PollFlags::POLLOUT, shm::Wait::Forever));
            }
            let now = &bytes[..bytes.len().min(4096)];
            match nix::unistd::write(fd, now) {
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::EINTR | Errno::EAGAIN) => {}
                Err(Errno::EPIPE | Errno::ECONNRESET) => {
                    return Err(Fault::broken_pipe("nobody has the other end of the pipe"));
                }
                Err(errno) => return Err(Fault::os(errno.desc())),
            }
        }
        Ok(())
    }

    pub(super) fn recv_bytes(&mut self, end: End, part: Part, wait: Wait) -> Done {
        let until = self.until(wait);
        let pipe = self.bytes_pipe(end);
        let what = self.waiting(pipe, Verb::Recv, end);
        let side = pipe.end(end.side);
        let mut kept = side.kept.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(length) = complete(&kept, part) {
                return Ok(taken(&mut kept, length, part));
            }
            match self.fill(side, &mut kept, what, until) {
                None => return Err(self.closed(end)),
                Some(Err(Undone::Ended)) => {
                    return match (part, kept.is_empty()) {
                        (Part::Until(Until::Eof) | Part::Size(0), _) | (_, false) => {
                            let length = kept.len();
                            Ok(taken(&mut kept, length, part))
                        }
                        (_, true) => Err(self.eof(end)),
                    };
                }
                Some(filled) => filled?,
            }
            if kept.len() > MOST {
                return Err(Fault::memory("more than 1 GiB came before the end of what was asked for").into());
            }
        }
    }

    /// Reads what is there, after a wait for something.
    fn fill(&self, side: &BytesEnd, kept: &mut Vec<u8>, what: Waiting, until: shm::Wait) -> Option<Result<(), Undone>> {
        side.with(|fd| {
            let is_ready = ready(fd, PollFlags::POLLIN, shm::Wait::Poll)
                || until != shm::Wait::Poll && self.actor.outside(what, until, || ready(fd, PollFlags::POLLIN, until));
            if !is_ready {
                return Err(Undone::TimedOut);
            }
            let start = kept.len();
            kept.resize(start + 64 * 1024, 0);
            let read = nix::unistd::read(fd, &mut kept[start..]);
            kept.truncate(start + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) | Err(Errno::ECONNRESET) => Err(Undone::Ended),
                Ok(_) | Err(Errno::EINTR | Errno::EAGAIN) => Ok(()),
                Err(errno) => Err(Fault::os(errno.desc()).into()),
            }
        })
    }

    pub(super) fn close_bytes(&mut self, end: End) -> Done {
        self.bytes_pipe(end).end(end.side).close();
        Ok(Value::Null)
    }

    /// Something to take, or the end of the stream.
    pub(super) fn poll_bytes(&self, end: End) -> Result<bool, Undone> {
        let side = self.bytes_pipe(end).end(end.side);
        let kept = !side.kept.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        match side.with(|fd| ready(fd, PollFlags::POLLIN, shm::Wait::Poll)) {
            Some(ready) => Ok(kept || ready),
            None => Err(self.closed(end)),
        }
    }

    fn waiting(&self, pipe: &BytesPipe, verb: Verb, end: End) -> Waiting {
        Waiting { part: end.side, ..Waiting::on(verb, Target::Object(pipe.marker)) }
    }
}

/// How much of what has come is the part asked for, if it is all there.
fn complete(kept: &[u8], part: Part) -> Option<usize> {
    match part {
        Part::Size(size) => (kept.len() as u64 >= size).then_some(size as usize),
        Part::Until(Until::Line) => kept.iter().position(|byte| *byte == b'\n').map(|at| at + 1),
        Part::Until(Until::Eof) => None,
        Part::Some | Part::Message => (!kept.is_empty()).then_some(kept.len()),
    }
}

fn taken(kept: &mut Vec<u8>, length: usize, part: Part) -> Value {
    let mut bytes: Vec<u8> = kept.drain(..length).collect();
    if part == Part::Until(Until::Line) && bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    Value::bytes(bytes)
}

/// Waits until the descriptor is ready (or at its end, or broken): then an operation on it does not block.
pub fn ready(fd: &impl AsFd, flags: PollFlags, until: shm::Wait) -> bool {
    loop {
        let timeout = match until {
            shm::Wait::Poll => PollTimeout::ZERO,
            shm::Wait::Told | shm::Wait::Forever => PollTimeout::NONE,
            shm::Wait::Until(deadline) => {
                let left_ms = deadline.saturating_sub(shm::now_ns()).div_ceil(1_000_000);
                PollTimeout::try_from(left_ms.min(60_000)).unwrap_or(PollTimeout::ZERO)
            }
        };
        match poll(&mut [PollFd::new(fd.as_fd(), flags)], timeout) {
            Ok(0) if until.is_over() => return false,
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) => return true,
            // No such descriptor, no memory: the operation itself will say so.
            Err(_) => return true,
        }
    }
}
