//! Values and arrays: numbers of the language as cells of shared memory.
use crate::graph::ScalarType;
use crate::shm::{self, Scalar};
use crate::value::{Fault, Value};

pub fn scalar_type(of: ScalarType) -> shm::ScalarType {
    match of {
        ScalarType::I8 => shm::ScalarType::I8,
        ScalarType::I16 => shm::ScalarType::I16,
        ScalarType::I32 => shm::ScalarType::I32,
        ScalarType::I64 => shm::ScalarType::I64,
        ScalarType::U8 => shm::ScalarType::U8,
        ScalarType::U16 => shm::ScalarType::U16,
        ScalarType::U32 => shm::ScalarType::U32,
        ScalarType::U64 => shm::ScalarType::U64,
        ScalarType::F32 => shm::ScalarType::F32,
        ScalarType::F64 => shm::ScalarType::F64,
        ScalarType::Bool => shm::ScalarType::Bool,
    }
}

/// # Errors
/// `ValueError` for what no cell holds.
pub fn scalar(value: &Value) -> Result<Scalar, Fault> {
    match value {
        Value::Int(int) => Ok(Scalar::Int(*int)),
        Value::Float(float) => Ok(Scalar::Float(*float)),
        Value::Bool(flag) => Ok(Scalar::Bool(*flag)),
        other => Err(Fault::value(format!("a cell holds a number or a bool, not {}", other.type_name()))),
    }
}

/// # Errors
/// `OverflowError` for a `u64` that is more than an int of the language.
pub fn value(scalar: Scalar) -> Result<Value, Fault> {
    Ok(match scalar {
        Scalar::Int(int) => Value::Int(int),
        Scalar::UInt(uint) => match i64::try_from(uint) {
            Ok(int) => Value::Int(int),
            Err(_) => return Err(Fault::overflow(format!("{uint} is more than an int can hold"))),
        },
        Scalar::Float(float) => Value::Float(float),
        Scalar::Bool(flag) => Value::Bool(flag),
    })
}
