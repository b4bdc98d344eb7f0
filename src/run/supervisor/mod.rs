//! The rim around the [`Reactor`]: one thread, one epoll, the only one that reaps.
//!
//! | file | says |
//! |---|---|
//! | `start` | what is due is started, a turn at a time |
//! | `signals` | those that come to the runner, and those that it sends |
//! | `deaths` | reaping: what a dead node has left is read and repaired |
//! | `lost` | what will never come any more, and whom that concerns |
//! | `listen` | what comes in: the wire, output of commands, clients |
//! | `pass_on` | what goes out, and what still waits at the end |
//! | `specs` | the nodes as the reactor knows them |
//!
//! What must stay true: what a node has written is read before its end is made known; a dead node's slots are
//! repaired before it is reaped, so that no process id comes again; nobody is waited for without a limit.
mod deaths;
mod listen;
mod lost;
mod pass_on;
mod signals;
mod specs;
mod start;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::rc::Rc;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::Pid;

use self::specs::specs;
use super::capture::Capture;
use super::deadlock::Watch;
use super::due::Due;
use super::gate::{Divergence, Gate, Next};
use super::ipc::Clients;
use super::output::Output;
use super::reactor::{Cause, Happening, Order, Reactor};
use super::record::Record;
use super::trace::{RunTrace, TRACE_STEPS_MAX};
use super::wire::{Exchange, wire};
use super::world::{NodeKind, World};
use super::{Deadlock, RunOptions, front, room};
use crate::check::Plan;
use crate::graph::{LogLevel, ObjectId};
use crate::program::Schedule;
use crate::shm::{self, supervise};

/// How often it is looked whether anything can still move.
const WATCH_NS: u64 = 100_000_000;

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
    /// The writing ends of commands' stdins, by feeder, until it is known that the feeder has come to its end: a command is shown no
    /// end of its input where there is more to come.
    pub(super) stdins: HashMap<super::NodeId, OwnedFd>,
    stdout: Output<io::Stdout>,
    stderr: Output<io::Stderr>,
    /// The nodes are not read: their output waits.
    paused: bool,
    watch: Watch,
    pub(super) deadlock: Option<Deadlock>,
    /// By pool: the number of the last worker.
    workers: HashMap<ObjectId, u32>,
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
        // For all nodes, too.
        shm::give_up_rseq();
        let signals =
            [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGCHLD, Signal::SIGTSTP, front::FRONT_DIED];
        let mask: SigSet = signals.into_iter().collect();
        mask.thread_block()?;
        let signals = SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK);
        let signals = signals.map_err(cannot("signalfd"))?;
        // What the children of nodes leave behind comes to this process, and is ended with the run.
        nix::sys::prctl::set_child_subreaper(true).map_err(cannot("prctl(PR_SET_CHILD_SUBREAPER)"))?;
        let (wire, exchange) = wire()?;
        let mut world = World::new(plan, options.seed, options.memory, options.log, wire)?;
        world.gated = options.order.is_some();
        if options.trace {
            world.trace = Some(shm::Trace::create(TRACE_STEPS_MAX)?);
        }
        let gate = options.order.clone().map(|order| Gate::new(order, &world));
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).map_err(cannot("epoll"))?;
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
            stdins: HashMap::new(),
            stdout,
            stderr,
            paused: false,
            watch: Watch::default(),
            deadlock: None,
            workers: HashMap::new(),
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
        if self.gate.as_ref().is_some_and(Gate::is_holding_back) {
            self.reap();
        }
        let Some(gate) = &mut self.gate else { return };
        let next = gate.advance(&self.world, &self.reactor);
        let has_changed = self.reactor.linger(gate.has_more());
        for node in std::mem::take(&mut gate.out_of_time) {
            self.carry_out(Order::TimedOut(node));
        }
        match next {
            Next::Signal(node, signal) if signal == Signal::SIGKILL as i32 => self.happen(Happening::AskKill(node)),
            Next::Signal(node, _) => self.happen(Happening::AskTerminate(node)),
            Next::Stop => self.happen(Happening::Followed),
            Next::TimeUp => self.happen(Happening::TimeUp),
            Next::Nothing if has_changed => self.happen(Happening::Clock),
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

    /// Whether anything can still move.
    fn look_around(&mut self) {
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

/// A node may need a few descriptors of the runner: as many as the system lets it have.
fn raise_file_limit() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
    {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// An error of the system with the call that it is of.
fn cannot(call: &'static str) -> impl Fn(nix::Error) -> io::Error {
    move |error| io::Error::other(format!("{call}: {}", io::Error::from(error)))
}
