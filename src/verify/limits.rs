//! How far a search may go, and how far it has come.
use super::system::Time;
use std::time::Duration;

/// How far a search may go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub states: u64,
    /// In bytes, of all that a search keeps.
    pub memory: u64,
    pub time: Duration,
}

/// Which of the limits was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    States,
    Memory,
    Time,
}

/// How the search stands.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub time: Time,
    pub states: u64,
    pub transitions: u64,
    pub depth: u32,
    /// States found and not yet looked at.
    pub frontier: u64,
    /// In bytes.
    pub memory: u64,
    pub elapsed: Duration,
    /// In how many combinations the processes can stand at their steps, reachable or not. Values and what queues hold
    /// are not counted.
    pub positions: f64,
}

/// So many bytes are allowed besides: what a growing table leaves behind, what is in use for a moment.
pub(super) const BESIDES: u64 = 256 << 20;

/// What the process has in memory, in bytes. What values hold (a text that grows with every step) is in no table of a
/// search, but it is here.
pub(super) fn resident() -> u64 {
    let resident = |status: String| {
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    std::fs::read_to_string("/proc/self/status").ok().and_then(resident).map_or(0, |kibibytes| kibibytes << 10)
}

impl Limits {
    pub(super) const NONE: Limits = Limits { states: u64::MAX, memory: u64::MAX, time: Duration::MAX };

    /// What is left when another search has used so much.
    pub fn less(self, states: u64, time: Duration) -> Limits {
        Limits { states: self.states.saturating_sub(states), time: self.time.saturating_sub(time), ..self }
    }

    /// Half of the states and of the time: for the first of two searches.
    pub fn half(self) -> Limits {
        Limits { states: self.states.div_ceil(2), time: self.time / 2, ..self }
    }
}
