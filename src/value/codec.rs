//! A value as bytes on the wire: MessagePack, so that programs in any language read it.
//!
//! Ints take the shortest form (at most 9 bytes), floats always 9, so NaN payloads survive. Encoding appends to a buffer
//! that the caller reuses and allocates nothing else. Decoding is total: hostile bytes give a `ValueError`, never a
//! panic, and never more memory than a small multiple of the bytes at hand.
use super::{Fault, Map, Value};

/// How deep lists and maps may nest, in messages as everywhere.
pub const DEPTH: usize = 128;

/// The most bytes that a message may have, but for its last part: parts that are shared in memory are sent every time.
const MESSAGE: usize = 1 << 32;

/// Appends the bytes of `value`. A handle is a `TypeError`; nesting past [`DEPTH`] and a part of 4 GiB are `ValueError`s,
/// a message of more is a `MemoryError`.
/// After an error `out` ends in half a message: the caller cuts it off.
#[inline]
pub fn encode(value: &Value, out: &mut Vec<u8>) -> Result<(), Fault> {
    encode_at(value, out, 0)
}

fn encode_at(value: &Value, out: &mut Vec<u8>, depth: usize) -> Result<(), Fault> {
    if out.len() > MESSAGE {
        return Err(Fault::memory(format!("a message has more than {MESSAGE} bytes")));
    }
    match value {
        Value::Null => out.push(0xC0),
        Value::Bool(b) => out.push(0xC2 + u8::from(*b)),
        Value::Int(i) => encode_int(*i, out),
        Value::Float(f) => {
            out.push(0xCB);
            out.extend_from_slice(&f.to_bits().to_be_bytes());
        }
        Value::Str(text) => {
            let text = text.as_bytes();
            match text.len() {
                n @ 0..32 => out.push(0xA0 | n as u8),
                n @ 32..0x100 => out.extend_from_slice(&[0xD9, n as u8]),
                n => encode_length([0xDA, 0xDB], n, out)?,
            }
            out.extend_from_slice(text);
        }
        Value::Bytes(bytes) => {
            match bytes.len() {
                n @ 0..0x100 => out.extend_from_slice(&[0xC4, n as u8]),
                n => encode_length([0xC5, 0xC6], n, out)?,
            }
            out.extend_from_slice(bytes);
        }
        Value::List(items) => {
            let depth = deeper(depth)?;
            match items.len() {
                n @ 0..16 => out.push(0x90 | n as u8),
                n => encode_length([0xDC, 0xDD], n, out)?,
            }
            for item in items.iter() {
                encode_at(item, out, depth)?;
            }
        }
        Value::Map(map) => {
            let depth = deeper(depth)?;
            match map.len() {
                n @ 0..16 => out.push(0x80 | n as u8),
                n => encode_length([0xDE, 0xDF], n, out)?,
            }
            for (key, value) in map.iter() {
                encode_at(key, out, depth)?;
                encode_at(value, out, depth)?;
            }
        }
        Value::Handle(_) => {
            return Err(Fault::type_error(
                "a handle of an asynchronous call cannot be sent: `await` it for its result",
            ));
        }
    }
    Ok(())
}

#[inline]
fn encode_int(i: i64, out: &mut Vec<u8>) {
    match i {
        -32..128 => out.push(i as u8),
        128..0x100 => out.extend_from_slice(&[0xCC, i as u8]),
        0x100..0x1_0000 => encode_number(0xCD, (i as u16).to_be_bytes(), out),
        0x1_0000..0x1_0000_0000 => encode_number(0xCE, (i as u32).to_be_bytes(), out),
        0x1_0000_0000.. => encode_number(0xCF, i.to_be_bytes(), out),
        -0x80..-32 => out.extend_from_slice(&[0xD0, i as u8]),
        -0x8000..-0x80 => encode_number(0xD1, (i as i16).to_be_bytes(), out),
        -0x8000_0000..-0x8000 => encode_number(0xD2, (i as i32).to_be_bytes(), out),
        _ => encode_number(0xD3, i.to_be_bytes(), out),
    }
}

#[inline]
fn encode_number<const N: usize>(mark: u8, bytes: [u8; N], out: &mut Vec<u8>) {
    out.push(mark);
    out.extend_from_slice(&bytes);
}

/// A length of 16 bits, or else of 32.
fn encode_length([short, long]: [u8; 2], n: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
    if let Ok(n) = u16::try_from(n) {
        encode_number(short, n.to_be_bytes(), out);
    } else if let Ok(n) = u32::try_from(n) {
        encode_number(long, n.to_be_bytes(), out);
    } else {
        return Err(Fault::value("a part of a message has at most 4294967295 items or bytes"));
    }
    Ok(())
}

fn deeper(depth: usize) -> Result<usize, Fault> {
    if depth == DEPTH { Err(Fault::value(format!("a value is nested deeper than {DEPTH}"))) } else { Ok(depth + 1) }
}

/// Reads exactly one value from all of `bytes`.
#[inline]
pub fn decode(bytes: &[u8]) -> Result<Value, Fault> {
    // Most messages are one int: they need no reader.
    Ok(Value::Int(match *bytes {
        [mark @ 0x00..=0x7F] => i64::from(mark),
        [0xCC, a] => i64::from(a),
        [0xCD, a, b] => i64::from(u16::from_be_bytes([a, b])),
        [0xCE, a, b, c, d] => i64::from(u32::from_be_bytes([a, b, c, d])),
        _ => return decode_any(bytes),
    }))
}

fn decode_any(bytes: &[u8]) -> Result<Value, Fault> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(0)?;
    if reader.rest.is_empty() { Ok(value) } else { Err(broken("bytes are left over")) }
}

/// Reads values one after the other, as many as there are, and appends them.
#[inline]
pub fn decode_all(bytes: &[u8], into: &mut Vec<Value>) -> Result<(), Fault> {
    let mut reader = Reader { rest: bytes };
    while !reader.rest.is_empty() {
        into.push(reader.value(0)?);
    }
    Ok(())
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    #[inline]
    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        let mark = self.number::<1>()?[0];
        Ok(match mark {
            0x00..=0x7F => Value::Int(i64::from(mark)),
            0xE0..=0xFF => Value::Int(i64::from(mark as i8)),
            0x80..=0x8F => self.map(usize::from(mark & 0x0F), depth)?,
            0x90..=0x9F => self.list(usize::from(mark & 0x0F), depth)?,
            0xA0..=0xBF => self.text(usize::from(mark & 0x1F))?,
            0xC0 => Value::Null,
            0xC2 => Value::Bool(false),
            0xC3 => Value::Bool(true),
            0xC4..=0xC6 => {
                let n = self.length(mark - 0xC4)?;
                Value::bytes(self.take(n)?)
            }
            0xCA => Value::Float(f64::from(f32::from_be_bytes(self.number()?))),
            0xCB => Value::Float(f64::from_bits(u64::from_be_bytes(self.number()?))),
            0xCC => Value::Int(i64::from(self.number::<1>()?[0])),
            0xCD => Value::Int(i64::from(u16::from_be_bytes(self.number()?))),
            0xCE => Value::Int(i64::from(u32::from_be_bytes(self.number()?))),
            0xCF => match i64::try_from(u64::from_be_bytes(self.number()?)) {
                Ok(i) => Value::Int(i),
                Err(_) => return Err(broken("an int does not fit 64 bits with a sign")),
            },
            0xD0 => Value::Int(i64::from(self.number::<1>()?[0] as i8)),
            0xD1 => Value::Int(i64::from(i16::from_be_bytes(self.number()?))),
            0xD2 => Value::Int(i64::from(i32::from_be_bytes(self.number()?))),
            0xD3 => Value::Int(i64::from_be_bytes(self.number()?)),
            0xD9..=0xDB => {
                let n = self.length(mark - 0xD9)?;
                self.text(n)?
            }
            0xDC | 0xDD => {
                let n = self.length(mark - 0xDC + 1)?;
                self.list(n, depth)?
            }
            0xDE | 0xDF => {
                let n = self.length(mark - 0xDE + 1)?;
                self.map(n, depth)?
            }
            0xC1 | 0xC7..=0xC9 | 0xD4..=0xD8 => return Err(broken("an extension type is no value of ours")),
        })
    }

    /// A length of 2^`width` bytes.
    fn length(&mut self, width: u8) -> Result<usize, Fault> {
        Ok(match width {
            0 => usize::from(self.number::<1>()?[0]),
            1 => usize::from(u16::from_be_bytes(self.number()?)),
            _ => u32::from_be_bytes(self.number()?) as usize,
        })
    }

    #[inline]
    fn number<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or_else(cut_short)?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], Fault> {
        let (bytes, rest) = self.rest.split_at_checked(n).ok_or_else(cut_short)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn text(&mut self, n: usize) -> Result<Value, Fault> {
        let bytes = self.take(n)?;
        std::str::from_utf8(bytes).map(Value::from).map_err(|_| broken("a string is not UTF-8"))
    }

    fn list(&mut self, n: usize, depth: usize) -> Result<Value, Fault> {
        let depth = deeper(depth)?;
        // Every item takes a byte at least: a length that lies reserves no more than that.
        let mut items = Vec::with_capacity(n.min(self.rest.len()));
        for _ in 0..n {
            items.push(self.value(depth)?);
        }
        Ok(Value::list(items))
    }

    fn map(&mut self, n: usize, depth: usize) -> Result<Value, Fault> {
        let depth = deeper(depth)?;
        let mut map = Map::with_capacity(n.min(self.rest.len() / 2));
        for _ in 0..n {
            let key = self.value(depth)?;
            let value = self.value(depth)?;
            if map.insert(key, value).map_err(|fault| broken(&fault.message))?.is_some() {
                return Err(broken("a key stands twice in a map"));
            }
        }
        Ok(Value::map(map))
    }
}

#[cold]
fn cut_short() -> Fault {
    broken("the bytes end too early")
}

#[cold]
fn broken(what: &str) -> Fault {
    Fault::value(format!("not a message: {what}"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes_of(value: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        encode(value, &mut out).unwrap();
        out
    }

    pub fn any_value() -> impl Strategy<Value = Value> {
        let key = prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            ".{0,30}".prop_map(Value::from)
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            key.clone(),
            any::<u64>().prop_map(|bits| Value::Float(f64::from_bits(bits))),
            proptest::collection::vec(any::<u8>(), 0..300).prop_map(Value::bytes),
            (0u32..64, any::<i64>()).prop_map(|(shift, i)| Value::Int(i >> shift)),
        ];
        leaf.prop_recursive(4, 64, 20, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..20).prop_map(Value::list),
                proptest::collection::vec((key.clone(), inner), 0..20).prop_map(|entries| {
                    let mut map = Map::new();
                    for (key, value) in entries {
                        map.insert(key, value).unwrap();
                    }
                    Value::map(map)
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_survives_the_wire(value in any_value()) {
            prop_assert_eq!(decode(&bytes_of(&value)).unwrap(), value);
        }

        #[test]
        fn a_message_cut_short_or_altered_is_an_error_or_a_value_never_a_panic(
            value in any_value(), cut in any::<prop::sample::Index>(), flip in any::<u8>()
        ) {
            let mut bytes = bytes_of(&value);
            let i = cut.index(bytes.len());
            prop_assert!(decode(&bytes[..i]).is_err());
            bytes[i] ^= flip;
            let _ = decode(&bytes);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn every_int_takes_its_shortest_form() {
        for (i, n) in [
            (0, 1),
            (127, 1),
            (-32, 1),
            (128, 2),
            (255, 2),
            (-33, 2),
            (-128, 2),
            (256, 3),
            (65535, 3),
            (-129, 3),
            (-32768, 3),
            (65536, 5),
            (u32::MAX.into(), 5),
            (-32769, 5),
            (i32::MIN.into(), 5),
            (1 << 32, 9),
            (i64::MAX, 9),
            (i64::MIN, 9),
            (i64::from(i32::MIN) - 1, 9),
        ] {
            let bytes = bytes_of(&Value::Int(i));
            assert_eq!(bytes.len(), n, "{i}");
            assert_eq!(decode(&bytes).unwrap(), Value::Int(i));
        }
    }

    #[test]
    fn lengths_on_both_sides_of_every_bound_survive() {
        for n in [0, 15, 16, 31, 32, 255, 256, 65535, 65536] {
            let values = [
                Value::from("x".repeat(n)),
                Value::bytes(vec![7; n]),
                Value::list(vec![Value::Null; n]),
                Value::map((0..n).map(|i| (i.to_string(), Value::Null)).collect()),
            ];
            for value in values {
                assert_eq!(decode(&bytes_of(&value)).unwrap(), value, "{n}");
            }
        }
    }

    #[test]
    fn lies_about_length_and_depth_are_errors() {
        assert!(decode(&[0xDD, 0xFF, 0xFF, 0xFF, 0xFF]).is_err());
        assert!(decode(&[0xDF, 0xFF, 0xFF, 0xFF, 0xFF, 0xC0]).is_err());
        assert!(decode(&[0xDB, 0xFF, 0xFF, 0xFF, 0xFF]).is_err());
        assert!(decode(&[0x91; 100_000]).unwrap_err().message.contains("deeper"));
        assert!(decode(&[0xCF, 0xFF, 0, 0, 0, 0, 0, 0, 0]).is_err());
        assert!(decode(&[0xC7, 1, 1, 0]).is_err());
        assert!(decode(&[0x81, 0xC0, 0xC0]).is_err());
        assert!(decode(&[0x82, 1, 1, 1, 1]).unwrap_err().message.contains("twice"));
        assert!(decode(&[0x01, 0x01]).is_err());
    }

    #[test]
    fn nesting_is_bounded_alike_on_both_sides() {
        let nest = |n| (0..n).fold(Value::Null, |inner, _| Value::list(vec![inner]));
        assert_eq!(decode(&bytes_of(&nest(DEPTH))).unwrap(), nest(DEPTH));
        assert_eq!(encode(&nest(DEPTH + 1), &mut Vec::new()).unwrap_err().kind, Fault::VALUE);
    }

    #[test]
    fn a_handle_cannot_be_sent() {
        let handle = Value::Handle(crate::value::Handle { pool: 0, ticket: 0 });
        assert_eq!(encode(&handle, &mut Vec::new()).unwrap_err().kind, Fault::TYPE);
    }
}
