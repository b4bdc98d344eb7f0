//! What the arena costs: bytes charged against the run's limit before they are touched, pages given back after.
//!
//! | word of the header | states | moves |
//! |---|---|---|
//! | `limit` | bytes that may be charged at most | by the maker, before the first fork |
//! | `charged` | bytes charged now | charge: the exchange for a sum within the limit; uncharge: the exchange for the difference, never below 0 |
//!
//! **Death** between a charge and its use would leave it charged. So only arrays are charged, when they are made, before the
//! first fork; the heap computes what is in use from words of its own that commit. Nobody sleeps here.
use super::arena::{Arena, OutOfMemory, PAGE};
use nix::fcntl::{FallocateFlags, fallocate};
use std::io;
use std::sync::atomic::Ordering::*;

impl Arena {
    /// Gives the memory of the whole pages within `begin..begin + length` back to the system; they read as zero afterwards.
    ///
    /// # Errors
    /// What the system says. The content is then unspecified: unchanged or zero.
    pub fn give_back(&self, begin: u64, length: u64) -> io::Result<()> {
        let first = begin.checked_next_multiple_of(PAGE).unwrap_or(u64::MAX);
        let end = begin.saturating_add(length).min(self.size()) / PAGE * PAGE;
        if first >= end {
            return Ok(());
        }
        let hole = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
        Ok(fallocate(self.fd(), hole, first as i64, (end - first) as i64)?)
    }

    /// Sets how many bytes may be charged at most.
    pub fn set_limit(&self, bytes: u64) {
        self.header().limit.store(bytes, Relaxed);
    }

    /// How many bytes may be charged at most.
    pub fn limit(&self) -> u64 {
        self.header().limit.load(Relaxed)
    }

    /// Charges bytes against the limit, before they are touched.
    ///
    /// # Errors
    /// [`OutOfMemory`], and nothing is charged, when the limit would be passed.
    pub fn charge(&self, bytes: u64) -> Result<(), OutOfMemory> {
        let charged = &self.header().charged;
        let mut now = charged.load(Relaxed);
        loop {
            let next = now.checked_add(bytes).filter(|next| *next <= self.limit()).ok_or(OutOfMemory)?;
            // Relaxed: a count, it publishes nothing.
            match charged.compare_exchange_weak(now, next, Relaxed, Relaxed) {
                Ok(_) => return Ok(()),
                Err(other) => now = other,
            }
        }
    }

    /// Takes a charge back. More than was charged counts as all.
    pub fn uncharge(&self, bytes: u64) {
        let charged = &self.header().charged;
        let mut now = charged.load(Relaxed);
        while let Err(other) = charged.compare_exchange_weak(now, now.saturating_sub(bytes), Relaxed, Relaxed) {
            now = other;
        }
    }

    /// Bytes charged now.
    pub fn charged(&self) -> u64 {
        self.header().charged.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shm::Sizes;
    use crate::shm::word::AtomicU64;

    fn arena() -> Arena {
        Arena::create(Sizes { bytes: 1 << 32, slots: 4, objects: 4, longest_wait: 3 }).unwrap()
    }

    #[test]
    fn pages_given_back_are_zero_and_free() {
        let arena = arena();
        let count = 1 << 18;
        let place = arena.reserve_aligned::<AtomicU64>(count, 4096).unwrap();
        arena.slice(place, count).iter().for_each(|word| word.store(1, Relaxed));
        let blocks = || nix::sys::stat::fstat(arena.fd()).unwrap().st_blocks;
        let touched = blocks();
        arena.give_back(place.bytes(), count * 8).unwrap();
        assert_eq!(touched - blocks(), (count * 8 / 512) as i64);
        assert_eq!(arena.slice(place, count)[7].load(Relaxed), 0);
    }

    #[test]
    fn charges_stop_at_the_limit() {
        let arena = arena();
        arena.set_limit(100);
        assert_eq!(arena.charge(60), Ok(()));
        assert_eq!(arena.charge(41), Err(OutOfMemory));
        assert_eq!(arena.charge(40), Ok(()));
        assert_eq!(arena.charge(u64::MAX), Err(OutOfMemory));
        arena.uncharge(70);
        assert_eq!(arena.charged(), 30);
        arena.uncharge(70);
        assert_eq!(arena.charged(), 0);
    }
}
