//! What goes out: lines of nodes, and messages of the runner's own.
//!
//! What must stay true: a slow reader loses no line. Only a signal ends the run before all has been passed on.
use std::os::fd::{AsFd, BorrowedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use super::Supervisor;
use crate::graph::LogLevel;
use crate::run::reactor::Happening;
use crate::run::world::NodeKind;
use crate::run::{NodeId, front};
use crate::shm;

impl Supervisor<'_> {
    pub(super) fn pass_on(&mut self, node: NodeId, stderr: bool, line: &[u8], ended: bool) {
        let instance = match self.world.node(node).kind {
            NodeKind::Instance(instance) => Some(instance),
            _ => None,
        };
        self.record.line(instance, stderr, line);
        if !self.options.silent {
            let name = self.world.node(node).name.clone();
            match stderr {
                false => self.stdout.line(&name, line, ended),
                true => self.stderr.line(&name, line, ended),
            }
        }
    }

    /// A message of the runner's own about `name`, or one that it logs for it.
    pub(in crate::run) fn say(&mut self, level: LogLevel, name: &str, text: &str) {
        if level > self.options.log {
            return;
        }
        let line = format!("[{}/{name}] {text}", level.label());
        if !self.options.silent {
            self.stderr.bare_line(line.as_bytes());
        }
    }

    pub(super) fn flush(&mut self) {
        for result in [self.stdout.flush(), self.stderr.flush()] {
            if let Err(error) = result {
                self.output_error.get_or_insert(error);
            }
        }
        if self.stdout.is_closed() && self.reactor.cause().is_none() {
            self.happen(Happening::OutputClosed);
        }
    }
}

/// How long a run that was interrupted waits for the readers of its output.
const LAST_WORDS_NS: u64 = 1_000_000_000;

impl Supervisor<'_> {
    /// Passes on what still waits, however slow its reader is: only a signal cuts that short, which is given back.
    pub(super) fn last_words(&mut self, interrupted: bool) -> Option<Signal> {
        let deadline = interrupted.then(|| shm::now_ns() + LAST_WORDS_NS);
        loop {
            for result in [self.stdout.flush(), self.stderr.flush()] {
                if let Err(error) = result {
                    self.output_error.get_or_insert(error);
                }
            }
            let full: Vec<BorrowedFd> =
                [self.stdout.wants_room(), self.stderr.wants_room()].into_iter().flatten().collect();
            if full.is_empty() || deadline.is_some_and(|deadline| deadline <= shm::now_ns()) {
                return None;
            }
            let mut fds = vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
            fds.extend(full.into_iter().map(|fd| PollFd::new(fd, PollFlags::POLLOUT)));
            let _ = poll(&mut fds, PollTimeout::from(100u8));
            while let Ok(Some(info)) = self.signals.read_signal() {
                match Signal::try_from(info.ssi_signo as i32) {
                    Ok(Signal::SIGTSTP) => self.suspend(),
                    Ok(signal @ (Signal::SIGINT | Signal::SIGTERM | Signal::SIGHUP | front::FRONT_DIED)) => {
                        return Some(signal);
                    }
                    _ => {}
                }
            }
        }
    }
}
