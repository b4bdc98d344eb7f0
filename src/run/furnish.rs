//! What every child does first: its group, its signals, its streams, what it keeps open, its folder, its limits.
//!
//! All is worked out before the child exists, so that laying it out takes system calls and nothing else: no memory is
//! asked for and nothing is unwound. A child that shares the runner's memory until its `exec` ([`super::vfork`]) may not
//! do more; a forked one is cheaper the fewer pages it touches.
use std::ffi::CString;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;

use nix::errno::Errno;
use nix::unistd::Pid;

use super::spawn::{Body, Spawn};
use super::world::{Shared, World};
use crate::graph::Limits;
use crate::shm::{SlotIndex, supervise};

pub struct Furniture<'w> {
    world: &'w World<'w>,
    parent: Pid,
    slots: std::ops::Range<u32>,
    stdio: [Option<RawFd>; 3],
    /// In order, without doubles.
    kept: Vec<RawFd>,
    /// They are kept through an `exec`.
    external: bool,
    /// `None`: the one the runner is in.
    folder: Option<CString>,
    limits: [Option<(libc::__rlimit_resource_t, libc::rlimit, &'static str)>; 3],
}

/// Why a child cannot begin.
pub enum Trouble {
    /// The runner has died meanwhile.
    Orphaned,
    /// What could not be had, and why.
    Of(&'static str, Errno),
}

impl<'w> Furniture<'w> {
    /// # Errors
    /// The folder's name has a NUL byte in it.
    pub fn new(world: &'w World<'w>, spawn: &Spawn) -> std::io::Result<Furniture<'w>> {
        let external = matches!(spawn.body, Body::Program(_));
        let mut kept: Vec<RawFd> = spawn.fds.clone();
        for end in &spawn.keeps {
            if let Shared::Bytes(pipe) = world.shared(end.pipe) {
                kept.extend(pipe.end(end.side).raw_fd());
            }
        }
        if !external {
            kept.push(world.wire.raw_fd());
        }
        kept.retain(|fd| *fd >= 3);
        kept.sort_unstable();
        kept.dedup();
        let node = world.node(spawn.node);
        let folder = spawn.folder.as_os_str();
        Ok(Furniture {
            world,
            parent: nix::unistd::getpid(),
            slots: node.slots.start..node.slots.start + node.threads,
            stdio: spawn.stdio.each_ref().map(|fd| fd.as_ref().map(AsRawFd::as_raw_fd)),
            kept,
            external,
            folder: if folder == "." { None } else { Some(CString::new(folder.as_bytes())?) },
            limits: limits(&spawn.limits),
        })
    }

    /// In the child. What was open and is not kept is closed.
    ///
    /// # Errors
    /// [`Trouble`]; the child has to leave then.
    pub fn lay_out(&self) -> Result<(), Trouble> {
        // SAFETY (this and all that follow): system calls on numbers, and on structs that outlive the call.
        unsafe { libc::setpgid(0, 0) };
        // The runner may have died before this was armed.
        let armed = unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
        if armed != 0 || unsafe { libc::getppid() } != self.parent.as_raw() {
            return Err(Trouble::Orphaned);
        }
        self.reset_signals();
        let pid = unsafe { libc::getpid() };
        self.slots.clone().for_each(|slot| supervise::set_pid(&self.world.arena, SlotIndex(slot), pid));
        for (target, fd) in self.stdio.iter().enumerate() {
            if let Some(fd) = fd {
                done(unsafe { libc::dup2(*fd, target as i32) }, "its standard streams")?;
            }
        }
        if self.external {
            for fd in &self.kept {
                done(unsafe { libc::fcntl(*fd, libc::F_SETFD, 0) }, "its descriptors")?;
            }
        }
        self.close_others();
        if let Some(folder) = &self.folder {
            done(unsafe { libc::chdir(folder.as_ptr()) }, "its folder")?;
        }
        for (resource, limit, what) in self.limits.iter().flatten() {
            done(unsafe { libc::setrlimit(*resource, limit) }, what)?;
        }
        Ok(())
    }

    /// Signals as a program expects them at its start. In a process of steps a broken pipe is an error of the step.
    fn reset_signals(&self) {
        // SAFETY: an all-zero set is empty, an all-zero action is the default one; neither is a handler of ours.
        unsafe {
            let nothing: libc::sigset_t = std::mem::zeroed();
            libc::sigprocmask(libc::SIG_SETMASK, &nothing, std::ptr::null_mut());
            let mut action: libc::sigaction = std::mem::zeroed();
            let defaults =
                [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGCHLD, libc::SIGTSTP, libc::SIGUSR1, libc::SIGPIPE];
            for number in defaults {
                if number == libc::SIGPIPE && !self.external {
                    action.sa_sigaction = libc::SIG_IGN;
                }
                libc::sigaction(number, &action, std::ptr::null_mut());
            }
        }
    }

    /// Closes every descriptor from 3 on that is not kept.
    fn close_others(&self) {
        let mut from = 3;
        for fd in self.kept.iter().copied().chain([i32::MAX]) {
            if from < fd {
                // SAFETY: what is closed here is used no more: the child leaves by `exec` or `_exit`.
                unsafe { libc::syscall(libc::SYS_close_range, from, fd - 1, 0) };
            }
            from = fd.saturating_add(1);
        }
    }
}

fn done(result: i32, what: &'static str) -> Result<(), Trouble> {
    Errno::result(result).map(drop).map_err(|errno| Trouble::Of(what, errno))
}

fn limits(limits: &Limits) -> [Option<(libc::__rlimit_resource_t, libc::rlimit, &'static str)>; 3] {
    let both = |limit| libc::rlimit { rlim_cur: limit, rlim_max: limit };
    let cpu = limits.cpu.map(|cpu| {
        let seconds = cpu.as_secs() + u64::from(cpu.subsec_nanos() > 0);
        libc::rlimit { rlim_cur: seconds, rlim_max: seconds + 1 }
    });
    [
        limits.memory.map(|memory| (libc::RLIMIT_AS, both(memory), "its memory limit")),
        cpu.map(|cpu| (libc::RLIMIT_CPU, cpu, "its processor limit")),
        limits.files.map(|files| (libc::RLIMIT_NOFILE, both(files), "its limit of open files")),
    ]
}
