//! How a run is asked for.
use std::time::Duration;

use crate::graph::LogLevel;

#[derive(Clone, Debug)]
pub struct RunOptions {
    pub seed: u64,
    /// The graph's own, or what the command line says.
    pub timeout: Option<Duration>,
    /// What queues and pipes may hold together, in bytes.
    pub memory: u64,
    /// Whether `expect` is checked.
    pub expect: bool,
    /// Each line with the name of its node.
    pub prefix: bool,
    /// The runner's own messages down to this level.
    pub log: LogLevel,
    /// Drops what nodes say instead of passing it on (it is recorded all the same).
    pub silent: bool,
}
