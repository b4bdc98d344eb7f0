//! The front: the process that the user started, kept apart from the runner so that one outlives the other.
//!
//! Where a graph runs commands, they may leave processes behind that no parent-death signal reaches: a grandchild in
//! a session of its own outlives its parents. So the runner is forked off into a process group of its own, and the
//! front adopts (`PR_SET_CHILD_SUBREAPER`) what the runner leaves:
//!
//! - The runner dies (SIGKILL): its nodes die with it, what they had started comes to the front, which kills it.
//! - The front dies (SIGKILL, or its whole group): the runner hears of it, kills everything, and ends.
//!
//! Signals to the front are handed on. A graph of steps alone needs no front: its nodes have no children.
use std::io;

use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid, getppid};

use super::{leave, orphans};
use crate::check::Plan;
use crate::graph::{Action, Step};

/// What the runner is sent when the front dies.
pub const FRONT_DIED: Signal = Signal::SIGUSR1;

/// Whether anything in the graph can leave processes behind.
pub fn is_needed(plan: &Plan) -> bool {
    let graph = plan.graph();
    let execs = |steps: &[Step]| {
        let mut found = false;
        for step in steps {
            step.walk(&mut |step| found |= matches!(step.action, Action::Exec { .. }));
        }
        found
    };
    graph.processes.iter().any(|process| match &process.body {
        crate::graph::Body::Steps(steps) => execs(steps),
        body => !matches!(body, crate::graph::Body::Target { .. }),
    }) || graph.targets.iter().any(|target| execs(&target.steps))
}

/// Forks. Returns in the runner; the front stays in here until the runner has ended, and exits as it did.
///
/// # Errors
/// What the system says when there can be no further process.
pub fn part() -> io::Result<()> {
    let signals = [
        Signal::SIGCHLD,
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGQUIT,
        Signal::SIGTSTP,
        Signal::SIGCONT,
        Signal::SIGUSR2,
    ];
    let mask: SigSet = signals.into_iter().collect();
    let mut before = SigSet::empty();
    nix::sys::signal::sigprocmask(nix::sys::signal::SigmaskHow::SIG_BLOCK, Some(&mask), Some(&mut before))?;
    let heard = SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC)?;
    let front = getpid();
    // SAFETY: this process has one thread.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(heard);
            let _ = nix::unistd::setpgid(Pid::from_raw(0), Pid::from_raw(0));
            before.thread_set_mask()?;
            // Blocked before it can come; the runner reads it with its other signals.
            SigSet::from(FRONT_DIED).thread_block()?;
            nix::sys::prctl::set_pdeathsig(FRONT_DIED)?;
            if getppid() != front {
                leave(128 + Signal::SIGKILL as i32);
            }
            Ok(())
        }
        ForkResult::Parent { child } => {
            let _ = nix::unistd::setpgid(child, child);
            leave(wait_for(child, &heard));
        }
    }
}

/// The front's whole life. Gives the exit code.
fn wait_for(runner: Pid, signals: &SignalFd) -> i32 {
    let _ = nix::sys::prctl::set_child_subreaper(true);
    loop {
        match signals.read_signal() {
            Ok(Some(info)) => match Signal::try_from(info.ssi_signo as i32) {
                Ok(Signal::SIGCHLD) => {
                    if let Some(exit) = reap(runner) {
                        end_orphans();
                        return exit;
                    }
                }
                Ok(signal) => {
                    let _ = kill(runner, signal);
                }
                Err(_) => {}
            },
            Ok(None) | Err(nix::errno::Errno::EINTR) => {}
            Err(_) => return super::EXIT_BUG,
        }
    }
}

/// The exit code once the runner has ended. When it has stopped itself (Ctrl-Z), so does the front.
fn reap(runner: Pid) -> Option<i32> {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG | WaitPidFlag::WUNTRACED)) {
            Ok(WaitStatus::Exited(pid, code)) if pid == runner => return Some(code),
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == runner => {
                eprintln!("mpgraph: the runner was ended by {}", signal.as_str());
                return Some(128 + signal as i32);
            }
            Ok(WaitStatus::Stopped(pid, _)) if pid == runner => {
                let _ = kill(getpid(), Signal::SIGSTOP);
            }
            Ok(WaitStatus::StillAlive) => return None,
            Err(nix::errno::Errno::EINTR) | Ok(_) => {}
            // It has gone, and nobody knows how.
            Err(_) => return Some(super::EXIT_BUG),
        }
    }
}

/// Kills and reaps whoever has come to this process, and whoever comes by that, until nobody is left. Bounded: a
/// process in an uninterruptible sleep is left to the kernel.
pub fn end_orphans() {
    for round in 0..1000 {
        let children = orphans::children();
        if children.is_empty() {
            return;
        }
        for child in children {
            let _ = kill(Pid::from_raw(child), Signal::SIGKILL);
        }
        while !matches!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Ok(WaitStatus::StillAlive) | Err(_)) {}
        std::thread::sleep(std::time::Duration::from_micros(50 * (round + 1).min(100)));
    }
}
