//! The door: a socket in the abstract namespace, so that no file is left behind by any death, and a token for each
//! command, so that nobody else comes in. A descriptor would be lost where a program closes what it did not open.
use std::collections::{HashMap, VecDeque};
use std::io::{self, IoSlice, Read};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, Backlog, ControlMessage, MsgFlags, SockFlag, SockType, UnixAddr, accept4, bind, getsockopt, listen,
    sendmsg, socket, sockopt,
};

use super::message::{Answer, MOST_BYTES};
use crate::run::NodeId;

/// Who is on the way in or inside, at most.
const MOST_VISITORS: usize = 512;

#[derive(Debug)]
pub struct Door {
    fd: OwnedFd,
    name: String,
    tokens: HashMap<String, NodeId>,
    visitors: HashMap<RawFd, Visitor>,
    /// Those who wait for a slot, in the order in which they came.
    pub line: VecDeque<RawFd>,
}

/// A connection.
#[derive(Debug)]
pub struct Visitor {
    fd: OwnedFd,
    /// In whose name it came, when it has said its token.
    pub node: Option<NodeId>,
    /// What it said, while it waits for a slot.
    pub hello: Option<Vec<u8>>,
}

impl Door {
    /// # Errors
    /// What the system says when there can be no such socket.
    pub fn open() -> io::Result<Door> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let fd = socket(AddressFamily::Unix, SockType::SeqPacket, flags, None)?;
        let name = format!("mpgraph-{}", secret()?);
        bind(fd.as_raw_fd(), &UnixAddr::new_abstract(name.as_bytes())?)?;
        listen(&fd, Backlog::new(128)?)?;
        Ok(Door { fd, name, tokens: HashMap::new(), visitors: HashMap::new(), line: VecDeque::new() })
    }

    pub fn fd(&self) -> &OwnedFd {
        &self.fd
    }

    /// What a command is told: a new token, in the place of any it had.
    pub fn invite(&mut self, node: NodeId) -> io::Result<String> {
        self.disinvite(node);
        let token = secret()?;
        let told = format!("{}:{token}", self.name);
        self.tokens.insert(token, node);
        Ok(told)
    }

    /// Its clients come in no more.
    pub fn disinvite(&mut self, node: NodeId) {
        self.tokens.retain(|_, of| *of != node);
    }

    pub fn node_of(&self, token: &str) -> Option<NodeId> {
        self.tokens.get(token).copied()
    }

    /// Somebody new; `None` when nobody is there.
    pub fn accept(&mut self) -> Option<RawFd> {
        let fd = accept4(self.fd.as_raw_fd(), SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK).ok()?;
        // SAFETY: it was opened just now and has no other owner.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        let number = fd.as_raw_fd();
        if self.visitors.len() < MOST_VISITORS {
            self.visitors.insert(number, Visitor { fd, node: None, hello: None });
        }
        Some(number)
    }

    pub fn visitor(&mut self, fd: RawFd) -> Option<&mut Visitor> {
        self.visitors.get_mut(&fd)
    }

    /// The connection is closed.
    pub fn show_out(&mut self, fd: RawFd) {
        self.line.retain(|waiting| *waiting != fd);
        self.visitors.remove(&fd);
    }

    /// All who wait in the name of that command.
    pub fn in_line(&self, node: NodeId) -> Vec<RawFd> {
        let of = |fd: &RawFd| self.visitors.get(fd).and_then(|visitor| visitor.node);
        self.line.iter().copied().filter(|fd| of(fd) == Some(node)).collect()
    }
}

/// What a visitor has said.
pub enum Said {
    Something(Vec<u8>),
    NothingYet,
    /// It has gone, or is not to be understood.
    Gone,
}

impl Visitor {
    pub fn fd(&self) -> &OwnedFd {
        &self.fd
    }

    /// The process at the other end, in this process's numbers.
    pub fn pid(&self) -> Option<i32> {
        getsockopt(&self.fd, sockopt::PeerCredentials).ok().map(|peer| peer.pid()).filter(|pid| *pid > 0)
    }

    pub fn hear(&self) -> Said {
        let mut bytes = vec![0; MOST_BYTES + 1];
        loop {
            match nix::sys::socket::recv(self.fd.as_raw_fd(), &mut bytes, MsgFlags::MSG_DONTWAIT) {
                Ok(0) => return Said::Gone,
                Ok(length) if length > MOST_BYTES => return Said::Gone,
                Ok(length) => {
                    bytes.truncate(length);
                    return Said::Something(bytes);
                }
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return Said::NothingYet,
                Err(_) => return Said::Gone,
            }
        }
    }

    /// Says it without waiting. False when it could not be said.
    pub fn answer(&self, answer: &Answer, fds: &[BorrowedFd]) -> bool {
        let Ok(mut text) = serde_json::to_vec(answer) else { return false };
        if text.len() > MOST_BYTES {
            let message = format!("the answer is longer than {MOST_BYTES} bytes");
            let answer = Answer::Refused { message, help: String::new() };
            text = serde_json::to_vec(&answer).unwrap_or_default();
        }
        let fds: Vec<RawFd> = fds.iter().map(AsRawFd::as_raw_fd).collect();
        let rights = [ControlMessage::ScmRights(&fds)];
        let with = if fds.is_empty() { &rights[..0] } else { &rights[..] };
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        sendmsg::<()>(self.fd.as_raw_fd(), &[IoSlice::new(&text)], with, flags, None).is_ok()
    }
}

/// 128 bits that nobody can guess.
fn secret() -> io::Result<String> {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
