//! The names of blocks, and why there is none.
use super::super::guard::Busy;
use super::SIZES;

pub(super) const NUMBER_BITS: u32 = 29;

/// A block: its size's index in the high bits, its number (from 1) in the rest. Zero is no block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::shm) struct Block(pub u32);

impl Block {
    pub const NONE: Block = Block(0);

    pub(super) fn new(size: usize, number: u64) -> Block {
        Block((size as u32) << NUMBER_BITS | number as u32)
    }

    pub(super) fn size_index(self) -> usize {
        (self.0 >> NUMBER_BITS) as usize
    }

    pub(super) fn number(self) -> u64 {
        u64::from(self.0 & ((1 << NUMBER_BITS) - 1))
    }

    /// Its size in bytes.
    #[inline]
    pub fn bytes(self) -> usize {
        SIZES.get(self.size_index()).copied().unwrap_or(0)
    }
}

/// Why no block was had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::shm) enum NoBlock {
    /// The run's memory limit is reached.
    Memory,
    /// A process is stopped in the middle of taking one.
    Busy,
}

impl From<Busy> for NoBlock {
    fn from(_: Busy) -> NoBlock {
        NoBlock::Busy
    }
}
