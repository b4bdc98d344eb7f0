//! The number types of values and arrays, and what fits into them.
use crate::value::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScalarType {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
    Bool,
}

impl ScalarType {
    pub const NAMES: &'static [&'static str] =
        &["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64", "bool"];
    const ALL: &'static [ScalarType] = &[
        ScalarType::I8,
        ScalarType::I16,
        ScalarType::I32,
        ScalarType::I64,
        ScalarType::U8,
        ScalarType::U16,
        ScalarType::U32,
        ScalarType::U64,
        ScalarType::F32,
        ScalarType::F64,
        ScalarType::Bool,
    ];

    pub fn parse(text: &str) -> Option<ScalarType> {
        Self::NAMES.iter().position(|name| *name == text).map(|i| Self::ALL[i])
    }

    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// Why a value cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// Not a number, or text where a truth belongs.
    Type,
    /// A number past the type's range.
    Range,
}

impl ScalarType {
    /// What is read back after `value` was stored: an int stored as a float is a float, one of `f32` is rounded to it.
    pub fn admit(self, value: &Value) -> Result<Value, Misfit> {
        match (self, value) {
            (ScalarType::Bool, Value::Bool(_)) => Ok(value.clone()),
            (ScalarType::Bool, Value::Int(0 | 1)) => Ok(Value::Bool(*value == Value::Int(1))),
            (ScalarType::Bool, Value::Int(_)) => Err(Misfit::Range),
            (ScalarType::F64, Value::Int(int)) => Ok(Value::Float(*int as f64)),
            (ScalarType::F64, Value::Float(_)) => Ok(value.clone()),
            (ScalarType::F32, Value::Int(int)) => Ok(Value::Float(f64::from(*int as f32))),
            (ScalarType::F32, Value::Float(float)) => {
                let rounded = *float as f32;
                // Infinity was meant only where it was given.
                if rounded.is_infinite() && float.is_finite() {
                    Err(Misfit::Range)
                } else {
                    Ok(Value::Float(f64::from(rounded)))
                }
            }
            (integer, Value::Int(int)) => {
                let (least, most) = integer.range().expect("all other types are integers");
                if (least..=most).contains(int) { Ok(value.clone()) } else { Err(Misfit::Range) }
            }
            _ => Err(Misfit::Type),
        }
    }

    /// The least and the greatest of an integer type; none for floats and bools. An int of the language has 64 bits and
    /// a sign, so `u64` ends where it does.
    pub fn range(self) -> Option<(i64, i64)> {
        Some(match self {
            ScalarType::I8 => (i8::MIN.into(), i8::MAX.into()),
            ScalarType::I16 => (i16::MIN.into(), i16::MAX.into()),
            ScalarType::I32 => (i32::MIN.into(), i32::MAX.into()),
            ScalarType::I64 => (i64::MIN, i64::MAX),
            ScalarType::U8 => (0, u8::MAX.into()),
            ScalarType::U16 => (0, u16::MAX.into()),
            ScalarType::U32 => (0, u32::MAX.into()),
            ScalarType::U64 => (0, i64::MAX),
            ScalarType::F32 | ScalarType::F64 | ScalarType::Bool => return None,
        })
    }

    /// What every cell is that nobody has written: `0`, `0.0` or `false`.
    pub fn zero(self) -> Value {
        match self {
            ScalarType::Bool => Value::Bool(false),
            ScalarType::F32 | ScalarType::F64 => Value::Float(0.0),
            _ => Value::Int(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_admitted_up_to_the_edge_of_its_type() {
        assert_eq!(ScalarType::I8.admit(&Value::Int(-128)), Ok(Value::Int(-128)));
        assert_eq!(ScalarType::I8.admit(&Value::Int(128)), Err(Misfit::Range));
        assert_eq!(ScalarType::U32.admit(&Value::Int(-1)), Err(Misfit::Range));
        assert_eq!(ScalarType::I32.admit(&Value::Float(2.0)), Err(Misfit::Type));
        assert_eq!(ScalarType::F64.admit(&Value::Int(2)), Ok(Value::Float(2.0)));
        assert_eq!(ScalarType::F32.admit(&Value::Float(1e300)), Err(Misfit::Range));
        assert_eq!(ScalarType::F32.admit(&Value::Float(f64::INFINITY)), Ok(Value::Float(f64::INFINITY)));
        assert_eq!(ScalarType::Bool.admit(&Value::Int(1)), Ok(Value::Bool(true)));
        assert_eq!(ScalarType::Bool.admit(&Value::Int(2)), Err(Misfit::Range));
        assert_eq!(ScalarType::I64.admit(&Value::from("1")), Err(Misfit::Type));
    }
}
