//! Whether a command can only be waiting for one of the graph's objects.
//!
//! A command that runs is never part of a deadlock, for nobody knows what it does; but one whose every process sleeps
//! in a `read` of its standard input, or a `write` of its standard output, does know only what comes through them. The
//! kernel says so in `/proc/PID/syscall`. Where that cannot be read the command counts as moving.
//!
//! The same holds for one of whose processes some are clients that wait in an object, and the others sleep until a child
//! ends or says something. A client in the background of a command that goes on otherwise is not the command's wait.
use super::NodeId;
use super::world::{NodeKind, World};
use crate::graph::{Name, Stdin, Stdout};
use crate::shm::{SlotIndex, State};

/// At which of its streams a command waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stall {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    pub client: bool,
}

/// `blocked`: whether the actor of that slot is. `None` if the command may move by itself.
pub fn stall(world: &World, node: NodeId, blocked: impl Fn(SlotIndex) -> bool) -> Option<Stall> {
    let NodeKind::Instance(instance) = world.node(node).kind else { return None };
    let process = world.process(instance);
    let feeder = |kind: NodeKind| world.nodes.iter().position(|node| node.kind == kind).map(|n| NodeId(n as u32));
    let is_blocked = |kind| feeder(kind).is_some_and(|feeder| blocked(SlotIndex(world.node(feeder).slots.start)));
    let clients: Vec<(i32, bool)> = world
        .node(node)
        .clients()
        .filter(|slot| world.arena.slot(*slot).state() == State::Running)
        .filter_map(|slot| Some((world.arena.slot(slot).pid()?, blocked(slot))))
        .collect();
    // A stream counts if it leads to an object, and what is between them waits too.
    let counts = Stall {
        stdin: match &process.stdin {
            Stdin::Pipe(_) => true,
            Stdin::Queue { .. } => is_blocked(NodeKind::FeedsStdin(instance)),
            _ => false,
        },
        stdout: leads_on(&process.stdout) || is_blocked(NodeKind::DrainsOutput { instance, stderr: false }),
        stderr: leads_on(&process.stderr) || is_blocked(NodeKind::DrainsOutput { instance, stderr: true }),
        client: clients.iter().any(|(_, blocked)| *blocked),
    };
    if clients.iter().any(|(_, blocked)| !blocked) || counts == Stall::default() {
        return None;
    }
    let pid = world.arena.slot(SlotIndex(world.node(node).slots.start)).pid()?;
    let mut stall = Stall { client: counts.client, ..Stall::default() };
    for (pid, has_children) in family(pid) {
        if clients.iter().any(|(client, _)| *client == pid) {
            continue;
        }
        let call = match sleeps_in(pid) {
            // Nobody may know; what runs clients waits for them.
            None if counts.client && has_children => Call::Wait,
            call => call?,
        };
        match call {
            // Of the output of a client: `x=$(mpgraph ipc get q)`.
            Call::Read { pipe: true, .. } if counts.client => {}
            Call::Read { fd: 0, .. } if counts.stdin => stall.stdin = true,
            Call::Write(1) if counts.stdout => stall.stdout = true,
            Call::Write(2) if counts.stderr => stall.stderr = true,
            // Between two of its own: one of them waits at a stream.
            Call::Read { fd: 0, .. } | Call::Write(1) | Call::Wait => {}
            _ => return None,
        }
    }
    (stall != Stall::default()).then_some(stall)
}

/// The ends of bytes pipes that the stalled streams are.
pub fn ends<'w>(world: &'w World, node: NodeId, stall: Stall) -> Vec<&'w Name> {
    let NodeKind::Instance(instance) = world.node(node).kind else { return Vec::new() };
    let process = world.process(instance);
    let mut ends = Vec::new();
    if let (true, Stdin::Pipe(end)) = (stall.stdin, &process.stdin) {
        ends.push(end);
    }
    for (stalled, stream) in [(stall.stdout, &process.stdout), (stall.stderr, &process.stderr)] {
        if let (true, Stdout::Pipe(end)) = (stalled, stream) {
            ends.push(end);
        }
    }
    ends
}

fn leads_on(stream: &Stdout) -> bool {
    matches!(stream, Stdout::Pipe(_))
}

/// Whether a feeder sleeps at its command's stream, and is not on its way to or from an object.
pub fn sleeps(world: &World, feeder: NodeId) -> bool {
    let pid = world.arena.slot(SlotIndex(world.node(feeder).slots.start)).pid();
    matches!(pid.and_then(sleeps_in), Some(Call::Read { .. } | Call::Write(_) | Call::Nap))
}

/// Whether the kernel says that a process is asleep or stopped: it does not run, is not about to, and has not ended.
pub fn is_asleep(pid: i32) -> bool {
    // After the name in parentheses, which may hold anything, comes the state.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['S', 'T', 't']))
}

/// A process and all that descend from it, and whether anything descends from each.
fn family(pid: i32) -> Vec<(i32, bool)> {
    let mut family = vec![(pid, false)];
    let mut next = 0;
    while let Some(&(pid, _)) = family.get(next) {
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let before = family.len();
        family.extend(children.split_whitespace().filter_map(|child| Some((child.parse::<i32>().ok()?, false))));
        family[next].1 = family.len() > before;
        next += 1;
    }
    family
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    /// Of a pipe or socket at that descriptor.
    Read {
        fd: u64,
        pipe: bool,
    },
    Write(u64),
    /// For a child.
    Wait,
    /// Until a descriptor is ready, for a time, or for a signal.
    Nap,
    Other,
}

/// Newer machines have no calls of their own for the simple cases.
const NAPS: &[libc::c_long] = &[
    libc::SYS_ppoll,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_pause,
];

/// The system call that the process sleeps in; `None` if it runs, or nobody may know.
fn sleeps_in(pid: i32) -> Option<Call> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/syscall")).ok()?;
    let mut words = text.split_whitespace();
    let number: libc::c_long = words.next()?.parse().ok()?;
    let fd = u64::from_str_radix(words.next()?.trim_start_matches("0x"), 16).ok()?;
    let is = |kind: &str| {
        let target = std::fs::read_link(format!("/proc/{pid}/fd/{fd}")).ok();
        target.is_some_and(|to| to.to_string_lossy().starts_with(kind))
    };
    let is_stream = || is("pipe:") || is("socket:");
    Some(match number {
        libc::SYS_read if is_stream() => Call::Read { fd, pipe: is("pipe:") },
        libc::SYS_write if is_stream() => Call::Write(fd),
        libc::SYS_wait4 | libc::SYS_waitid => Call::Wait,
        number if NAPS.contains(&number) => Call::Nap,
        _ => Call::Other,
    })
}
