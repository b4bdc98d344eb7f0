//! Places in the arena: what may live there, how room is set aside, how a place is turned into a reference.
//!
//! Processes map the arena at different addresses (after `exec`), so nothing in it is a pointer.
use super::arena::{Arena, OutOfMemory, damaged};
use super::word::{AtomicI32, AtomicU8, AtomicU32, AtomicU64};
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::Ordering::Relaxed;

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

impl Arena {
    /// Sets room for `count` values of `T` aside, all zero, aligned as `T` asks and at least to a cache line, so that no two
    /// reservations share one. Never taken back; costs memory when touched.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the reservation is used up.
    pub fn reserve<T: Resident>(&self, count: u64) -> Result<Offset<T>, OutOfMemory> {
        self.reserve_aligned(count, 64)
    }

    /// [`Arena::reserve`] with a larger alignment: a power of two, in bytes.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the reservation is used up.
    pub fn reserve_aligned<T: Resident>(&self, count: u64, align: u64) -> Result<Offset<T>, OutOfMemory> {
        assert!(align.is_power_of_two(), "an alignment is a power of two");
        let align = align.max(64).max(align_of::<T>() as u64);
        let bytes = (size_of::<T>() as u64).checked_mul(count).ok_or(OutOfMemory)?;
        let next = &self.header().next;
        let mut begin = next.load(Relaxed);
        loop {
            let aligned = begin.checked_next_multiple_of(align).ok_or(OutOfMemory)?;
            let end = aligned.checked_add(bytes).filter(|end| *end <= self.size()).ok_or(OutOfMemory)?;
            // Relaxed: who learns of the place learns of it by another word.
            match next.compare_exchange_weak(begin, end, Relaxed, Relaxed) {
                Ok(_) => return Ok(Offset::from_bytes(aligned)),
                Err(now) => begin = now,
            }
        }
    }

    /// The value at that place; `None` if it is not wholly in the arena or not aligned.
    #[inline]
    pub fn get<T: Resident>(&self, offset: Offset<T>) -> Option<&T> {
        self.get_slice(offset, 1).map(|values| &values[0])
    }

    /// Several values, one after the other; `None` as for [`Arena::get`].
    #[inline]
    pub fn get_slice<T: Resident>(&self, offset: Offset<T>, count: u64) -> Option<&[T]> {
        let bytes = (size_of::<T>() as u64).checked_mul(count)?;
        let end = offset.bytes().checked_add(bytes)?;
        if end > self.size() || !offset.bytes().is_multiple_of(align_of::<T>() as u64) {
            return None;
        }
        // SAFETY: the range lies in the mapping (just checked), which lives as long as `self` and starts on a page; the
        // place is aligned; `T: Resident` is valid with any bits and only changes through atomics.
        Some(unsafe {
            let first = self.map.as_ptr().add(offset.bytes() as usize).cast::<T>();
            std::slice::from_raw_parts(first, count as usize)
        })
    }

    /// [`Arena::get`] where the place comes from this process's own words: an absent one is a broken invariant.
    #[inline]
    pub fn at<T: Resident>(&self, offset: Offset<T>) -> &T {
        self.get(offset).unwrap_or_else(|| damaged("a place outside"))
    }

    /// [`Arena::get_slice`], as [`Arena::at`].
    #[inline]
    pub fn slice<T: Resident>(&self, offset: Offset<T>, count: u64) -> &[T] {
        self.get_slice(offset, count).unwrap_or_else(|| damaged("places outside"))
    }

    /// Where a value of this arena lies.
    pub fn place_of<T: Resident>(&self, value: &T) -> Offset<T> {
        let bytes = (std::ptr::from_ref(value) as usize).wrapping_sub(self.map.as_ptr() as usize) as u64;
        assert!(bytes < self.size(), "a value of this arena");
        Offset::from_bytes(bytes)
    }

    /// Where raw bytes lie, for payloads that are copied in and out; `None` if not wholly in the arena.
    #[inline]
    pub fn bytes(&self, begin: u64, length: u64) -> Option<*mut u8> {
        let end = begin.checked_add(length)?;
        // SAFETY: just checked to lie in the mapping.
        let first = (end <= self.size()).then(|| unsafe { self.map.as_mut_ptr().add(begin as usize) })?;
        #[cfg(test)]
        super::explore::touch(first, length as usize);
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shm::Sizes;

    fn arena() -> Arena {
        Arena::create(Sizes { bytes: 1 << 32, slots: 4, objects: 4, longest_wait: 3 }).unwrap()
    }

    #[test]
    fn reservations_are_apart_and_aligned() {
        let arena = arena();
        let a = arena.reserve::<AtomicU32>(3).unwrap();
        let b = arena.reserve::<AtomicU32>(1).unwrap();
        let page = arena.reserve_aligned::<AtomicU32>(1, 4096).unwrap();
        assert!(b.bytes() >= a.bytes() + 64);
        assert_eq!((a.bytes() % 64, b.bytes() % 64, page.bytes() % 4096), (0, 0, 0));
        arena.at(b).store(5, Relaxed);
        assert!(arena.slice(a, 3).iter().all(|word| word.load(Relaxed) == 0));
    }

    #[test]
    fn a_place_outside_is_refused() {
        let arena = arena();
        let size = arena.size();
        assert!(arena.get(Offset::<AtomicU64>::from_bytes(size - 8)).is_some());
        for bytes in [size, size - 4, 1, u64::MAX, u64::MAX - 7] {
            assert!(arena.get(Offset::<AtomicU64>::from_bytes(bytes)).is_none(), "{bytes}");
        }
        assert!(arena.get_slice(Offset::<AtomicU64>::from_bytes(64), u64::MAX).is_none());
        assert!(arena.bytes(size - 1, 2).is_none());
        assert_eq!(arena.reserve::<AtomicU64>(size / 8), Err(OutOfMemory));
    }
}
