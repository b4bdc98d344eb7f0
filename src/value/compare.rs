//! What `==` and `<` of the language mean: numbers by their worth, exactly, whatever their type; maps without their order.
use super::{Map, Value};
use std::cmp::Ordering;

/// `==`: never an error; values of different types are unequal, but an int and a float are compared by their worth.
pub fn equals(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => {
            compare_mixed(*a, *b) == Some(Ordering::Equal)
        }
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equals(a, b)),
        (Value::Map(a), Value::Map(b)) => same_entries(a, b),
        (a, b) => a == b,
    }
}

fn same_entries(a: &Map, b: &Map) -> bool {
    a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| equals(value, other)))
}

/// `<` and its kin. `Err(())` where the two types have no order; `Ok(None)` where a NaN is involved. Lists compare
/// element by element, bools with false first, strings by code point.
#[expect(clippy::result_unit_err, reason = "the caller knows both values and words the TypeError")]
pub fn compare(a: &Value, b: &Value) -> Result<Option<Ordering>, ()> {
    Ok(match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Int(a), Value::Float(b)) => compare_mixed(*a, *b),
        (Value::Float(a), Value::Int(b)) => compare_mixed(*b, *a).map(Ordering::reverse),
        (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
        (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::List(a), Value::List(b)) => {
            for (a, b) in a.iter().zip(b.iter()) {
                // As Python: equal elements are passed over even where their type has no order.
                if !equals(a, b) {
                    return compare(a, b);
                }
            }
            Some(a.len().cmp(&b.len()))
        }
        _ => return Err(()),
    })
}

/// Exact: no int is rounded to a float, nor the other way round.
fn compare_mixed(a: i64, b: f64) -> Option<Ordering> {
    const PAST: f64 = 9_223_372_036_854_775_808.0; // 2^63
    if b.is_nan() {
        None
    } else if b >= PAST {
        Some(Ordering::Less)
    } else if b < -PAST {
        Some(Ordering::Greater)
    } else {
        // b is within the ints, so its whole part converts exactly; where that ties, the fraction decides.
        let whole = b.trunc();
        Some(a.cmp(&(whole as i64)).then_with(|| 0.0_f64.partial_cmp(&(b - whole)).unwrap_or(Ordering::Equal)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(a: impl Into<Value>, b: impl Into<Value>) -> Result<Option<Ordering>, ()> {
        compare(&a.into(), &b.into())
    }

    #[test]
    fn ints_and_floats_compare_exactly_where_rounding_would_lie() {
        let big = 9_007_199_254_740_993_i64; // 2^53 + 1, no float
        assert_eq!(order(big, 9_007_199_254_740_992.0), Ok(Some(Ordering::Greater)));
        assert_eq!(order(i64::MAX, 9_223_372_036_854_775_808.0), Ok(Some(Ordering::Less)));
        assert_eq!(order(i64::MIN, -9_223_372_036_854_775_808.0), Ok(Some(Ordering::Equal)));
        assert_eq!(order(-1, -1.5), Ok(Some(Ordering::Greater)));
        assert_eq!(order(1, 1.5), Ok(Some(Ordering::Less)));
        assert_eq!(order(1.5, 1), Ok(Some(Ordering::Greater)));
        assert_eq!(order(1, f64::NAN), Ok(None));
        assert!(equals(&Value::Int(1), &Value::Float(1.0)));
        assert!(!equals(&Value::Int(big), &Value::Float(big as f64)));
    }

    #[test]
    fn other_types_are_unequal_and_have_no_order() {
        assert!(!equals(&Value::Int(1), &Value::Bool(true)));
        assert!(!equals(&Value::from("1"), &Value::Int(1)));
        assert_eq!(order("1", 1), Err(()));
        assert_eq!(compare(&Value::Null, &Value::Null), Err(()));
    }

    #[test]
    fn maps_are_equal_in_any_order_and_deeply() {
        let a: Map = [("a", Value::Int(1)), ("b", Value::list(vec![Value::Int(2)]))].into_iter().collect();
        let b: Map = [("b", Value::list(vec![Value::Float(2.0)])), ("a", Value::Int(1))].into_iter().collect();
        assert!(equals(&Value::map(a.clone()), &Value::map(b)));
        assert!(!equals(&Value::map(a), &Value::map(Map::new())));
    }
}
