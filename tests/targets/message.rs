//! Any bytes as a message and as JSON: a value that survives being written and read again, or an error.
use mpgraph::value::{Value, decode, encode, from_json};

pub fn message(bytes: &[u8]) {
    if let Ok(value) = decode(bytes) {
        let mut written = Vec::new();
        encode(&value, &mut written).expect("what was read can be written");
        // A float of 4 bytes is written as one of 8; all else takes its shortest form.
        assert!(written.len() < 2 * bytes.len(), "{} bytes became {}", bytes.len(), written.len());
        assert_eq!(decode(&written).expect("what was written can be read"), value);
        through_json(&value);
        let _ = value.to_string();
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(value) = from_json(text)
    {
        let mut written = Vec::new();
        encode(&value, &mut written).expect("JSON is no deeper than a message");
        assert_eq!(decode(&written).expect("what was written can be read"), value);
        through_json(&value);
    }
}

/// Not every value has a JSON form, and bytes come back as the text they are written as. What is read is stable.
fn through_json(value: &Value) {
    let Ok(json) = value.json() else { return };
    let read = from_json(&json).unwrap_or_else(|fault| panic!("{json} is written and not read: {fault}"));
    let again = read.json().expect("what was read from JSON has a JSON form");
    assert_eq!(from_json(&again).expect("it is JSON"), read, "{json}");
}
