//! The list of objects in the arena: kind and place of each, by index.
//!
//! Filled before the first fork and never changed after, so no death concerns it. An attached program and the supervisor find
//! every object by it; an index is also how a wait names what it waits for.
//!
//! | word | states | moves |
//! |---|---|---|
//! | `offset`, `kind` of an entry | place and kind of the object; kind 0: none | once, by the maker |
//! | `objects` of the header | entries that are filled | one more, after its entry (release; partner: the load in `object_count`) |
use super::arena::{Arena, OutOfMemory};
use super::object::Object;
use super::offset::{Offset, Resident};
use super::word::{AtomicU32, AtomicU64};
use std::sync::atomic::Ordering::*;

/// Number of an object in the arena, in order of creation from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectIndex(pub u32);

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum Kind {
    Lock = 1,
    Semaphore,
    Event,
    Barrier,
    Condition,
    Value,
    Array,
    Queue,
    Pipe,
    Heap,
    Pool,
}

impl Kind {
    pub(super) const fn from_u32(n: u32) -> Option<Kind> {
        Some(match n {
            1 => Kind::Lock,
            2 => Kind::Semaphore,
            3 => Kind::Event,
            4 => Kind::Barrier,
            5 => Kind::Condition,
            6 => Kind::Value,
            7 => Kind::Array,
            8 => Kind::Queue,
            9 => Kind::Pipe,
            10 => Kind::Heap,
            11 => Kind::Pool,
            _ => return None,
        })
    }
}

#[repr(C)]
pub(super) struct Entry {
    kind: AtomicU32,
    offset: AtomicU64,
}

// SAFETY: only atomics of integers.
unsafe impl Resident for Entry {}

impl Arena {
    /// Enters an object that lies at `offset`. Only while the arena is built (one process, one thread).
    ///
    /// # Errors
    /// [`OutOfMemory`] when more objects come than the arena was created for.
    pub fn enter<T: Object>(&self, offset: Offset<T>) -> Result<ObjectIndex, OutOfMemory> {
        let index = self.header().objects.load(Relaxed);
        let entry = self.directory().get(index as usize).ok_or(OutOfMemory)?;
        entry.offset.store(offset.bytes(), Relaxed);
        entry.kind.store(T::KIND as u32, Relaxed);
        self.header().objects.store(index + 1, Release);
        Ok(ObjectIndex(index))
    }

    /// How many objects there are.
    pub fn object_count(&self) -> u32 {
        self.header().objects.load(Acquire).min(self.directory().len() as u32)
    }

    /// Every object with its kind, in order of creation.
    pub fn objects(&self) -> impl Iterator<Item = (ObjectIndex, Kind)> + '_ {
        (0..self.object_count()).map(ObjectIndex).filter_map(|index| Some((index, self.kind(index)?)))
    }

    /// What the object is; `None` when there is no such object or the arena is damaged.
    pub fn kind(&self, index: ObjectIndex) -> Option<Kind> {
        Kind::from_u32(self.directory().get(index.0 as usize)?.kind.load(Acquire))
    }

    /// The object of that number, if it is a `T`. A few loads: keep the reference where it is used often.
    pub fn object<T: Object>(&self, index: ObjectIndex) -> Option<&T> {
        let entry = self.directory().get(index.0 as usize)?;
        (entry.kind.load(Acquire) == T::KIND as u32).then_some(())?;
        self.get(Offset::<T>::from_bytes(entry.offset.load(Relaxed)))
    }
}
