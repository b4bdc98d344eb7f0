//! What differs from process to process and from machine to machine.
use super::eval::Frame;
use super::function::int;
use crate::value::{Fault, Value};

/// `cpu_count()`: the processors this process may use.
pub(super) fn cpu_count(_: &mut Frame<'_, '_>, _: &[Value]) -> Result<Value, Fault> {
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}

/// `random_float()`: at least 0, less than 1.
pub(super) fn random_float(frame: &mut Frame<'_, '_>, _: &[Value]) -> Result<Value, Fault> {
    Ok(Value::Float(frame.random().float()))
}

/// `random_int(a, b)`: both included.
pub(super) fn random_int(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let (low, high) = (int("random_int", &arguments[0])?, int("random_int", &arguments[1])?);
    if low > high {
        return Err(Fault::value(format!("`random_int({low}, {high})` has nothing to choose from")));
    }
    Ok(Value::Int(frame.random().int(low, high)))
}

/// `random_string(n)`: letters and digits.
pub(super) fn random_string(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let n = int("random_string", &arguments[0])?;
    let length = usize::try_from(n).map_err(|_| Fault::value(format!("there is no text of length {n}")))?;
    frame.budget.bytes(length)?;
    let text: String = (0..length).map(|_| frame.random().letter()).collect();
    Ok(Value::from(text))
}
