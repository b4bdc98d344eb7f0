//! Starts and ends of single nodes, and whom they concern: followers and feeders.
//!
//! What must stay true: no node starts when the run has begun to stop.
use super::Reactor;
use super::happening::Order;
use super::phase::Phase;
use super::spec::{NodeId, Role};

impl Reactor {
    pub(super) fn start_if_due(&mut self, id: NodeId, now: u64, orders: &mut Vec<Order>) {
        let node = &self.nodes[id.index()];
        if self.cause.is_some() || node.phase != Phase::Waiting || !node.spec.auto {
            return;
        }
        for &(other, any_end) in &node.spec.after {
            match self.nodes[other.index()].phase {
                Phase::Ended { exit } if any_end || exit == 0 => {}
                Phase::Ended { .. } | Phase::Skipped => {
                    self.set(id, Phase::Skipped);
                    orders.push(Order::Skipped(id, other));
                    self.follow(id, now, orders);
                    return;
                }
                _ => return,
            }
        }
        self.start(id, now, orders);
    }

    pub(super) fn start(&mut self, id: NodeId, now: u64, orders: &mut Vec<Order>) {
        let timeout = self.nodes[id.index()].spec.timeout_ns.map(|ns| now.saturating_add(ns));
        // Those who feed it are there before it asks for anything.
        for feeder in self.feeders[id.index()].clone() {
            if !self.is_running(feeder) {
                self.set(feeder, Phase::Running { timeout: None, kill_at: None });
                orders.push(Order::Start(feeder));
            }
        }
        self.set(id, Phase::Running { timeout, kill_at: None });
        orders.push(Order::Start(id));
    }

    fn follow(&mut self, id: NodeId, now: u64, orders: &mut Vec<Order>) {
        for follower in self.followers[id.index()].clone() {
            self.start_if_due(follower, now, orders);
        }
    }

    /// `ran`: it was started and came to its end; a worker that cannot even be started is not tried again.
    pub(super) fn died(&mut self, id: NodeId, exit: i32, now: u64, ran: bool, orders: &mut Vec<Order>) {
        let stopping = self.cause.is_some();
        let node = &mut self.nodes[id.index()];
        match (node.spec.role, node.spec.restart) {
            (Role::Worker, _) if !stopping && ran => {
                orders.push(Order::Resting(id));
                self.start(id, now, orders);
                return;
            }
            (_, Some(restart)) if !stopping && exit != 0 && node.restarts < restart.max => {
                node.restarts += 1;
                self.set(id, Phase::Resting { until: now.saturating_add(restart.backoff_ns) });
                orders.push(Order::Resting(id));
                self.end_feeders(id, orders);
                return;
            }
            _ => {}
        }
        self.set(id, Phase::Ended { exit });
        orders.push(Order::Ended(id, exit));
        self.end_feeders(id, orders);
        self.follow(id, now, orders);
    }

    /// What feeds a command that has ended is of no use; what drains it ends by itself when all has been carried.
    fn end_feeders(&mut self, id: NodeId, orders: &mut Vec<Order>) {
        for &feeder in &self.feeders[id.index()] {
            if self.nodes[feeder.index()].spec.role == Role::FeedsStdin(id) && self.is_running(feeder) {
                orders.push(Order::Kill(feeder));
            }
        }
    }
}
