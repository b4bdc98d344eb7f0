//! Starting what is due: nodes, a turn at a time.
//!
//! What must stay true: a node that could not be started keeps nobody waiting: its slots are repaired, and its end is told.
use std::io;

use super::Supervisor;
use crate::graph::LogLevel;
use crate::run::reactor::Happening;
use crate::run::world::NodeKind;
use crate::run::{NodeId, room};
use crate::shm::{self, State, supervise};
use crate::value::Str;

/// How long nodes are started in one go.
const TURN_NS: u64 = 10_000_000;

impl Supervisor<'_> {
    /// Starts as many as fit into one turn.
    pub(super) fn start_due(&mut self) {
        if self.due.is_empty() {
            return;
        }
        let turn_ends = shm::now_ns() + TURN_NS;
        while let Some(node) = self.due.pop() {
            if let Err(error) = self.start(node) {
                self.start_failed(node, &error);
            }
            if turn_ends <= shm::now_ns() {
                break;
            }
        }
        // Who has just started has its own by now.
        self.release_ends();
    }

    pub(super) fn start(&mut self, node: NodeId) -> io::Result<()> {
        if let NodeKind::Worker { pool, .. } = self.world.node(node).kind {
            let number = self.workers.entry(pool).or_default();
            *number += 1;
            let name = format!("{}-{number}", *self.world.plan.graph().object(pool).name);
            self.world.nodes[node.index()].name = Str::from(name);
        }
        let slots = || self.world.node(node).actors();
        for slot in slots() {
            supervise::begin(&self.world.arena, slot, 0);
        }
        let pid = match self.launch(node) {
            Ok(pid) => pid,
            Err(error) => {
                for slot in self.world.node(node).actors() {
                    supervise::recover(&self.world.arena, slot, true);
                }
                return Err(error);
            }
        };
        for slot in self.world.node(node).actors() {
            supervise::set_pid(&self.world.arena, slot, pid.as_raw());
            supervise::set_state(&self.world.arena, slot, State::Running);
        }
        self.pid_of[node.index()] = Some(pid);
        if let NodeKind::Instance(instance) = self.world.node(node).kind {
            let record = &mut self.record.processes[instance];
            // Written only where there is something to forget: a page that is written is copied for every later start.
            if record.raised.is_some() || record.unstarted.is_some() {
                (record.raised, record.unstarted) = (None, None);
            }
        }
        Ok(())
    }

    fn start_failed(&mut self, node: NodeId, error: &io::Error) {
        let limit = room::limit(error);
        let why = limit.as_ref().map_or_else(|| error.to_string(), |limit| format!("{error}; {limit}"));
        let name = self.world.node(node).name.clone();
        self.say(LogLevel::Error, &name, &format!("cannot be started: {why}"));
        if let NodeKind::Instance(instance) = self.world.node(node).kind {
            self.record.processes[instance].unstarted = Some(why);
        }
        // Whoever is at the other end of one of its streams is not kept waiting for it.
        self.feeds.retain(|(instance, _), _| *instance != node.index());
        self.happen(Happening::StartFailed { node, exit: 126 });
        if limit.is_some() {
            self.happen(Happening::NoRoom);
        }
        self.lose_stream(node, 126);
    }

    pub(in crate::run) fn ask_start(&mut self, node: NodeId) {
        self.happen(Happening::AskStart(node));
        if self.due.contains(node) {
            return;
        }
        for slot in self.world.node(node).actors() {
            if self.world.arena.slot(slot).state() == State::Idle {
                // It waits for others; who started it does not.
                supervise::set_state(&self.world.arena, slot, State::Starting);
            }
        }
    }
}
