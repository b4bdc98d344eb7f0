//! The ways control can take through a body.
//!
//! Built from the steps as written, so that it is there even when names in them are lost, and every node knows its
//! place. A `finally` block and the release of a `with` stand in it once for each way out (falling through, an error,
//! `break`, `continue`, `return`, `exit`), because what is known after them depends on how they were entered.
use std::collections::{BTreeMap, HashMap};

use super::build::build;
use super::few::Few;
use crate::expr::Expr;
use crate::graph::{Datum, Kind, Step};
use crate::value::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::check) struct NodeId(pub(super) u32);

impl NodeId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug)]
pub(in crate::check) struct Flow<'a> {
    pub nodes: Vec<Node<'a>>,
    /// What is known of the branches and the loops.
    pub settled: HashMap<*const Step, Settled>,
}

/// What a branch or a loop will do, known before anything runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) enum Settled {
    /// The branch that is taken.
    Branch(bool),
    /// How often the loop goes round.
    Times(u64),
    /// What the loop goes over.
    Items(Value),
    /// It is not the same each time it is come to.
    Open,
}

#[derive(Debug)]
pub(in crate::check) struct Node<'a> {
    pub act: Act<'a>,
    /// Where it goes when it has done its work.
    pub next: Few<NodeId>,
    pub raises: Few<Raise>,
}

/// What happens at a node.
#[derive(Clone, Copy, Debug)]
pub(in crate::check) enum Act<'a> {
    Entry,
    /// A place where ways meet or part.
    Place,
    /// The condition of an `if`, or of a `while` that is left, was computed and is this.
    Branch(&'a Step, bool),
    /// The step's own operation; of a branch or a loop its condition or list.
    Step(&'a Step),
    /// A loop's variable gets its next item.
    Item(&'a Step),
    /// The release at the end of a `with`.
    Release(&'a Step),
    /// A handler begins: `error` is set.
    Handler,
    /// The body has ended, at its end or by `return`.
    End,
    /// An `exit`.
    Exit,
    /// An error that nothing catches.
    Died,
}

/// A way that an error takes.
#[derive(Clone, Copy, Debug)]
pub(in crate::check) struct Raise {
    pub to: NodeId,
    /// The step is known to raise it.
    pub known: bool,
    /// The handler may get an `OwnerDied`, and gets nothing else.
    pub owner_died: OwnerDied,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum OwnerDied {
    No,
    Maybe,
    Surely,
}

/// What is known before anything runs: it closes ways that are never taken.
pub(in crate::check) trait Known {
    fn expr(&self, expr: &Expr, locals: &Locals) -> Option<Value>;

    fn datum(&self, datum: &Datum, locals: &Locals) -> Option<Value>;

    /// Of what an object position names.
    fn kind(&self, word: &str) -> Option<Kind>;
}

/// The variables whose values are known at a place.
pub(in crate::check) type Locals = BTreeMap<String, Value>;

impl<'a> Flow<'a> {
    pub const ENTRY: NodeId = NodeId(0);
    pub const END: NodeId = NodeId(1);
    pub const EXIT: NodeId = NodeId(2);
    pub const DIED: NodeId = NodeId(3);

    /// `None` if the body has too many ways: `finally` blocks deep inside `finally` blocks.
    pub fn new(steps: &'a [Step], known: &dyn Known) -> Option<Flow<'a>> {
        build(steps, known)
    }

    pub fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id.index()]
    }

    /// Whether it makes a difference which errors are followed.
    pub fn has_remote_errors(&self) -> bool {
        self.nodes.iter().any(|node| node.raises.iter().any(|raise| !raise.known))
    }

    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }
}
