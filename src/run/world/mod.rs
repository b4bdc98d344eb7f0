//! The arena of one run, and what in it stands for what.
//!
//! | file | says |
//! |---|---|
//! | `nodes` | what runs as a process, and its slots |
//! | `build` | the objects are made |
//! | `wired` | who may do what with them |
//!
//! Made before the first fork and the same in every process after it: a forked child reads its copy, an attached
//! client gets the part that concerns it ([`super::ipc`]).
mod build;
mod nodes;
mod wired;

pub(super) use nodes::named_actors;
pub use nodes::{Node, NodeKind, actors};

use std::collections::BTreeMap;
use std::io;

use self::build::{Unmade, longest_wait};
use self::nodes::nodes;
use super::files::Files;
use super::{BytesPipe, NodeId, Wire};
use crate::check::Plan;
use crate::graph::{LogLevel, ObjectId, Process};
use crate::program::ProcessRef;
use crate::shm::{self, Arena, ObjectIndex, Sizes, SlotIndex};

pub struct World<'p> {
    pub plan: &'p Plan,
    pub arena: Arena,
    pub nodes: Vec<Node>,
    pub wire: Wire,
    pub files: Files,
    /// When the run began, on the monotonic clock.
    pub begun_ns: u64,
    pub seed: u64,
    /// What processes log below this is not even sent.
    pub log: LogLevel,
    /// Step processes ask before each step and tell what came of it.
    pub gated: bool,
    /// Signals that the runner was started to ignore, and SIGPIPE: nodes do not inherit that.
    pub ignored: Vec<i32>,
    /// Where step processes note what they do, if that is asked for.
    pub trace: Option<shm::Trace>,
    /// What each client that is attached now was called as.
    pub said: BTreeMap<SlotIndex, String>,
    objects: Vec<Shared>,
    /// By slot: whose it is.
    node_of: Vec<Option<NodeId>>,
}

/// What an object of the graph is at run time.
#[derive(Debug)]
pub enum Shared {
    Object(ObjectIndex),
    Bytes(BytesPipe),
}

/// The supervisor's own slot.
pub const SUPERVISOR: SlotIndex = SlotIndex(0);

impl<'p> World<'p> {
    /// `memory` is the limit on what queues and pipes hold, in bytes, where there is a word of it.
    ///
    /// # Errors
    /// What the system says when the memory or the pipes cannot be had.
    pub fn new(plan: &'p Plan, seed: u64, memory: Option<u64>, log: LogLevel, wire: Wire) -> io::Result<World<'p>> {
        let nodes = nodes(plan);
        let slots = nodes.last().map_or(1, |node| node.slots.end);
        let graph = plan.graph();
        let sizes = Sizes {
            bytes: 1 << 30,
            slots,
            objects: 3 * graph.objects.len() as u32 + 16,
            longest_wait: longest_wait(plan),
        };
        let arena = crate::run::memory::arena(memory, sizes)?;
        let mut node_of = vec![None; slots as usize];
        for (index, node) in nodes.iter().enumerate() {
            for slot in node.slots.clone() {
                node_of[slot as usize] = Some(NodeId(index as u32));
            }
        }
        let mut world = World {
            plan,
            arena,
            nodes,
            wire,
            files: Files::default(),
            begun_ns: shm::now_ns(),
            seed,
            log,
            gated: false,
            ignored: super::furnish::ignored(),
            trace: None,
            said: BTreeMap::new(),
            objects: Vec::new(),
            node_of,
        };
        world.build().map_err(|Unmade(why)| io::Error::other(why))?;
        Ok(world)
    }

    /// The descriptor of the arena, for those who attach.
    pub fn arena_fd(&self) -> std::os::fd::RawFd {
        use std::os::fd::AsRawFd;
        self.arena.fd().as_raw_fd()
    }

    pub fn process(&self, instance: usize) -> &'p Process {
        self.plan.graph().process(self.plan.instances()[instance].process)
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// Whose slot this is.
    pub fn node_of(&self, slot: SlotIndex) -> Option<NodeId> {
        self.node_of.get(slot.0 as usize).copied().flatten()
    }

    /// Whether it is a command's, or a script's.
    pub fn is_command(&self, slot: SlotIndex) -> bool {
        let kind = self.node_of(slot).map(|node| self.node(node).kind);
        matches!(kind, Some(NodeKind::Instance(instance)) if self.process(instance).is_external())
    }

    pub fn shared(&self, id: ObjectId) -> &Shared {
        &self.objects[id.index()]
    }

    pub fn shared_mut(&mut self, id: ObjectId) -> &mut Shared {
        &mut self.objects[id.index()]
    }

    /// The object in the arena; it has been checked to be of this kind.
    pub fn object<T: shm::Object>(&self, id: ObjectId) -> &T {
        let Shared::Object(index) = self.objects[id.index()] else { panic!("the kind was checked") };
        self.at(index)
    }

    pub fn at<T: shm::Object>(&self, index: ObjectIndex) -> &T {
        self.arena.object(index).unwrap_or_else(|| panic!("{}: an object is not what it was made as", shm::DAMAGED))
    }

    /// Which object of the graph lies there.
    pub fn object_id(&self, index: ObjectIndex) -> Option<ObjectId> {
        let at = self.objects.iter().position(|shared| match shared {
            Shared::Object(object) => *object == index,
            Shared::Bytes(bytes) => bytes.marker == index,
        })?;
        Some(ObjectId(at as u32))
    }

    /// The first slots of the instances that are named.
    pub fn slots_of_process(&self, process: ProcessRef) -> impl Iterator<Item = SlotIndex> + '_ {
        // Instances are the first nodes, in the plan's order.
        self.plan.instances_of(process).map(|instance| SlotIndex(self.nodes[instance].slots.start))
    }

    pub fn nodes_of_process(&self, process: ProcessRef) -> impl Iterator<Item = NodeId> + '_ {
        self.plan.instances_of(process).map(|instance| NodeId(instance as u32))
    }
}
