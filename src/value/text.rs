//! The text of a value, as `${}` joins it: strings bare, bytes as the text they hold, everything else as compact JSON.
use super::{Fault, Str, Value};
use std::fmt::Write;

impl Value {
    /// What `${}` puts into a text. A handle has none: `TypeError`.
    pub fn text(&self) -> Result<Str, Fault> {
        match self {
            Value::Str(text) => Ok(text.clone()),
            other => {
                let mut out = String::new();
                other.write_text(&mut out)?;
                Ok(Str::from(out))
            }
        }
    }

    /// Appends [`text`](Self::text) to `out`.
    pub fn write_text(&self, out: &mut String) -> Result<(), Fault> {
        match self {
            Value::Str(text) => out.push_str(text),
            Value::Bytes(bytes) => write_bytes(bytes, out),
            other => return other.write_json(out),
        }
        Ok(())
    }
}

/// UTF-8 as it is, any other byte as `\xNN`.
fn write_bytes(bytes: &[u8], out: &mut String) {
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}"); // writing to a String cannot fail
        }
    }
}

/// For messages: compact JSON, and `<handle 3>` where a handle stands.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        let whole = super::json::write(self, &mut out, &mut |handle, out| {
            let _ = write!(out, "<handle {}>", handle.ticket);
            Ok(())
        });
        f.write_str(&out)?;
        // Only a text past all bounds is cut.
        if whole.is_ok() { Ok(()) } else { f.write_str("…") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Handle, Map};

    #[test]
    fn strings_and_bytes_are_bare_and_the_rest_is_json() {
        let map: Map = [("a", Value::Null)].into_iter().collect();
        for (value, text) in [
            (Value::from("h\"i"), "h\"i"),
            (Value::bytes("grün".as_bytes()), "grün"),
            (Value::bytes(*b"a\xffb\x80"), "a\\xffb\\x80"),
            (Value::Null, "null"),
            (Value::Bool(true), "true"),
            (Value::Float(1.0), "1.0"),
            (Value::list(vec![Value::Int(0), Value::from("h5hoV")]), "[0,\"h5hoV\"]"),
            (Value::map(map), "{\"a\":null}"),
        ] {
            assert_eq!(value.text().unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_handle_has_no_text_but_can_be_shown() {
        let inside = Value::list(vec![Value::Handle(Handle { pool: 1, ticket: 3 })]);
        assert_eq!(inside.text().unwrap_err().kind, Fault::TYPE);
        assert_eq!(inside.to_string(), "[<handle 3>]");
    }
}
