//! Clients: from a slot to the certain end.
//!
//! What must stay true: a slot belongs to one client, from before it is told so until the kernel says that it is no
//! more (its pidfd); a command's slots are repaired after those of its clients, which end with it.
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use nix::poll::PollFlags;
use nix::sys::epoll::{EpollEvent, EpollFlags};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::door::{Door, Said};
use super::introduce::{Introduction, introduce};
use super::message::{Answer, Granted, Hello, Question, Verb};
use crate::program::{End, ProcessRef};
use crate::run::NodeId;
use crate::run::node::ready;
use crate::run::reactor::Happening;
use crate::run::supervisor::Supervisor;
use crate::run::world::{NodeKind, Shared};
use crate::shm::{self, SlotIndex, State, supervise};
use crate::value::Fault;

/// How long the end of a command waits for its clients, which have been killed: 1 s, and a thousand times what it takes.
const ENDING_NS: u64 = 1_000_000_000;
/// More ends of bytes pipes than these are not handed over at once.
const MOST_ENDS: usize = 32;

/// All clients of all commands.
#[derive(Debug, Default)]
pub struct Clients {
    /// Opened when the first command with `uses` starts.
    door: Option<Door>,
    /// By the descriptor that tells of their end.
    inside: BTreeMap<RawFd, Client>,
    /// Ends of bytes pipes that a command has closed.
    closed: BTreeSet<(NodeId, End)>,
}

#[derive(Debug)]
struct Client {
    node: NodeId,
    slot: SlotIndex,
    pidfd: OwnedFd,
    /// `None` once it is closed: the number may be another's by now.
    connection: Option<RawFd>,
    /// How its command ended, if it has.
    command_ended: Option<bool>,
}

impl Clients {
    /// Whether a command has said that it needs this end no more.
    pub fn has_closed(&self, node: NodeId, end: End) -> bool {
        self.closed.contains(&(node, end))
    }

    /// The connection is closed, whoever's it is.
    fn show_out(&mut self, fd: RawFd) {
        for client in self.inside.values_mut().filter(|client| client.connection == Some(fd)) {
            client.connection = None;
        }
        if let Some(door) = &mut self.door {
            door.show_out(fd);
        }
    }
}

impl Supervisor<'_> {
    /// What a command has to be told so that its clients come in: before it is started.
    ///
    /// # Errors
    /// What the system says when there can be no door.
    pub(in crate::run) fn invite(&mut self, node: NodeId) -> io::Result<Option<String>> {
        if self.world.node(node).clients().next().is_none() {
            return Ok(None);
        }
        self.clients.closed.retain(|(of, _)| *of != node);
        if self.clients.door.is_none() {
            let door = Door::open()?;
            self.epoll.add(door.fd(), EpollEvent::new(EpollFlags::EPOLLIN, door.fd().as_raw_fd() as u64))?;
            self.clients.door = Some(door);
        }
        self.clients.door.as_mut().map(|door| door.invite(node)).transpose()
    }

    /// Whether something that happened at this descriptor is theirs; then it is dealt with.
    pub(in crate::run) fn attend_client(&mut self, fd: RawFd) -> bool {
        if let Some(client) = self.clients.inside.get(&fd) {
            // The event may be an older descriptor's of this number, closed since it was reported.
            if ready(&client.pidfd, PollFlags::POLLIN, shm::Wait::Poll) {
                self.client_ended(fd);
            }
            return true;
        }
        let Some(door) = &mut self.clients.door else { return false };
        if door.fd().as_raw_fd() == fd {
            self.let_in();
            return true;
        }
        let Some(visitor) = door.visitor(fd) else { return false };
        match visitor.hear() {
            Said::NothingYet => {}
            Said::Gone => self.clients.show_out(fd),
            Said::Something(bytes) if visitor.node.is_none() => self.greet(fd, bytes),
            Said::Something(bytes) => self.reply(fd, &bytes),
        }
        true
    }

    /// A few at a time: others have something to say too.
    fn let_in(&mut self) {
        for _ in 0..32 {
            let Some(door) = &mut self.clients.door else { return };
            let Some(fd) = door.accept() else { return };
            if let Some(visitor) = door.visitor(fd) {
                let event = EpollEvent::new(EpollFlags::EPOLLIN, fd as u64);
                if self.epoll.add(visitor.fd(), event).is_err() {
                    door.show_out(fd);
                }
            }
        }
    }

    /// Its first words.
    fn greet(&mut self, fd: RawFd, bytes: Vec<u8>) {
        let Some(door) = &mut self.clients.door else { return };
        let Ok(hello) = serde_json::from_slice::<Hello>(&bytes) else { return door.show_out(fd) };
        let node = door.node_of(&hello.token);
        let Some(node) = node.filter(|node| self.reactor.is_running(*node)) else {
            let message = "the command in whose name this comes has ended".to_owned();
            return self.tell(fd, &Answer::Refused { message, help: String::new() }, &[]);
        };
        let words: Vec<&str> = hello.words.iter().map(AsRef::as_ref).collect();
        let introduction = introduce(&self.world, node, hello.verb, &words);
        if let Some(visitor) = self.clients.door.as_mut().and_then(|door| door.visitor(fd)) {
            visitor.node = Some(node);
        }
        let answer = match introduction {
            Introduction::Attach { things, ends } if ends.len() <= MOST_ENDS => {
                let said = format!("mpgraph ipc {} {}", hello.verb.name(), words.join(" "));
                return match self.free_slot(node) {
                    Some(slot) => self.attach(fd, node, slot, said, things, &ends),
                    None => self.wait_in_line(fd, bytes),
                };
            }
            Introduction::Attach { .. } => {
                let message = format!("more than {MOST_ENDS} ends of bytes pipes at once");
                Answer::Refused { message, help: String::new() }
            }
            Introduction::Answer(answer) => answer,
            Introduction::Process(verb, process) => self.do_to_process(verb, process),
            Introduction::CloseEnd(end) => {
                self.clients.closed.insert((node, end));
                self.release_ends();
                Answer::Done(None)
            }
        };
        self.tell(fd, &answer, &[]);
    }

    fn free_slot(&self, node: NodeId) -> Option<SlotIndex> {
        self.world.node(node).clients().find(|slot| self.world.arena.slot(*slot).state() == State::Idle)
    }

    fn wait_in_line(&mut self, fd: RawFd, hello: Vec<u8>) {
        let Some(door) = &mut self.clients.door else { return };
        if let Some(visitor) = door.visitor(fd) {
            visitor.hello = Some(hello);
            door.line.push_back(fd);
        }
    }

    /// Those who have waited are looked at again.
    fn call_up(&mut self, node: NodeId) {
        while self.free_slot(node).is_some() {
            let Some(door) = &mut self.clients.door else { return };
            let Some(fd) = door.in_line(node).first().copied() else { return };
            door.line.retain(|waiting| *waiting != fd);
            if let Some(hello) = door.visitor(fd).and_then(|visitor| visitor.hello.take()) {
                self.greet(fd, hello);
            }
        }
    }

    /// The client begins in that slot, and is told so.
    fn attach(&mut self, fd: RawFd, node: NodeId, slot: SlotIndex, said: String, things: Vec<Granted>, ends: &[End]) {
        let Some(door) = &mut self.clients.door else { return };
        let Some(visitor) = door.visitor(fd) else { return };
        let pid = visitor.pid().and_then(Pid::from_raw);
        let pidfd = pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
        // It has not gone since it spoke, so what was opened is it, and not a later process of that number.
        let gone = ready(visitor.fd(), PollFlags::POLLHUP, shm::Wait::Poll);
        let (Some(pid), Some(pidfd), false) = (pid, pidfd, gone) else { return door.show_out(fd) };
        let ends: Option<io::Result<Vec<OwnedFd>>> = ends
            .iter()
            .map(|end| match self.world.shared(end.pipe) {
                Shared::Bytes(pipe) => pipe.end(end.side).duplicate(),
                _ => None,
            })
            .collect();
        let Some(Ok(ends)) = ends else {
            let fault = Fault::os("the end is closed");
            return self.tell(fd, &Answer::Failed(fault.kind.to_string(), fault.message), &[]);
        };
        let event = EpollEvent::new(EpollFlags::EPOLLIN, pidfd.as_raw_fd() as u64);
        if self.epoll.add(&pidfd, event).is_err() {
            return door.show_out(fd);
        }
        let command = SlotIndex(self.world.node(node).slots.start);
        supervise::begin_client(&self.world.arena, slot, pid.as_raw_nonzero().get(), command);
        let client = Client { node, slot, pidfd, connection: Some(fd), command_ended: None };
        self.clients.inside.insert(client.pidfd.as_raw_fd(), client);
        self.world.said.insert(slot, said);
        let name = self.world.node(node).name.to_string();
        let arena = self.world.arena.fd();
        let fds: Vec<BorrowedFd> = std::iter::once(arena).chain(ends.iter().map(AsFd::as_fd)).collect();
        // Not heard: then it has ended, and its pidfd says so.
        visitor.answer(&Answer::Attached { slot: slot.0, name, things }, &fds);
    }

    /// A question of one that is inside.
    fn reply(&mut self, fd: RawFd, bytes: &[u8]) {
        let Ok(Question::NameOf(slot)) = serde_json::from_slice(bytes) else {
            return self.clients.show_out(fd);
        };
        let node = self.world.node_of(SlotIndex(slot));
        let name = node.map_or("a process".into(), |node| self.world.node(node).name.to_string());
        self.tell(fd, &Answer::Name(name), &[]);
    }

    fn tell(&mut self, fd: RawFd, answer: &Answer, fds: &[BorrowedFd]) {
        let Some(door) = &mut self.clients.door else { return };
        if let Some(visitor) = door.visitor(fd)
            && !visitor.answer(answer, fds)
        {
            self.clients.show_out(fd);
        }
    }

    fn do_to_process(&mut self, verb: Verb, process: ProcessRef) -> Answer {
        let nodes: Vec<NodeId> = self.world.nodes_of_process(process).collect();
        if verb == Verb::Start {
            let arena = &self.world.arena;
            for &node in &nodes {
                let slot = SlotIndex(self.world.node(node).slots.start);
                if !arena.slot(slot).claim_start(arena) {
                    let name = &self.world.plan.graph().process(process.process).name.value;
                    return Answer::Failed("AssertionError".into(), format!("cannot start the process `{name}` twice"));
                }
            }
        }
        for node in nodes {
            match verb {
                Verb::Start => self.ask_start(node),
                Verb::Terminate => self.happen(Happening::AskTerminate(node)),
                _ => self.happen(Happening::AskKill(node)),
            }
        }
        Answer::Done(None)
    }

    /// The kernel says that it is no more.
    fn client_ended(&mut self, pidfd: RawFd) {
        let Some(client) = self.clients.inside.remove(&pidfd) else { return };
        let _ = self.epoll.delete(&client.pidfd);
        supervise::client_ended(&self.world.arena, client.slot, client.command_ended);
        self.world.said.remove(&client.slot);
        if let (Some(door), Some(connection)) = (&mut self.clients.door, client.connection) {
            door.show_out(connection);
        }
        self.call_up(client.node);
    }

    /// The command has ended: so do all who came in its name, before anything of it is repaired.
    pub(in crate::run) fn end_clients(&mut self, node: NodeId, badly: bool) {
        if !matches!(self.world.node(node).kind, NodeKind::Instance(_)) {
            return;
        }
        if let Some(door) = &mut self.clients.door {
            door.disinvite(node);
            door.in_line(node).into_iter().for_each(|fd| door.show_out(fd));
        }
        let mut ending = Vec::new();
        for (fd, client) in &mut self.clients.inside {
            if client.node == node {
                client.command_ended = Some(badly);
                let _ = pidfd_send_signal(&client.pidfd, Signal::KILL);
                ending.push(*fd);
            }
        }
        let until = shm::Wait::Until(shm::now_ns().saturating_add(ENDING_NS));
        for fd in ending {
            let client = &self.clients.inside[&fd];
            // One that is stuck in the kernel keeps its slot until it comes out.
            if ready(&client.pidfd, PollFlags::POLLIN, until) {
                self.client_ended(fd);
            }
        }
    }
}
