//! How a run is asked for.
use std::rc::Rc;
use std::time::Duration;

use crate::graph::LogLevel;
use crate::program::Schedule;

#[derive(Clone, Debug)]
pub struct RunOptions {
    pub seed: u64,
    /// The graph's own, or what the command line says.
    pub timeout: Option<Duration>,
    /// What queues and pipes may hold together, in bytes. Without a word of it half of the machine's memory, or what the
    /// limits on address space and on files leave.
    pub memory: Option<u64>,
    /// Whether `expect` is checked.
    pub expect: bool,
    /// Each line with the name of its node.
    pub prefix: bool,
    /// The runner's own messages down to this level.
    pub log: LogLevel,
    /// Drops what nodes say instead of passing it on (it is recorded all the same).
    pub silent: bool,
    /// Steps are taken one at a time, in an order that is not left to the kernel.
    pub order: Option<Order>,
    /// Every step is noted, with when it began and ended.
    pub trace: bool,
}

/// In which order the steps of all processes are taken.
#[derive(Clone, Debug)]
pub enum Order {
    /// As a schedule says; afterwards freely.
    Schedule(Rc<Schedule>),
    /// At random, the same for the same seed as far as processes are alike.
    Random(u64),
    /// As they come; it is written down.
    Record,
}
