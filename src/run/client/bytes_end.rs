//! The ends of bytes pipes. Nothing is read that is not taken: the rest is for the command's next client.
use std::os::fd::OwnedFd;

use super::perform::{Done, Undone, damaged};
use super::visit::Visit;
use crate::graph::Until;
use crate::program::Part;
use crate::run::ipc::Granted;
use crate::run::node::ready;
use crate::shm::{self, ObjectIndex, Target, Verb, Waiting};
use crate::value::{Fault, Value};
use nix::errno::Errno;
use nix::poll::PollFlags;

/// The most that one `recv` takes in.
const MOST: usize = 1 << 30;
/// A pipe that polls writable takes this much without blocking (`pipe(7)`).
const AT_ONCE: usize = 4096;

impl Visit<'_> {
    pub(super) fn send_bytes(&self, thing: &Granted, marker: u32, side: u8, value: &Value) -> Done {
        let mut bytes: &[u8] = match value {
            Value::Str(text) => text.as_bytes(),
            Value::Bytes(bytes) => bytes,
            other => {
                let message = format!("a bytes pipe carries text or bytes, not {}", other.type_name());
                return Err(Fault::type_error(message).into());
            }
        };
        let fd = self.end(thing).ok_or_else(damaged)?;
        let what = waiting(Verb::Send, marker, side);
        while !bytes.is_empty() {
            self.wait_for(fd, PollFlags::POLLOUT, what, shm::Wait::Forever);
            match nix::unistd::write(fd, &bytes[..bytes.len().min(AT_ONCE)]) {
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::EINTR | Errno::EAGAIN) => {}
                Err(Errno::EPIPE | Errno::ECONNRESET) => {
                    return Err(Fault::broken_pipe(format!("nobody has the other end of `{}`", thing.name)).into());
                }
                Err(errno) => return Err(Fault::os(errno.desc()).into()),
            }
        }
        Ok(None)
    }

    pub(super) fn recv_bytes(&self, thing: &Granted, marker: u32, side: u8, part: Part) -> Done {
        let fd = self.end(thing).ok_or_else(damaged)?;
        let what = waiting(Verb::Recv, marker, side);
        let mut bytes = Vec::new();
        while let Some(more) = wanted(&bytes, part) {
            if !self.wait_for(fd, PollFlags::POLLIN, what, self.until) {
                // What has come is not lost to who asked for a part of it.
                return if bytes.is_empty() { Err(Undone::TimedOut) } else { Ok(Some(Value::bytes(bytes))) };
            }
            let start = bytes.len();
            bytes.resize(start + more, 0);
            let read = nix::unistd::read(fd, &mut bytes[start..]);
            bytes.truncate(start + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) | Err(Errno::ECONNRESET) => {
                    let ended = bytes.is_empty() && !matches!(part, Part::Until(Until::Eof) | Part::Size(0));
                    return if ended { Err(Undone::Ended) } else { Ok(Some(Value::bytes(bytes))) };
                }
                Ok(_) | Err(Errno::EINTR | Errno::EAGAIN) => {}
                Err(errno) => return Err(Fault::os(errno.desc()).into()),
            }
            if bytes.len() > MOST {
                return Err(Fault::memory("more than 1 GiB came before the end of what was asked for").into());
            }
        }
        if part == Part::Until(Until::Line) {
            bytes.pop();
        }
        Ok(Some(Value::bytes(bytes)))
    }

    /// Something to take, or the end of the stream.
    pub(super) fn poll_bytes(&self, thing: &Granted) -> Result<bool, Undone> {
        Ok(ready(self.end(thing).ok_or_else(damaged)?, PollFlags::POLLIN, shm::Wait::Poll))
    }

    /// Only a wait is published.
    fn wait_for(&self, fd: &OwnedFd, flags: PollFlags, what: Waiting, until: shm::Wait) -> bool {
        ready(fd, flags, shm::Wait::Poll)
            || until != shm::Wait::Poll && self.actor.outside(what, until, || ready(fd, flags, until))
    }
}

fn waiting(verb: Verb, marker: u32, side: u8) -> Waiting {
    Waiting { part: side, ..Waiting::on(verb, Target::Object(ObjectIndex(marker))) }
}

/// How much more may be read at once; nothing when the part is there.
fn wanted(bytes: &[u8], part: Part) -> Option<usize> {
    match part {
        Part::Size(size) => match size.saturating_sub(bytes.len() as u64) {
            0 => None,
            more => Some(more.min(64 << 10) as usize),
        },
        // One by one: who has read past the end of the line cannot give it back.
        Part::Until(Until::Line) => (bytes.last() != Some(&b'\n')).then_some(1),
        Part::Until(Until::Eof) => Some(64 << 10),
        Part::Some | Part::Message => bytes.is_empty().then_some(64 << 10),
    }
}
