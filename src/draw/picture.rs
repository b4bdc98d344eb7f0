//! Boxes and arrows, before any pen.
use crate::graph::Kind;

/// Nodes stand in the order of declaration: objects first, then processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub name: String,
    pub nodes: Vec<Node>,
    pub arrows: Vec<Arrow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name in the graph.
    pub name: String,
    /// What is particular about it, in the words of the YAML: `queue, maxsize 4`, `replicas 3, daemon`.
    pub about: String,
    /// Of a process with `replicas`, how many.
    pub replicas: Option<u32>,
    pub shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A process of steps.
    Steps,
    /// A process that is a command or a shell script.
    Command,
    Object(Kind),
}

/// One for each pair of nodes that have to do with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Places in [`Picture::nodes`].
    pub from: usize,
    pub to: usize,
    /// Operations, joined: `get, task_done`.
    pub label: String,
    pub heads: Heads,
    /// It carries nothing: an order of starting, a lock that a condition goes by.
    pub dashed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heads {
    /// At `to`.
    One,
    Both,
    None,
}
