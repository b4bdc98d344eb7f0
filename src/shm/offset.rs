//! A place in the arena, and what may live there.
//!
//! Processes map the arena at different addresses (after `exec`), so nothing in it is a pointer.
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, AtomicU64};

/// Where a `T` (or the first of several) lies, in bytes from the arena's beginning. Checked when it is used.
pub struct Offset<T> {
    bytes: u64,
    of: PhantomData<fn() -> T>,
}

impl<T> Offset<T> {
    /// The place `bytes` from the arena's beginning, as read back from a word of the arena.
    pub const fn from_bytes(bytes: u64) -> Self {
        Offset { bytes, of: PhantomData }
    }

    /// Bytes from the arena's beginning. 0 (the header) is never the place of an object, so it can mean "none".
    pub const fn bytes(self) -> u64 {
        self.bytes
    }

    /// The place of the `n`th element after this one; saturates, so that a wild `n` fails the bounds check later.
    pub const fn nth(self, n: u64) -> Self {
        Offset::from_bytes(self.bytes.saturating_add(n.saturating_mul(size_of::<T>() as u64)))
    }
}

impl<T> Clone for Offset<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Offset<T> {}
impl<T> PartialEq for Offset<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
impl<T> Eq for Offset<T> {}
impl<T> fmt::Debug for Offset<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{:#x}", self.bytes)
    }
}

/// What may lie in the arena.
///
/// # Safety
/// Any bit pattern is a valid value (fresh memory is all zero, and another process may write anything), every field is an
/// atomic or made of such, and there are no pointers and no `Drop`.
pub unsafe trait Resident: Sync {}

// SAFETY: atomics of plain integers: any bits are a value, and they may be changed through `&`.
unsafe impl Resident for AtomicU8 {}
// SAFETY: as above.
unsafe impl Resident for AtomicU32 {}
// SAFETY: as above.
unsafe impl Resident for AtomicI32 {}
// SAFETY: as above.
unsafe impl Resident for AtomicU64 {}
