//! What step processes tell the runner: one pipe for all of them.
//!
//! A frame is written by a single `write` of at most `PIPE_BUF` bytes, so it is in the pipe wholly or not at all,
//! whatever becomes of its writer, and what was written before something else happened is read before what was
//! written because of it. A longer line is several frames, the last without [`MORE`]; short ones may share a `write`.
//!
//! ```text
//! node 20 bits, thread 12 bits | kind u8 | flags u8 | length u16 | payload
//! ```
use std::collections::HashMap;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use super::NodeId;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use rustix::buffer::spare_capacity;

const HEADER: usize = 8;
const NODE_BITS: u32 = 20;
const NODE: u32 = (1 << NODE_BITS) - 1;
/// A pipe takes this much at once or not at all (`pipe(7)`).
const ATOMIC: usize = 4096;
/// Read at once.
const AT_MOST: usize = 64 << 10;
/// The line goes on in the next frame of this writer.
const MORE: u8 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FrameKind {
    Stdout = 0,
    Stderr = 1,
    /// A line of the log; the first byte of the payload is its level.
    Log = 2,
    /// An error that nothing caught: JSON of its map.
    Raised = 3,
    Start = 4,
    Terminate = 5,
    Kill = 6,
    /// A pool's initializer failed: no more workers.
    PoolFailed = 7,
    /// At the gate: what it is about to do, as `place`, a tab, and the verb.
    Ready = 8,
    /// What came of what it was let do.
    Did = 9,
    /// It has met what nobody writes in the arena; in words.
    Damaged = 10,
    /// A feeder has written all that its command's stdin is to have, and stays for what is done with it.
    Fed = 11,
}

const KINDS: [FrameKind; 12] = [
    FrameKind::Stdout,
    FrameKind::Stderr,
    FrameKind::Log,
    FrameKind::Raised,
    FrameKind::Start,
    FrameKind::Terminate,
    FrameKind::Kill,
    FrameKind::PoolFailed,
    FrameKind::Ready,
    FrameKind::Did,
    FrameKind::Damaged,
    FrameKind::Fed,
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Who wrote it; for a request whom it concerns.
    pub node: NodeId,
    /// Which of its threads, from 0.
    pub thread: u32,
    pub kind: FrameKind,
    pub payload: Vec<u8>,
}

/// The writing end, in every step process.
#[derive(Debug)]
pub struct Wire {
    fd: OwnedFd,
}

/// The reading end, in the runner.
#[derive(Debug)]
pub struct Exchange {
    fd: OwnedFd,
    buffer: Vec<u8>,
    /// Lines that are not complete yet, by writer (a node has several, when it has threads) and kind.
    partial: HashMap<(u32, u8), Vec<u8>>,
}

/// Both ends; close-on-exec. The reading end does not block.
pub fn wire() -> io::Result<(Wire, Exchange)> {
    let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    nix::fcntl::fcntl(&read, nix::fcntl::FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    // Room for bursts; without the privilege for it the default does.
    let _ = nix::fcntl::fcntl(&write, nix::fcntl::FcntlArg::F_SETPIPE_SZ(1 << 20));
    Ok((Wire { fd: write }, Exchange { fd: read, buffer: Vec::new(), partial: Default::default() }))
}

impl Wire {
    /// Says the same of several nodes, in as few writes as can be: the runner is woken for all of them at once.
    pub fn send_all(&self, nodes: impl IntoIterator<Item = NodeId>, thread: u32, kind: FrameKind) {
        let mut frames = Vec::new();
        for node in nodes {
            frames.extend_from_slice(&(node.0 & NODE | thread << NODE_BITS).to_le_bytes());
            frames.extend_from_slice(&[kind as u8, 0, 0, 0]);
        }
        // Whole frames each time, and no more than is written wholly or not at all.
        for some in frames.chunks(ATOMIC / HEADER * HEADER) {
            while let Err(Errno::EINTR) = nix::unistd::write(&self.fd, some) {}
        }
    }

    /// Writes one line, without its end, as a thread (from 0) of `node`; a line may be longer than a frame, so
    /// threads are told apart. Blocks while the pipe is full; what cannot be written because the runner is gone is
    /// dropped: so is the process, at once.
    pub fn send(&self, node: NodeId, thread: u32, kind: FrameKind, payload: &[u8]) {
        let writer = node.0 & NODE | thread << NODE_BITS;
        let mut frame = [0u8; ATOMIC];
        let mut rest = payload;
        loop {
            let (now, later) = rest.split_at(rest.len().min(ATOMIC - HEADER));
            frame[..4].copy_from_slice(&writer.to_le_bytes());
            frame[4] = kind as u8;
            frame[5] = if later.is_empty() { 0 } else { MORE };
            frame[6..8].copy_from_slice(&(now.len() as u16).to_le_bytes());
            frame[HEADER..HEADER + now.len()].copy_from_slice(now);
            while let Err(Errno::EINTR) = nix::unistd::write(&self.fd, &frame[..HEADER + now.len()]) {}
            rest = later;
            if rest.is_empty() {
                return;
            }
        }
    }

    /// [`Wire::send`] for lines that belong together: nothing of anybody else comes between those that fit into one write, and
    /// a death leaves all of them or none.
    pub fn send_lines<'a>(&self, node: NodeId, thread: u32, kind: FrameKind, lines: impl Iterator<Item = &'a [u8]>) {
        let writer = node.0 & NODE | thread << NODE_BITS;
        let mut frames = Vec::new();
        for line in lines {
            if frames.len() + HEADER + line.len() > ATOMIC {
                self.send_frames(&mut frames);
            }
            if HEADER + line.len() > ATOMIC {
                self.send(node, thread, kind, line);
                continue;
            }
            frames.extend_from_slice(&writer.to_le_bytes());
            frames.extend_from_slice(&[kind as u8, 0]);
            frames.extend_from_slice(&(line.len() as u16).to_le_bytes());
            frames.extend_from_slice(line);
        }
        self.send_frames(&mut frames);
    }

    fn send_frames(&self, frames: &mut Vec<u8>) {
        if !frames.is_empty() {
            while let Err(Errno::EINTR) = nix::unistd::write(&self.fd, frames) {}
            frames.clear();
        }
    }

    pub fn raw_fd(&self) -> i32 {
        self.fd.as_raw_fd()
    }

    /// The writing end that was inherited through `exec`.
    pub fn from_fd(fd: OwnedFd) -> Wire {
        Wire { fd }
    }
}

impl Exchange {
    pub fn fd(&self) -> BorrowedFd<'_> {
        use std::os::fd::AsFd;
        self.fd.as_fd()
    }

    /// Reads what is there, up to a bound, and says how many bytes it was; 0 if nothing is.
    pub fn read(&mut self, frames: &mut Vec<Frame>) -> usize {
        // Into memory that is not cleared first: the pages of a buffer that is mostly unused stay untouched.
        self.buffer.reserve(AT_MOST);
        let read = loop {
            match rustix::io::read(&self.fd, spare_capacity(&mut self.buffer)) {
                Err(rustix::io::Errno::INTR) => {}
                read => break read.unwrap_or(0),
            }
        };
        self.split(frames);
        read
    }

    fn split(&mut self, frames: &mut Vec<Frame>) {
        let mut at = 0;
        while let Some(header) = self.buffer.get(at..at + HEADER) {
            let writer = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
            let (kind, flags) = (header[4], header[5]);
            let length = usize::from(u16::from_le_bytes([header[6], header[7]]));
            let Some(payload) = self.buffer.get(at + HEADER..at + HEADER + length) else { break };
            at += HEADER + length;
            if flags & MORE != 0 {
                let line = self.partial.entry((writer, kind)).or_default();
                // A line without end is passed on in pieces: memory is bounded.
                if line.len() + payload.len() <= LONGEST_LINE {
                    line.extend_from_slice(payload);
                    continue;
                }
            }
            let mut line = self.partial.remove(&(writer, kind)).unwrap_or_default();
            line.extend_from_slice(payload);
            if let Some(kind) = KINDS.get(usize::from(kind)) {
                let (node, thread) = (NodeId(writer & NODE), writer >> NODE_BITS);
                frames.push(Frame { node, thread, kind: *kind, payload: line });
            }
        }
        self.buffer.drain(..at);
    }

    /// What a writer that has ended left of a line.
    pub fn leftovers(&mut self, node: NodeId) -> Vec<Frame> {
        let mut frames = Vec::new();
        for kind in [FrameKind::Stdout, FrameKind::Stderr] {
            let lines = self.partial.extract_if(|(writer, k), _| writer & NODE == node.0 && *k == kind as u8);
            frames.extend(lines.map(|((writer, _), payload)| Frame {
                node,
                thread: writer >> NODE_BITS,
                kind,
                payload,
            }));
        }
        frames
    }
}

/// Longer lines are passed on in pieces of this many bytes.
pub const LONGEST_LINE: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_come_out_whole_and_in_order() {
        let (wire, mut exchange) = wire().unwrap();
        let long = vec![b'x'; 10_000];
        wire.send(NodeId(3), 0, FrameKind::Stdout, &long);
        wire.send(NodeId(4), 1, FrameKind::Stderr, b"");
        let mut frames = Vec::new();
        while exchange.read(&mut frames) > 0 {}
        assert_eq!(frames.len(), 2);
        assert_eq!((frames[0].node, frames[0].payload.len()), (NodeId(3), 10_000));
        assert_eq!((frames[1].kind, frames[1].payload.len()), (FrameKind::Stderr, 0));
        frames.clear();
        let lines = [&b"a"[..], b"", &long, b"b"];
        wire.send_lines(NodeId(5), 2, FrameKind::Stderr, lines.into_iter());
        while exchange.read(&mut frames) > 0 {}
        assert!(frames.iter().map(|frame| &frame.payload[..]).eq(lines));
        assert!(frames.iter().all(|frame| frame.node == NodeId(5) && frame.kind == FrameKind::Stderr));
    }

    #[test]
    fn what_a_dead_writer_left_of_a_line_is_not_lost() {
        let (wire, mut exchange) = wire().unwrap();
        let mut frame = vec![0u8; HEADER + 2];
        frame[0] = 7;
        frame[5] = MORE;
        frame[6] = 2;
        frame[8..].copy_from_slice(b"ab");
        nix::unistd::write(&wire.fd, &frame).unwrap();
        let mut frames = Vec::new();
        while exchange.read(&mut frames) > 0 {}
        assert!(frames.is_empty());
        assert_eq!(exchange.leftovers(NodeId(7))[0].payload, b"ab");
    }
}
