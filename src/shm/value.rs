//! A value: one cell.
//!
//! | word | states | moves |
//! |---|---|---|
//! | `cell` | the bits of the number, as `of` says | see below |
//! | `of`, `index` | its type; which object it is | never after it was made |
//!
//! | operation | commit point | wakes |
//! |---|---|---|
//! | read | a load | |
//! | write | a store | nobody |
//! | add | the exchange of the sum for what was read; begun anew when another change came between | nobody |
//!
//! **Death.** Before the commit nothing has changed, after it all; nobody owns anything, nobody waits, and there is nothing to
//! repair. There is no count that could wrap: an addition that does not fit the type is refused.
use super::arena::{Arena, OutOfMemory};
use super::directory::{Kind, ObjectIndex};
use super::object::{Death, Object, Supervised};
use super::offset::Resident;
use super::scalar::{Cell, Misfit, Scalar, ScalarType};
use super::slot::SlotIndex;
use super::waiting::Waiting;
use super::word::AtomicU32;
use std::sync::atomic::Ordering::*;

/// See the head of the file.
#[repr(C, align(128))]
pub struct Value {
    cell: Cell,
    of: AtomicU32,
    index: AtomicU32,
}

// SAFETY: only atomics of integers.
unsafe impl Resident for Value {}

impl Object for Value {
    const KIND: Kind = Kind::Value;
}

/// Why a value or an array cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CannotMake {
    OutOfMemory,
    /// The initial content does not fit the type.
    Misfit(Misfit),
}

impl From<OutOfMemory> for CannotMake {
    fn from(_: OutOfMemory) -> Self {
        CannotMake::OutOfMemory
    }
}

impl From<Misfit> for CannotMake {
    fn from(misfit: Misfit) -> Self {
        CannotMake::Misfit(misfit)
    }
}

impl Value {
    /// Makes a value.
    ///
    /// # Errors
    /// [`CannotMake`].
    pub fn create(arena: &Arena, of: ScalarType, initial: Scalar) -> Result<ObjectIndex, CannotMake> {
        let bits = of.bits(initial)?;
        let place = arena.reserve::<Value>(1)?;
        let index = arena.enter(place)?;
        let value = arena.at(place);
        value.cell.write(bits);
        value.of.store(of as u32, Relaxed);
        value.index.store(index.0, Relaxed);
        Ok(index)
    }

    #[inline]
    pub fn read(&self) -> Scalar {
        self.of().scalar(self.cell.read())
    }

    /// # Errors
    /// [`Misfit`].
    #[inline]
    pub fn write(&self, scalar: Scalar) -> Result<(), Misfit> {
        self.cell.write(self.of().bits(scalar)?);
        Ok(())
    }

    /// Adds; gives the new value.
    ///
    /// # Errors
    /// [`Misfit`].
    #[inline]
    pub fn add(&self, by: Scalar) -> Result<Scalar, Misfit> {
        let of = self.of();
        self.cell.add(of, by).map(|bits| of.scalar(bits))
    }

    pub fn of(&self) -> ScalarType {
        ScalarType::from_word(self.of.load(Relaxed))
    }

    pub fn index(&self) -> ObjectIndex {
        ObjectIndex(self.index.load(Relaxed))
    }
}

impl Supervised for Value {
    fn recover(&self, _arena: &Arena, _dead: &Death) {}

    fn wake_all(&self, _arena: &Arena) {}

    fn blocks(&self, _arena: &Arena, _slot: SlotIndex, _waiting: &Waiting) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shm::Sizes;

    #[test]
    fn additions_of_many_are_all_there() {
        let arena = Arena::create(Sizes { bytes: 1 << 20, slots: 1, objects: 2, longest_wait: 1 }).unwrap();
        let int: &Value = arena.object(Value::create(&arena, ScalarType::I32, Scalar::Int(-5)).unwrap()).unwrap();
        let float: &Value = arena.object(Value::create(&arena, ScalarType::F64, Scalar::Int(0)).unwrap()).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        int.add(Scalar::Int(1)).unwrap();
                        float.add(Scalar::Float(0.5)).unwrap();
                    }
                });
            }
        });
        assert_eq!((int.read(), float.read()), (Scalar::Int(39_995), Scalar::Float(20_000.0)));
    }

    #[test]
    fn a_misfit_changes_nothing() {
        let arena = Arena::create(Sizes { bytes: 1 << 20, slots: 1, objects: 1, longest_wait: 1 }).unwrap();
        let refused = Value::create(&arena, ScalarType::U8, Scalar::Int(256));
        assert_eq!(refused, Err(CannotMake::Misfit(Misfit::Range)));
        let value: &Value = arena.object(Value::create(&arena, ScalarType::U8, Scalar::Int(255)).unwrap()).unwrap();
        assert_eq!(value.write(Scalar::Int(-1)), Err(Misfit::Range));
        assert_eq!(value.write(Scalar::Float(1.0)), Err(Misfit::Type));
        assert_eq!(value.add(Scalar::Int(1)), Err(Misfit::Range));
        assert_eq!((value.read(), value.of()), (Scalar::UInt(255), ScalarType::U8));
    }
}
