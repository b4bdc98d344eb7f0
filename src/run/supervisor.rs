//! The rim around the [`Reactor`]: one thread, one epoll, the only one that reaps.
//!
//! What must stay true: what a node has written is read before its end is made known; a dead node's slots are
//! repaired before it is reaped, so that no process id comes again; nobody is waited for without a limit.
use std::cell::OnceCell;
use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::rc::Rc;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::signal::{SigSet, Signal, kill, killpg};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;

use super::capture::{Capture, Read};
use super::command_output::unread;
use super::deadlock::Watch;
use super::due::Due;
use super::gate::{Divergence, Gate, Next};
use super::ipc::Clients;
use super::output::Output;
use super::reactor::{Cause, Happening, NodeSpec, Order, Reactor, RestartSpec, Role};
use super::record::Record;
use super::trace::{RunTrace, TRACE_STEPS_MAX};
use super::wire::{Exchange, Frame, FrameKind, wire};
use super::world::{NodeKind, Shared, World};
use super::{Deadlock, NodeId, RunOptions, front, room};
use crate::check::Plan;
use crate::graph::{LogLevel, ObjectId, ObjectKind, Operation, Start};
use crate::program::{End, ProcessRef, Schedule, Thing};
use crate::shm::{self, SlotIndex, State, supervise};
use crate::value::Str;

/// How often it is looked whether anything can still move.
const WATCH_NS: u64 = 100_000_000;
/// How long nodes are started in one go.
const TURN_NS: u64 = 10_000_000;

pub struct Supervisor<'p> {
    pub(super) world: World<'p>,
    pub(super) reactor: Reactor,
    pub(super) record: Record,
    options: RunOptions,
    due: Due,
    exchange: Exchange,
    pub(super) epoll: Epoll,
    pub(super) clients: Clients,
    signals: SignalFd,
    pub(super) captures: HashMap<RawFd, Capture>,
    /// By node. Searched for whose a process is: each page that is written between two forks is copied for each.
    pub(super) pid_of: Vec<Option<Pid>>,
    /// `/dev/null`, from the first time that it was asked for.
    pub(super) null: OnceCell<Rc<OwnedFd>>,
    /// Pipes between a feeder and its command, while one of the two is not started yet.
    pub(super) feeds: HashMap<(usize, u8), (Option<OwnedFd>, Option<OwnedFd>)>,
    stdout: Output<io::Stdout>,
    stderr: Output<io::Stderr>,
    /// The nodes are not read: their output waits.
    paused: bool,
    watch: Watch,
    pub(super) deadlock: Option<Deadlock>,
    /// By pool: the number of the last worker.
    workers: HashMap<ObjectId, u32>,
    failed_pools: Vec<ObjectId>,
    finished: bool,
    output_error: Option<io::Error>,
    gate: Option<Gate>,
}

/// What is left when everything has ended.
pub struct Finished<'p> {
    pub world: World<'p>,
    pub record: Record,
    pub cause: Cause,
    pub deadlock: Option<Deadlock>,
    pub elapsed_ns: u64,
    /// Why results could not be written.
    pub output_error: Option<io::Error>,
    /// The order in which steps were taken, where it was recorded.
    pub recorded: Schedule,
    /// Why a schedule could not be followed; and how many of its steps were.
    pub divergence: Option<Divergence>,
    pub steps_taken: usize,
    /// What was done when, if that was asked for.
    pub trace: Option<RunTrace>,
}

impl<'p> Supervisor<'p> {
    /// Where the graph runs commands this forks, and returns in the child alone: see the file `front.rs`. So nothing may be
    /// under way in this process that ends with it, and it has one thread.
    ///
    /// # Errors
    /// What the system says when memory or descriptors cannot be had; no node has been started then.
    pub fn new(plan: &'p Plan, options: RunOptions) -> io::Result<Self> {
        super::title::prepare();
        room::check(plan).map_err(|why| io::Error::other(why.to_string()))?;
        if front::is_needed(plan) {
            front::part()?;
        }
        raise_file_limit();
        let signals =
            [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGCHLD, Signal::SIGTSTP, front::FRONT_DIED];
        let mask: SigSet = signals.into_iter().collect();
        mask.thread_block()?;
        let signals = SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        // What the children of nodes leave behind comes to this process, and is ended with the run.
        nix::sys::prctl::set_child_subreaper(true)?;
        let (wire, exchange) = wire()?;
        let mut world = World::new(plan, options.seed, options.memory, options.log, wire)?;
        world.gated = options.order.is_some();
        if options.trace {
            world.trace = Some(shm::Trace::create(TRACE_STEPS_MAX)?);
        }
        let gate = options.order.clone().map(|order| Gate::new(order, &world));
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        for fd in [exchange.fd(), signals.as_fd()] {
            epoll.add(fd, EpollEvent::new(EpollFlags::EPOLLIN, fd.as_raw_fd() as u64))?;
        }
        let deadline = options
            .timeout
            .map(|timeout| world.begun_ns.saturating_add(u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX)));
        let reactor = Reactor::new(specs(&world), deadline);
        let (stdout, stderr) = (Output::new(io::stdout(), options.prefix), Output::new(io::stderr(), options.prefix));
        Ok(Supervisor {
            record: Record::new(plan),
            pid_of: vec![None; world.nodes.len()],
            due: Due::new(world.nodes.len()),
            reactor,
            world,
            options,
            exchange,
            epoll,
            clients: Clients::default(),
            signals,
            captures: HashMap::new(),
            null: OnceCell::new(),
            feeds: HashMap::new(),
            stdout,
            stderr,
            paused: false,
            watch: Watch::default(),
            deadlock: None,
            workers: HashMap::new(),
            failed_pools: Vec::new(),
            finished: false,
            output_error: None,
            gate,
        })
    }

    /// From the first start to the last end.
    pub fn run(mut self) -> Finished<'p> {
        self.happen(Happening::Begin);
        let mut next_watch = shm::now_ns() + WATCH_NS;
        while !self.finished {
            self.start_due();
            let now = shm::now_ns();
            let until = match self.due.is_empty() {
                true => self.reactor.next_deadline().map_or(next_watch, |deadline| deadline.min(next_watch)),
                false => now,
            };
            self.wait_for_events(until.saturating_sub(now));
            let now = shm::now_ns();
            if self.reactor.next_deadline().is_some_and(|deadline| deadline <= now) {
                self.happen(Happening::Clock);
            }
            if now >= next_watch {
                next_watch = now + WATCH_NS;
                self.look_around();
            }
            // Its order is told among all that have been started.
            if self.due.is_empty() {
                self.tend_gate();
            }
            self.flush();
        }
        self.end()
    }

    fn tend_gate(&mut self) {
        let Some(gate) = &mut self.gate else { return };
        match gate.advance(&self.world, &self.reactor) {
            Next::Signal(node, signal) if signal == Signal::SIGKILL as i32 => self.happen(Happening::AskKill(node)),
            Next::Signal(node, _) => self.happen(Happening::AskTerminate(node)),
            Next::Stop => self.happen(Happening::Followed),
            Next::Nothing => {}
        }
    }

    pub(super) fn happen(&mut self, happening: Happening) {
        for order in self.reactor.step(shm::now_ns(), happening) {
            self.carry_out(order);
        }
        self.release_ends();
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Start(node) => self.due.push(node),
            Order::Terminate(node) => self.end_node(node, Signal::SIGTERM),
            Order::Kill(node) => self.end_node(node, Signal::SIGKILL),
            Order::Ended(node, exit) => {
                self.ended(node, exit);
                self.give_up_unstarted(node);
            }
            Order::Resting(_) => {}
            Order::Skipped(node, culprit) => {
                let (name, culprit) = (self.world.node(node).name.clone(), self.world.node(culprit).name.clone());
                self.say(LogLevel::Warning, &name, &format!("not started: `{culprit}` did not end with 0"));
                if let NodeKind::Instance(instance) = self.world.node(node).kind {
                    self.record.processes[instance].skipped_by = Some(culprit);
                }
                for slot in self.world.node(node).actors() {
                    supervise::ended(&self.world.arena, slot, 0, true);
                }
                supervise::wake_all(&self.world.arena);
            }
            Order::TimedOut(node) => {
                if let NodeKind::Instance(instance) = self.world.node(node).kind {
                    self.record.processes[instance].timed_out = true;
                }
            }
            Order::Finish => self.finished = true,
        }
    }

    /// Starts as many as fit into one turn.
    fn start_due(&mut self) {
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

    /// Without what carries one of its streams a command would wait for ever, or be heard no more: it ends, too. One
    /// that has ended already has only not been heard to the end.
    fn lose_stream(&mut self, feeder: NodeId, exit: i32) {
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

    fn start(&mut self, node: NodeId) -> io::Result<()> {
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

    pub(super) fn watch_capture(&mut self, capture: Capture) -> io::Result<()> {
        let fd = capture.fd.as_raw_fd();
        let events = if self.paused { EpollFlags::empty() } else { EpollFlags::EPOLLIN };
        self.epoll.add(&capture.fd, EpollEvent::new(events, fd as u64))?;
        self.captures.insert(fd, capture);
        Ok(())
    }

    fn end_node(&mut self, node: NodeId, signal: Signal) {
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
    fn signal(&mut self, node: NodeId, signal: Signal) {
        if let Some(pid) = self.pid_of[node.index()] {
            to_group(pid, signal);
            if signal == Signal::SIGTERM {
                // A stopped process would not hear of it.
                to_group(pid, Signal::SIGCONT);
            }
        }
    }

    /// Makes the end known; everything it left has been repaired.
    fn ended(&mut self, node: NodeId, exit: i32) {
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

    /// Processes that only this one could still have started never will be: streams do not wait for them.
    fn give_up_unstarted(&mut self, starter: NodeId) {
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
    fn break_barriers(&mut self, dead: NodeId) {
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

    fn wait_for_events(&mut self, patience_ns: u64) {
        self.pause_or_resume();
        let blocked = !self.stdout.is_empty() || !self.stderr.is_empty();
        // Output that waits is tried again soon: its stream is not among the watched, for it may be a file.
        let at_gate = self.gate.as_ref().is_some_and(|gate| !gate.is_open());
        let patience_ms = patience_ns.div_ceil(1_000_000).min(if blocked || at_gate { 2 } else { 60_000 });
        let timeout = EpollTimeout::try_from(patience_ms).unwrap_or(EpollTimeout::ZERO);
        let mut events = [EpollEvent::empty(); 64];
        let count = self.epoll.wait(&mut events, timeout).unwrap_or(0);
        let mut signalled = false;
        for event in &events[..count] {
            let fd = event.data() as RawFd;
            if fd == self.signals.as_raw_fd() {
                signalled = true;
            } else if fd == self.exchange.fd().as_raw_fd() {
                self.read_wire(false);
            } else if !self.attend_client(fd) {
                self.read_capture(fd, false);
            }
        }
        if signalled {
            self.read_signals();
        }
    }

    fn read_signals(&mut self) {
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
    fn suspend(&mut self) {
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

    fn reap(&mut self) {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        while let Ok(status) = waitid(Id::All, flags) {
            let (pid, exit) = match status {
                WaitStatus::Exited(pid, code) => (pid, code),
                WaitStatus::Signaled(pid, signal, _) => (pid, -(signal as i32)),
                _ => return,
            };
            let node = self.pid_of.iter().position(|of| *of == Some(pid)).map(|index| NodeId(index as u32));
            if let Some(node) = node {
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
                record.held = super::blame::held(&self.world, node);
                record.stood = super::blame::stood(&self.world, node);
            }
        }
        let to_answer = self.settle_taken(node, exit);
        for slot in self.world.node(node).actors() {
            supervise::recover(&self.world.arena, slot, exit != 0);
        }
        if let Some((tasks, fault)) = to_answer {
            tasks.iter().for_each(|task| self.answer(task, &fault));
        }
        if exit < 0
            && let Some(pid) = self.pid_of[node.index()]
        {
            // What it had started (an `exec`, a pipeline of a shell) has nobody left to work for.
            let _ = killpg(pid, Signal::SIGKILL);
        }
    }

    /// `all`: all that is there now; what others go on to write meanwhile has no end.
    fn read_wire(&mut self, all: bool) {
        let there = if all { unread(&self.exchange.fd()) } else { 0 };
        if all && there == 0 {
            return;
        }
        let (mut frames, mut taken) = (Vec::new(), 0);
        loop {
            let read = self.exchange.read(&mut frames);
            taken += read;
            for frame in frames.drain(..) {
                self.take(frame);
            }
            if read == 0 || taken >= there {
                return;
            }
        }
    }

    fn take(&mut self, frame: Frame) {
        let node = frame.node;
        if node.index() >= self.world.nodes.len() {
            return;
        }
        match frame.kind {
            FrameKind::Stdout => self.pass_on(node, false, &frame.payload, true),
            FrameKind::Stderr => self.pass_on(node, true, &frame.payload, true),
            FrameKind::Log => {
                if let Some((level, text)) = frame.payload.split_first() {
                    let level = match level {
                        0 => LogLevel::Error,
                        1 => LogLevel::Warning,
                        2 => LogLevel::Info,
                        _ => LogLevel::Debug,
                    };
                    let name = self.world.node(node).name.clone();
                    self.say(level, &name, &String::from_utf8_lossy(text));
                }
            }
            FrameKind::Raised => {
                if let NodeKind::Instance(instance) = self.world.node(node).kind {
                    let text = String::from_utf8_lossy(&frame.payload);
                    self.record.processes[instance].raised = crate::value::from_json(&text).ok();
                }
            }
            FrameKind::Start => self.ask_start(node),
            FrameKind::Terminate if self.holds_back(node, Signal::SIGTERM) => {}
            FrameKind::Terminate => self.happen(Happening::AskTerminate(node)),
            FrameKind::Kill if self.holds_back(node, Signal::SIGKILL) => {}
            FrameKind::Kill => self.happen(Happening::AskKill(node)),
            FrameKind::Ready | FrameKind::Did => {
                let slot = SlotIndex(self.world.node(node).slots.start + frame.thread);
                let text = String::from_utf8_lossy(&frame.payload);
                match &mut self.gate {
                    Some(gate) if frame.kind == FrameKind::Ready => gate.comes(slot, &text),
                    Some(gate) => gate.tells(slot, &text),
                    None => {}
                }
            }
            FrameKind::PoolFailed => self.pool_failed(node),
        }
    }

    pub(super) fn ask_start(&mut self, node: NodeId) {
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

    /// A schedule says when the end comes that a signal brings.
    fn holds_back(&mut self, node: NodeId, signal: Signal) -> bool {
        match &mut self.gate {
            Some(gate) if !gate.is_open() && matches!(self.options.order, Some(super::Order::Schedule(_))) => {
                gate.held.entry(node).or_insert(signal as i32);
                true
            }
            _ => false,
        }
    }

    fn read_capture(&mut self, fd: RawFd, all: bool) {
        let Some(mut capture) = self.captures.remove(&fd) else { return };
        let (node, stderr) = (capture.node, capture.stderr);
        // What the command has left behind may write without end.
        let there = if all { unread(&capture.fd) } else { 0 };
        let mut taken = 0;
        loop {
            let mut lines: Vec<Vec<u8>> = Vec::new();
            let read = capture.read(|line| lines.push(line.to_vec()));
            for line in lines {
                self.pass_on(node, stderr, &line, true);
            }
            match read {
                // Once more than there was: that is how the end shows.
                Read::Some(read) if all && taken <= there => taken += read.max(1),
                Read::Some(_) | Read::Nothing => {
                    // Something that the command left behind may still write: the rest of a line waits for it.
                    self.captures.insert(fd, capture);
                    return;
                }
                Read::End => {
                    if let Some(rest) = capture.rest() {
                        self.pass_on(node, stderr, &rest, false);
                    }
                    let _ = self.epoll.delete(&capture.fd);
                    return;
                }
            }
        }
    }

    fn pass_on(&mut self, node: NodeId, stderr: bool, line: &[u8], ended: bool) {
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
    pub(super) fn say(&mut self, level: LogLevel, name: &str, text: &str) {
        if level > self.options.log {
            return;
        }
        let line = format!("[{}/{name}] {text}", level.label());
        if !self.options.silent {
            self.stderr.bare_line(line.as_bytes());
        }
    }

    /// Too much output waits: the nodes are read again when it has gone.
    fn pause_or_resume(&mut self) {
        let full = self.stdout.is_full() || self.stderr.is_full();
        if full == self.paused {
            return;
        }
        self.paused = full;
        let flags = if full { EpollFlags::empty() } else { EpollFlags::EPOLLIN };
        let wire = self.exchange.fd();
        let _ = self.epoll.modify(wire, &mut EpollEvent::new(flags, wire.as_raw_fd() as u64));
        for (fd, capture) in &self.captures {
            let _ = self.epoll.modify(&capture.fd, &mut EpollEvent::new(flags, *fd as u64));
        }
    }

    fn flush(&mut self) {
        for result in [self.stdout.flush(), self.stderr.flush()] {
            if let Err(error) = result {
                self.output_error.get_or_insert(error);
            }
        }
        if self.stdout.is_closed() && self.reactor.cause().is_none() {
            self.happen(Happening::OutputClosed);
        }
    }

    /// Whether anything can still move; and what failed pools have been given since.
    fn look_around(&mut self) {
        for pool in self.failed_pools.clone() {
            self.answer_for(pool);
        }
        if self.reactor.cause().is_some() || self.deadlock.is_some() || !self.due.is_empty() {
            return;
        }
        if let Some(deadlock) = self.watch.look(&self.world, &self.reactor) {
            // What the nodes have said and not been heard saying would be news.
            self.read_wire(true);
            self.deadlock = Some(deadlock);
            self.happen(Happening::Deadlock);
        }
    }

    fn pool_failed(&mut self, node: NodeId) {
        let NodeKind::Worker { pool, .. } = self.world.node(node).kind else { return };
        if let Shared::Pool { failed, .. } = self.world.shared(pool) {
            self.world.at::<shm::Event>(*failed).set();
        }
        self.reactor.retire_workers(
            |node| matches!(self.world.node(node).kind, NodeKind::Worker { pool: of, .. } if of == pool),
        );
        self.failed_pools.push(pool);
        self.answer_for(pool);
    }

    /// Gives up an end of a bytes pipe when nobody who needs it can start any more: then its stream can end.
    pub(super) fn release_ends(&mut self) {
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

    /// Passes on what still waits, however slow its reader is: only a signal cuts that short, which is given back.
    fn last_words(&mut self, interrupted: bool) -> Option<Signal> {
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

    /// It inherits the end when it starts; a command's clients get it from here.
    fn needs_end(&self, node: NodeId, end: End) -> bool {
        let by_clients = || {
            self.reactor.is_running(node)
                && super::launch::ends_used(&self.world, node).contains(&end)
                && !self.clients.has_closed(node, end)
        };
        self.due.contains(node) || self.reactor.may_start(node) || by_clients()
    }

    fn end(mut self) -> Finished<'p> {
        // What nodes have left behind is ended with the run: this process has adopted it.
        front::end_orphans();
        self.read_wire(true);
        let fds: Vec<RawFd> = self.captures.keys().copied().collect();
        for fd in fds {
            self.read_capture(fd, true);
            if let Some(mut capture) = self.captures.remove(&fd)
                && let Some(rest) = capture.rest()
            {
                self.pass_on(capture.node, capture.stderr, &rest, false);
            }
        }
        if let Some(gate) = &mut self.gate
            && !matches!(self.reactor.cause(), Some(Cause::Signal(_) | Cause::OutputClosed))
        {
            gate.finish(&self.world, &self.reactor);
        }
        let elapsed_ns = shm::now_ns() - self.world.begun_ns;
        let cause = self.reactor.cause().unwrap_or(Cause::Completed);
        let cut_short = self.last_words(matches!(cause, Cause::Signal(_)));
        let trace = super::trace::collect(&self.world, &self.record, elapsed_ns);
        Finished {
            trace,
            cause: cut_short.map_or(cause, |signal| Cause::Signal(signal as i32)),
            world: self.world,
            record: self.record,
            deadlock: self.deadlock,
            elapsed_ns,
            output_error: self.output_error,
            steps_taken: self.gate.as_ref().map_or(0, Gate::taken),
            divergence: self.gate.as_mut().and_then(|gate| gate.divergence.take()),
            recorded: self.gate.map(|gate| gate.recorded).unwrap_or_default(),
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

/// How long a run that was interrupted waits for the readers of its output.
const LAST_WORDS_NS: u64 = 1_000_000_000;

/// What the reactor has to know.
fn specs(world: &World) -> Vec<NodeSpec> {
    let plan = world.plan;
    let plain = |role| NodeSpec { role, auto: true, after: Vec::new(), timeout_ns: None, restart: None };
    let ns = |duration: std::time::Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let spec = |kind: NodeKind| match kind {
        NodeKind::Worker { .. } => plain(Role::Worker),
        NodeKind::FeedsStdin(of) => NodeSpec { auto: false, ..plain(Role::FeedsStdin(NodeId(of as u32))) },
        NodeKind::DrainsOutput { instance, .. } => {
            NodeSpec { auto: false, ..plain(Role::DrainsOutput(NodeId(instance as u32))) }
        }
        NodeKind::Instance(instance) => {
            let process = world.process(instance);
            let after = process.after.iter().flat_map(|after| {
                let other = crate::program::find_process(plan.graph(), &after.process.value);
                other.into_iter().flat_map(|other| plan.instances_of(other)).map(|n| (NodeId(n as u32), after.any_end))
            });
            NodeSpec {
                role: if process.daemon { Role::Daemon } else { Role::Process },
                auto: process.start == Start::Auto,
                after: after.collect(),
                timeout_ns: process.timeout.map(ns),
                restart: process
                    .restart
                    .as_ref()
                    .map(|restart| RestartSpec { max: restart.max, backoff_ns: ns(restart.backoff) }),
            }
        }
    };
    world.nodes.iter().map(|node| spec(node.kind)).collect()
}

/// A node may need a few descriptors of the runner: as many as the system lets it have.
fn raise_file_limit() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
    {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}
