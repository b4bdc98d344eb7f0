//! The arena: one anonymous memory file, mapped shared before the first fork.
//!
//! ```text
//! | header, one page | slots | waiting lists | directory | whatever is reserved while the arena is built ... | untouched |
//! ```
//!
//! It has no name in any file system, so no death can leave it behind. It is a large sparse reservation: a page costs memory
//! from its first touch until [`Arena::give_back`]. It is never unmapped or laid out anew while a graph runs.
//!
//! | word of the header | states | moves |
//! |---|---|---|
//! | `magic` | 0: being made; else whole | once, last (release; partner: the load when attaching) |
//! | `layout`, sizes and places | where what lies | never after `magic` |
//! | `next` | first byte not yet reserved | only up, by an exchange |
//! | `objects` | see `directory` | |
//! | `live` | actors begun and not over | by the supervisor; only whether to spin depends on it |
//! | `limit`, `charged` | see `charge` | |
//! | `requests` | moves with each request to the supervisor | one more; only a difference to the last look is used: it is missed if exactly 2^32 come between two looks |
//!
//! **Death** between a reservation and its use leaves that room unused for good; it happens only before the first fork. Nothing
//! here has to be repaired, and nobody sleeps here.
//!
//! What must stay true: `magic` is written last by the maker, so who can attach sees a whole header; the layout words (all but
//! `next`, `objects` and the counters) never change afterwards; every place is checked against the size before it is used.
use super::directory::Entry;
use super::offset::{Offset, Resident};
use super::slot::{Slot, SlotIndex};
use super::word::{AtomicU32, AtomicU64};
use memmap2::{MmapOptions, MmapRaw};
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::unistd::ftruncate;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::Ordering::*;

const MAGIC: u64 = u64::from_le_bytes(*b"mpgrapha");
/// Changes with every change of what lies where; programs of another version cannot attach.
const LAYOUT: u32 = 3;
pub(super) const PAGE: u64 = 4096;

/// How large an arena is made.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Bytes reserved in all, rounded up to whole pages. Costs address space only.
    pub bytes: u64,
    /// Actors at most, see [`Slot`].
    pub slots: u32,
    /// Objects at most.
    pub objects: u32,
    /// Entries of the longest list that one actor may wait for at once.
    pub longest_wait: u32,
}

/// The first page. Read-mostly words first; words that everybody changes have cache lines of their own.
#[repr(C, align(128))]
pub(super) struct Header {
    magic: AtomicU64,
    layout: AtomicU32,
    slot_count: AtomicU32,
    size: AtomicU64,
    slots: AtomicU64,
    lists: AtomicU64,
    longest_wait: AtomicU32,
    directory_length: AtomicU32,
    directory: AtomicU64,
    /// Objects entered so far.
    pub(super) objects: AtomicU32,
    /// Actors begun and not ended; for the decision to spin.
    pub(super) live: AtomicU32,
    /// Bytes that may be charged at most.
    pub(super) limit: AtomicU64,
    building: Line,
    /// `next`: first byte not yet reserved. Changes rarely once the graph runs.
    pub(super) next: AtomicU64,
    charging: Line,
    /// Bytes charged now.
    pub(super) charged: AtomicU64,
    asking: Line,
    /// Moves with every request put into a slot.
    pub(super) requests: AtomicU32,
    end: Line,
}

/// Begins a new pair of cache lines (neighbours are fetched together).
#[repr(C, align(128))]
struct Line;

// SAFETY: only atomics of integers.
unsafe impl Resident for Header {}

/// The run's memory limit, the reservation or the directory is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

/// Why a descriptor cannot be attached to.
#[derive(Debug)]
pub enum AttachError {
    /// Not an arena at all.
    NotAnArena,
    /// An arena of another layout version.
    OtherVersion {
        found: u32,
    },
    /// The header contradicts itself.
    Damaged,
    Os(io::Error),
}

/// The mapping of this process. Everything in it is reached through `&self`; it lives as long as the process needs it.
pub struct Arena {
    fd: OwnedFd,
    pub(super) map: MmapRaw,
    slot_count: u32,
    slots: Offset<Slot>,
    longest_wait: u32,
    lists: Offset<AtomicU64>,
    directory_length: u32,
    directory: Offset<Entry>,
}

// SAFETY: the mapping is only handed out as `&T` of `Resident` types (atomics) and as raw pointers.
unsafe impl Sync for Arena {}
// SAFETY: as above; nothing is bound to a thread.
unsafe impl Send for Arena {}

impl Arena {
    /// Makes an arena. No limit is set on what may be charged.
    ///
    /// # Errors
    /// What the system says; also when the process may not make files of that size (`RLIMIT_FSIZE`).
    pub fn create(sizes: Sizes) -> io::Result<Arena> {
        let size = sizes.bytes.checked_next_multiple_of(PAGE).ok_or(io::ErrorKind::InvalidInput)?;
        refuse_past_file_limit(size)?;
        let fd = memfd_create(c"mpgraph", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)
            .map_err(|error| io::Error::other(format!("memfd_create: {}", io::Error::from(error))))?;
        ftruncate(&fd, i64::try_from(size).map_err(|_| io::ErrorKind::InvalidInput)?)?;
        // Nobody, not even an attached program, can take mapped pages away under us (SIGBUS).
        let seals = SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
        fcntl(&fd, FcntlArg::F_ADD_SEALS(seals))?;

        let map = map(fd.as_fd(), size)?;
        let mut arena = Arena {
            fd,
            map,
            slot_count: sizes.slots,
            slots: Offset::from_bytes(0),
            longest_wait: sizes.longest_wait,
            lists: Offset::from_bytes(0),
            directory_length: sizes.objects,
            directory: Offset::from_bytes(0),
        };
        if size < PAGE {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        let header = arena.header();
        header.next.store(PAGE, Relaxed);
        header.size.store(size, Relaxed);
        header.limit.store(u64::MAX, Relaxed);
        let full = |_: OutOfMemory| io::Error::from(io::ErrorKind::OutOfMemory);
        let slots = arena.reserve(u64::from(sizes.slots)).map_err(full)?;
        let lists = arena.reserve(u64::from(sizes.slots) * u64::from(sizes.longest_wait)).map_err(full)?;
        let directory = arena.reserve(u64::from(sizes.objects)).map_err(full)?;
        (arena.slots, arena.lists, arena.directory) = (slots, lists, directory);

        let header = arena.header();
        header.slot_count.store(sizes.slots, Relaxed);
        header.slots.store(slots.bytes(), Relaxed);
        header.longest_wait.store(sizes.longest_wait, Relaxed);
        header.lists.store(lists.bytes(), Relaxed);
        header.directory_length.store(sizes.objects, Relaxed);
        header.directory.store(directory.bytes(), Relaxed);
        header.layout.store(LAYOUT, Relaxed);
        header.magic.store(MAGIC, Release);
        Ok(arena)
    }

    /// Maps the arena behind a descriptor that was inherited through `exec`.
    ///
    /// # Errors
    /// [`AttachError`] when it is no arena of this layout.
    pub fn attach(fd: OwnedFd) -> Result<Arena, AttachError> {
        let file = File::from(fd);
        let size = file.metadata().map_err(AttachError::Os)?.len();
        if size < PAGE || !size.is_multiple_of(PAGE) {
            return Err(AttachError::NotAnArena);
        }
        let fd = OwnedFd::from(file);
        // Only what can never shrink may be read without the danger of SIGBUS.
        match fcntl(&fd, FcntlArg::F_GET_SEALS) {
            Ok(seals) if SealFlag::from_bits_retain(seals).contains(SealFlag::F_SEAL_SHRINK) => (),
            _ => return Err(AttachError::NotAnArena),
        }
        let map = map(fd.as_fd(), size).map_err(AttachError::Os)?;
        let mut arena = Arena {
            fd,
            map,
            slot_count: 0,
            slots: Offset::from_bytes(0),
            longest_wait: 0,
            lists: Offset::from_bytes(0),
            directory_length: 0,
            directory: Offset::from_bytes(0),
        };
        let header = arena.header();
        if header.magic.load(Acquire) != MAGIC {
            return Err(AttachError::NotAnArena);
        }
        let found = header.layout.load(Relaxed);
        if found != LAYOUT {
            return Err(AttachError::OtherVersion { found });
        }
        let slot_count = header.slot_count.load(Relaxed);
        let slots = Offset::from_bytes(header.slots.load(Relaxed));
        let longest_wait = header.longest_wait.load(Relaxed);
        let lists = Offset::from_bytes(header.lists.load(Relaxed));
        let directory_length = header.directory_length.load(Relaxed);
        let directory = Offset::from_bytes(header.directory.load(Relaxed));
        let whole = header.size.load(Relaxed) == size
            && arena.get_slice(slots, u64::from(slot_count)).is_some()
            && arena.get_slice(lists, u64::from(slot_count) * u64::from(longest_wait)).is_some()
            && arena.get_slice(directory, u64::from(directory_length)).is_some();
        if !whole {
            return Err(AttachError::Damaged);
        }
        (arena.slot_count, arena.slots) = (slot_count, slots);
        (arena.longest_wait, arena.lists) = (longest_wait, lists);
        (arena.directory_length, arena.directory) = (directory_length, directory);
        Ok(arena)
    }

    /// The descriptor to hand on through `exec` (close-on-exec is set: clear it in the child, or pass it under a number).
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Bytes reserved in all.
    pub fn size(&self) -> u64 {
        self.map.len() as u64
    }

    /// How many slots there are.
    pub fn slot_count(&self) -> u32 {
        self.slot_count
    }

    /// All slots.
    pub fn slots(&self) -> &[Slot] {
        self.slice(self.slots, u64::from(self.slot_count))
    }

    /// That actor's slot; panics when there is no such slot.
    #[inline]
    pub fn slot(&self, index: SlotIndex) -> &Slot {
        self.slots().get(index.0 as usize).unwrap_or_else(|| damaged("a slot that does not exist"))
    }

    /// Where that actor lists what it waits for, when that is several things.
    pub(super) fn waiting_list(&self, index: SlotIndex) -> &[AtomicU64] {
        let length = u64::from(self.longest_wait);
        self.slice(self.lists.nth(u64::from(index.0) * length), length)
    }

    pub(super) fn directory(&self) -> &[Entry] {
        self.slice(self.directory, u64::from(self.directory_length))
    }

    #[inline]
    pub(super) fn header(&self) -> &Header {
        self.at(Offset::from_bytes(0))
    }
}

/// Words that no process of a run can have written: somebody else did. There is nothing to go on with.
#[cold]
#[track_caller]
pub(super) fn damaged(what: &str) -> ! {
    panic!("{DAMAGED}: {what}")
}

/// How every message of that kind begins.
pub const DAMAGED: &str = "arena damaged";

fn map(fd: BorrowedFd<'_>, size: u64) -> io::Result<MmapRaw> {
    let length = usize::try_from(size).map_err(|_| io::ErrorKind::InvalidInput)?;
    let map = MmapOptions::new().len(length).no_reserve_swap().map_raw(&fd)?;
    // A core file must not be as large as the reservation. Best effort: nothing else depends on it.
    // SAFETY: the range is the mapping just made; the advice changes no content.
    unsafe { libc::madvise(map.as_mut_ptr().cast(), length, libc::MADV_DONTDUMP) };
    Ok(map)
}

/// A file past this limit is a signal (SIGXFSZ) and not an error, so look before.
fn refuse_past_file_limit(size: u64) -> io::Result<()> {
    let (soft, _) = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_FSIZE)?;
    match size > soft {
        true => Err(io::ErrorKind::FileTooLarge.into()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arena() -> Arena {
        Arena::create(Sizes { bytes: 1 << 32, slots: 4, objects: 4, longest_wait: 3 }).unwrap()
    }

    #[test]
    fn attaching_sees_the_same_memory() {
        let arena = arena();
        let place = arena.reserve::<AtomicU64>(1).unwrap();
        arena.at(place).store(42, Relaxed);
        let other = Arena::attach(arena.fd().try_clone_to_owned().unwrap()).unwrap();
        assert_eq!(other.at(place).load(Relaxed), 42);
        assert_eq!(other.slot_count(), 4);
        assert_eq!(other.waiting_list(SlotIndex(3)).len(), 3);
    }

    #[test]
    fn what_is_no_arena_is_refused() {
        let empty = memfd_create(c"x", MFdFlags::MFD_CLOEXEC).unwrap();
        assert!(matches!(Arena::attach(empty), Err(AttachError::NotAnArena)));
        let unsealed = memfd_create(c"x", MFdFlags::MFD_CLOEXEC).unwrap();
        ftruncate(&unsealed, 8192).unwrap();
        assert!(matches!(Arena::attach(unsealed), Err(AttachError::NotAnArena)));

        let arena = arena();
        let again = || Arena::attach(arena.fd().try_clone_to_owned().unwrap());
        arena.header().directory.store(u64::MAX - 8, Relaxed);
        assert!(matches!(again(), Err(AttachError::Damaged)));
        arena.header().layout.store(LAYOUT + 1, Relaxed);
        assert!(matches!(again(), Err(AttachError::OtherVersion { found }) if found == LAYOUT + 1));
        arena.header().magic.store(0, Relaxed);
        assert!(matches!(again(), Err(AttachError::NotAnArena)));
    }
}
