//! Functions on lists and numbers.
use super::eval::Frame;
use super::function::{int, unfit};
use super::operate::{binary, overflow};
use super::tree::Operator;
use crate::value::{Fault, Value, compare};
use std::cmp::Ordering;

/// `size(x)`, `len(x)`: characters of a string, bytes, items of a list, keys of a map.
pub(super) fn size(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let size = match &arguments[0] {
        Value::Str(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        other => return Err(unfit("size", "a string, bytes, a list or a map", other)),
    };
    Ok(Value::Int(size as i64))
}

/// `range(n)`, `range(a, b)`, `range(a, b, step)`: from `a`, or 0, up to but not including `b`.
pub(super) fn range(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let argument = |i: usize| int("range", &arguments[i]).map(i128::from);
    let (start, end) = if arguments.len() == 1 { (0, argument(0)?) } else { (argument(0)?, argument(1)?) };
    let step = if arguments.len() == 3 { argument(2)? } else { 1 };
    if step == 0 {
        return Err(Fault::value("the step of a `range` is not 0"));
    }
    let (way, stride) = if step > 0 { (end - start, step) } else { (start - end, -step) };
    let count = usize::try_from((way.max(0) + stride - 1) / stride).unwrap_or(usize::MAX);
    frame.budget.items(count)?;
    // Every number lies between two ints, so none is cut.
    Ok(Value::list((0..count).map(|i| Value::Int((start + step * i as i128) as i64)).collect()))
}

/// `sorted(list)`: a new list, ascending; what is equal keeps its order. NaN stands last.
pub(super) fn sorted(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let items = list("sorted", &arguments[0])?;
    frame.budget.items(items.len())?;
    let mut sorted = items.to_vec();
    let mut trouble = None;
    sorted.sort_by(|a, b| {
        ranked(a, b).unwrap_or_else(|fault| {
            trouble.get_or_insert(fault);
            // Any total order does: the result is thrown away.
            a.cmp(b)
        })
    });
    match trouble {
        Some(fault) => Err(fault),
        None => Ok(Value::list(sorted)),
    }
}

/// The language's order made total on numbers.
fn ranked(a: &Value, b: &Value) -> Result<Ordering, Fault> {
    let nan = |value: &Value| matches!(value, Value::Float(f) if f.is_nan());
    match compare(a, b) {
        Ok(Some(order)) => Ok(order),
        Ok(None) => Ok(nan(a).cmp(&nan(b))),
        Err(()) => Err(Fault::type_error(format!("{} and {} have no order", a.type_name(), b.type_name()))),
    }
}

/// `reverse`: of a list, or of the characters of a string.
pub(super) fn reverse(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    match &arguments[0] {
        Value::List(items) => {
            frame.budget.items(items.len())?;
            Ok(Value::list(items.iter().rev().cloned().collect()))
        }
        Value::Str(text) => {
            frame.budget.bytes(text.len())?;
            Ok(Value::from(text.chars().rev().collect::<String>()))
        }
        other => Err(unfit("reverse", "a list or a string", other)),
    }
}

/// `sum(list)`: of numbers; 0 of none.
pub(super) fn sum(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let mut total = Value::Int(0);
    for item in list("sum", &arguments[0])? {
        if item.as_float().is_none() {
            return Err(unfit("sum", "a list of numbers", item));
        }
        total = binary(Operator::Add, &total, item, &mut frame.budget)?;
    }
    Ok(total)
}

/// `min(list)`, `min(a, b, ..)`: the first of the least.
pub(super) fn min(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    extreme("min", arguments, Ordering::Less)
}

/// `max(list)`, `max(a, b, ..)`: the first of the greatest.
pub(super) fn max(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    extreme("max", arguments, Ordering::Greater)
}

fn extreme(name: &str, arguments: &[Value], wanted: Ordering) -> Result<Value, Fault> {
    let items = match arguments {
        [one] => list(name, one)?,
        several => several,
    };
    let Some((mut best, rest)) = items.split_first() else {
        return Err(Fault::value(format!("`{name}` of nothing")));
    };
    for item in rest {
        if ranked(item, best)? == wanted {
            best = item;
        }
    }
    Ok(best.clone())
}

/// `abs(x)`
pub(super) fn abs(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    match &arguments[0] {
        Value::Int(i) => i.checked_abs().map(Value::Int).ok_or_else(|| overflow(&format!("abs({i})"))),
        Value::Float(f) => Ok(Value::Float(f.abs())),
        other => Err(unfit("abs", "a number", other)),
    }
}

fn list<'v>(name: &str, value: &'v Value) -> Result<&'v [Value], Fault> {
    value.as_list().ok_or_else(|| unfit(name, "a list", value))
}
