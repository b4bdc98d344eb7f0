//! A value as compact JSON: no space after a separator, floats always told from ints, text as it is.
//!
//! Beyond JSON, as Python's `json`: `NaN`, `Infinity`, `-Infinity`. Bytes are `{"$bytes":"<base64>"}`, and keys that are
//! no strings become their text.
use super::{Fault, Handle, Value, base64};
use std::fmt::Write;

impl Value {
    /// Compact JSON. A handle inside it is a `TypeError`.
    pub fn json(&self) -> Result<String, Fault> {
        let mut out = String::new();
        self.write_json(&mut out)?;
        Ok(out)
    }

    /// Appends [`json`](Self::json) to `out`.
    pub fn write_json(&self, out: &mut String) -> Result<(), Fault> {
        write(self, out, &mut |_, _| {
            Err(Fault::type_error("a handle of an asynchronous call is no data: `await` it for its result"))
        })
    }
}

/// The most bytes that the text of a list or map may have, but for its last item: parts that are shared in memory are
/// written every time.
const TEXT: usize = 1 << 28;

type OnHandle<'a> = &'a mut dyn FnMut(Handle, &mut String) -> Result<(), Fault>;

pub(super) fn write(value: &Value, out: &mut String, on_handle: OnHandle<'_>) -> Result<(), Fault> {
    if out.len() > TEXT {
        return Err(Fault::memory(format!("the text of a value has more than {TEXT} bytes")));
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Int(i) => {
            let _ = write!(out, "{i}"); // writing to a String cannot fail
        }
        Value::Float(f) => write_float(*f, out),
        Value::Str(text) => write_string(text, out),
        Value::Bytes(bytes) => {
            out.push_str("{\"$bytes\":\"");
            base64::write(bytes, out);
            out.push_str("\"}");
        }
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out, on_handle)?;
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (i, (key, value)) in map.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                match key {
                    Value::Str(text) => write_string(text, out),
                    other => {
                        out.push('"');
                        write(other, out, on_handle)?;
                        out.push('"');
                    }
                }
                out.push(':');
                write(value, out, on_handle)?;
            }
            out.push('}');
        }
        Value::Handle(handle) => return on_handle(*handle, out),
    }
    Ok(())
}

/// The shortest digits that read back as the same float.
fn write_float(f: f64, out: &mut String) {
    if f.is_nan() {
        out.push_str("NaN");
    } else if f.is_infinite() {
        out.push_str(if f > 0.0 { "Infinity" } else { "-Infinity" });
    } else {
        let _ = write!(out, "{f:?}"); // writing to a String cannot fail
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (i, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0C => "\\f",
            0..0x20 | 0x7F => "",
            _ => continue,
        };
        out.push_str(&text[plain..i]);
        plain = i + 1;
        if escape.is_empty() {
            let _ = write!(out, "\\u{byte:04x}"); // writing to a String cannot fail
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Map;

    #[test]
    fn floats_are_shown_as_short_as_they_are_exact() {
        for (f, text) in [
            (1.0, "1.0"),
            (5.35, "5.35"),
            (-0.0, "-0.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e16"),
            (1e-7, "1e-7"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(Value::Float(f).json().unwrap(), text);
        }
    }

    #[test]
    fn text_is_escaped_only_where_json_demands_it() {
        assert_eq!(Value::from("é\"\\\n\u{1}\u{7f}/").json().unwrap(), r#""é\"\\\n\u0001\u007f/""#);
    }

    #[test]
    fn keys_become_text_and_bytes_base64() {
        let mut map = Map::new();
        map.insert(Value::Int(1), Value::bytes(*b"\xff")).unwrap();
        map.insert(Value::Bool(true), Value::list(vec![])).unwrap();
        assert_eq!(Value::map(map).json().unwrap(), r#"{"1":{"$bytes":"/w=="},"true":[]}"#);
    }
}
