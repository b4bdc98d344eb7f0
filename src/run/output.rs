//! What nodes say, passed on: whole lines, in the order in which they came, without ever blocking the runner.
//!
//! Lines wait here until the stream takes them. When too much waits the runner reads no more from the nodes
//! ([`Output::is_full`]), and they wait in turn: memory is bounded.
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// More than this waiting and the nodes are not read.
const FULL: usize = 4 << 20;
/// A pipe that polls writable takes this much without blocking (`pipe(7)`).
const AT_ONCE: usize = 4096;

pub struct Output<W> {
    to: W,
    waiting: Vec<u8>,
    written: usize,
    /// What was passed on last had no end of line.
    open_line: bool,
    prefix: bool,
    closed: bool,
}

impl<W: AsFd> Output<W> {
    /// `prefix`: each line begins with the node's name and ` | `.
    pub fn new(to: W, prefix: bool) -> Self {
        Output { to, waiting: Vec::new(), written: 0, open_line: false, prefix, closed: false }
    }

    /// `ended`: the line had an end; one without (the last of a node) is passed on as it is.
    pub fn line(&mut self, name: &str, line: &[u8], ended: bool) {
        if self.closed {
            return;
        }
        if std::mem::take(&mut self.open_line) {
            self.waiting.push(b'\n');
        }
        if self.prefix {
            self.waiting.extend_from_slice(name.as_bytes());
            self.waiting.extend_from_slice(b" | ");
        }
        self.waiting.extend_from_slice(line);
        match ended || self.prefix {
            true => self.waiting.push(b'\n'),
            false => self.open_line = true,
        }
    }

    /// A line of nobody's: without a prefix.
    pub fn bare_line(&mut self, line: &[u8]) {
        let prefix = std::mem::replace(&mut self.prefix, false);
        self.line("", line, true);
        self.prefix = prefix;
    }

    pub fn is_full(&self) -> bool {
        self.waiting.len() - self.written > FULL
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.len() == self.written
    }

    /// Nobody reads it any more; what comes is dropped.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes what can be written now.
    ///
    /// # Errors
    /// A full disk and the like: nothing more is written. A closed reader is no error: see [`Output::is_closed`].
    pub fn flush(&mut self) -> io::Result<()> {
        while !self.is_empty() && !self.closed {
            let mut fds = [PollFd::new(self.to.as_fd(), PollFlags::POLLOUT)];
            match poll(&mut fds, PollTimeout::ZERO) {
                Ok(0) | Err(Errno::EINTR) => return Ok(()),
                _ => {}
            }
            // A reader that is always a little behind must not make this grow.
            if self.written >= FULL {
                self.waiting.drain(..self.written);
                self.written = 0;
            }
            let rest = &self.waiting[self.written..];
            let regular = fds[0].revents().is_some_and(|events| events == PollFlags::POLLOUT);
            let now = &rest[..rest.len().min(if regular { AT_ONCE } else { 1 })];
            match nix::unistd::write(&self.to, now) {
                Ok(written) => self.written += written,
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EPIPE | Errno::EBADF) => self.closed = true,
                Err(errno) => {
                    self.closed = true;
                    return Err(errno.into());
                }
            }
        }
        self.waiting.clear();
        self.written = 0;
        Ok(())
    }

    /// Where it goes, to wait for room there; `None` if nothing waits for that.
    pub fn wants_room(&self) -> Option<BorrowedFd<'_>> {
        (!self.is_empty() && !self.closed).then(|| self.to.as_fd())
    }
}
