//! What the reactor has to know of a node.

/// A node's number: instances first, then pool workers, then feeders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl NodeId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What the reactor has to know of a node.
#[derive(Clone, Debug)]
pub struct NodeSpec {
    pub role: Role,
    /// Starts by itself once `after` holds.
    pub auto: bool,
    /// All must have ended; those with `false` with 0.
    pub after: Vec<(NodeId, bool)>,
    pub timeout_ns: Option<u64>,
    pub restart: Option<RestartSpec>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Process,
    Daemon,
    /// Of a pool: replaced when it ends, ended with the run.
    Worker,
    /// Carries a queue to a command's stdin; of no use once the command has ended.
    FeedsStdin(NodeId),
    /// Carries a command's output to a queue; has to be finished.
    DrainsOutput(NodeId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartSpec {
    pub max: u32,
    pub backoff_ns: u64,
}
