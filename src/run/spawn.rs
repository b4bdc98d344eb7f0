//! From the runner to a node: a fork for steps, and [`vfork`] for a program.
//!
//! The runner has one thread, so a forked child may do what it likes. It never returns from here: it ends by [`leave`]. What
//! a child keeps open is 0, 1, 2, the wire (steps only), and the ends that its wiring names.
use std::ffi::OsStr;
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use nix::unistd::{ForkResult, Pid, fork};

use super::NodeId;
use super::furnish::{Furniture, Trouble};
use super::node::{self, Sink};
use super::vfork::{complain, vfork};
use super::wire::FrameKind;
use super::world::{Shared, World};
use crate::graph::{Limits, ObjectId, Operation};
use crate::program::{End, Thing};
use crate::shm;

/// What a child is to be.
pub struct Spawn<'a> {
    pub node: NodeId,
    pub name: &'a str,
    /// Become 0, 1 and 2; `None` is left as it is.
    pub stdio: [Option<Rc<OwnedFd>>; 3],
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
    /// The steps of an instance.
    Steps { stdout: &'a Sink, stderr: &'a Sink },
    /// The calls of a pool, as long as there are some.
    Worker,
    /// What else runs in the forked process itself and gives the exit code.
    Feeder(&'a dyn Fn() -> i32),
    /// Replaced by a program; descriptors in `Spawn::fds` and kept ends are inherited.
    Program(Vec<String>),
}

/// Starts it. Gives the child's id in the parent, and does not return in the child.
///
/// # Errors
/// What the system says when there can be no further process.
#[unsafe(link_section = "text_of_nodes")] // SAFETY: a section of code like any other; see `live`.
pub fn spawn(world: &World, spawn: Spawn) -> io::Result<Pid> {
    let furniture = Furniture::new(world, &spawn)?;
    if let Body::Program(argv) = &spawn.body {
        return vfork(&spawn, argv, &furniture);
    }
    // SAFETY: this process has one thread, so the child is a full copy in which any code may run.
    match unsafe { fork() }? {
        // The child makes its group itself. Who signals it before that finds no such group, and signals the child alone.
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            // Nothing is dropped: descriptors are closed by number already, and memory is not given back.
            leave(guarded(world, spawn.node, || live(world, &spawn, &furniture)));
        }
    }
}

/// Gives the exit code of `body`, also when it panics. One that panics over a damaged arena is no bug of ours: the runner is
/// told, for then there is nothing that the run could go on with.
#[unsafe(link_section = "text_of_nodes")] // SAFETY: a section of code like any other; see `live`.
pub fn guarded(world: &World, node: NodeId, body: impl FnOnce() -> i32) -> i32 {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        match said.filter(|said| said.starts_with(shm::DAMAGED)) {
            Some(said) => {
                world.wire.send(node, 0, FrameKind::Damaged, said.as_bytes());
                1
            }
            None => crate::run::EXIT_BUG,
        }
    })
}

/// Ends this process at once: nothing of the runner's that it has a copy of is undone.
#[inline(always)]
pub fn leave(exit: i32) -> ! {
    // SAFETY: `_exit` only ends the process.
    unsafe { libc::_exit(exit) }
}

/// The whole life of a child that runs steps. What each child runs lies in a section of its own: code that lies together is
/// one page fault, code that is scattered over megabytes is one each.
#[unsafe(link_section = "text_of_nodes")] // SAFETY: a section of code like any other.
fn live(world: &World, spawn: &Spawn, furniture: &Furniture) -> i32 {
    match furniture.lay_out() {
        Ok(()) => {}
        Err(Trouble::Orphaned) => return 1,
        Err(Trouble::Of(what, errno)) => {
            complain(&["mpgraph: ", spawn.name, ": ", what, ": ", errno.desc(), "\n"]);
            return 126;
        }
    }
    for (name, value) in &spawn.env {
        // SAFETY: this process has one thread.
        unsafe { std::env::set_var(OsStr::from_bytes(name.as_bytes()), OsStr::from_bytes(value.as_bytes())) };
    }
    furniture.title.set();
    match &spawn.body {
        Body::Steps { stdout, stderr } => node::body(world, spawn.node, stdout, stderr),
        other => live_otherwise(world, spawn.node, other),
    }
}

/// Apart from [`live`], which so needs no table of jumps: it would be one more page fault.
fn live_otherwise(world: &World, node: NodeId, body: &Body) -> i32 {
    match body {
        Body::Steps { stdout, stderr } => node::body(world, node, stdout, stderr),
        Body::Worker => node::work(world, node),
        Body::Feeder(body) => body(),
        Body::Program(_) => unreachable!("a program is started without a fork of this one"),
    }
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
