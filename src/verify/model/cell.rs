//! A shared value: one number or truth of a fixed type, read, written and added to atomically.
use crate::graph::ScalarType;
use crate::value::{Fault, Value};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    scalar: ScalarType,
    value: Value,
}

impl Cell {
    /// `value` is of the type already.
    pub fn new(scalar: ScalarType, value: Value) -> Self {
        Cell { scalar, value }
    }

    pub fn read(&self) -> &Value {
        &self.value
    }

    /// A wrong type or a number past the range is a `ValueError`.
    pub fn write(&mut self, value: &Value) -> Result<(), Fault> {
        self.value = admit(self.scalar, value)?;
        Ok(())
    }

    /// The new value.
    pub fn add(&mut self, by: &Value) -> Result<Value, Fault> {
        self.value = sum(self.scalar, &self.value, by)?;
        Ok(self.value.clone())
    }
}

pub(super) fn admit(scalar: ScalarType, value: &Value) -> Result<Value, Fault> {
    scalar.admit(value).map_err(|misfit| match misfit {
        crate::graph::Misfit::Type => Fault::value(format!("{} is no {}", value.type_name(), scalar.name())),
        crate::graph::Misfit::Range => Fault::value(format!("the number is out of the range of {}", scalar.name())),
    })
}

pub(super) fn sum(scalar: ScalarType, value: &Value, by: &Value) -> Result<Value, Fault> {
    let range = || Fault::value(format!("the sum is out of the range of {}", scalar.name()));
    // Infinite only where a part was.
    let real = |a: f64, b: f64| match a + b {
        sum if sum.is_infinite() && a.is_finite() && b.is_finite() => Err(range()),
        sum => Ok(Value::Float(sum)),
    };
    let sum = match (value, by) {
        (Value::Int(a), Value::Int(b)) => Value::Int(a.checked_add(*b).ok_or_else(range)?),
        (Value::Float(a), Value::Float(b)) => real(*a, *b)?,
        (Value::Float(a), Value::Int(b)) => real(*a, *b as f64)?,
        _ => return Err(Fault::value(format!("{} cannot be added to {}", by.type_name(), scalar.name()))),
    };
    scalar.admit(&sum).map_err(|_| range())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_a_value_error_and_changes_nothing() {
        let mut cell = Cell::new(ScalarType::U8, Value::Int(250));
        for wrong in [Value::Int(256), Value::Int(-1), Value::Float(1.0), Value::from("1")] {
            assert_eq!(cell.write(&wrong).unwrap_err().kind, Fault::VALUE);
        }
        assert_eq!(cell.add(&Value::Int(6)).unwrap_err().kind, Fault::VALUE);
        assert_eq!(cell.add(&Value::Int(5)), Ok(Value::Int(255)));
        assert_eq!(cell.read(), &Value::Int(255));
    }
}
