//! From the runner to a node: fork, and what the child does before its body begins.
//!
//! The runner has one thread, so a forked child may do what it likes. It never returns from here: it ends by `exec`
//! or by [`leave`]. What it keeps open is 0, 1, 2, the wire, and the ends that its wiring names.
use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigHandler, SigSet, Signal, signal};
use nix::unistd::{ForkResult, Pid, fork};

use super::NodeId;
use super::world::{Shared, World};
use crate::graph::{Limits, ObjectId, Operation};
use crate::program::{End, Thing};

/// What a child is to be.
pub struct Spawn<'a> {
    pub node: NodeId,
    pub name: &'a str,
    /// Become 0, 1 and 2; `None` is left as it is.
    pub stdio: [Option<OwnedFd>; 3],
    pub folder: std::path::PathBuf,
    pub env: Vec<(String, String)>,
    pub limits: Limits,
    /// The ends of bytes pipes that it keeps.
    pub keeps: Vec<End>,
    /// Descriptors that it keeps besides.
    pub fds: Vec<RawFd>,
    pub body: Body<'a>,
}

pub enum Body<'a> {
    /// Runs in the forked process itself and gives the exit code.
    Steps(Box<dyn FnOnce() -> i32 + 'a>),
    /// Replaced by a program; descriptors in `Spawn::fds` and kept ends are inherited.
    Program(Vec<String>),
}

/// Forks. Gives the child's id in the parent, and does not return in the child.
///
/// # Errors
/// What the system says when there can be no further process.
pub fn spawn(world: &World, spawn: Spawn) -> io::Result<Pid> {
    let parent = nix::unistd::getpid();
    // SAFETY: this process has one thread, so the child is a full copy in which any code may run.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => {
            // Both sides do it: whoever comes first, the group is there before anybody signals it.
            let _ = nix::unistd::setpgid(child, child);
            Ok(child)
        }
        ForkResult::Child => {
            let exit = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| child(world, spawn, parent)));
            leave(exit.unwrap_or(crate::run::EXIT_BUG));
        }
    }
}

/// Ends this process at once: nothing of the runner's that it has a copy of is undone.
pub fn leave(exit: i32) -> ! {
    // SAFETY: `_exit` only ends the process.
    unsafe { libc::_exit(exit) }
}

fn child(world: &World, spawn: Spawn, parent: Pid) -> i32 {
    // Descriptors are closed by number here: what owned them must not close them again.
    let mut spawn = std::mem::ManuallyDrop::new(spawn);
    let _ = nix::unistd::setpgid(Pid::from_raw(0), Pid::from_raw(0));
    // The runner may have died before this was armed.
    let armed = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
    if armed.is_err() || nix::unistd::getppid() != parent {
        return 1;
    }
    reset_signals();
    let slots = world.node(spawn.node).slots.clone();
    for slot in slots.take(world.node(spawn.node).threads as usize) {
        crate::shm::supervise::set_pid(&world.arena, crate::shm::SlotIndex(slot), std::process::id() as i32);
    }
    if let Err((what, error)) = furnish(world, &spawn) {
        complain(&format!("mpgraph: {}: {what}: {error}", spawn.name));
        return 126;
    }
    match std::mem::replace(&mut spawn.body, Body::Program(Vec::new())) {
        Body::Steps(body) => {
            super::title::set(spawn.name);
            body()
        }
        Body::Program(argv) => exec(&argv),
    }
}

/// Signals as a program expects them at its start.
fn reset_signals() {
    let _ = SigSet::empty().thread_set_mask();
    for number in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGCHLD, Signal::SIGTSTP, Signal::SIGUSR1] {
        // SAFETY: the default action is no handler of ours.
        let _ = unsafe { signal(number, SigHandler::SigDfl) };
    }
}

fn furnish(world: &World, spawn: &Spawn) -> Result<(), (String, io::Error)> {
    let at = |what: &str| {
        let what = what.to_owned();
        move |error: nix::errno::Errno| (what, io::Error::from(error))
    };
    // Moved out of the way of 0, 1 and 2 first, so that none of them is overwritten before it is used.
    for (target, fd) in spawn.stdio.iter().enumerate() {
        if let Some(fd) = fd {
            // SAFETY: both are numbers of descriptors; what stood at `target` is ours to replace.
            let result = unsafe { libc::dup2(fd.as_raw_fd(), target as i32) };
            nix::errno::Errno::result(result).map_err(at("its standard streams"))?;
        }
    }
    let external = matches!(spawn.body, Body::Program(_));
    let mut kept: Vec<RawFd> = spawn.fds.clone();
    for end in &spawn.keeps {
        if let Shared::Bytes(pipe) = world.shared(end.pipe) {
            kept.extend(pipe.end(end.side).raw_fd());
        }
    }
    if external {
        for fd in &kept {
            inherit(*fd).map_err(at("its descriptors"))?;
        }
    } else {
        kept.push(world.wire.raw_fd());
        // SIGPIPE would end it without a word; a broken pipe is an error of the step.
        // SAFETY: ignoring is no handler of ours.
        let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) };
    }
    close_others(kept);
    std::env::set_current_dir(&spawn.folder)
        .map_err(|error| (format!("its folder `{}`", spawn.folder.display()), error))?;
    for (name, value) in &spawn.env {
        // SAFETY: this process has one thread.
        unsafe { std::env::set_var(OsStr::from_bytes(name.as_bytes()), OsStr::from_bytes(value.as_bytes())) };
    }
    if let Some(memory) = spawn.limits.memory {
        setrlimit(Resource::RLIMIT_AS, memory, memory).map_err(at("its memory limit"))?;
    }
    if let Some(cpu) = spawn.limits.cpu {
        let seconds = cpu.as_secs() + u64::from(cpu.subsec_nanos() > 0);
        setrlimit(Resource::RLIMIT_CPU, seconds, seconds + 1).map_err(at("its processor limit"))?;
    }
    if let Some(files) = spawn.limits.files {
        setrlimit(Resource::RLIMIT_NOFILE, files, files).map_err(at("its limit of open files"))?;
    }
    Ok(())
}

fn inherit(fd: RawFd) -> nix::Result<()> {
    // SAFETY: `fd` is an open descriptor of this process; only its flags change.
    nix::errno::Errno::result(unsafe { libc::fcntl(fd, libc::F_SETFD, 0) }).map(drop)
}

/// Closes every descriptor from 3 on that is not in the list.
fn close_others(mut kept: Vec<RawFd>) {
    kept.sort_unstable();
    kept.dedup();
    let mut from = 3;
    for fd in kept.into_iter().filter(|fd| *fd >= 3).chain([i32::MAX]) {
        if from < fd {
            // SAFETY: what is closed here is used no more: the child leaves by `exec` or `_exit`.
            unsafe { libc::syscall(libc::SYS_close_range, from, fd - 1, 0) };
        }
        from = fd.saturating_add(1);
    }
}

/// Becomes the program; comes back only when that fails, with the exit code that shells use.
fn exec(argv: &[String]) -> i32 {
    // A program expects to be ended by SIGPIPE, which Rust's runtime has set to be ignored.
    // SAFETY: the default action is no handler of ours.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
    let words: Result<Vec<CString>, _> = argv.iter().map(|word| CString::new(word.as_bytes())).collect();
    let Ok(words) = words else {
        complain(&format!("mpgraph: cannot run `{}`: a NUL byte in its arguments", argv[0]));
        return 126;
    };
    let Err(errno) = nix::unistd::execvp(&words[0], &words);
    complain(&format!("mpgraph: cannot run `{}`: {}", argv[0], errno.desc()));
    if errno == nix::errno::Errno::ENOENT { 127 } else { 126 }
}

fn complain(message: &str) {
    let line = format!("{message}\n");
    // SAFETY: 2 is open, or the write fails and there is nobody to tell.
    let stderr = unsafe { std::os::fd::BorrowedFd::borrow_raw(2) };
    let _ = nix::unistd::write(stderr, line.as_bytes());
}

/// The ends of bytes pipes among what a node may use.
pub fn ends_of<'a>(uses: impl IntoIterator<Item = &'a (Thing, Operation)>, world: &World) -> Vec<End> {
    let is_bytes = |id: ObjectId| matches!(world.shared(id), Shared::Bytes(_));
    let mut ends: Vec<End> = uses
        .into_iter()
        .filter_map(|(thing, _)| match thing {
            Thing::End(end) if is_bytes(end.pipe) => Some(*end),
            _ => None,
        })
        .collect();
    ends.sort_unstable();
    ends.dedup();
    ends
}
