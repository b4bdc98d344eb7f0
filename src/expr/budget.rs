//! What one evaluation may use up. The bounds are far above what a graph needs and far below what hurts the machine.
use crate::value::{Fault, PARTS};

#[derive(Clone, Debug)]
pub(super) struct Budget {
    /// Items of lists and maps that are built.
    items: usize,
    /// Bytes of text that are built.
    bytes: usize,
    /// Times that the body of a `map`, `filter` and so on is evaluated.
    rounds: usize,
}

impl Budget {
    pub const RUN: Budget = Budget { items: PARTS, bytes: 1 << 28, rounds: 1 << 30 };

    /// For constants that are computed when the graph is validated: what takes more is left to the run.
    pub const FOLD: Budget = Budget { items: 1 << 16, bytes: 1 << 20, rounds: 1 << 16 };

    pub fn items(&mut self, n: usize) -> Result<(), Fault> {
        take(&mut self.items, n, Self::RUN.items, "list items")
    }

    pub fn bytes(&mut self, n: usize) -> Result<(), Fault> {
        take(&mut self.bytes, n, Self::RUN.bytes, "bytes of text")
    }

    pub fn round(&mut self) -> Result<(), Fault> {
        take(&mut self.rounds, 1, Self::RUN.rounds, "rounds")
    }
}

fn take(left: &mut usize, n: usize, bound: usize, what: &str) -> Result<(), Fault> {
    match left.checked_sub(n) {
        Some(rest) => {
            *left = rest;
            Ok(())
        }
        None => Err(Fault::memory(format!("an expression takes more than {bound} {what}"))),
    }
}
