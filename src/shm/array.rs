//! An array: cells that can be read and written one by one or all at once, each time as if nobody else did anything meanwhile.
//!
//! There are two copies of the cells. `version` = count 63 | active copy 1:
//!
//! | operation | steps under `writer` | commit point |
//! |---|---|---|
//! | write or add, one cell | the active copy's cell stored; count + 1 | the store of the cell |
//! | write all | the other copy filled; count + 1, other copy active | the store of the version |
//!
//! `writer` is the tag of who changes the array now, 0 for nobody: a lock held for some instructions, never while waiting.
//! Readers do without: they read the version, then cells of the active copy, then the version again, and try again when it has
//! changed; one that never gets through takes `writer`. While the version stands still at most one cell changes, so what was
//! read is the array before or after that change. Label ARRAY: a change is counted before the next one begins (sequentially
//! consistent store, release fence), and the count is loaded after the cells were read (acquire fence), so who has seen a later
//! change sees the count of the earlier one.
//!
//! **Death** of the writer: `writer` keeps its tag and others wait for the supervisor, which counts what may have been changed
//! and frees `writer`. A half filled other copy is nobody's until it is filled anew. A writer that is done wakes
//! one of those that wait for it; the supervisor wakes all. The count has 63 bits: 29,000 years at 10 million changes a second.
use super::actor::Actor;
use super::arena::{Arena, damaged};
use super::bell::Bell;
use super::directory::{Kind, ObjectIndex};
use super::futex::Wait;
use super::object::{Death, Object, Supervised};
use super::offset::{Offset, Resident};
use super::scalar::{Cell, Misfit, Scalar, ScalarType};
use super::slot::SlotIndex;
use super::value::CannotMake;
use super::waiting::{Verb, Waiting};
use super::word::{AtomicU32, AtomicU64};
use std::sync::atomic::{Ordering::*, fence};

/// See the head of the file.
#[repr(C, align(128))]
pub struct Array {
    writer: AtomicU32,
    bell: Bell,
    version: AtomicU64,
    length: AtomicU64,
    copies: [AtomicU64; 2],
    of: AtomicU32,
    index: AtomicU32,
}

// SAFETY: only atomics of integers.
unsafe impl Resident for Array {}

impl Object for Array {
    const KIND: Kind = Kind::Array;
}

/// Why an operation on an array was refused. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no cell of that number.
    Index,
    /// A whole write of another length.
    Length,
    Misfit(Misfit),
}

impl From<Misfit> for Refused {
    fn from(misfit: Misfit) -> Self {
        Refused::Misfit(misfit)
    }
}

const ACTIVE: u64 = 1;
const COUNT: u64 = 2;
/// How often a reader tries before it takes `writer`.
const TRIES: u32 = 16;

impl Array {
    /// Makes an array of zeros. Both copies are charged.
    ///
    /// # Errors
    /// [`CannotMake::OutOfMemory`].
    pub fn create(arena: &Arena, of: ScalarType, length: u64) -> Result<ObjectIndex, CannotMake> {
        let bytes = length.checked_mul(2 * size_of::<Cell>() as u64).ok_or(CannotMake::OutOfMemory)?;
        arena.charge(bytes)?;
        let place = arena.reserve::<Array>(1)?;
        let copies = [arena.reserve::<Cell>(length)?, arena.reserve::<Cell>(length)?];
        let index = arena.enter(place)?;
        let array = arena.at(place);
        for (word, copy) in array.copies.iter().zip(copies) {
            word.store(copy.bytes(), Relaxed);
        }
        array.length.store(length, Relaxed);
        array.of.store(of as u32, Relaxed);
        array.index.store(index.0, Relaxed);
        Ok(index)
    }

    /// Makes an array with that content.
    ///
    /// # Errors
    /// [`CannotMake`].
    pub fn create_with(arena: &Arena, of: ScalarType, initial: &[Scalar]) -> Result<ObjectIndex, CannotMake> {
        let bits: Vec<u64> = initial.iter().map(|scalar| of.bits(*scalar)).collect::<Result<_, _>>()?;
        let index = Array::create(arena, of, bits.len() as u64)?;
        let array = arena.object::<Array>(index).ok_or(CannotMake::OutOfMemory)?;
        array.copy(arena, 0).iter().zip(bits).for_each(|(cell, bits)| cell.write(bits));
        Ok(index)
    }

    /// Reads one cell.
    ///
    /// # Errors
    /// [`Refused::Index`].
    pub fn read(&self, actor: &Actor<'_>, n: u64) -> Result<Scalar, Refused> {
        let arena = actor.arena();
        let bits = |version| self.copy(arena, version).get(n as usize).map(Cell::read).ok_or(Refused::Index);
        for _ in 0..TRIES {
            let before = self.version.load(SeqCst);
            let bits = bits(before)?;
            fence(Acquire);
            // The other copy may be half filled: the copies must not have changed places.
            if self.version.load(SeqCst) == before {
                return Ok(self.of().scalar(bits));
            }
        }
        self.alone(actor, Verb::Read, |version| Ok(self.of().scalar(bits(version)?)))
    }

    /// Reads all cells as they are at one moment.
    pub fn read_all(&self, actor: &Actor<'_>) -> Vec<Scalar> {
        let of = self.of();
        let all = |version| self.copy(actor.arena(), version).iter().map(|cell| of.scalar(cell.read())).collect();
        for _ in 0..TRIES {
            let before = self.version.load(SeqCst);
            let scalars = all(before);
            fence(Acquire);
            if self.version.load(SeqCst) == before {
                return scalars;
            }
        }
        self.alone(actor, Verb::Read, all)
    }

    /// Writes one cell.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn write(&self, actor: &Actor<'_>, n: u64, scalar: Scalar) -> Result<(), Refused> {
        if n >= self.length() {
            return Err(Refused::Index);
        }
        let bits = self.of().bits(scalar)?;
        self.change(actor, Verb::Write, n, |cell| {
            cell.write(bits);
            Ok(())
        })
    }

    /// Adds to one cell; gives its new value.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn add(&self, actor: &Actor<'_>, n: u64, by: Scalar) -> Result<Scalar, Refused> {
        let of = self.of();
        self.change(actor, Verb::Add, n, |cell| Ok(of.scalar(cell.add(of, by)?)))
    }

    /// Writes all cells at one moment.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn write_all(&self, actor: &Actor<'_>, scalars: &[Scalar]) -> Result<(), Refused> {
        if scalars.len() as u64 != self.length() {
            return Err(Refused::Length);
        }
        let of = self.of();
        let bits: Vec<u64> = scalars.iter().map(|scalar| of.bits(*scalar)).collect::<Result<_, _>>()?;
        self.alone(actor, Verb::Write, |version| {
            // ARRAY: the version that made this copy the other one comes before what is stored into it.
            fence(Release);
            self.copy(actor.arena(), version ^ ACTIVE).iter().zip(bits).for_each(|(cell, bits)| cell.write(bits));
            self.version.store((version ^ ACTIVE).wrapping_add(COUNT), SeqCst);
        });
        Ok(())
    }

    pub fn length(&self) -> u64 {
        self.length.load(Relaxed)
    }

    pub fn of(&self) -> ScalarType {
        ScalarType::from_word(self.of.load(Relaxed))
    }

    pub fn index(&self) -> ObjectIndex {
        ObjectIndex(self.index.load(Relaxed))
    }

    /// Changes one cell of the active copy.
    fn change<R>(
        &self,
        actor: &Actor<'_>,
        verb: Verb,
        n: u64,
        change: impl FnOnce(&Cell) -> Result<R, Misfit>,
    ) -> Result<R, Refused> {
        self.alone(actor, verb, |version| {
            let cell = self.copy(actor.arena(), version).get(n as usize).ok_or(Refused::Index)?;
            // ARRAY: what was counted last comes before this change.
            fence(Release);
            let result = change(cell);
            self.version.store(version.wrapping_add(COUNT), SeqCst);
            Ok(result?)
        })
    }

    /// Does something as the only writer; it is given the version.
    fn alone<R>(&self, actor: &Actor<'_>, verb: Verb, act: impl FnOnce(u64) -> R) -> R {
        let tag = actor.tag().word();
        let take = || self.writer.compare_exchange(0, tag, SeqCst, Relaxed).ok().map(|_| ());
        let what = Actor::waits(verb, self.index());
        while take().is_none() {
            if actor.wait(&self.bell, what, Wait::Forever, take).is_ok() {
                break;
            }
        }
        let result = act(self.version.load(SeqCst));
        self.writer.store(0, SeqCst);
        self.bell.ring();
        result
    }

    /// The active copy of that version.
    fn copy<'a>(&self, arena: &'a Arena, version: u64) -> &'a [Cell] {
        let [first, second] = [0, 1].map(|n| self.copies[n].load(Relaxed));
        let length = self.length();
        // They lie one behind the other. A damaged length could lead through all of the reservation, page by page.
        if length > second.wrapping_sub(first) / size_of::<Cell>() as u64 {
            damaged("an array longer than its room");
        }
        arena.slice(Offset::from_bytes(if version & ACTIVE != 0 { second } else { first }), length)
    }
}

impl Supervised for Array {
    fn recover(&self, _arena: &Arena, dead: &Death) {
        if self.writer.load(SeqCst) != dead.tag.word() {
            return;
        }
        // It may have died between a change and its count.
        self.version.fetch_add(COUNT, SeqCst);
        self.writer.store(0, SeqCst);
    }

    fn wake_all(&self, _arena: &Arena) {
        self.bell.ring_out();
    }

    fn blocks(&self, _arena: &Arena, _slot: SlotIndex, _waiting: &Waiting) -> bool {
        // Whoever writes will be done by itself, or dies and is recovered from.
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shm::{Sizes, supervise};

    fn arena() -> Arena {
        let arena = Arena::create(Sizes { bytes: 1 << 20, slots: 4, objects: 1, longest_wait: 1 }).unwrap();
        (0..4).for_each(|n| supervise::begin(&arena, SlotIndex(n), 1000 + n as i32));
        arena
    }

    fn array(arena: &Arena, length: u64) -> &Array {
        arena.object(Array::create(arena, ScalarType::I64, length).unwrap()).unwrap()
    }

    #[test]
    fn cells_are_read_and_written_within_bounds() {
        let arena = arena();
        let actor = Actor::new(&arena, SlotIndex(0));
        let initial = [Scalar::Int(1), Scalar::Int(2)];
        let array: &Array = arena.object(Array::create_with(&arena, ScalarType::I8, &initial).unwrap()).unwrap();
        assert_eq!(array.read_all(&actor), initial);
        assert_eq!(array.add(&actor, 1, Scalar::Int(3)), Ok(Scalar::Int(5)));
        assert_eq!(array.write(&actor, 0, Scalar::Int(128)), Err(Refused::Misfit(Misfit::Range)));
        assert_eq!(array.add(&actor, 0, Scalar::Int(127)), Err(Refused::Misfit(Misfit::Range)));
        assert_eq!(array.write(&actor, 2, Scalar::Int(0)), Err(Refused::Index));
        assert_eq!(array.read(&actor, u64::MAX), Err(Refused::Index));
        assert_eq!(array.write_all(&actor, &[Scalar::Int(1)]), Err(Refused::Length));
        assert_eq!(array.write_all(&actor, &[Scalar::Int(9), Scalar::Float(0.5)]), Err(Refused::Misfit(Misfit::Type)));
        assert_eq!(array.read_all(&actor), [Scalar::Int(1), Scalar::Int(5)]);
        assert_eq!(array.write_all(&actor, &[Scalar::Int(7), Scalar::Int(8)]), Ok(()));
        assert_eq!((array.read(&actor, 0), array.read(&actor, 1)), (Ok(Scalar::Int(7)), Ok(Scalar::Int(8))));
    }

    #[test]
    fn an_array_of_nothing_works() {
        let arena = arena();
        let array = array(&arena, 0);
        let actor = Actor::new(&arena, SlotIndex(0));
        assert_eq!((array.read_all(&actor), array.write_all(&actor, &[])), (vec![], Ok(())));
    }

    #[test]
    fn a_whole_read_never_sees_half_a_write() {
        let arena = arena();
        let array = array(&arena, 50);
        std::thread::scope(|scope| {
            for n in 0..2 {
                let arena = &arena;
                scope.spawn(move || {
                    let actor = Actor::new(arena, SlotIndex(n));
                    for k in 0..2_000 {
                        array.write_all(&actor, &[Scalar::Int(k * 2 + i64::from(n)); 50]).unwrap();
                    }
                });
            }
            for n in 2..4 {
                let arena = &arena;
                scope.spawn(move || {
                    let actor = Actor::new(arena, SlotIndex(n));
                    for _ in 0..2_000 {
                        let seen = array.read_all(&actor);
                        assert!(seen.iter().all(|scalar| *scalar == seen[0]), "{seen:?}");
                        assert!(array.read(&actor, 49).is_ok());
                    }
                });
            }
        });
    }

    #[test]
    fn additions_of_many_are_all_there() {
        let arena = arena();
        let array = array(&arena, 3);
        std::thread::scope(|scope| {
            for n in 0..4 {
                let arena = &arena;
                scope.spawn(move || {
                    let actor = Actor::new(arena, SlotIndex(n));
                    for k in 0..9_000 {
                        array.add(&actor, k % 3, Scalar::Int(1)).unwrap();
                    }
                });
            }
        });
        assert_eq!(array.read_all(&Actor::new(&arena, SlotIndex(0))), [Scalar::Int(12_000); 3]);
    }

    #[test]
    fn a_writer_that_dies_leaves_the_old_or_the_new() {
        let arena = arena();
        let array = array(&arena, 2);
        let [a, b] = [0, 1].map(|n| Actor::new(&arena, SlotIndex(n)));
        array.write_all(&a, &[Scalar::Int(1), Scalar::Int(1)]).unwrap();
        // Half way through filling the other copy.
        array.writer.store(a.tag().word(), Relaxed);
        array.copy(&arena, array.version.load(Relaxed) ^ ACTIVE)[0].write(99);
        assert_eq!(array.read_all(&b), [Scalar::Int(1); 2]);
        supervise::recover(&arena, SlotIndex(0), true);
        supervise::recover(&arena, SlotIndex(0), true);
        assert_eq!(array.add(&b, 0, Scalar::Int(1)), Ok(Scalar::Int(2)));
        assert_eq!(array.read_all(&b), [Scalar::Int(2), Scalar::Int(1)]);
        // Between changing a cell and counting it.
        supervise::begin(&arena, SlotIndex(0), 1);
        let a = Actor::new(&arena, SlotIndex(0));
        array.writer.store(a.tag().word(), Relaxed);
        array.copy(&arena, array.version.load(Relaxed))[1].write(7);
        supervise::recover(&arena, SlotIndex(0), true);
        assert_eq!(array.read_all(&b), [Scalar::Int(2), Scalar::Int(7)]);
        assert_eq!(array.write_all(&b, &[Scalar::Int(3), Scalar::Int(4)]), Ok(()));
    }
}
