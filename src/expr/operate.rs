//! The operators: arithmetic that never wraps, comparison across ints and floats, joining, membership.
use super::budget::Budget;
use super::tree::Operator;
use crate::value::{Fault, Str, Value, compare, equals, weigh};
use std::cmp::Ordering;
use std::sync::Arc;

#[inline]
pub(super) fn binary(operator: Operator, a: &Value, b: &Value, budget: &mut Budget) -> Result<Value, Fault> {
    if let (Value::Int(a), Value::Int(b)) = (a, b) {
        return ints(operator, *a, *b);
    }
    let orders = |holds: fn(Ordering) -> bool| {
        let order = compare(a, b)
            .map_err(|()| Fault::type_error(format!("{} and {} have no order", a.type_name(), b.type_name())))?;
        // Nothing is less, equal or greater than NaN.
        Ok(Value::Bool(order.is_some_and(holds)))
    };
    match operator {
        Operator::Equal => Ok(Value::Bool(equals(a, b))),
        Operator::Unequal => Ok(Value::Bool(!equals(a, b))),
        Operator::Less => orders(Ordering::is_lt),
        Operator::LessOrEqual => orders(Ordering::is_le),
        Operator::Greater => orders(Ordering::is_gt),
        Operator::GreaterOrEqual => orders(Ordering::is_ge),
        Operator::In => contains(b, a).map(Value::Bool),
        Operator::Add => add(a, b, budget),
        Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Remainder => {
            let (Some(x), Some(y)) = (a.as_float(), b.as_float()) else { return Err(unfit(operator, a, b)) };
            Ok(Value::Float(match operator {
                Operator::Subtract => x - y,
                Operator::Multiply => x * y,
                Operator::Divide => x / y,
                _ => x % y,
            }))
        }
    }
}

#[inline]
fn ints(operator: Operator, a: i64, b: i64) -> Result<Value, Fault> {
    let result = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide | Operator::Remainder if b == 0 => {
            return Err(Fault::zero_division(format!("`{a} {} 0`", operator.sign())));
        }
        Operator::Divide => a.checked_div(b),
        // i64::MIN % -1 is 0, though the machine's division overflows on it.
        Operator::Remainder => Some(a.wrapping_rem(b)),
        Operator::Equal => return Ok(Value::Bool(a == b)),
        Operator::Unequal => return Ok(Value::Bool(a != b)),
        Operator::Less => return Ok(Value::Bool(a < b)),
        Operator::LessOrEqual => return Ok(Value::Bool(a <= b)),
        Operator::Greater => return Ok(Value::Bool(a > b)),
        Operator::GreaterOrEqual => return Ok(Value::Bool(a >= b)),
        Operator::In => return Err(unfit(operator, &Value::Int(a), &Value::Int(b))),
    };
    result.map(Value::Int).ok_or_else(|| overflow(&format!("{a} {} {b}", operator.sign())))
}

#[cold]
pub(super) fn overflow(what: &str) -> Fault {
    Fault::overflow(format!("`{what}` does not fit an int of 64 bits"))
}

#[cold]
fn unfit(operator: Operator, a: &Value, b: &Value) -> Fault {
    let (a, b, sign) = (a.type_name(), b.type_name(), operator.sign());
    Fault::type_error(match operator {
        Operator::Add if a == "string" || b == "string" => {
            format!("`{sign}` does not join {a} and {b}: `str(x)` makes text of a value")
        }
        Operator::In => format!("`in` looks into a list, a map or a string, not {b}"),
        _ => format!("`{sign}` takes no {a} and {b}"),
    })
}

fn add(a: &Value, b: &Value, budget: &mut Budget) -> Result<Value, Fault> {
    Ok(match (a, b) {
        (Value::Str(a), Value::Str(b)) => {
            budget.bytes(a.len() + b.len())?;
            Value::Str(joined(a, b))
        }
        (Value::List(x), Value::List(y)) => {
            budget.items(x.len() + y.len())?;
            weigh(x.iter().chain(y.iter()))?;
            Value::list(x.iter().chain(y.iter()).cloned().collect())
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            budget.bytes(a.len() + b.len())?;
            Value::Bytes(Arc::from([&**a, &**b].concat()))
        }
        _ => match (a.as_float(), b.as_float()) {
            (Some(a), Some(b)) => Value::Float(a + b),
            _ => return Err(unfit(Operator::Add, a, b)),
        },
    })
}

/// Without a detour over the heap where the result is short.
fn joined(a: &str, b: &str) -> Str {
    let mut short = [0; 64];
    match short.get_mut(..a.len() + b.len()) {
        Some(room) => {
            room[..a.len()].copy_from_slice(a.as_bytes());
            room[a.len()..].copy_from_slice(b.as_bytes());
            Str::from(std::str::from_utf8(room).expect("two texts one after the other are UTF-8"))
        }
        None => Str::from([a, b].concat()),
    }
}

/// `item in whole`
fn contains(whole: &Value, item: &Value) -> Result<bool, Fault> {
    match (whole, item) {
        (Value::List(items), _) => Ok(items.iter().any(|known| equals(known, item))),
        (Value::Map(_), Value::List(_) | Value::Map(_)) => {
            Err(Fault::type_error(format!("no map has a key that is a {}", item.type_name())))
        }
        (Value::Map(map), _) => Ok(map.get(item).is_some()),
        (Value::Str(text), Value::Str(part)) => Ok(text.contains(part.as_str())),
        (Value::Str(_), _) => {
            Err(Fault::type_error(format!("`in` finds a string in a string, not {}", item.type_name())))
        }
        _ => Err(unfit(Operator::In, item, whole)),
    }
}

pub(super) fn negate(value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Int(i) => i.checked_neg().map(Value::Int).ok_or_else(|| overflow(&format!("-({i})"))),
        Value::Float(f) => Ok(Value::Float(-f)),
        other => Err(Fault::type_error(format!("`-` takes a number, not {}", other.type_name()))),
    }
}

/// `container[key]`
pub(super) fn at(container: &Value, key: &Value) -> Result<Value, Fault> {
    match (container, key) {
        (Value::List(items), Value::Int(i)) => {
            let item = usize::try_from(*i).ok().and_then(|i| items.get(i));
            item.cloned().ok_or_else(|| {
                let hint = if *i < 0 { ": indices count from 0 at the front" } else { "" };
                Fault::index(format!("there is no item {i} in a list of {}{hint}", items.len()))
            })
        }
        (Value::Map(map), key) => map.get(key).cloned().ok_or_else(|| no_key(key)),
        (Value::List(_), key) => {
            Err(Fault::type_error(format!("the index of a list is an int, not {}", key.type_name())))
        }
        (Value::Str(_), _) => Err(Fault::type_error("a string has no index: use `substring` or `charAt`")),
        (other, _) => Err(Fault::type_error(format!("{} has no index", other.type_name()))),
    }
}

/// `container.name`
pub(super) fn field(container: &Value, name: &Str) -> Result<Value, Fault> {
    match container {
        Value::Map(map) => map.field(name).cloned().ok_or_else(|| no_key(&Value::Str(name.clone()))),
        other => Err(Fault::type_error(format!("{} has no field `{name}`: only a map has fields", other.type_name()))),
    }
}

fn no_key(key: &Value) -> Fault {
    Fault::key(format!("there is no key {key}"))
}
