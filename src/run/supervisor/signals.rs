//! Signals: those that come to the runner, and those that it sends to nodes.
//!
//! What must stay true: a signal to a node goes to its whole group, and one that has not been started yet ends by it, too.
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::Supervisor;
use crate::run::reactor::Happening;
use crate::run::world::NodeKind;
use crate::run::{NodeId, front};
use crate::shm;

impl Supervisor<'_> {
    pub(super) fn read_signals(&mut self) {
        let mut children = false;
        while let Ok(Some(info)) = self.signals.read_signal() {
            match Signal::try_from(info.ssi_signo as i32) {
                Ok(Signal::SIGCHLD) => children = true,
                Ok(Signal::SIGTSTP) => self.suspend(),
                Ok(front::FRONT_DIED) => {
                    // Nobody waits for this run any more: it is stopped, and stopped at once.
                    self.happen(Happening::Interrupt(Signal::SIGKILL as i32));
                    self.happen(Happening::Interrupt(Signal::SIGKILL as i32));
                }
                Ok(signal) => {
                    self.happen(Happening::Interrupt(signal as i32));
                }
                Err(_) => {}
            }
        }
        if children {
            self.reap();
        }
    }

    /// Ctrl-Z stops the nodes, then the runner; they go on together.
    pub(super) fn suspend(&mut self) {
        let all = |signal| {
            for pid in self.pid_of.iter().flatten() {
                to_group(*pid, signal);
            }
        };
        all(Signal::SIGSTOP);
        let stopped = shm::now_ns();
        let _ = kill(nix::unistd::getpid(), Signal::SIGSTOP);
        all(Signal::SIGCONT);
        self.happen(Happening::Resumed(shm::now_ns() - stopped));
    }

    pub(super) fn end_node(&mut self, node: NodeId, signal: Signal) {
        let waited = self.due.call_off(node);
        if self.reactor.cause().is_some()
            && (waited || self.pid_of[node.index()].is_some())
            && let NodeKind::Instance(instance) = self.world.node(node).kind
        {
            self.record.processes[instance].stopped = true;
        }
        match waited {
            true => self.happen(Happening::StartFailed { node, exit: -(signal as i32) }),
            false => self.signal(node, signal),
        }
    }

    /// To the node's whole group: what it started goes with it.
    pub(super) fn signal(&mut self, node: NodeId, signal: Signal) {
        if let Some(pid) = self.pid_of[node.index()] {
            to_group(pid, signal);
            if signal == Signal::SIGTERM {
                // A stopped process would not hear of it.
                to_group(pid, Signal::SIGCONT);
            }
        }
    }

    /// A schedule says when the end comes that a signal brings.
    pub(super) fn holds_back(&mut self, node: NodeId, signal: Signal) -> bool {
        if !self.reactor.is_running(node) {
            return false;
        }
        match &mut self.gate {
            Some(gate) if !gate.is_open() && matches!(self.options.order, Some(crate::run::Order::Schedule(_))) => {
                gate.held.entry(node).or_insert(signal as i32);
                true
            }
            _ => false,
        }
    }
}

/// To a node's whole group. It makes that itself, first of all: before that, it is alone. And it is still there when all others
/// of the group are gone, until it is reaped.
fn to_group(pid: Pid, signal: Signal) {
    if killpg(pid, signal).is_err() {
        let _ = kill(pid, signal);
    }
}
