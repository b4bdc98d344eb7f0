//! What comes in: the wire of step processes, the output of commands, clients at the door, signals.
//!
//! What must stay true: the nodes are not listened to while too much output waits; what is read to the end has an
//! end, whatever others go on to write.
use std::io;
use std::os::fd::{AsRawFd, RawFd};

use nix::sys::epoll::{EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::signal::Signal;

use super::Supervisor;
use crate::graph::LogLevel;
use crate::run::capture::{Capture, Read};
use crate::run::command_output::unread;
use crate::run::reactor::Happening;
use crate::run::wire::{Frame, FrameKind};
use crate::run::world::NodeKind;
use crate::shm::SlotIndex;

impl Supervisor<'_> {
    pub(super) fn wait_for_events(&mut self, patience_ns: u64) {
        self.pause_or_resume();
        let blocked = !self.stdout.is_empty() || !self.stderr.is_empty();
        // Output that waits is tried again soon: its stream is not among the watched, for it may be a file.
        let at_gate = self.gate.as_ref().is_some_and(|gate| !gate.is_open());
        let patience_ms = patience_ns.div_ceil(1_000_000).min(if blocked || at_gate { 2 } else { 60_000 });
        let timeout = EpollTimeout::try_from(patience_ms).unwrap_or(EpollTimeout::ZERO);
        let mut events = [EpollEvent::empty(); 64];
        let count = self.epoll.wait(&mut events, timeout).unwrap_or(0);
        let mut signalled = false;
        for event in &events[..count] {
            let fd = event.data() as RawFd;
            if fd == self.signals.as_raw_fd() {
                signalled = true;
            } else if fd == self.exchange.fd().as_raw_fd() {
                self.read_wire(false);
            } else if !self.attend_client(fd) {
                self.read_capture(fd, false);
            }
        }
        if signalled {
            self.read_signals();
        }
    }

    /// Too much output waits: the nodes are read again when it has gone.
    fn pause_or_resume(&mut self) {
        let full = self.stdout.is_full() || self.stderr.is_full();
        if full == self.paused {
            return;
        }
        self.paused = full;
        let flags = if full { EpollFlags::empty() } else { EpollFlags::EPOLLIN };
        let wire = self.exchange.fd();
        let _ = self.epoll.modify(wire, &mut EpollEvent::new(flags, wire.as_raw_fd() as u64));
        for (fd, capture) in &self.captures {
            let _ = self.epoll.modify(&capture.fd, &mut EpollEvent::new(flags, *fd as u64));
        }
    }

    /// `all`: all that is there now; what others go on to write meanwhile has no end.
    pub(super) fn read_wire(&mut self, all: bool) {
        let there = if all { unread(&self.exchange.fd()) } else { 0 };
        if all && there == 0 {
            return;
        }
        let (mut frames, mut taken) = (Vec::new(), 0);
        loop {
            let read = self.exchange.read(&mut frames);
            taken += read;
            for frame in frames.drain(..) {
                self.take(frame);
            }
            if read == 0 || taken >= there {
                return;
            }
        }
    }

    pub(super) fn take(&mut self, frame: Frame) {
        let node = frame.node;
        if node.index() >= self.world.nodes.len() {
            return;
        }
        match frame.kind {
            FrameKind::Stdout => self.pass_on(node, false, &frame.payload, true),
            FrameKind::Stderr => self.pass_on(node, true, &frame.payload, true),
            FrameKind::Log => {
                if let Some((level, text)) = frame.payload.split_first() {
                    let level = match level {
                        0 => LogLevel::Error,
                        1 => LogLevel::Warning,
                        2 => LogLevel::Info,
                        _ => LogLevel::Debug,
                    };
                    let name = self.world.node(node).name.clone();
                    self.say(level, &name, &String::from_utf8_lossy(text));
                }
            }
            FrameKind::Raised => {
                if let NodeKind::Instance(instance) = self.world.node(node).kind {
                    let text = String::from_utf8_lossy(&frame.payload);
                    self.record.processes[instance].raised = crate::value::from_json(&text).ok();
                }
            }
            FrameKind::Start => self.ask_start(node),
            FrameKind::Terminate if self.holds_back(node, Signal::SIGTERM) => {}
            FrameKind::Terminate => self.happen(Happening::AskTerminate(node)),
            FrameKind::Kill if self.holds_back(node, Signal::SIGKILL) => {}
            FrameKind::Kill => self.happen(Happening::AskKill(node)),
            FrameKind::Ready | FrameKind::Did => {
                let slot = SlotIndex(self.world.node(node).slots.start + frame.thread);
                let text = String::from_utf8_lossy(&frame.payload);
                match &mut self.gate {
                    Some(gate) if frame.kind == FrameKind::Ready => gate.comes(slot, &text),
                    Some(gate) => gate.tells(slot, &text),
                    None => {}
                }
            }
            FrameKind::Fed => drop(self.stdins.remove(&node)),
            FrameKind::PoolFailed => self.pool_failed(node),
            FrameKind::Damaged => {
                self.record.damage.get_or_insert_with(|| String::from_utf8_lossy(&frame.payload).into_owned());
                self.happen(Happening::Damaged);
            }
        }
    }

    pub(in crate::run) fn watch_capture(&mut self, capture: Capture) -> io::Result<()> {
        let fd = capture.fd.as_raw_fd();
        let events = if self.paused { EpollFlags::empty() } else { EpollFlags::EPOLLIN };
        self.epoll.add(&capture.fd, EpollEvent::new(events, fd as u64))?;
        self.captures.insert(fd, capture);
        Ok(())
    }

    pub(super) fn read_capture(&mut self, fd: RawFd, all: bool) {
        let Some(mut capture) = self.captures.remove(&fd) else { return };
        let (node, stderr) = (capture.node, capture.stderr);
        // What the command has left behind may write without end.
        let there = if all { unread(&capture.fd) } else { 0 };
        let mut taken = 0;
        loop {
            let mut lines: Vec<Vec<u8>> = Vec::new();
            let read = capture.read(|line| lines.push(line.to_vec()));
            for line in lines {
                self.pass_on(node, stderr, &line, true);
            }
            match read {
                // Once more than there was: that is how the end shows.
                Read::Some(read) if all && taken <= there => taken += read.max(1),
                Read::Some(_) | Read::Nothing => {
                    // Something that the command left behind may still write: the rest of a line waits for it.
                    self.captures.insert(fd, capture);
                    return;
                }
                Read::End => {
                    if let Some(rest) = capture.rest() {
                        self.pass_on(node, stderr, &rest, false);
                    }
                    let _ = self.epoll.delete(&capture.fd);
                    return;
                }
            }
        }
    }
}
