//! How much a value holds when it is written out, which sharing hides: `x = [x, x]` thirty times over is a billion parts.
//!
//! Whoever nests values in one another asks here first. Then everything that walks a value (comparing, hashing, printing,
//! sending) is bounded in depth and in time.
use super::{DEPTH, Fault, Value};

/// The most parts that one value may have, all nesting counted out.
pub const PARTS: usize = 1 << 24;

/// Whether a list or map may be made of these: `ValueError` where it would nest deeper than [`DEPTH`], `MemoryError` where
/// it would have more than [`PARTS`] parts. Costs time in the number of parts.
pub fn weigh<'a>(items: impl IntoIterator<Item = &'a Value>) -> Result<(), Fault> {
    let mut left = PARTS;
    items.into_iter().try_for_each(|item| part(item, &mut left, DEPTH - 1))
}

fn part(value: &Value, left: &mut usize, depth: usize) -> Result<(), Fault> {
    let deeper = || match depth {
        0 => Err(Fault::value(format!("a value is nested deeper than {DEPTH}"))),
        depth => Ok(depth - 1),
    };
    *left = left.checked_sub(1).ok_or_else(too_large)?;
    match value {
        Value::List(items) => {
            let depth = deeper()?;
            items.iter().try_for_each(|item| part(item, left, depth))
        }
        Value::Map(map) => {
            let depth = deeper()?;
            map.values().try_for_each(|item| part(item, left, depth))
        }
        _ => Ok(()),
    }
}

fn too_large() -> Fault {
    Fault::memory(format!("a value has more than {PARTS} parts"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_parts_count_every_time() {
        let mut value = Value::Int(1);
        let mut doublings = 0;
        let fault = loop {
            if let Err(fault) = weigh([&value, &value]) {
                break fault;
            }
            value = Value::list(vec![value.clone(), value]);
            doublings += 1;
        };
        assert_eq!((fault.kind.as_str(), doublings), (Fault::MEMORY, 23));
    }

    #[test]
    fn depth_is_bounded_as_in_messages() {
        let mut value = Value::Null;
        while weigh([&value]).is_ok() {
            value = Value::list(vec![value]);
        }
        let mut out = Vec::new();
        assert!(super::super::encode(&value, &mut out).is_ok());
        assert!(super::super::encode(&Value::list(vec![value]), &mut out).is_err());
    }
}
