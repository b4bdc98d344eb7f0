//! What will never come any more, and whom that concerns: nobody is left to wait for it.
//!
//! Processes that nobody can start, barriers that cannot be full, pools that have failed, streams without the one who
//! carries them, ends of bytes pipes that nobody will use.
use nix::sys::signal::Signal;

use super::Supervisor;
use crate::graph::{ObjectId, ObjectKind, Operation};
use crate::program::{End, ProcessRef, Thing};
use crate::run::NodeId;
use crate::run::world::{NodeKind, Shared};
use crate::shm::{self, SlotIndex, State, supervise};

impl Supervisor<'_> {
    /// Processes that only this one could still have started never will be: streams do not wait for them.
    pub(super) fn give_up_unstarted(&mut self, starter: NodeId) {
        let NodeKind::Instance(instance) = self.world.node(starter).kind else { return };
        let plan = self.world.plan;
        let uses = plan.wiring().uses(plan.instances()[instance].process);
        for (thing, operation) in uses {
            let (Thing::Process(process), Operation::Start) = (thing, operation) else { continue };
            for node in self.world.nodes_of_process(*process).collect::<Vec<NodeId>>() {
                let slot = SlotIndex(self.world.node(node).slots.start);
                if self.world.arena.slot(slot).state() == State::Idle && !self.can_be_started(node) {
                    for slot in self.world.node(node).slots.clone() {
                        supervise::never_starts(&self.world.arena, SlotIndex(slot));
                    }
                }
            }
        }
    }

    fn can_be_started(&self, node: NodeId) -> bool {
        let NodeKind::Instance(instance) = self.world.node(node).kind else { return false };
        let declared = &self.world.plan.instances()[instance];
        let all = ProcessRef { process: declared.process, instance: None };
        let one = ProcessRef { instance: Some(declared.index), ..all };
        [all, one].into_iter().any(|process| {
            self.world
                .nodes_that(Thing::Process(process), Operation::Start)
                .any(|starter| self.reactor.is_running(starter) || starter != node && self.reactor.may_start(starter))
        })
    }

    /// A barrier whose living parties are too few now will never be full.
    pub(super) fn break_barriers(&mut self, dead: NodeId) {
        for (index, object) in self.world.plan.graph().objects.iter().enumerate() {
            let ObjectKind::Barrier(declared) = &object.kind else { continue };
            let id = ObjectId(index as u32);
            let wired = self.world.slots_of(Thing::Object(id), Operation::Wait);
            if !wired.iter().any(|slot| self.world.node_of(*slot) == Some(dead)) {
                continue;
            }
            let living = wired.iter().filter(|slot| !self.world.arena.slot(**slot).ended_badly()).count();
            if living < declared.parties.value as usize {
                let slot = SlotIndex(self.world.node(dead).slots.start);
                self.world.object::<shm::Barrier>(id).break_by(slot);
            }
        }
    }

    pub(super) fn pool_failed(&mut self, node: NodeId) {
        let NodeKind::Worker { pool, .. } = self.world.node(node).kind else { return };
        self.world.object::<shm::Pool>(pool).break_up(&self.world.arena);
        self.reactor.retire_workers(
            |node| matches!(self.world.node(node).kind, NodeKind::Worker { pool: of, .. } if of == pool),
        );
    }

    /// Without what carries one of its streams a command would wait for ever, or be heard no more: it ends, too. One
    /// that has ended already has only not been heard to the end.
    pub(super) fn lose_stream(&mut self, feeder: NodeId, exit: i32) {
        let (instance, what) = match self.world.node(feeder).kind {
            NodeKind::FeedsStdin(instance) => (instance, "its stdin ended before its queue did"),
            NodeKind::DrainsOutput { instance, stderr } => (
                instance,
                if stderr {
                    "not all of its stderr came into its queue"
                } else {
                    "not all of its stdout came into its queue"
                },
            ),
            _ => return,
        };
        let command = NodeId(instance as u32);
        let runs = self.reactor.is_running(command);
        if self.reactor.cause().is_some() || !runs && matches!(self.world.node(feeder).kind, NodeKind::FeedsStdin(_)) {
            return;
        }
        self.record.processes[instance].cut_short = Some(what.to_owned());
        // With 1 it has carried what could be carried, to the end.
        if runs && exit != 1 {
            self.feeds.retain(|(of, _), _| *of != instance);
            self.end_node(command, Signal::SIGKILL);
        }
    }

    /// Gives up an end of a bytes pipe when nobody who needs it can start any more: then its stream can end.
    pub(in crate::run) fn release_ends(&mut self) {
        for index in 0..self.world.plan.graph().objects.len() {
            let id = ObjectId(index as u32);
            let Shared::Bytes(pipe) = self.world.shared(id) else { continue };
            for side in [0, 1] {
                let end = End { pipe: id, side };
                let held = pipe.end(side).raw_fd().is_some();
                if held && !self.world.users_of(end).any(|node| self.needs_end(node, end)) {
                    pipe.end(side).close();
                }
            }
        }
    }

    /// It inherits the end when it starts; a command's clients get it from here.
    fn needs_end(&self, node: NodeId, end: End) -> bool {
        let by_clients = || {
            self.reactor.is_running(node)
                && crate::run::launch::ends_used(&self.world, node).contains(&end)
                && !self.clients.has_closed(node, end)
        };
        self.due.contains(node) || self.reactor.may_start(node) || by_clients()
    }
}
