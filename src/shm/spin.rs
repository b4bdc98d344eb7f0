//! Whether to look again a few times before sleeping.
//!
//! Waking an idle core costs some 30 us and a spinning peer sees a store in 0.1 us, but where the peer needs this very core
//! a spin only delays it. So spin only when more than one CPU may be used, no more actors live than there are CPUs, and the
//! last spins were not in vain; after a vain one stay away for longer and longer, then try again.
use std::cell::Cell;
use std::sync::OnceLock;

/// Pauses per spin: at 10 to 50 ns each about the price of one wake-up.
const PAUSES: u32 = 700;
/// The most pauses between two looks. A look takes the cache line away from the one who is about to change it, so looking
/// all the time is what is waited for: the gap doubles from one look to the next.
const LONGEST_GAP: u32 = 16;
/// The most waits in a row that do not spin.
const LONGEST_ABSTINENCE: u32 = 64;

thread_local! {
    /// Waits still to pass without a spin, and how many follow the next vain one.
    static ABSTAIN: Cell<(u32, u32)> = const { Cell::new((0, 1)) };
}

/// Spins until `look` gives something or it does not pay.
pub(super) fn spin<R>(live: u32, mut look: impl FnMut() -> Option<R>) -> Option<R> {
    if live > cpus() || cpus() < 2 {
        return None;
    }
    let (left, next) = ABSTAIN.get();
    if left > 0 {
        ABSTAIN.set((left - 1, next));
        return None;
    }
    let (mut pauses, mut gap) = (0, 1);
    while pauses < PAUSES {
        (0..gap).for_each(|_| std::hint::spin_loop());
        pauses += gap;
        gap = (gap * 2).min(LONGEST_GAP);
        if let Some(found) = look() {
            ABSTAIN.set((0, 1));
            return Some(found);
        }
    }
    ABSTAIN.set((next, (next * 2).min(LONGEST_ABSTINENCE)));
    None
}

/// CPUs this process may use, asked once.
pub(super) fn cpus() -> u32 {
    #[cfg(test)]
    if super::explore::is_active() {
        return 1;
    }
    static CPUS: OnceLock<u32> = OnceLock::new();
    *CPUS.get_or_init(|| {
        // SAFETY: an all-zero set is valid, and the kernel writes at most the size given.
        unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            match libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &mut set) {
                0 => libc::CPU_COUNT(&set) as u32,
                _ => 1,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vain_spins_become_rare() {
        let mut looks = 0;
        for _ in 0..1000 {
            assert_eq!(
                spin(1, || {
                    looks += 1;
                    None::<()>
                }),
                None
            );
        }
        assert!(looks <= 30 * PAUSES, "{looks} looks in 1000 vain waits");
    }

    #[test]
    fn more_actors_than_cpus_do_not_spin() {
        assert_eq!(spin(cpus() + 1, || Some(1)), None);
    }
}
