//! The end of a run: everything is told to end, and killed when it does not listen.
//!
//! What must stay true: every node that runs then has a time at which it is killed; [`Order::Finish`] is given once, when
//! nothing runs any more.
use super::happening::{Cause, Order};
use super::phase::Phase;
use super::spec::NodeId;
use super::{GRACE_NS, Node, Reactor};

impl Reactor {
    /// Ends everything, with grace.
    pub(super) fn stop(&mut self, cause: Cause, now: u64, orders: &mut Vec<Order>) {
        if self.cause.is_none() {
            self.cause = Some(cause);
            self.terminate_rest(now, orders);
        }
    }

    /// In reverse order of declaration: who came last goes first.
    fn terminate_rest(&mut self, now: u64, orders: &mut Vec<Order>) {
        for index in (0..self.nodes.len()).rev() {
            let id = NodeId(index as u32);
            match self.nodes[index].phase {
                Phase::Running { kill_at, .. } => {
                    let latest = now + GRACE_NS;
                    let kill_at = Some(kill_at.map_or(latest, |at| at.min(latest)));
                    self.set(id, Phase::Running { timeout: None, kill_at });
                    orders.push(Order::Terminate(id));
                }
                Phase::Resting { .. } => {
                    self.set(id, Phase::Ended { exit: -libc::SIGTERM });
                    orders.push(Order::Ended(id, -libc::SIGTERM));
                }
                _ => {}
            }
        }
    }

    pub(super) fn kill_all(&mut self, orders: &mut Vec<Order>) {
        for index in 0..self.nodes.len() {
            if self.nodes[index].phase.runs() {
                self.set(NodeId(index as u32), Phase::Running { timeout: None, kill_at: None });
                orders.push(Order::Kill(NodeId(index as u32)));
            }
        }
    }

    /// The run is over when no process that counts runs or rests, nor will when a daemon ends: whoever has not been started
    /// has nobody left to start it.
    pub(super) fn finish_if_done(&mut self, now: u64, orders: &mut Vec<Order>) {
        if self.cause.is_none() && self.busy == 0 && !self.lingers && !self.a_daemon_is_waited_for() {
            self.cause = Some(Cause::Completed);
            self.terminate_rest(now, orders);
        }
        if self.cause.is_some() && self.running == 0 && !self.finished {
            self.finished = true;
            orders.push(Order::Finish);
        }
    }

    /// Whether the end of those that still run lets one start that counts.
    fn a_daemon_is_waited_for(&self) -> bool {
        let mut comes = vec![false; self.nodes.len()];
        let mut sources: Vec<usize> = (0..self.nodes.len())
            .filter(|index| self.nodes[*index].phase.is_busy() && !self.followers[*index].is_empty())
            .collect();
        while let Some(source) = sources.pop() {
            for &follower in &self.followers[source] {
                let Node { spec, phase, .. } = &self.nodes[follower.index()];
                let may_end_well = |&(other, any_end): &(NodeId, bool)| match self.nodes[other.index()].phase {
                    Phase::Ended { exit } => any_end || exit == 0,
                    other_phase => other_phase.is_busy() || comes[other.index()],
                };
                let waits = *phase == Phase::Waiting && spec.auto && !comes[follower.index()];
                if waits && spec.after.iter().all(may_end_well) {
                    if self.counts(follower) {
                        return true;
                    }
                    comes[follower.index()] = true;
                    sources.push(follower.index());
                }
            }
        }
        false
    }
}
