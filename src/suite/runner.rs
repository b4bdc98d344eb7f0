//! Several runs at once, until all are over, one has failed (`--fail-fast`), or the user has had enough.
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use super::attempt::{Attempt, End, Running};
use super::signals::Signals;
use super::tail::Tail;

#[derive(Clone, Debug)]
pub struct RunnerOptions {
    /// The `mpgraph` that runs the graphs.
    pub program: PathBuf,
    pub graphs: Vec<PathBuf>,
    /// Given to every run.
    pub args: Vec<OsString>,
    /// Runs at once, at least 1.
    pub jobs: usize,
    /// Runs of each graph.
    pub repeat: u32,
    pub fail_fast: bool,
}

/// What happens while the runner runs.
pub enum News<'a> {
    /// Something began or went on: these graphs are running.
    Running(&'a mut dyn Iterator<Item = usize>),
    Ended(Attempt),
}

pub struct Runner {
    options: RunnerOptions,
    signals: Signals,
    running: Vec<Running>,
    /// How many runs have been started, of all graphs together.
    started: u64,
    stopping: Option<Stop>,
}

#[derive(Clone, Copy)]
struct Stop {
    /// What the user sent; none if a failure was enough.
    signal: Option<Signal>,
    /// When runs that will not end are killed.
    kill_at: Instant,
}

/// Longer than a run gives its nodes.
const GRACE: Duration = Duration::from_secs(8);

impl Runner {
    /// # Errors
    /// What the system says when signals cannot be had as a descriptor.
    pub fn new(options: RunnerOptions) -> io::Result<Runner> {
        Ok(Runner { options, signals: Signals::take()?, running: Vec::new(), started: 0, stopping: None })
    }

    /// Blocks until every run has ended. Gives the signal that stopped it, if one did.
    pub fn run(mut self, news: &mut dyn FnMut(News)) -> Option<i32> {
        loop {
            self.start_more(news);
            if self.running.is_empty() {
                return self.stopping.and_then(|stop| stop.signal).map(|signal| signal as i32);
            }
            news(News::Running(&mut self.running.iter().map(|run| run.graph)));
            self.wait();
            self.hear();
            let mut over = Vec::new();
            self.running.retain_mut(|run| run.look().map(|attempt| over.push(attempt)).is_none());
            for attempt in over {
                if self.options.fail_fast && !attempt.passed() && self.stopping.is_none() {
                    self.stop(None);
                }
                news(News::Ended(attempt));
            }
        }
    }

    /// All graphs once, then all once more.
    fn start_more(&mut self, news: &mut dyn FnMut(News)) {
        let graphs = self.options.graphs.len();
        let all = graphs as u64 * u64::from(self.options.repeat);
        while self.stopping.is_none() && self.running.len() < self.options.jobs.max(1) && self.started < all {
            let (graph, number) = ((self.started % graphs as u64) as usize, (self.started / graphs as u64) as u32 + 1);
            self.started += 1;
            let options = &self.options;
            match Running::start(&options.program, &options.graphs[graph], &options.args, graph, number) {
                Ok(run) => self.running.push(run),
                Err(error) => {
                    if self.options.fail_fast {
                        self.stop(None);
                    }
                    news(News::Ended(not_started(graph, number, &error)));
                }
            }
        }
    }

    fn wait(&mut self) {
        let mut fds = vec![PollFd::new(std::os::fd::AsFd::as_fd(&self.signals), PollFlags::POLLIN)];
        fds.extend(self.running.iter().flat_map(Running::fds).map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        let timeout = match self.stopping {
            Some(stop) => {
                let left = stop.kill_at.saturating_duration_since(Instant::now()).as_millis();
                PollTimeout::try_from(left + 1).unwrap_or(PollTimeout::MAX)
            }
            None => PollTimeout::NONE,
        };
        match poll(&mut fds, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            // Then it is looked around now and again.
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }

    /// A signal goes to every run; a run ends its nodes at a second one at once.
    fn hear(&mut self) {
        while let Some(signal) = self.signals.next() {
            self.stop(Some(signal));
        }
        if self.stopping.is_some_and(|stop| stop.kill_at <= Instant::now()) {
            self.running.iter_mut().for_each(|run| run.signal(Signal::SIGKILL));
        }
    }

    fn stop(&mut self, signal: Option<Signal>) {
        self.running.iter_mut().for_each(|run| run.signal(signal.unwrap_or(Signal::SIGTERM)));
        let before = self.stopping.and_then(|stop| stop.signal);
        self.stopping = Some(Stop { signal: before.or(signal), kill_at: Instant::now() + GRACE });
    }
}

fn not_started(graph: usize, number: u32, error: &io::Error) -> Attempt {
    let mut stderr = Tail::default();
    stderr.push(format!("mpgraph: the run could not be started: {error}\n").as_bytes());
    Attempt {
        graph,
        number,
        end: End::NotStarted,
        elapsed: Duration::ZERO,
        stdout: Tail::default(),
        stderr,
        report: Vec::new(),
    }
}
