//! How each kind of node is started: its standard streams, what it inherits, its body.
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::rc::Rc;

use super::capture::capture;
use super::node::Sink;
use super::spawn::{Body, Spawn, ends_of, spawn};
use super::supervisor::Supervisor;
use super::world::{NodeKind, Shared, World};
use super::{NodeId, feeder, ipc};
use crate::diag::Bag;
use crate::expr::{Env, Me, Random, Template};
use crate::graph::{self, Limits, Name, Operation, Process, Stdin, Stdout};
use crate::program::{ConstantScope, End, Found, Thing, find};
use crate::value::Str;
use nix::fcntl::OFlag;
use nix::unistd::Pid;

/// Streams between a feeder and its command, by number.
const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;

impl Supervisor<'_> {
    pub(super) fn launch(&mut self, id: NodeId) -> io::Result<Pid> {
        match self.world.node(id).kind {
            NodeKind::Instance(instance) if self.world.process(instance).is_external() => {
                self.launch_command(id, instance)
            }
            NodeKind::Instance(instance) => self.launch_steps(id, instance),
            NodeKind::Worker { pool, .. } => {
                let world = &self.world;
                let name = world.node(id).name.clone();
                let keeps = ends_of(world.worker_uses(pool), world);
                spawn(world, Spawn { keeps, body: Body::Worker, ..plain(id, &name, world, self.null()?) })
            }
            NodeKind::FeedsStdin(instance) => {
                let (_, write) = self.feed(instance, STDIN)?;
                let write = write.take().ok_or_else(gone)?;
                let Stdin::Queue { queue, format } = &self.world.process(instance).stdin else { return Err(gone()) };
                let feed = |world: &World| feeder::feed(world, id, queue, *format, &write);
                let pid = self.launch_feeder(id, write.as_raw_fd(), feed)?;
                self.stdins.insert(id, write);
                Ok(pid)
            }
            NodeKind::DrainsOutput { instance, stderr } => {
                let (read, _) = self.feed(instance, if stderr { STDERR } else { STDOUT })?;
                let read = read.take().ok_or_else(gone)?;
                let process = self.world.process(instance);
                let stream = if stderr { &process.stderr } else { &process.stdout };
                let Stdout::Queue { queue, format } = stream else { return Err(gone()) };
                let since = self.world.arena.slot(feeder::command_slot(&self.world, instance)).started_ns();
                self.launch_feeder(id, read.as_raw_fd(), |world| feeder::drain(world, id, queue, *format, &read, since))
            }
        }
    }

    fn launch_feeder(&self, id: NodeId, fd: i32, body: impl Fn(&World) -> i32) -> io::Result<Pid> {
        let world = &self.world;
        let name = world.node(id).name.clone();
        let body = || body(world);
        spawn(world, Spawn { fds: vec![fd], body: Body::Feeder(&body), ..plain(id, &name, world, self.null()?) })
    }

    /// One for all who ask: opening it for each would take a good part of what it costs to start a process.
    fn null(&self) -> io::Result<Rc<OwnedFd>> {
        if let Some(null) = self.null.get() {
            return Ok(null.clone());
        }
        let null = nix::fcntl::open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, nix::sys::stat::Mode::empty())?;
        Ok(self.null.get_or_init(|| Rc::new(null)).clone())
    }

    /// The pipe between a feeder and its command. It is made when the first of the two is started, and forgotten
    /// when each has its end.
    fn feed(&mut self, instance: usize, stream: u8) -> io::Result<&mut (Option<OwnedFd>, Option<OwnedFd>)> {
        self.feeds.retain(|_, (read, write)| read.is_some() || write.is_some());
        match self.feeds.entry((instance, stream)) {
            std::collections::hash_map::Entry::Occupied(entry) => Ok(entry.into_mut()),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
                Ok(entry.insert((Some(read), Some(write))))
            }
        }
    }

    fn launch_steps(&mut self, id: NodeId, instance: usize) -> io::Result<Pid> {
        let world = &self.world;
        let process = world.process(instance);
        let me = me_of(world, instance);
        let stdout = sink(world, process, &me, &process.stdout, 1)?;
        let stderr = sink(world, process, &me, &process.stderr, 2)?;
        let stdin = match &process.stdin {
            Stdin::Inherit => None,
            Stdin::File(path, _) => Some(Rc::new(read_file(world, path, &me)?)),
            Stdin::Pipe(end) => Some(Rc::new(end_fd(world, end)?)),
            Stdin::Null | Stdin::Queue { .. } => Some(self.null()?),
        };
        let fds = [&stdout, &stderr].into_iter().filter_map(|sink| match sink {
            Sink::Descriptor(fd) => Some(fd.as_raw_fd()),
            _ => None,
        });
        let common = common(id, world, instance, &me)?;
        let keeps = ends_of(world.plan.wiring().uses(world.plan.instances()[instance].process), world);
        let spawned = Spawn {
            stdio: [stdin, None, None],
            keeps,
            fds: fds.collect(),
            body: Body::Steps { stdout: &stdout, stderr: &stderr },
            ..common
        };
        spawn(world, spawned)
    }

    fn launch_command(&mut self, id: NodeId, instance: usize) -> io::Result<Pid> {
        let process = self.world.process(instance);
        let me = me_of(&self.world, instance);
        let mut captures = Vec::new();
        let stdin = match &process.stdin {
            Stdin::Inherit => None,
            Stdin::Null => Some(self.null()?),
            Stdin::File(path, _) => Some(Rc::new(read_file(&self.world, path, &me)?)),
            Stdin::Pipe(end) => Some(Rc::new(end_fd(&self.world, end)?)),
            Stdin::Queue { .. } => self.feed(instance, STDIN)?.0.take().map(Rc::new),
        };
        let mut stdio = [stdin, None, None];
        for (stream, to) in [(STDOUT, &process.stdout), (STDERR, &process.stderr)] {
            stdio[usize::from(stream)] = match to {
                Stdout::Captured => {
                    let (reading, write) = capture(id, stream == STDERR)?;
                    captures.push(reading);
                    Some(Rc::new(write))
                }
                Stdout::Inherit => None,
                Stdout::Null => Some(self.null()?),
                Stdout::File(path, _) => Some(Rc::new(write_file(&self.world, path, &me)?)),
                Stdout::Pipe(end) => Some(Rc::new(end_fd(&self.world, end)?)),
                Stdout::Queue { .. } => self.feed(instance, stream)?.1.take().map(Rc::new),
            };
        }
        let invitation = self.invite(id)?;
        let world = &self.world;
        let argv = match &process.body {
            graph::Body::Command(words, _) => {
                let words: io::Result<Vec<String>> = words.iter().map(|word| text(world, word, &me)).collect();
                words?
            }
            graph::Body::Shell(script, _) => vec!["sh".into(), "-c".into(), text(world, script, &me)?],
            _ => return Err(gone()),
        };
        let mut spawned = common(id, world, instance, &me)?;
        spawned.stdio = stdio;
        if let Some(invitation) = invitation {
            let own = spawned.env.iter().position(|(name, _)| name == "PATH").map(|at| spawned.env.remove(at).1);
            spawned.env.extend(with_program_on_path(own));
            spawned.env.push((ipc::VARIABLE.into(), invitation));
        }
        spawned.body = Body::Program(argv);
        let pid = spawn(world, spawned)?;
        for capture in captures {
            self.watch_capture(capture)?;
        }
        Ok(pid)
    }
}

/// The PATH on which this program is found first.
fn with_program_on_path(own: Option<String>) -> Option<(String, String)> {
    let path = own.or_else(|| std::env::var("PATH").ok());
    let folder = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.to_str()?.to_owned()));
    let path = [folder, path].into_iter().flatten().collect::<Vec<_>>().join(":");
    (!path.is_empty()).then(|| ("PATH".into(), path))
}

/// The ends of bytes pipes that the clients of a command may be handed: those that its `uses` names.
pub(super) fn ends_used(world: &World, command: NodeId) -> Vec<End> {
    let NodeKind::Instance(instance) = world.node(command).kind else { return Vec::new() };
    let process = world.process(instance);
    if !process.is_external() {
        return Vec::new();
    }
    let found = |name: &Name| find(world.plan.graph(), &Default::default(), &name.value).ok();
    let parent = |name: &Name| {
        let (owner, _) = name.value.rsplit_once('.')?;
        find(world.plan.graph(), &Default::default(), owner).ok()
    };
    let named = process.uses.iter().flatten().filter_map(|name| match found(name).or_else(|| parent(name)) {
        Some(Found::Thing(Thing::End(end))) => Some((Thing::End(end), Operation::Read)),
        _ => None,
    });
    let named: Vec<(Thing, Operation)> = named.collect();
    ends_of(&named, world)
}

/// Beside the graph's processes: a worker, a feeder. Its stdin is `null`.
fn plain<'a>(node: NodeId, name: &'a Str, world: &World, null: Rc<OwnedFd>) -> Spawn<'a> {
    Spawn {
        node,
        name,
        stdio: [Some(null), None, None],
        folder: folder(world),
        env: Vec::new(),
        limits: Limits::default(),
        keeps: Vec::new(),
        fds: Vec::new(),
        body: Body::Program(Vec::new()),
    }
}

/// What the keys of a process say for any body. The body is still to be filled in.
fn common<'a>(node: NodeId, world: &'a World, instance: usize, me: &Me) -> io::Result<Spawn<'a>> {
    let process = world.process(instance);
    let folder = match &process.cwd {
        Some(path) => folder(world).join(text(world, path, me)?),
        None => folder(world),
    };
    let env: io::Result<Vec<(String, String)>> =
        process.env.iter().map(|(name, value)| Ok((name.value.clone(), text(world, value, me)?))).collect();
    Ok(Spawn {
        node,
        name: &world.node(node).name,
        stdio: [None, None, None],
        folder,
        env: env?,
        limits: process.limits.clone(),
        keeps: Vec::new(),
        fds: Vec::new(),
        body: Body::Program(Vec::new()),
    })
}

fn folder(world: &World) -> PathBuf {
    let folder = &world.plan.graph().folder;
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.clone() }
}

/// `self` where a process is described, before its body begins.
pub(super) fn me_of(world: &World, instance: usize) -> Me {
    let declared = &world.plan.instances()[instance];
    let process = world.process(instance);
    let target = match &process.body {
        graph::Body::Target { target, .. } => Str::from(&target.value),
        _ => Str::from(&process.name.value),
    };
    Me { name: Str::from(&declared.name), index: i64::from(declared.index), target }
}

/// A text of a process: parameters and `self` are known.
pub(super) fn text(world: &World, template: &Template, me: &Me) -> io::Result<String> {
    let mut scope = ConstantScope { graph: world.plan.graph() };
    let code = template.compile(&mut scope, &mut Bag::new()).ok_or_else(gone)?;
    let mut random = Random::new(world.seed, &me.name);
    let value = code.eval(&mut Env { slots: &[], me, random: &mut random });
    let text = value.and_then(|value| value.text().map(|text| text.to_string()));
    text.map_err(|fault| io::Error::other(fault.to_string()))
}

fn sink(world: &World, process: &Process, me: &Me, stream: &Stdout, number: i32) -> io::Result<Sink> {
    Ok(match stream {
        Stdout::Captured => Sink::Captured,
        Stdout::Null => Sink::Null,
        Stdout::Inherit => {
            // SAFETY: 1 and 2 are open as long as the runner lives, or the duplicate fails.
            let own = unsafe { std::os::fd::BorrowedFd::borrow_raw(number) };
            Sink::Descriptor(own.try_clone_to_owned()?)
        }
        Stdout::File(path, _) => Sink::Descriptor(write_file(world, path, me)?),
        Stdout::Pipe(end) => Sink::Descriptor(end_fd(world, end)?),
        Stdout::Queue { queue, format } => {
            let queue = world.plan.graph().object_named(&queue.value);
            Sink::Queue(queue.ok_or_else(|| missing(&process.name.value))?, *format)
        }
    })
}

fn end_fd(world: &World, name: &Name) -> io::Result<OwnedFd> {
    match find(world.plan.graph(), &Default::default(), &name.value) {
        Ok(Found::Thing(Thing::End(end))) => match world.shared(end.pipe) {
            Shared::Bytes(pipe) => pipe.end(end.side).duplicate().ok_or_else(gone)?,
            _ => Err(missing(&name.value)),
        },
        _ => Err(missing(&name.value)),
    }
}

fn read_file(world: &World, path: &Template, me: &Me) -> io::Result<OwnedFd> {
    world.files.read(&folder(world).join(text(world, path, me)?))
}

fn write_file(world: &World, path: &Template, me: &Me) -> io::Result<OwnedFd> {
    world.files.write(&folder(world).join(text(world, path, me)?))
}

/// What was checked and is nevertheless not there.
fn gone() -> io::Error {
    io::Error::other("its stream is gone")
}

fn missing(what: &str) -> io::Error {
    io::Error::other(format!("`{what}` is not what was checked"))
}
