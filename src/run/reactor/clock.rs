//! Times at which something is due.
//!
//! What must stay true: a time that a node has left behind is named to nobody.
use std::cmp::Reverse;

use super::happening::{Cause, Order};
use super::phase::Phase;
use super::spec::NodeId;
use super::{GRACE_NS, Reactor};

/// How often a restart looks whether the feeders of the last start have ended.
const FEEDERS_NS: u64 = 2_000_000;

impl Reactor {
    /// The next time at which [`Happening::Clock`](super::Happening::Clock) should come.
    pub fn next_deadline(&mut self) -> Option<u64> {
        let run = self.timeout.filter(|_| self.cause.is_none());
        [self.next_node_time(), run].into_iter().flatten().min()
    }

    fn next_node_time(&mut self) -> Option<u64> {
        while let Some(&Reverse((time, id))) = self.times.peek() {
            if self.nodes[id.index()].phase.times().contains(&Some(time)) {
                return Some(time);
            }
            self.times.pop();
        }
        None
    }

    pub(super) fn postpone(&mut self, ns: u64) {
        let later = |time: Option<u64>| time.map(|time| time.saturating_add(ns));
        self.timeout = later(self.timeout);
        self.times.clear();
        for index in 0..self.nodes.len() {
            let phase = match self.nodes[index].phase {
                Phase::Running { timeout, kill_at } => {
                    Phase::Running { timeout: later(timeout), kill_at: later(kill_at) }
                }
                Phase::Resting { until } => Phase::Resting { until: until.saturating_add(ns) },
                still => still,
            };
            self.set(NodeId(index as u32), phase);
        }
    }

    pub(super) fn clock(&mut self, now: u64, orders: &mut Vec<Order>) {
        if self.cause.is_none() && self.timeout.is_some_and(|timeout| timeout <= now) {
            self.stop(Cause::Timeout, now, orders);
        }
        while let Some(time) = self.next_node_time().filter(|time| *time <= now) {
            let Some(Reverse((_, id))) = self.times.pop() else { return };
            match self.nodes[id.index()].phase {
                // Its last feeders are about to end: the new ones come after them.
                Phase::Resting { .. } if self.feeders[id.index()].iter().any(|feeder| self.is_running(*feeder)) => {
                    self.set(id, Phase::Resting { until: now + FEEDERS_NS });
                }
                Phase::Resting { .. } => self.start(id, now, orders),
                Phase::Running { timeout, kill_at } if kill_at == Some(time) => {
                    self.set(id, Phase::Running { timeout, kill_at: None });
                    orders.push(Order::Kill(id));
                }
                Phase::Running { .. } => {
                    self.set(id, Phase::Running { timeout: None, kill_at: Some(now + GRACE_NS) });
                    orders.push(Order::TimedOut(id));
                    orders.push(Order::Terminate(id));
                }
                _ => {}
            }
        }
    }
}
