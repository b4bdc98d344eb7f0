//! What queues and pipes may hold when nobody says.

/// Half of the machine's memory, in bytes.
pub fn half_the_memory() -> u64 {
    // Only a kernel from before 2.3.23 has no such call.
    nix::sys::sysinfo::sysinfo().map_or(1 << 30, |machine| machine.ram_total() / 2)
}
