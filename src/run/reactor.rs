//! What is to be done about what has happened: the supervisor's decisions, pure.
//!
//! State + happening -> state + orders. No process, clock or file is touched here; times are nanoseconds on the
//! monotonic clock and come in with each happening. What must stay true:
//!
//! - A node starts at most once between two ends of it, and never after the run has begun to stop.
//! - Every node that runs while the run stops has a time at which it is killed.
//! - [`Order::Finish`] is given once, when nothing runs any more.
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A node's number: instances first, then pool workers, then feeders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl NodeId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What the reactor has to know of a node.
#[derive(Clone, Debug)]
pub struct NodeSpec {
    pub role: Role,
    /// Starts by itself once `after` holds.
    pub auto: bool,
    /// All must have ended; those with `false` with 0.
    pub after: Vec<(NodeId, bool)>,
    pub timeout_ns: Option<u64>,
    pub restart: Option<RestartSpec>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Process,
    Daemon,
    /// Of a pool: replaced when it ends, ended with the run.
    Worker,
    /// Carries a queue to a command's stdin; of no use once the command has ended.
    FeedsStdin(NodeId),
    /// Carries a command's output to a queue; has to be finished.
    DrainsOutput(NodeId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartSpec {
    pub max: u32,
    pub backoff_ns: u64,
}

/// How long a node may take to end after SIGTERM.
pub const GRACE_NS: u64 = 5_000_000_000;
/// How often a restart looks whether the feeders of the last start have ended.
const FEEDERS_NS: u64 = 2_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The run begins.
    Begin,
    Died {
        node: NodeId,
        /// Python's: `-SIGNAL` for a signal.
        exit: i32,
    },
    /// It could not be started at all.
    StartFailed {
        node: NodeId,
        exit: i32,
    },
    AskStart(NodeId),
    AskTerminate(NodeId),
    AskKill(NodeId),
    /// Ctrl-C, SIGTERM, SIGHUP: stops with grace; kills if the run is stopping already.
    Interrupt(i32),
    Deadlock,
    /// A schedule has shown what it is there to show.
    Followed,
    /// Nobody reads the results any more.
    OutputClosed,
    /// The system has no room for a further process.
    NoRoom,
    /// All stood still (Ctrl-Z) for so many nanoseconds, which count for no timeout.
    Resumed(u64),
    /// A time that [`Reactor::next_deadline`] named has come.
    Clock,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Start(NodeId),
    Terminate(NodeId),
    Kill(NodeId),
    /// It has ended for good, and how.
    Ended(NodeId, i32),
    /// It will not be started again at once: a restart is due later.
    Resting(NodeId),
    /// It never starts because this one failed.
    Skipped(NodeId, NodeId),
    /// Its own timeout ended it.
    TimedOut(NodeId),
    Finish,
}

/// Why the run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Every process ended.
    Completed,
    Deadlock,
    Timeout,
    Signal(i32),
    OutputClosed,
    NoRoom,
    /// A schedule was followed to its end, and the rest cut off.
    Followed,
}

/// Only [`Reactor::set`] changes it: the counts depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not started yet.
    Waiting,
    Running {
        /// When it is told to end.
        timeout: Option<u64>,
        /// When it is killed: it has been told.
        kill_at: Option<u64>,
    },
    /// Started again then.
    Resting {
        until: u64,
    },
    Ended {
        exit: i32,
    },
    /// Never started, and never will be.
    Skipped,
}

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

    /// The next time at which [`Happening::Clock`] should come.
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
            Happening::Followed => self.stop(Cause::Followed, now, &mut orders),
            Happening::OutputClosed => self.stop(Cause::OutputClosed, now, &mut orders),
            Happening::NoRoom => self.stop(Cause::NoRoom, now, &mut orders),
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

    fn start_if_due(&mut self, id: NodeId, now: u64, orders: &mut Vec<Order>) {
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

    fn start(&mut self, id: NodeId, now: u64, orders: &mut Vec<Order>) {
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
    fn died(&mut self, id: NodeId, exit: i32, now: u64, ran: bool, orders: &mut Vec<Order>) {
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

    fn postpone(&mut self, ns: u64) {
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

    fn clock(&mut self, now: u64, orders: &mut Vec<Order>) {
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

    /// Ends everything, with grace.
    fn stop(&mut self, cause: Cause, now: u64, orders: &mut Vec<Order>) {
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

    fn kill_all(&mut self, orders: &mut Vec<Order>) {
        for index in 0..self.nodes.len() {
            if self.nodes[index].phase.runs() {
                self.set(NodeId(index as u32), Phase::Running { timeout: None, kill_at: None });
                orders.push(Order::Kill(NodeId(index as u32)));
            }
        }
    }

    /// The run is over when no process that counts runs or rests: whoever has not been started has nobody left to
    /// start it.
    fn finish_if_done(&mut self, now: u64, orders: &mut Vec<Order>) {
        if self.cause.is_none() && self.busy == 0 {
            self.cause = Some(Cause::Completed);
            self.terminate_rest(now, orders);
        }
        if self.cause.is_some() && self.running == 0 && !self.finished {
            self.finished = true;
            orders.push(Order::Finish);
        }
    }
}

impl Phase {
    fn runs(self) -> bool {
        matches!(self, Phase::Running { .. })
    }

    fn is_busy(self) -> bool {
        matches!(self, Phase::Running { .. } | Phase::Resting { .. })
    }

    fn times(self) -> [Option<u64>; 2] {
        match self {
            Phase::Running { timeout, kill_at } => [timeout, kill_at],
            Phase::Resting { until } => [Some(until), None],
            _ => [None, None],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(role: Role) -> NodeSpec {
        NodeSpec { role, auto: true, after: Vec::new(), timeout_ns: None, restart: None }
    }

    fn node(n: u32) -> NodeId {
        NodeId(n)
    }

    #[test]
    fn a_follower_starts_after_a_good_end_and_is_skipped_after_a_bad_one() {
        for (exit, expected) in [(0, Order::Start(node(1))), (3, Order::Skipped(node(1), node(0)))] {
            let mut second = spec(Role::Process);
            second.after.push((node(0), false));
            let mut reactor = Reactor::new(vec![spec(Role::Process), second], None);
            assert_eq!(reactor.step(0, Happening::Begin), [Order::Start(node(0))]);
            let orders = reactor.step(1, Happening::Died { node: node(0), exit });
            assert!(orders.contains(&expected), "{orders:?}");
            assert_eq!(orders.contains(&Order::Finish), exit != 0);
        }
    }

    #[test]
    fn daemons_are_ended_when_the_last_process_has() {
        let mut reactor = Reactor::new(vec![spec(Role::Process), spec(Role::Daemon)], None);
        reactor.step(0, Happening::Begin);
        let orders = reactor.step(1, Happening::Died { node: node(0), exit: 0 });
        assert_eq!(orders, [Order::Ended(node(0), 0), Order::Terminate(node(1))]);
        // It does not listen.
        assert_eq!(reactor.next_deadline(), Some(1 + GRACE_NS));
        assert_eq!(reactor.step(1 + GRACE_NS, Happening::Clock), [Order::Kill(node(1))]);
        let orders = reactor.step(2 + GRACE_NS, Happening::Died { node: node(1), exit: -9 });
        assert_eq!(orders, [Order::Ended(node(1), -9), Order::Finish]);
        assert_eq!(reactor.cause(), Some(Cause::Completed));
    }

    #[test]
    fn the_run_waits_for_what_carries_the_output_of_a_command_and_not_for_that_of_a_daemon() {
        let drained = |role| {
            let mut drain = spec(Role::DrainsOutput(node(0)));
            drain.auto = false;
            let mut reactor = Reactor::new(vec![spec(role), drain, spec(Role::Process)], None);
            reactor.step(0, Happening::Begin);
            reactor.step(1, Happening::Died { node: node(2), exit: 0 });
            reactor
        };
        let mut reactor = drained(Role::Process);
        assert_eq!(reactor.step(2, Happening::Died { node: node(0), exit: 0 }), [Order::Ended(node(0), 0)]);
        assert_eq!((reactor.cause(), reactor.next_deadline()), (None, None), "however long it takes");
        let orders = reactor.step(3, Happening::Died { node: node(1), exit: 0 });
        assert_eq!(orders, [Order::Ended(node(1), 0), Order::Finish]);
        assert_eq!(drained(Role::Daemon).cause(), Some(Cause::Completed));
    }

    #[test]
    fn a_failing_process_is_restarted_as_often_as_allowed() {
        let mut flaky = spec(Role::Process);
        flaky.restart = Some(RestartSpec { max: 1, backoff_ns: 10 });
        let mut reactor = Reactor::new(vec![flaky], None);
        reactor.step(0, Happening::Begin);
        assert_eq!(reactor.step(1, Happening::Died { node: node(0), exit: 1 }), [Order::Resting(node(0))]);
        assert_eq!(reactor.next_deadline(), Some(11));
        assert_eq!(reactor.step(11, Happening::Clock), [Order::Start(node(0))]);
        let orders = reactor.step(12, Happening::Died { node: node(0), exit: 1 });
        assert_eq!(orders, [Order::Ended(node(0), 1), Order::Finish]);
    }

    #[test]
    fn time_that_all_stood_still_counts_for_no_timeout() {
        let mut limited = spec(Role::Process);
        limited.timeout_ns = Some(10);
        let mut reactor = Reactor::new(vec![limited], Some(25));
        reactor.step(0, Happening::Begin);
        assert_eq!(reactor.step(105, Happening::Resumed(100)), []);
        assert_eq!((reactor.next_deadline(), reactor.step(109, Happening::Clock)), (Some(110), Vec::new()));
        assert_eq!(reactor.step(110, Happening::Clock), [Order::TimedOut(node(0)), Order::Terminate(node(0))]);
        assert_eq!((reactor.next_deadline(), reactor.cause()), (Some(125), None));
    }

    #[test]
    fn the_second_interrupt_kills() {
        let mut reactor = Reactor::new(vec![spec(Role::Process)], None);
        reactor.step(0, Happening::Begin);
        assert_eq!(reactor.step(1, Happening::Interrupt(2)), [Order::Terminate(node(0))]);
        assert_eq!(reactor.step(2, Happening::Interrupt(2)), [Order::Kill(node(0))]);
    }

    #[test]
    fn a_process_that_nobody_can_start_any_more_does_not_keep_the_run() {
        let mut manual = spec(Role::Process);
        manual.auto = false;
        let mut reactor = Reactor::new(vec![spec(Role::Process), manual], None);
        reactor.step(0, Happening::Begin);
        let orders = reactor.step(1, Happening::Died { node: node(0), exit: 0 });
        assert_eq!(orders, [Order::Ended(node(0), 0), Order::Finish]);
    }

    #[test]
    fn a_worker_is_replaced_until_the_run_ends() {
        let mut reactor = Reactor::new(vec![spec(Role::Process), spec(Role::Worker)], None);
        reactor.step(0, Happening::Begin);
        let orders = reactor.step(1, Happening::Died { node: node(1), exit: -9 });
        assert_eq!(orders, [Order::Resting(node(1)), Order::Start(node(1))]);
    }
}
