//! A bytes pipe: a real pipe (one way) or a socket pair (both), whose descriptors processes inherit.
//!
//! Each process keeps only the ends that its wiring names, so that the end of the stream comes when the last of
//! those who write is gone. The runner keeps an end as long as somebody who needs it may still be started.
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, PoisonError, RwLock};

use crate::graph::Pipe;
use crate::shm::ObjectIndex;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, setsockopt, socketpair, sockopt};

/// What a pipe between two programs gets when the graph does not say how much it is to hold, in bytes. The kernel's own
/// 64 KiB make two programs on two cores take turns, with a wake-up across cores for each; four times as much more than
/// doubles what passes, and more than that adds nothing. No graph can tell the difference: how full such a pipe is shows only
/// to steps, and where a step has an end the pipe holds what the language says. A user without privilege has 256 such
/// pipes; past them the kernel's own size does.
const ROOM_BETWEEN_PROGRAMS: u64 = 256 << 10;

#[derive(Debug)]
pub struct BytesPipe {
    ends: [BytesEnd; 2],
    /// The object in the arena that a wait here is published for.
    pub marker: ObjectIndex,
}

#[derive(Debug)]
pub struct BytesEnd {
    fd: RwLock<Option<OwnedFd>>,
    /// Read and not yet taken: what came after the end of a line.
    pub kept: Mutex<Vec<u8>>,
}

impl BytesPipe {
    /// `of_programs`: no step works at either end, only programs do.
    ///
    /// # Errors
    /// What the system says when descriptors are used up.
    pub fn new(pipe: &Pipe, of_programs: bool, marker: ObjectIndex) -> io::Result<BytesPipe> {
        let capacity = match of_programs && pipe.said_capacity.is_none() {
            true => ROOM_BETWEEN_PROGRAMS,
            false => pipe.capacity(),
        };
        let capacity = usize::try_from(capacity).unwrap_or(usize::MAX).min(1 << 30);
        let (first, second) = if pipe.duplex {
            let ends = socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::SOCK_CLOEXEC)?;
            for end in [&ends.0, &ends.1] {
                setsockopt(end, sockopt::SndBuf, &capacity)?;
            }
            ends
        } else {
            let ends = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
            // More than the system allows without privilege: then what it gave has to do.
            let _ = fcntl(&ends.1, FcntlArg::F_SETPIPE_SZ(i32::try_from(capacity).unwrap_or(i32::MAX)));
            ends
        };
        let end = |fd| BytesEnd { fd: RwLock::new(Some(fd)), kept: Mutex::new(Vec::new()) };
        Ok(BytesPipe { ends: [end(first), end(second)], marker })
    }

    pub fn end(&self, side: u8) -> &BytesEnd {
        &self.ends[usize::from(side)]
    }
}

impl BytesEnd {
    /// The descriptor's number, while this process has it open.
    pub fn raw_fd(&self) -> Option<RawFd> {
        self.fd.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(AsRawFd::as_raw_fd)
    }

    /// Gives the descriptor up.
    pub fn close(&self) {
        self.fd.write().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Another descriptor of the same end.
    pub fn duplicate(&self) -> Option<io::Result<OwnedFd>> {
        self.fd.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(OwnedFd::try_clone)
    }

    /// Does something with the descriptor; `None` if it is closed.
    pub fn with<R>(&self, act: impl FnOnce(&OwnedFd) -> R) -> Option<R> {
        self.fd.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(act)
    }
}
