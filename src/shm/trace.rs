//! What each actor did and when: rows in a memory file of its own, written in place.
//!
//! | word | meaning | moves |
//! |---|---|---|
//! | `next` | rows asked for | by one, whoever begins a step; past the last row they are only counted |
//! | `begun_ns` | when the step began; 0: the row is asked for and not filled in | once, after `actor`, `code` and `pc` (label BEGUN) |
//! | `ended` | when it ended in ns, and how in the lowest 2 bits; 0: under way | once, by its actor |
//!
//! A row belongs to whoever took its number, for good, so a death leaves at most a row without an end, or an empty one.
use std::fs::File;
use std::io;
use std::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

use memmap2::{MmapOptions, MmapRaw};
use nix::sys::memfd::{MFdFlags, memfd_create};

use super::SlotIndex;
use super::futex::now_ns;

/// The mapping, made before the first fork.
pub struct Trace {
    map: MmapRaw,
    rows: u64,
}

#[repr(C, align(64))]
struct Header {
    next: AtomicU64,
}

#[repr(C)]
struct Row {
    actor: AtomicU32,
    code: AtomicU32,
    pc: AtomicU32,
    padding: AtomicU32,
    begun_ns: AtomicU64,
    ended: AtomicU64,
}

/// A row that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun(u64);

/// One step as it was taken. Times are of the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traced {
    pub actor: SlotIndex,
    /// As the actor gave them, see [`super::Actor::stand`].
    pub code: u32,
    pub pc: u32,
    pub begun_ns: u64,
    /// `None`: it was under way when its actor, or the run, ended.
    pub ended: Option<(u64, How)>,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum How {
    Done = 0,
    TimedOut = 1,
    /// The stream that it takes from was at its end.
    Ended = 2,
    Failed = 3,
}

const HOW: u64 = 3;

impl Trace {
    /// Room for so many rows; a page costs memory when it is written to.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(rows: u64) -> io::Result<Trace> {
        let file = File::from(memfd_create(c"mpgraph-trace", MFdFlags::MFD_CLOEXEC)?);
        let bytes = size_of::<Header>() as u64 + rows * size_of::<Row>() as u64;
        file.set_len(bytes)?;
        let length = usize::try_from(bytes).map_err(|_| io::ErrorKind::InvalidInput)?;
        Ok(Trace { map: MmapOptions::new().len(length).no_reserve_swap().map_raw(&file)?, rows })
    }

    /// Notes that a step begins. `None`: there is no more room.
    pub fn begin(&self, actor: SlotIndex, code: u32, pc: u32) -> Option<Begun> {
        // Relaxed: the number alone is taken; what stands in the row is published by BEGUN.
        let number = self.header().next.fetch_add(1, Relaxed);
        let row = self.row(number)?;
        row.actor.store(actor.0, Relaxed);
        row.code.store(code, Relaxed);
        row.pc.store(pc, Relaxed);
        row.begun_ns.store(now_ns(), Release); // BEGUN
        Some(Begun(number))
    }

    /// Notes that it has ended.
    pub fn end(&self, begun: Begun, how: How) {
        if let Some(row) = self.row(begun.0) {
            // Relaxed: whoever reads it has seen the actor's end or makes do with a step under way.
            row.ended.store(now_ns() & !HOW | how as u64, Relaxed);
        }
    }

    /// All that was begun, in the order in which rows were taken.
    pub fn rows(&self) -> impl Iterator<Item = Traced> + '_ {
        let taken = self.header().next.load(Relaxed).min(self.rows);
        (0..taken).filter_map(|number| self.row(number)?.traced())
    }

    /// Steps for which there was no room.
    pub fn lost(&self) -> u64 {
        self.header().next.load(Relaxed).saturating_sub(self.rows)
    }

    fn header(&self) -> &Header {
        // SAFETY: the mapping is at least a header long, is never unmapped while `self` lives, and holds only atomics.
        unsafe { &*self.map.as_ptr().cast::<Header>() }
    }

    fn row(&self, number: u64) -> Option<&Row> {
        if number >= self.rows {
            return None;
        }
        // SAFETY: as above; the row lies within the mapping, which was made for `rows` of them, and is aligned as the
        // header's size is a multiple of 64.
        unsafe { Some(&*self.map.as_ptr().add(size_of::<Header>()).cast::<Row>().add(number as usize)) }
    }
}

impl Row {
    fn traced(&self) -> Option<Traced> {
        let begun_ns = self.begun_ns.load(Acquire); // BEGUN
        if begun_ns == 0 {
            return None;
        }
        let ended = self.ended.load(Relaxed);
        let how = [How::Done, How::TimedOut, How::Ended, How::Failed][(ended & HOW) as usize];
        Some(Traced {
            actor: SlotIndex(self.actor.load(Relaxed)),
            code: self.code.load(Relaxed),
            pc: self.pc.load(Relaxed),
            begun_ns,
            // The lowest bits gave way to `how`, so a short step may seem to end before it began.
            ended: (ended != 0).then(|| (ended.max(begun_ns), how)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_and_ended_comes_back_in_order() {
        let trace = Trace::create(8).unwrap();
        let first = trace.begin(SlotIndex(3), 1, 7).unwrap();
        let second = trace.begin(SlotIndex(4), 0, 9).unwrap();
        trace.end(second, How::Failed);
        let rows: Vec<Traced> = trace.rows().collect();
        assert_eq!((rows[0].actor, rows[0].code, rows[0].pc, rows[0].ended), (SlotIndex(3), 1, 7, None));
        assert_eq!(rows[1].ended.map(|(_, how)| how), Some(How::Failed));
        assert!(rows[0].begun_ns <= rows[1].begun_ns);
        trace.end(first, How::Done);
        assert_eq!(trace.rows().next().unwrap().ended.map(|(_, how)| how), Some(How::Done));
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let trace = Trace::create(2).unwrap();
        let taken = (0..5).filter(|_| trace.begin(SlotIndex(1), 0, 0).is_some()).count();
        assert_eq!((taken, trace.rows().count(), trace.lost()), (2, 2, 3));
    }
}
