//! What is to be done about what has happened: the supervisor's decisions, pure.
//!
//! | file | says |
//! |---|---|
//! | `spec` | what has to be known of a node |
//! | `happening` | what is told to the reactor, and what it orders |
//! | `phase` | where a node stands |
//! | `lives` | starts and ends of single nodes |
//! | `clock` | times at which something is due |
//! | `stop` | the end of a run |
//!
//! State + happening -> state + orders. No process, clock or file is touched here; times are nanoseconds on the
//! monotonic clock and come in with each happening. What must stay true:
//!
//! - A node starts at most once between two ends of it, and never after the run has begun to stop.
//! - Every node that runs while the run stops has a time at which it is killed.
//! - [`Order::Finish`] is given once, when nothing runs any more.
mod clock;
mod happening;
mod lives;
mod phase;
mod spec;
mod stop;

pub use happening::{Cause, Happening, Order};
pub use spec::{NodeId, NodeSpec, RestartSpec, Role};

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use self::phase::Phase;

/// How long a node may take to end after SIGTERM.
pub const GRACE_NS: u64 = 5_000_000_000;

#[derive(Debug)]
struct Node {
    spec: NodeSpec,
    phase: Phase,
    restarts: u32,
}

#[derive(Debug)]
pub struct Reactor {
    nodes: Vec<Node>,
    /// Who waits for the end of each node, so that an end is not a walk over all.
    followers: Vec<Vec<NodeId>>,
    /// The feeders of each node.
    feeders: Vec<Vec<NodeId>>,
    /// Nodes that run.
    running: usize,
    /// Nodes that are to be started again.
    resting: usize,
    /// The run is not over yet though nobody who counts runs: a schedule goes on.
    lingers: bool,
    /// Nodes whose end the run waits for, that run or rest.
    busy: usize,
    /// Times at which something may be due; some are out of date.
    times: BinaryHeap<Reverse<(u64, NodeId)>>,
    timeout: Option<u64>,
    cause: Option<Cause>,
    finished: bool,
}

impl Reactor {
    /// `timeout` is the run's, as a time on the clock.
    pub fn new(specs: Vec<NodeSpec>, timeout: Option<u64>) -> Self {
        let mut followers = vec![Vec::new(); specs.len()];
        let mut feeders = vec![Vec::new(); specs.len()];
        for (index, spec) in specs.iter().enumerate() {
            let id = NodeId(index as u32);
            for (node, _) in &spec.after {
                followers[node.index()].push(id);
            }
            if let Role::FeedsStdin(of) | Role::DrainsOutput(of) = spec.role {
                feeders[of.index()].push(id);
            }
        }
        Reactor {
            nodes: specs.into_iter().map(|spec| Node { spec, phase: Phase::Waiting, restarts: 0 }).collect(),
            followers,
            feeders,
            running: 0,
            resting: 0,
            lingers: false,
            busy: 0,
            times: BinaryHeap::new(),
            timeout,
            cause: None,
            finished: false,
        }
    }

    pub fn cause(&self) -> Option<Cause> {
        self.cause
    }

    pub fn is_running(&self, node: NodeId) -> bool {
        matches!(self.nodes[node.index()].phase, Phase::Running { .. })
    }

    /// It may yet run, for the first time or again.
    pub fn may_start(&self, node: NodeId) -> bool {
        self.cause.is_none() && matches!(self.nodes[node.index()].phase, Phase::Waiting | Phase::Resting { .. })
    }

    /// Whether the run is to go on even when nobody who counts runs; true if that has changed.
    pub fn linger(&mut self, lingers: bool) -> bool {
        std::mem::replace(&mut self.lingers, lingers) != lingers
    }

    /// A restart is due.
    pub fn rests(&self) -> bool {
        self.resting > 0
    }

    /// These workers are replaced no more.
    pub fn retire_workers(&mut self, which: impl Fn(NodeId) -> bool) {
        for (index, node) in self.nodes.iter_mut().enumerate() {
            if node.spec.role == Role::Worker && which(NodeId(index as u32)) {
                node.spec.role = Role::Daemon;
            }
        }
    }

    pub fn was_skipped(&self, node: NodeId) -> bool {
        self.nodes[node.index()].phase == Phase::Skipped
    }

    pub fn restarts(&self, node: NodeId) -> u32 {
        self.nodes[node.index()].restarts
    }

    pub fn exit(&self, node: NodeId) -> Option<i32> {
        match self.nodes[node.index()].phase {
            Phase::Ended { exit } => Some(exit),
            _ => None,
        }
    }

    pub fn step(&mut self, now: u64, happening: Happening) -> Vec<Order> {
        let mut orders = Vec::new();
        match happening {
            Happening::Begin => {
                for index in 0..self.nodes.len() {
                    self.start_if_due(NodeId(index as u32), now, &mut orders);
                }
            }
            Happening::Died { node, exit } => self.died(node, exit, now, true, &mut orders),
            Happening::StartFailed { node, exit } => self.died(node, exit, now, false, &mut orders),
            Happening::AskStart(node) => {
                let asked = &mut self.nodes[node.index()];
                if asked.phase == Phase::Waiting && !asked.spec.auto {
                    asked.spec.auto = true;
                    self.start_if_due(node, now, &mut orders);
                }
            }
            Happening::AskTerminate(node) => {
                if self.is_running(node) {
                    orders.push(Order::Terminate(node));
                }
            }
            Happening::AskKill(node) => {
                if self.is_running(node) {
                    orders.push(Order::Kill(node));
                }
            }
            Happening::Interrupt(signal) => match self.cause {
                None => self.stop(Cause::Signal(signal), now, &mut orders),
                Some(_) => self.kill_all(&mut orders),
            },
            Happening::Deadlock => self.stop(Cause::Deadlock, now, &mut orders),
            Happening::TimeUp => self.stop(Cause::Timeout, now, &mut orders),
            Happening::Followed => self.stop(Cause::Followed, now, &mut orders),
            Happening::OutputClosed => self.stop(Cause::OutputClosed, now, &mut orders),
            Happening::NoRoom => self.stop(Cause::NoRoom, now, &mut orders),
            Happening::Damaged => self.stop(Cause::Damaged, now, &mut orders),
            Happening::Resumed(ns) => self.postpone(ns),
            Happening::Clock => self.clock(now, &mut orders),
        }
        self.finish_if_done(now, &mut orders);
        orders
    }

    /// The run waits for its end: nobody waits for a daemon, nor for what it writes.
    fn counts(&self, id: NodeId) -> bool {
        match self.nodes[id.index()].spec.role {
            Role::Process => true,
            Role::DrainsOutput(of) => self.nodes[of.index()].spec.role == Role::Process,
            _ => false,
        }
    }

    fn set(&mut self, id: NodeId, phase: Phase) {
        let counts = self.counts(id);
        let node = &mut self.nodes[id.index()];
        let (was, is) = (node.phase, phase);
        node.phase = phase;
        self.running -= usize::from(was.runs());
        self.running += usize::from(is.runs());
        let rests = |phase| matches!(phase, Phase::Resting { .. });
        self.resting -= usize::from(rests(was));
        self.resting += usize::from(rests(is));
        self.busy -= usize::from(counts && was.is_busy());
        self.busy += usize::from(counts && is.is_busy());
        self.times.extend(is.times().into_iter().flatten().map(|time| Reverse((time, id))));
    }
}

#[cfg(test)]
mod tests;
