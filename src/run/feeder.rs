//! Between a queue and a standard stream of a command: a small process of its own, so that the runner stays off the
//! data's way and a full pipe blocks nobody else.
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use super::NodeId;
use super::command_output::{CommandOutput, unread};
use super::node::{item, line, write_all};
use super::wire::FrameKind;
use super::world::{NodeKind, World};
use crate::graph::{Format, Name, Operation};
use crate::program::Thing;
use crate::shm::{self, Actor, SlotIndex, State};
use crate::value::{Value, decode, encode};

/// From the queue to the command's stdin, until the queue is finished or the command reads no more. Where the queue
/// redelivers, what was written is done only when the command has ended with 0: then this process stays until it is
/// ended, and the runner settles what it had taken.
pub fn feed(world: &World, node: NodeId, queue: &Name, format: Format, to: &OwnedFd) -> i32 {
    let Some(id) = world.plan.graph().object_named(&queue.value) else { return 1 };
    let crate::graph::ObjectKind::Queue(declared) = &world.plan.graph().object(id).kind else { return 1 };
    let actor = Actor::new(&world.arena, SlotIndex(world.node(node).slots.start));
    let queue: &shm::Queue = world.object(id);
    let mut bytes = Vec::new();
    // Several take from it: nobody takes more than it is ready for, or the first would have all of it in its pipe.
    let shared = world.slots_of(Thing::Object(id), Operation::Get).len() > 1;
    while (!shared || drained(to))
        && let Ok(shm::Next::Item) = queue.get_or_end(&actor, &mut bytes, shm::Wait::Forever)
    {
        let written = decode(&bytes).and_then(|value| write_all(to, &line(&value, format)?));
        if written.is_err() {
            // It has closed its stdin: what it did not take is for others.
            let _ = queue.give_back(&actor, &bytes);
            break;
        }
        if declared.joinable && !declared.redeliver {
            let _ = queue.task_done(&actor);
        }
    }
    if declared.redeliver {
        close(to);
        world.wire.send(node, 0, FrameKind::Fed, b"");
        let NodeKind::FeedsStdin(instance) = world.node(node).kind else { return 1 };
        let command = command_slot(world, instance);
        let _ = actor.join(command, shm::Wait::Forever);
        loop {
            // The runner ends it when it has seen how the command ended.
            nix::unistd::pause();
        }
    }
    0
}

pub fn command_slot(world: &World, instance: usize) -> SlotIndex {
    SlotIndex(world.node(NodeId(instance as u32)).slots.start)
}

/// Waits until the command has read all that was written. It may have ended meanwhile: then the runner ends this
/// process.
fn drained(to: &OwnedFd) -> bool {
    let mut pause = Duration::from_micros(50);
    loop {
        if unread(to) == 0 {
            return true;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}

/// From the command's output to the queue, until the stream ends or [`CommandOutput`] says that it has ended for us; a
/// queue without room takes the time it takes. A line that is no JSON, where JSON is due, is reported and left out.
/// `since`: when the command was started the last time before this one.
pub fn drain(world: &World, node: NodeId, queue: &Name, format: Format, from: &OwnedFd, since: u64) -> i32 {
    use std::io::BufRead;
    let Some(id) = world.plan.graph().object_named(&queue.value) else { return 1 };
    let actor = Actor::new(&world.arena, SlotIndex(world.node(node).slots.start));
    let queue: &shm::Queue = world.object(id);
    let NodeKind::DrainsOutput { instance, .. } = world.node(node).kind else { return 1 };
    let command = world.arena.slot(command_slot(world, instance));
    // Between two lives it is neither ended nor running.
    let is_over = || match command.state() {
        State::Ended => true,
        State::Running => false,
        State::Idle | State::Starting => command.started_ns() != since,
    };
    let Ok(output) = CommandOutput::new(from, is_over) else { return 1 };
    let mut lines = std::io::BufReader::new(output);
    let (mut text, mut bytes, mut exit) = (Vec::new(), Vec::new(), 0);
    loop {
        text.clear();
        match lines.read_until(b'\n', &mut text) {
            Ok(0) | Err(_) => return exit,
            Ok(_) => {}
        }
        if text.last() == Some(&b'\n') {
            text.pop();
        }
        bytes.clear();
        let put = item(&text, format).and_then(|value: Value| encode(&value, &mut bytes));
        let put = put.map_err(|fault| fault.to_string()).and_then(|()| {
            queue.put(&actor, &bytes, shm::Wait::Forever).map_err(|_| "it does not fit into the run's memory".into())
        });
        if let Err(error) = put {
            exit = 1;
            world.wire.send(node, 0, FrameKind::Stderr, format!("mpgraph: {error}").as_bytes());
        }
    }
}

/// The command sees the end of its input though this process lives on.
fn close(fd: &OwnedFd) {
    if let Ok(null) = std::fs::File::open("/dev/null") {
        // SAFETY: both are open; the pipe's end is replaced by something that nobody waits for.
        unsafe { libc::dup2(null.as_raw_fd(), fd.as_raw_fd()) };
    }
}
