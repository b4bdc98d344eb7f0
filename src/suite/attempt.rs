//! One run of one graph, in a process of its own.
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustix::process::{PidfdFlags, pidfd_open};

use super::Tail;

/// A run that is over.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Which of the graphs.
    pub graph: usize,
    /// From 1.
    pub number: u32,
    pub end: End,
    pub elapsed: Duration,
    pub stdout: Tail,
    pub stderr: Tail,
    /// The JSON of `--report`; empty when it came to none.
    pub report: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Exit(i32),
    Signal(i32),
    /// The suite ended it.
    Stopped,
    /// It could not even be started.
    NotStarted,
}

impl Attempt {
    pub fn passed(&self) -> bool {
        self.end == End::Exit(0)
    }
}

/// A run that is under way.
pub struct Running {
    pub graph: usize,
    pub number: u32,
    child: Child,
    /// Readable when it has ended.
    ended: OwnedFd,
    stdout: (Option<ChildStdout>, Tail),
    stderr: (Option<ChildStderr>, Tail),
    /// Memory without a name, so that nothing is left behind however this ends.
    report: File,
    begun: Instant,
    stopped: bool,
}

impl Running {
    /// Starts `program run FILE ARGS...`. It ends when this process does.
    pub fn start(program: &Path, file: &Path, args: &[OsString], graph: usize, number: u32) -> io::Result<Running> {
        let report = memfd_create("mpgraph report", MFdFlags::MFD_CLOEXEC)?;
        let mut command = Command::new(program);
        command.arg("run").arg(format!("--on-behalf-of={}", std::process::id()));
        command.arg(format!("--report=/proc/self/fd/{}", report.as_raw_fd()));
        command.args(["--color=never", "--prefix=never", "--quiet"]).args(args).arg("--").arg(file);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A Ctrl-C reaches it through this process, once.
        command.process_group(0);
        // Nobody else is started meanwhile: this process has one thread.
        fcntl(&report, FcntlArg::F_SETFD(FdFlag::empty()))?;
        let begun = Instant::now();
        let spawned = command.spawn();
        fcntl(&report, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        let mut child = spawned?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        for fd in [stdout.as_ref().map(AsFd::as_fd), stderr.as_ref().map(AsFd::as_fd)].into_iter().flatten() {
            fcntl(fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        }
        let ended = pidfd_open(rustix::process::Pid::from_child(&child), PidfdFlags::empty());
        let ended = ended.inspect_err(|_| {
            let _ = child.kill().and_then(|()| child.wait());
        })?;
        Ok(Running {
            graph,
            number,
            child,
            ended,
            stdout: (stdout, Tail::default()),
            stderr: (stderr, Tail::default()),
            report: File::from(report),
            begun,
            stopped: false,
        })
    }

    /// All that may have news: its end first, then its streams.
    pub fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let streams = [self.stdout.0.as_ref().map(AsFd::as_fd), self.stderr.0.as_ref().map(AsFd::as_fd)];
        std::iter::once(self.ended.as_fd()).chain(streams.into_iter().flatten())
    }

    pub fn signal(&mut self, signal: Signal) {
        self.stopped = true;
        let _ = kill(Pid::from_raw(self.child.id() as i32), signal);
    }

    /// Takes what it has written, and how it ended if it has.
    pub fn look(&mut self) -> Option<Attempt> {
        // The end is looked for first: what was written before it is then there to be read.
        let status = match self.child.try_wait() {
            Ok(status) => status,
            Err(_) => return Some(self.over(End::Stopped)),
        };
        drain(&mut self.stdout.0, &mut self.stdout.1);
        drain(&mut self.stderr.0, &mut self.stderr.1);
        let status = status?;
        let end = match (self.stopped, status.code()) {
            (true, _) => End::Stopped,
            (false, Some(code)) => End::Exit(code),
            (false, None) => End::Signal(status.signal().unwrap_or_default()),
        };
        Some(self.over(end))
    }

    fn over(&mut self, end: End) -> Attempt {
        let mut report = Vec::new();
        if self.report.rewind().and_then(|()| self.report.read_to_end(&mut report)).is_err() {
            report.clear();
        }
        Attempt {
            graph: self.graph,
            number: self.number,
            end,
            elapsed: self.begun.elapsed(),
            stdout: std::mem::take(&mut self.stdout.1),
            stderr: std::mem::take(&mut self.stderr.1),
            report,
        }
    }
}

/// Reads what is there; a stream at its end is given up.
fn drain(stream: &mut Option<impl Read>, tail: &mut Tail) {
    let Some(open) = stream else { return };
    let mut buffer = [0; 65536];
    loop {
        match open.read(&mut buffer) {
            Ok(count) if count > 0 => tail.push(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            _ => break,
        }
    }
    *stream = None;
}
