//! Deaths: nodes are reaped here and nowhere else.
//!
//! What must stay true: what a node has written is read, and its slots are repaired, before it is reaped; only then is its
//! end made known.
use std::os::fd::RawFd;

use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};

use super::Supervisor;
use crate::run::NodeId;
use crate::run::reactor::Happening;
use crate::run::world::NodeKind;
use crate::shm::{self, SlotIndex, supervise};

impl Supervisor<'_> {
    pub(super) fn reap(&mut self) {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        while let Ok(status) = waitid(Id::All, flags) {
            let (pid, exit) = match status {
                WaitStatus::Exited(pid, code) => (pid, code),
                WaitStatus::Signaled(pid, signal, _) => (pid, -(signal as i32)),
                _ => return,
            };
            let node = self.pid_of.iter().position(|of| *of == Some(pid)).map(|index| NodeId(index as u32));
            if let Some(node) = node {
                if self.gate.as_mut().is_some_and(|gate| gate.holds_back(&self.world, node)) {
                    return;
                }
                self.died(node, exit);
            }
            let _ = waitpid(pid, None);
            if let (Some(gate), Some(node)) = (&mut self.gate, node) {
                self.world.node(node).actors().for_each(|slot| gate.ended(slot, exit));
            }
            if let Some(node) = node {
                self.pid_of[node.index()] = None;
                if exit != 0 {
                    self.lose_stream(node, exit);
                }
                self.stdins.remove(&node);
                self.happen(Happening::Died { node, exit });
            }
        }
    }

    /// What is left to read of it and to repair after it.
    fn died(&mut self, node: NodeId, exit: i32) {
        self.end_clients(node, exit != 0);
        self.read_wire(true);
        for frame in self.exchange.leftovers(node) {
            self.take(frame);
        }
        let fds: Vec<RawFd> =
            self.captures.iter().filter(|(_, capture)| capture.node == node).map(|(fd, _)| *fd).collect();
        for fd in fds {
            self.read_capture(fd, true);
        }
        if let NodeKind::Instance(instance) = self.world.node(node).kind {
            let started_ns = self.world.arena.slot(SlotIndex(self.world.node(node).slots.start)).started_ns();
            let record = &mut self.record.processes[instance];
            record.started_ns = Some(started_ns.saturating_sub(self.world.begun_ns));
            if exit != 0 {
                record.held = crate::run::blame::held(&self.world, node);
                record.stood = crate::run::blame::stood(&self.world, node);
            }
        }
        self.settle_taken(node, exit);
        for slot in self.world.node(node).actors() {
            supervise::recover(&self.world.arena, slot, exit != 0);
        }
        if exit < 0
            && let Some(pid) = self.pid_of[node.index()]
        {
            // What it had started (an `exec`, a pipeline of a shell) has nobody left to work for.
            let _ = killpg(pid, Signal::SIGKILL);
        }
    }

    /// Makes the end known; everything it left has been repaired.
    pub(super) fn ended(&mut self, node: NodeId, exit: i32) {
        for slot in self.world.node(node).actors() {
            supervise::ended(&self.world.arena, slot, exit, exit != 0);
        }
        if let NodeKind::Instance(instance) = self.world.node(node).kind {
            let record = &mut self.record.processes[instance];
            record.exit = Some(exit);
            record.ended_ns = Some(shm::now_ns() - self.world.begun_ns);
            record.restarts = self.reactor.restarts(node);
            if exit != 0 {
                self.break_barriers(node);
            }
        }
    }
}
