//! The numbers of values and arrays: types, what fits into them, and the eight bytes of a cell.
use super::offset::Resident;
use super::word::AtomicU64;
use std::sync::atomic::Ordering::*;

/// The type of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum ScalarType {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    /// Up to `i64::MAX`: an int of the language has 64 bits and a sign.
    U64,
    F32,
    F64,
    Bool,
}

/// A number on its way into a cell or out of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// Read from `i8` to `i64`.
    Int(i64),
    /// Read from `u8` to `u64`.
    UInt(u64),
    Float(f64),
    Bool(bool),
}

/// Why a number cannot be stored. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// Of the wrong type: a float for an integer, a bool for a number, an addition to a bool.
    Type,
    /// Past the type's range.
    Range,
}

impl ScalarType {
    const ALL: [ScalarType; 11] = {
        use ScalarType::*;
        [I8, I16, I32, I64, U8, U16, U32, U64, F32, F64, Bool]
    };

    /// From a word of the arena; a damaged one reads as `i64`.
    pub(super) fn from_word(word: u32) -> ScalarType {
        ScalarType::ALL.get(word as usize).copied().unwrap_or(ScalarType::I64)
    }

    /// The bits of a cell that holds `scalar`; an int becomes a float where one is held, and 0 and 1 a bool.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn bits(self, scalar: Scalar) -> Result<u64, Misfit> {
        match (self, scalar) {
            (ScalarType::Bool, Scalar::Bool(bool)) => Ok(u64::from(bool)),
            (ScalarType::Bool, Scalar::Int(0) | Scalar::UInt(0)) => Ok(0),
            (ScalarType::Bool, Scalar::Int(1) | Scalar::UInt(1)) => Ok(1),
            (ScalarType::Bool, Scalar::Int(_) | Scalar::UInt(_)) => Err(Misfit::Range),
            (ScalarType::F32, Scalar::Int(int)) => Ok(u64::from((int as f32).to_bits())),
            (ScalarType::F32, Scalar::UInt(int)) => Ok(u64::from((int as f32).to_bits())),
            (ScalarType::F32, Scalar::Float(float)) => match float as f32 {
                // Infinity was meant only where it was given.
                rounded if rounded.is_infinite() && float.is_finite() => Err(Misfit::Range),
                rounded => Ok(u64::from(rounded.to_bits())),
            },
            (ScalarType::F64, Scalar::Int(int)) => Ok((int as f64).to_bits()),
            (ScalarType::F64, Scalar::UInt(int)) => Ok((int as f64).to_bits()),
            (ScalarType::F64, Scalar::Float(float)) => Ok(float.to_bits()),
            (_, Scalar::Int(int)) => self.integer(i128::from(int)),
            (_, Scalar::UInt(int)) => self.integer(i128::from(int)),
            _ => Err(Misfit::Type),
        }
    }

    /// What a cell with those bits holds.
    pub fn scalar(self, bits: u64) -> Scalar {
        match self {
            ScalarType::I8 | ScalarType::I16 | ScalarType::I32 | ScalarType::I64 => Scalar::Int(bits as i64),
            ScalarType::U8 | ScalarType::U16 | ScalarType::U32 | ScalarType::U64 => Scalar::UInt(bits),
            ScalarType::F32 => Scalar::Float(f64::from(f32::from_bits(bits as u32))),
            ScalarType::F64 => Scalar::Float(f64::from_bits(bits)),
            ScalarType::Bool => Scalar::Bool(bits & 1 != 0),
        }
    }

    /// The bits after `by` is added to what `bits` hold.
    ///
    /// # Errors
    /// [`Misfit`]: a finite sum that is no longer finite is past the range too.
    pub fn sum(self, bits: u64, by: Scalar) -> Result<u64, Misfit> {
        match (self.scalar(bits), by) {
            (Scalar::Int(now), by) => self.integer(i128::from(now) + by.whole()?),
            (Scalar::UInt(now), by) => self.integer(i128::from(now) + by.whole()?),
            (Scalar::Float(now), by) => {
                let by = by.real()?;
                match now + by {
                    sum if sum.is_infinite() && now.is_finite() && by.is_finite() => Err(Misfit::Range),
                    sum => self.bits(Scalar::Float(sum)),
                }
            }
            (Scalar::Bool(_), _) => Err(Misfit::Type),
        }
    }

    fn integer(self, int: i128) -> Result<u64, Misfit> {
        let (least, most) = match self {
            ScalarType::I8 => (i8::MIN.into(), i8::MAX.into()),
            ScalarType::I16 => (i16::MIN.into(), i16::MAX.into()),
            ScalarType::I32 => (i32::MIN.into(), i32::MAX.into()),
            ScalarType::I64 => (i64::MIN, i64::MAX),
            ScalarType::U8 => (0, u8::MAX.into()),
            ScalarType::U16 => (0, u16::MAX.into()),
            ScalarType::U32 => (0, u32::MAX.into()),
            ScalarType::U64 => (0, i64::MAX),
            ScalarType::F32 | ScalarType::F64 | ScalarType::Bool => return Err(Misfit::Type),
        };
        // Two's complement: an i64 and its u64 are the same bits.
        if (i128::from(least)..=i128::from(most)).contains(&int) { Ok(int as u64) } else { Err(Misfit::Range) }
    }
}

impl Scalar {
    fn whole(self) -> Result<i128, Misfit> {
        match self {
            Scalar::Int(int) => Ok(int.into()),
            Scalar::UInt(int) => Ok(int.into()),
            Scalar::Float(_) | Scalar::Bool(_) => Err(Misfit::Type),
        }
    }

    fn real(self) -> Result<f64, Misfit> {
        match self {
            Scalar::Int(int) => Ok(int as f64),
            Scalar::UInt(int) => Ok(int as f64),
            Scalar::Float(float) => Ok(float),
            Scalar::Bool(_) => Err(Misfit::Type),
        }
    }
}

/// Eight bytes that change as one. Sequentially consistent throughout: graphs are verified in that model.
#[repr(transparent)]
pub(super) struct Cell(AtomicU64);

// SAFETY: one atomic integer.
unsafe impl Resident for Cell {}

impl Cell {
    #[inline]
    pub(super) fn read(&self) -> u64 {
        self.0.load(SeqCst)
    }

    #[inline]
    pub(super) fn write(&self, bits: u64) {
        self.0.store(bits, SeqCst);
    }

    /// Adds; gives the new bits.
    pub(super) fn add(&self, of: ScalarType, by: Scalar) -> Result<u64, Misfit> {
        let mut now = self.read();
        loop {
            let sum = of.sum(now, by)?;
            match self.0.compare_exchange_weak(now, sum, SeqCst, SeqCst) {
                Ok(_) => return Ok(sum),
                Err(other) => now = other,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_read_back_as_it_was() {
        for (of, scalar) in [
            (ScalarType::I8, Scalar::Int(-128)),
            (ScalarType::I64, Scalar::Int(i64::MIN)),
            (ScalarType::U8, Scalar::UInt(255)),
            (ScalarType::U64, Scalar::UInt(i64::MAX as u64)),
            (ScalarType::F32, Scalar::Float(0.5)),
            (ScalarType::F64, Scalar::Float(-0.1)),
            (ScalarType::F64, Scalar::Float(f64::INFINITY)),
            (ScalarType::Bool, Scalar::Bool(true)),
        ] {
            assert_eq!(of.scalar(of.bits(scalar).unwrap()), scalar);
        }
        let of = ScalarType::F32;
        assert_eq!(of.scalar(of.bits(Scalar::Float(0.1)).unwrap()), Scalar::Float(f64::from(0.1_f32)));
        let of = ScalarType::F64;
        assert_eq!(of.scalar(of.bits(Scalar::Int(3)).unwrap()), Scalar::Float(3.0));
        let of = ScalarType::U16;
        assert_eq!(of.scalar(of.bits(Scalar::Int(3)).unwrap()), Scalar::UInt(3));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (of, scalar, misfit) in [
            (ScalarType::I8, Scalar::Int(128), Misfit::Range),
            (ScalarType::U8, Scalar::Int(-1), Misfit::Range),
            (ScalarType::I64, Scalar::UInt(1 << 63), Misfit::Range),
            (ScalarType::U64, Scalar::UInt(1 << 63), Misfit::Range),
            (ScalarType::I32, Scalar::Float(1.0), Misfit::Type),
            (ScalarType::I32, Scalar::Bool(true), Misfit::Type),
            (ScalarType::F64, Scalar::Bool(true), Misfit::Type),
            (ScalarType::F32, Scalar::Float(1e39), Misfit::Range),
            (ScalarType::Bool, Scalar::Int(2), Misfit::Range),
            (ScalarType::Bool, Scalar::Float(1.0), Misfit::Type),
        ] {
            assert_eq!(of.bits(scalar), Err(misfit), "{of:?} {scalar:?}");
        }
    }

    #[test]
    fn sums_stay_in_range() {
        let add = |of: ScalarType, now, by| of.sum(of.bits(now).unwrap(), by).map(|bits| of.scalar(bits));
        assert_eq!(add(ScalarType::U8, Scalar::Int(5), Scalar::Int(-5)), Ok(Scalar::UInt(0)));
        assert_eq!(add(ScalarType::U8, Scalar::Int(5), Scalar::Int(-6)), Err(Misfit::Range));
        assert_eq!(add(ScalarType::I64, Scalar::Int(i64::MAX), Scalar::Int(1)), Err(Misfit::Range));
        assert_eq!(add(ScalarType::F64, Scalar::Float(0.5), Scalar::Int(1)), Ok(Scalar::Float(1.5)));
        assert_eq!(add(ScalarType::F64, Scalar::Float(f64::MAX), Scalar::Float(f64::MAX)), Err(Misfit::Range));
        assert_eq!(add(ScalarType::I8, Scalar::Int(1), Scalar::Float(1.0)), Err(Misfit::Type));
        assert_eq!(add(ScalarType::Bool, Scalar::Bool(false), Scalar::Int(1)), Err(Misfit::Type));
    }
}
