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
        crate::graph::Misfit::Type => no_value(value),
        crate::graph::Misfit::Range => out_of_range(),
    })
}

pub(super) fn sum(scalar: ScalarType, value: &Value, by: &Value) -> Result<Value, Fault> {
    // Infinite only where a part was.
    let real = |a: f64, b: f64| match a + b {
        sum if sum.is_infinite() && a.is_finite() && b.is_finite() => Err(out_of_range()),
        sum => Ok(Value::Float(sum)),
    };
    let sum = match (value, by) {
        (Value::Int(a), Value::Int(b)) => Value::Int(a.checked_add(*b).ok_or_else(out_of_range)?),
        (Value::Float(a), Value::Float(b)) => real(*a, *b)?,
        (Value::Float(a), Value::Int(b)) => real(*a, *b as f64)?,
        _ => return Err(no_value(by)),
    };
    scalar.admit(&sum).map_err(|_| out_of_range())
}

fn no_value(value: &Value) -> Fault {
    match value {
        Value::Int(_) | Value::Float(_) | Value::Bool(_) => Fault::value("the cell does not hold values of this type"),
        other => Fault::value(format!("a cell holds a number or a bool, not {}", other.type_name())),
    }
}

fn out_of_range() -> Fault {
    Fault::value("the number does not fit into the cell")
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
