//! A client's end of the connection through the runner's door.
use std::io::{self, IoSliceMut};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::poll::PollFlags;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixAddr, connect, recvmsg, send, socket,
};

use crate::run::ipc::{Answer, MOST_BYTES};
use crate::run::node::ready;
use crate::shm;

/// Its end of the connection.
pub struct Knock {
    fd: OwnedFd,
}

impl Knock {
    /// # Errors
    /// What the system says when nobody is behind that door.
    pub fn at(name: &str) -> io::Result<Knock> {
        let fd = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?;
        connect(fd.as_raw_fd(), &UnixAddr::new_abstract(name.as_bytes())?)?;
        Ok(Knock { fd })
    }

    /// # Errors
    /// What the system says when the runner has gone, or the message is too long.
    pub fn say(&self, message: &impl serde::Serialize) -> io::Result<()> {
        let text = serde_json::to_vec(message)?;
        if text.len() > MOST_BYTES {
            return Err(io::Error::other(format!("more than {MOST_BYTES} bytes of names")));
        }
        loop {
            match send(self.fd.as_raw_fd(), &text, MsgFlags::MSG_NOSIGNAL) {
                Err(Errno::EINTR) => {}
                sent => return Ok(sent.map(drop)?),
            }
        }
    }

    /// Waits for the answer, and for what comes with it. `None` when the time was over.
    ///
    /// # Errors
    /// What the system says, or that the runner has gone.
    pub fn hear(&self, until: shm::Wait) -> io::Result<Option<(Answer, Vec<OwnedFd>)>> {
        if !ready(&self.fd, PollFlags::POLLIN, until) {
            return Ok(None);
        }
        let mut text = vec![0; MOST_BYTES];
        let mut space = nix::cmsg_space!([RawFd; 64]);
        let (length, fds) = loop {
            let mut parts = [IoSliceMut::new(&mut text)];
            let flags = MsgFlags::MSG_CMSG_CLOEXEC;
            match recvmsg::<()>(self.fd.as_raw_fd(), &mut parts, Some(&mut space), flags) {
                Ok(heard) => {
                    let mut fds = Vec::new();
                    for message in heard.cmsgs()? {
                        if let ControlMessageOwned::ScmRights(numbers) = message {
                            // SAFETY: the kernel has just made them for this process, and nobody else knows of them.
                            fds.extend(numbers.into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }));
                        }
                    }
                    break (heard.bytes, fds);
                }
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        };
        if length == 0 {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(Some((serde_json::from_slice(&text[..length])?, fds)))
    }
}
