//! What callers and workers of a pool say to each other: the calls of a chunk one way, what came of them the other. As bytes,
//! values one after the other, so that neither side builds a value around them.
//!
//! ```text
//! chunk  = how many calls, their arguments ...        result = a value for each call        error = type, message
//! ```
use crate::value::{Fault, Str, Value, decode_all, encode};

/// Appends the calls of a chunk.
pub fn encode_calls(calls: &[Vec<Value>], out: &mut Vec<u8>) -> Result<(), Fault> {
    encode(&Value::Int(calls.len() as i64), out)?;
    calls.iter().flatten().try_for_each(|argument| encode(argument, out))
}

/// The calls of a chunk: each takes equally many of the arguments, which replace what was there.
pub fn decode_calls(bytes: &[u8], arguments: &mut Vec<Value>) -> Option<usize> {
    arguments.clear();
    decode_all(bytes, arguments).ok()?;
    let calls = usize::try_from(arguments.first()?.as_int()?).ok()?;
    arguments.remove(0);
    Some(calls)
}

/// Replaces what was there.
pub fn encode_error(fault: &Fault, out: &mut Vec<u8>) -> Result<(), Fault> {
    out.clear();
    encode(&Value::Str(fault.kind.clone()), out)?;
    encode(&Value::Str(Str::from(&fault.message)), out)
}

pub fn decode_error(bytes: &[u8]) -> Fault {
    let mut parts = Vec::new();
    match (decode_all(bytes, &mut parts), &parts[..]) {
        (Ok(()), [Value::Str(kind), Value::Str(message)]) => Fault::new(kind.clone(), &**message),
        _ => Fault::runtime("the answer of a worker is damaged"),
    }
}

/// The error in a map of `type` and `message`.
pub fn fault(error: &Value) -> Fault {
    let field = |name| error.as_map().and_then(|map| map.field(name)).and_then(Value::as_str).unwrap_or_default();
    Fault::new(Str::from(field("type")), field("message"))
}
