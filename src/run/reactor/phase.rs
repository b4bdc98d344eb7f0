//! Where a node stands.

/// Only [`Reactor::set`](super::Reactor::set) changes it: the counts depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not started yet.
    Waiting,
    Running {
        /// When it is told to end.
        timeout: Option<u64>,
        /// When it is killed: it has been told.
        kill_at: Option<u64>,
    },
    /// Started again then.
    Resting {
        until: u64,
    },
    Ended {
        exit: i32,
    },
    /// Never started, and never will be.
    Skipped,
}

impl Phase {
    pub(super) fn runs(self) -> bool {
        matches!(self, Phase::Running { .. })
    }

    pub(super) fn is_busy(self) -> bool {
        matches!(self, Phase::Running { .. } | Phase::Resting { .. })
    }

    pub(super) fn times(self) -> [Option<u64>; 2] {
        match self {
            Phase::Running { timeout, kill_at } => [timeout, kill_at],
            Phase::Resting { until } => [Some(until), None],
            _ => [None, None],
        }
    }
}
