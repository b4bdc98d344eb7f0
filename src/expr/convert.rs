//! Values of one type made of another.
use super::eval::Frame;
use super::function::unfit;
use crate::value::{Fault, Str, Value};

/// `int(x)`: a float is cut towards zero, text is decimal, true is 1.
pub(super) fn int(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    Ok(Value::Int(match &arguments[0] {
        Value::Int(i) => *i,
        Value::Bool(b) => i64::from(*b),
        Value::Float(f) if f.is_nan() => return Err(Fault::value("NaN is no int")),
        Value::Float(f) => {
            // From -2^63 up to but not including 2^63 the cast is exact.
            const PAST: f64 = 9_223_372_036_854_775_808.0;
            let whole = f.trunc();
            if !(-PAST..PAST).contains(&whole) {
                return Err(Fault::overflow(format!("{} does not fit an int of 64 bits", arguments[0])));
            }
            whole as i64
        }
        Value::Str(text) => {
            let digits = text.trim();
            let plain = digits.strip_prefix(['+', '-']).unwrap_or(digits);
            if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit()) {
                return Err(Fault::value(format!("{} is no int", arguments[0])));
            }
            digits.parse().map_err(|_| Fault::overflow(format!("{digits} does not fit an int of 64 bits")))?
        }
        other => return Err(unfit("int", "a number, a string or a bool", other)),
    }))
}

/// `float(x)`, `double(x)`: text as in source, and `inf`, `nan`.
pub(super) fn float(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    Ok(Value::Float(match &arguments[0] {
        Value::Int(i) => *i as f64,
        Value::Float(f) => *f,
        Value::Bool(b) => f64::from(u8::from(*b)),
        Value::Str(text) => text.trim().parse().map_err(|_| Fault::value(format!("{} is no float", arguments[0])))?,
        other => return Err(unfit("float", "a number, a string or a bool", other)),
    }))
}

/// `str(x)`, `string(x)`: as `${}` joins it.
pub(super) fn string(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    let text = arguments[0].text()?;
    frame.budget.bytes(text.len())?;
    Ok(Value::Str(text))
}

/// `bytes(x)`: the UTF-8 of a string.
pub(super) fn bytes(frame: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    match &arguments[0] {
        Value::Bytes(_) => Ok(arguments[0].clone()),
        Value::Str(text) => {
            frame.budget.bytes(text.len())?;
            Ok(Value::bytes(text.as_bytes()))
        }
        other => Err(unfit("bytes", "a string or bytes", other)),
    }
}

/// `bool(x)`: an int other than 0 is true; of text the words for true and false.
pub(super) fn bool(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    Ok(Value::Bool(match &arguments[0] {
        Value::Bool(b) => *b,
        Value::Int(i) => *i != 0,
        Value::Str(text) => match text.as_str() {
            "true" | "True" | "TRUE" | "t" | "1" => true,
            "false" | "False" | "FALSE" | "f" | "0" => false,
            _ => return Err(Fault::value(format!("{} is no bool", arguments[0]))),
        },
        other => return Err(unfit("bool", "a bool, an int or a string", other)),
    }))
}

/// `type(x)`: the name of its type, as text.
pub(super) fn type_name(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    Ok(Value::Str(Str::from(arguments[0].type_name())))
}

/// `dyn(x)`: the value as it is; CEL has it for its type checker.
pub(super) fn same(_: &mut Frame<'_, '_>, arguments: &[Value]) -> Result<Value, Fault> {
    Ok(arguments[0].clone())
}
