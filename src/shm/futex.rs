//! Sleeping in the kernel: shared (never private) futexes, deadlines on the monotonic clock.
use super::word::{AtomicU32, plain};
use rustix::io::Errno;
use rustix::thread::{ClockId, futex};
use std::num::NonZeroU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// How long an operation may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Not at all.
    Poll,
    /// Until [`now_ns`] reaches this.
    Until(u64),
    /// Until the supervisor says that the time is over ([`supervise::time_up`](super::supervise::time_up)).
    Told,
    Forever,
}

impl Wait {
    /// At most this long from now; zero is [`Wait::Poll`].
    pub fn at_most(time: Duration) -> Wait {
        if time.is_zero() {
            return Wait::Poll;
        }
        let ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Wait::Until(now_ns().saturating_add(ns))
    }

    /// Whether the time is over.
    pub fn is_over(self) -> bool {
        match self {
            Wait::Poll => true,
            Wait::Until(deadline) => now_ns() >= deadline,
            Wait::Told | Wait::Forever => false,
        }
    }

    fn timespec(self) -> Option<futex::Timespec> {
        match self {
            Wait::Told | Wait::Forever => None,
            Wait::Poll => Some(timespec(0)),
            Wait::Until(deadline) => Some(timespec(deadline)),
        }
    }
}

/// The monotonic clock, in nanoseconds. The same in every process.
pub fn now_ns() -> u64 {
    #[cfg(test)]
    if super::explore::is_active() {
        return super::explore::NOW_NS;
    }
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: clock_gettime writes one timespec through a valid pointer.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    assert_eq!(result, 0, "the monotonic clock exists on every Linux");
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Why a sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slept {
    /// A wake call chose this sleeper.
    Woken,
    /// The word no longer had the expected value, or a signal came, or the kernel knows no better: look again.
    LookAgain,
    TimedOut,
}

/// Sleeps while `word` is `expected`.
pub(super) fn sleep(word: &AtomicU32, expected: u32, until: Wait) -> Slept {
    #[cfg(test)]
    if let Some(slept) = super::explore::sleep(word, expected, until) {
        return slept;
    }
    let deadline = until.timespec();
    match futex::wait_bitset(plain(word), futex::Flags::empty(), expected, deadline.as_ref(), NonZeroU32::MAX) {
        Ok(()) => Slept::Woken,
        Err(Errno::TIMEDOUT) => Slept::TimedOut,
        Err(_) => Slept::LookAgain,
    }
}

/// Wakes up to `count` sleepers of the word; says how many it woke.
pub(super) fn wake(word: &AtomicU32, count: u32) -> usize {
    #[cfg(test)]
    if let Some(woken) = super::explore::wake(word, count) {
        return woken;
    }
    // The kernel reads the count as a signed number.
    futex::wake(plain(word), futex::Flags::empty(), count.min(i32::MAX as u32)).unwrap_or(0)
}

/// How many words the kernel takes in one wait (`FUTEX_WAITV_MAX`).
const MOST_WORDS: usize = 128;
/// The longest sleep where not every word could be given to the kernel.
const SLICE_NS: u64 = 2_000_000;

/// Sleeps while every word has its expected value. What the kernel cannot watch (more than 128 words, or a kernel before
/// 5.16) is looked at again every 2 ms.
pub(super) fn sleep_any(words: &[(&AtomicU32, u32)], until: Wait) -> Slept {
    if words.iter().any(|(word, expected)| word.load(Relaxed) != *expected) {
        return Slept::LookAgain;
    }
    let watched = &words[..words.len().min(MOST_WORDS)];
    let slice = || Wait::Until(now_ns().saturating_add(SLICE_NS));
    let whole = watched.len() == words.len();
    let deadline = match until {
        _ if whole => until,
        Wait::Until(end) if end < now_ns().saturating_add(SLICE_NS) => until,
        _ => slice(),
    };
    let slept = match waitv(watched, deadline) {
        Some(slept) => slept,
        // No such call: sleep on the first word alone, briefly.
        None => match words.first() {
            Some((word, expected)) => {
                let end = match until {
                    Wait::Until(end) if end < now_ns().saturating_add(SLICE_NS) => until,
                    _ => slice(),
                };
                sleep(word, *expected, end)
            }
            None => Slept::LookAgain,
        },
    };
    match slept {
        Slept::TimedOut if !until.is_over() => Slept::LookAgain,
        other => other,
    }
}

/// `None` when the kernel has no such call.
fn waitv(words: &[(&AtomicU32, u32)], until: Wait) -> Option<Slept> {
    let mut waiters = [futex::Wait::new(); MOST_WORDS];
    for (waiter, (word, expected)) in waiters.iter_mut().zip(words) {
        waiter.val = u64::from(*expected);
        waiter.uaddr = futex::WaitPtr::new(word.as_ptr().cast());
        waiter.flags = futex::WaitFlags::SIZE_U32;
    }
    let deadline = until.timespec();
    let waiters = &waiters[..words.len()];
    // The kernel keeps the pointers no longer than the call, and the words outlive it.
    match futex::waitv(waiters, futex::WaitvFlags::empty(), deadline.as_ref(), ClockId::Monotonic) {
        Ok(_) => Some(Slept::Woken),
        Err(Errno::TIMEDOUT) => Some(Slept::TimedOut),
        Err(Errno::NOSYS | Errno::PERM | Errno::INVAL) => None,
        Err(_) => Some(Slept::LookAgain),
    }
}

fn timespec(ns: u64) -> futex::Timespec {
    futex::Timespec { tv_sec: (ns / 1_000_000_000) as i64, tv_nsec: (ns % 1_000_000_000) as _ }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_deadline_is_kept_and_not_early() {
        let word = AtomicU32::new(7);
        let begin = Instant::now();
        assert_eq!(sleep(&word, 7, Wait::at_most(Duration::from_millis(20))), Slept::TimedOut);
        assert!(begin.elapsed() >= Duration::from_millis(20));
        assert_eq!(sleep(&word, 8, Wait::Forever), Slept::LookAgain);
    }

    #[test]
    fn several_words_end_at_the_deadline_or_when_one_has_changed() {
        let (a, b) = (AtomicU32::new(1), AtomicU32::new(2));
        let begin = Instant::now();
        assert_eq!(sleep_any(&[(&a, 1), (&b, 2)], Wait::at_most(Duration::from_millis(20))), Slept::TimedOut);
        assert!(begin.elapsed() >= Duration::from_millis(20));
        assert_eq!(sleep_any(&[(&a, 1), (&b, 3)], Wait::Forever), Slept::LookAgain);
    }

    #[test]
    fn any_of_several_words_wakes() {
        let (a, b) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while b.load(Relaxed) == 0 {
                    assert_ne!(sleep_any(&[(&a, 0), (&b, 0)], Wait::at_most(Duration::from_secs(5))), Slept::TimedOut);
                }
            });
            std::thread::sleep(Duration::from_millis(5));
            b.store(1, Relaxed);
            wake(&b, u32::MAX);
        });
    }

    #[test]
    fn more_words_than_the_kernel_takes_still_end_in_time() {
        let words: Vec<AtomicU32> = (0..200).map(|_| AtomicU32::new(0)).collect();
        let watched: Vec<_> = words.iter().map(|word| (word, 0)).collect();
        let until = Wait::at_most(Duration::from_millis(15));
        while sleep_any(&watched, until) != Slept::TimedOut {}
        assert!(until.is_over());
    }
}
