//! Values as written, made ready to compute.
use crate::diag::Bag;
use crate::expr::Scope;
use crate::graph::Datum;
use crate::program::Operand;
use crate::value::{Duration, Str, Value};

/// `None` if an expression in it does not compile; why goes to the bag.
pub fn datum(datum: &Datum, scope: &mut dyn Scope, bag: &mut Bag) -> Option<Operand> {
    Some(match datum {
        Datum::Constant(value, _) => Operand::Constant(value.clone()),
        Datum::Template(template, _) => {
            let code = template.compile(scope, bag)?;
            match code.constant() {
                Some(value) => Operand::Constant(value.clone()),
                None => Operand::Code(code),
            }
        }
        Datum::List(items, _) => {
            // All of them are compiled, so that all that is wrong is said.
            let items: Vec<Option<Operand>> = items.iter().map(|item| self::datum(item, scope, bag)).collect();
            Operand::List(items.into_iter().collect::<Option<_>>()?)
        }
        Datum::Map(entries, _) => {
            let entries: Vec<Option<(Str, Operand)>> = entries
                .iter()
                .map(|(key, _, value)| Some((Str::from(key.as_str()), self::datum(value, scope, bag)?)))
                .collect();
            Operand::Map(entries.into_iter().collect::<Option<_>>()?)
        }
    })
}

/// A duration as a value: a number of seconds, or text like `250ms`. In nanoseconds, negative ones too;
/// `None` if it is neither.
pub fn duration_ns(value: &Value) -> Option<i64> {
    match value {
        Value::Int(seconds) => Some(seconds.saturating_mul(1_000_000_000)),
        // The cast saturates; a duration of centuries is for ever all the same.
        Value::Float(seconds) if !seconds.is_nan() => Some((seconds * 1e9) as i64),
        Value::Str(text) => {
            let (sign, text) = match text.strip_prefix('-') {
                Some(rest) => (-1, rest),
                None => (1, &**text),
            };
            let duration = Duration::parse(text).ok()?;
            Some(sign * i64::try_from(duration.ns()).unwrap_or(i64::MAX))
        }
        _ => None,
    }
}
