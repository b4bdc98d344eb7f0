//! The memory of a run: an arena for what its queues and pipes may hold.
use std::io::{self, ErrorKind};

use crate::shm::{self, Arena, Sizes};

/// Below this nothing of use could be passed on.
const LEAST: u64 = 16 << 20;

/// An arena in which queues and pipes may hold `limit` bytes together. Without a word of it half of the machine's memory,
/// or a smaller share where limits on address space or files leave no room for that. `sizes.bytes` is what else is laid
/// out, at most.
///
/// # Errors
/// What the system says when there is no room, also for the least that is of use.
pub fn arena(limit: Option<u64>, sizes: Sizes) -> io::Result<Arena> {
    let largest = limit.unwrap_or_else(half_the_memory);
    let mut memory = largest;
    loop {
        match lay_out(memory, sizes) {
            Err(error) if !matches!(error.kind(), ErrorKind::OutOfMemory | ErrorKind::FileTooLarge) => {
                return Err(error);
            }
            Err(_) if limit.is_none() && memory / 2 >= LEAST => memory /= 2,
            Err(error) => {
                let limited = "see --memory, ulimit -v, ulimit -f";
                return Err(io::Error::other(format!("shared memory for {} MiB ({limited}): {error}", memory >> 20)));
            }
            made => return made,
        }
    }
}

/// Where little is to be held, little is needed beside it.
fn lay_out(memory: u64, sizes: Sizes) -> io::Result<Arena> {
    let beside = sizes.bytes.min(memory.saturating_mul(2));
    let arena =
        Arena::create(Sizes { bytes: shm::Heap::reservation(sizes.slots, memory).saturating_add(beside), ..sizes })?;
    arena.set_limit(memory);
    shm::Heap::build(&arena, memory).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    Ok(arena)
}

/// In bytes.
fn half_the_memory() -> u64 {
    // Only a kernel from before 2.3.23 has no such call.
    nix::sys::sysinfo::sysinfo().map_or(1 << 30, |machine| machine.ram_total() / 2)
}
