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
use super::title::Title;
use super::world::{Shared, World};
use crate::graph::Limits;
use crate::shm::{SlotIndex, supervise};

pub struct Furniture<'w> {
    pub title: Title,
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
            title: Title::new(spawn.name),
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
    #[unsafe(link_section = "text_of_nodes")] // SAFETY: a section of code like any other; see `spawn`.
    pub fn lay_out(&self) -> Result<(), Trouble> {
        call(libc::SYS_setpgid, [0, 0, 0, 0]);
        // The runner may have died before this was armed.
        let armed = call(libc::SYS_prctl, [libc::PR_SET_PDEATHSIG as usize, libc::SIGKILL as usize, 0, 0]);
        if armed != 0 || call(libc::SYS_getppid, [0; 4]) != i64::from(self.parent.as_raw()) {
            return Err(Trouble::Orphaned);
        }
        self.reset_signals();
        let pid = call(libc::SYS_getpid, [0; 4]) as i32;
        self.slots.clone().for_each(|slot| supervise::set_pid(&self.world.arena, SlotIndex(slot), pid));
        for (target, fd) in self.stdio.iter().enumerate() {
            if let Some(fd) = fd.filter(|fd| *fd != target as RawFd) {
                done(call(libc::SYS_dup3, [fd as usize, target, 0, 0]), "its standard streams")?;
            }
        }
        if self.external {
            for fd in &self.kept {
                done(call(libc::SYS_fcntl, [*fd as usize, libc::F_SETFD as usize, 0, 0]), "its descriptors")?;
            }
        }
        self.close_others();
        if let Some(folder) = &self.folder {
            done(call(libc::SYS_chdir, [folder.as_ptr() as usize, 0, 0, 0]), "its folder")?;
        }
        for (resource, limit, what) in self.limits.iter().flatten() {
            let limit = std::ptr::from_ref(limit) as usize;
            done(call(libc::SYS_prlimit64, [0, *resource as usize, limit, 0]), what)?;
        }
        Ok(())
    }

    /// Signals as a program expects them at its start. In a process of steps a broken pipe stays an error of the step.
    #[inline(always)]
    fn reset_signals(&self) {
        // All zero: the empty set, and the kernel's form of the default action.
        let nothing = [0_usize; 4];
        call(libc::SYS_rt_sigprocmask, [libc::SIG_SETMASK as usize, nothing.as_ptr() as usize, 0, SET_BYTES]);
        for number in &self.world.ignored {
            if *number != libc::SIGPIPE || self.external {
                call(libc::SYS_rt_sigaction, [*number as usize, nothing.as_ptr() as usize, 0, SET_BYTES]);
            }
        }
    }

    /// Closes every descriptor from 3 on that is not kept: the child leaves by `exec` or `_exit`.
    #[inline(always)]
    fn close_others(&self) {
        let mut from = 3;
        for fd in self.kept.iter().copied().chain([i32::MAX]) {
            if from < fd {
                call(libc::SYS_close_range, [from as usize, fd as usize - 1, 0, 0]);
            }
            from = fd.saturating_add(1);
        }
    }
}

/// Which of the signals that matter to a node this process ignores; it has a handler for none of them.
pub fn ignored() -> Vec<i32> {
    let signals =
        [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGCHLD, libc::SIGTSTP, libc::SIGUSR1, libc::SIGPIPE];
    let is_ignored = |number: &i32| {
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() }; // SAFETY: all zero is the default action.
        // SAFETY: asks only, and writes one struct through a valid pointer.
        let asked = unsafe { libc::sigaction(*number, std::ptr::null(), &mut action) };
        asked == 0 && action.sa_sigaction != libc::SIG_DFL
    };
    signals.into_iter().filter(is_ignored).collect()
}

/// Bytes of the kernel's set of signals.
const SET_BYTES: usize = 8;

/// A system call, all by one way: the C library's functions lie far apart, and each is a page fault in a fresh child.
#[inline(always)]
pub(super) fn call(number: libc::c_long, [a, b, c, d]: [usize; 4]) -> i64 {
    // SAFETY: numbers, and pointers to what outlives the call; nothing of this program is unmapped or written by any of them.
    unsafe { libc::syscall(number, a, b, c, d) }
}

fn done(result: i64, what: &'static str) -> Result<(), Trouble> {
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
