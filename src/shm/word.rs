//! The atomic words of the arena.
//!
//! In the unit tests they announce every access to the explorer (`explore`), which thereby runs the very same algorithms under
//! every interleaving; everywhere else they are those of the standard library and nothing more.
#[cfg(not(test))]
pub(super) use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, AtomicU64};

#[cfg(test)]
pub(super) use announced::{AtomicI32, AtomicU8, AtomicU32, AtomicU64};

/// The word itself, for the kernel.
pub(super) fn plain(word: &AtomicU32) -> &std::sync::atomic::AtomicU32 {
    #[cfg(not(test))]
    return word;
    #[cfg(test)]
    return word.plain();
}

#[cfg(test)]
mod announced {
    use crate::shm::explore::{Access, saw, step};
    use std::sync::atomic::{self, Ordering};

    macro_rules! announced {
        ($($name:ident of $int:ty),*) => { $(
            #[derive(Debug, Default)]
            #[repr(transparent)]
            pub(in crate::shm) struct $name(atomic::$name);

            #[allow(dead_code, reason = "a whole word, whatever of it is used")]
            impl $name {
                pub const fn new(value: $int) -> Self {
                    Self(atomic::$name::new(value))
                }

                fn act<R>(&self, access: Access, act: impl FnOnce(&atomic::$name) -> R, seen: impl Fn(&R) -> u64) -> R {
                    step(std::ptr::from_ref(self) as usize, access);
                    let result = act(&self.0);
                    saw(seen(&result));
                    result
                }

                pub fn load(&self, order: Ordering) -> $int {
                    self.act(Access::Read, |word| word.load(order), |seen| *seen as u64)
                }

                pub fn store(&self, value: $int, order: Ordering) {
                    self.act(Access::Write, |word| word.store(value, order), |()| 0)
                }

                pub fn swap(&self, value: $int, order: Ordering) -> $int {
                    self.act(Access::Write, |word| word.swap(value, order), |seen| *seen as u64)
                }

                pub fn fetch_add(&self, value: $int, order: Ordering) -> $int {
                    self.act(Access::Write, |word| word.fetch_add(value, order), |seen| *seen as u64)
                }

                pub fn fetch_sub(&self, value: $int, order: Ordering) -> $int {
                    self.act(Access::Write, |word| word.fetch_sub(value, order), |seen| *seen as u64)
                }

                pub fn fetch_or(&self, value: $int, order: Ordering) -> $int {
                    self.act(Access::Write, |word| word.fetch_or(value, order), |seen| *seen as u64)
                }

                pub fn fetch_and(&self, value: $int, order: Ordering) -> $int {
                    self.act(Access::Write, |word| word.fetch_and(value, order), |seen| *seen as u64)
                }

                pub fn compare_exchange(&self, from: $int, to: $int, ok: Ordering, err: Ordering) -> Result<$int, $int> {
                    let seen = |result: &Result<$int, $int>| match result {
                        Ok(value) => *value as u64,
                        Err(value) => !(*value as u64),
                    };
                    self.act(Access::Write, |word| word.compare_exchange(from, to, ok, err), seen)
                }

                /// Never fails for no reason.
                pub fn compare_exchange_weak(&self, from: $int, to: $int, ok: Ordering, err: Ordering) -> Result<$int, $int> {
                    self.compare_exchange(from, to, ok, err)
                }

                pub fn as_ptr(&self) -> *mut $int {
                    self.0.as_ptr()
                }
            }
        )* };
    }

    impl AtomicU32 {
        pub fn plain(&self) -> &atomic::AtomicU32 {
            &self.0
        }
    }

    announced!(AtomicU8 of u8, AtomicU32 of u32, AtomicI32 of i32, AtomicU64 of u64);
}
