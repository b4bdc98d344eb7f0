//! A condition: a place to sleep with a lock given up.
//!
//! It has no state but its sleepers, and each of them is a value of the process that sleeps. Those who have slept the
//! longest are notified first. Whether a sleeper was notified is decided when it holds the lock again: between its
//! timeout and that it can still be notified.

/// A process in a condition's `wait`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sleeper {
    /// Of the lock, to come back to.
    pub depth: u32,
    /// How many sleep longer than this one and are not yet notified; `None` once it is notified itself.
    pub rank: Option<u32>,
    /// The time is over, or it was notified: it wants the lock back.
    pub leaving: bool,
}

impl Sleeper {
    /// Falls asleep behind `others`.
    pub fn new(depth: u32, others: u32) -> Self {
        Sleeper { depth, rank: Some(others), leaving: false }
    }

    pub fn is_notified(&self) -> bool {
        self.rank.is_none()
    }
}

/// What a notification of `n` (`None`: all) makes of a sleeper.
pub fn notify(sleeper: Sleeper, n: Option<u64>) -> Sleeper {
    match (sleeper.rank, n) {
        (None, _) => sleeper,
        (Some(rank), Some(n)) if u64::from(rank) >= n => Sleeper { rank: Some(rank - n as u32), ..sleeper },
        (Some(_), _) => Sleeper { rank: None, leaving: true, ..sleeper },
    }
}

/// What becomes of a rank when the sleeper with rank `gone` leaves without a notification, or dies.
pub fn wake_rank(rank: u32, gone: u32) -> u32 {
    if rank > gone { rank - 1 } else { rank }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_asleep_are_notified_first() {
        let sleepers: Vec<Sleeper> = (0..3).map(|others| Sleeper::new(1, others)).collect();
        let after: Vec<Option<u32>> = sleepers.iter().map(|sleeper| notify(*sleeper, Some(2)).rank).collect();
        assert_eq!(after, [None, None, Some(0)]);
        assert!(sleepers.iter().all(|sleeper| notify(*sleeper, None).is_notified()));
        assert!(sleepers.iter().all(|sleeper| !notify(*sleeper, Some(0)).is_notified()));
    }

    #[test]
    fn those_behind_one_who_leaves_move_up() {
        assert_eq!((wake_rank(0, 1), wake_rank(2, 1)), (0, 1));
    }
}
