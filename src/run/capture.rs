//! The output of a command: read as it comes, cut into lines.
use std::os::fd::OwnedFd;

use super::NodeId;
use super::wire::LONGEST_LINE;
use nix::fcntl::OFlag;
use rustix::buffer::spare_capacity;
use rustix::io::Errno;

pub struct Capture {
    pub fd: OwnedFd,
    pub node: NodeId,
    pub stderr: bool,
    buffer: Vec<u8>,
}

/// A pipe for one stream of a command: what the runner reads, and what the command writes.
pub fn capture(node: NodeId, stderr: bool) -> std::io::Result<(Capture, OwnedFd)> {
    let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    nix::fcntl::fcntl(&read, nix::fcntl::FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok((Capture { fd: read, node, stderr, buffer: Vec::new() }, write))
}

/// What a read came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// So many bytes; there may be more.
    Some(usize),
    Nothing,
    End,
}

impl Capture {
    /// Reads what is there, up to a bound, and gives each whole line, without its end.
    pub fn read(&mut self, mut line: impl FnMut(&[u8])) -> Read {
        // Into memory that is not cleared first.
        self.buffer.reserve(64 << 10);
        let read = rustix::io::read(&self.fd, spare_capacity(&mut self.buffer));
        let mut at = 0;
        while let Some(length) = self.buffer[at..].iter().position(|byte| *byte == b'\n') {
            line(&self.buffer[at..at + length]);
            at += length + 1;
        }
        self.buffer.drain(..at);
        if self.buffer.len() > LONGEST_LINE {
            line(&std::mem::take(&mut self.buffer));
        }
        match read {
            Ok(0) => Read::End,
            Ok(read) => Read::Some(read),
            Err(Errno::INTR) => Read::Some(0),
            Err(Errno::AGAIN) => Read::Nothing,
            Err(_) => Read::End,
        }
    }

    /// A last line that had no end.
    pub fn rest(&mut self) -> Option<Vec<u8>> {
        (!self.buffer.is_empty()).then(|| std::mem::take(&mut self.buffer))
    }
}
