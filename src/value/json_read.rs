//! JSON to a value: all of JSON, and what [`Value::json`] writes beyond it (`NaN`, `Infinity`, `{"$bytes": ..}`).
//!
//! A number without point and exponent is an int and must fit 64 bits. A key that stands twice keeps its last value, as in
//! every common reader. Nesting is bounded as everywhere.
use super::{DEPTH, Fault, Map, Value, base64};

/// Reads one JSON text; anything after it is an error. Errors are `ValueError`s that say the line and column.
pub fn from_json(text: &str) -> Result<Value, Fault> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let value = reader.value()?;
    reader.blank();
    if reader.at < text.len() {
        return Err(reader.wrong("the text goes on after the value"));
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<Value, Fault> {
        self.blank();
        match self.peek() {
            Some(b'"') => Ok(Value::from(self.string()?)),
            Some(b'[') => self.deeper(Self::list),
            Some(b'{') => self.deeper(Self::map),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
            None => Err(self.wrong("a value is missing")),
        }
    }

    fn deeper(&mut self, read: fn(&mut Self) -> Result<Value, Fault>) -> Result<Value, Fault> {
        if self.depth == DEPTH {
            return Err(self.wrong(&format!("nested deeper than {DEPTH}")));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn list(&mut self) -> Result<Value, Fault> {
        let mut items = Vec::new();
        while !self.closes(b']', items.is_empty())? {
            items.push(self.value()?);
        }
        Ok(Value::list(items))
    }

    fn map(&mut self) -> Result<Value, Fault> {
        let mut map = Map::new();
        while !self.closes(b'}', map.is_empty())? {
            self.blank();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("a key in quotes is missing"));
            }
            let key = self.string()?;
            self.blank();
            if !self.take(b':') {
                return Err(self.wrong("`:` is missing"));
            }
            let value = self.value()?;
            map.set(key, value);
        }
        if map.len() == 1
            && let Some(Value::Str(text)) = map.field("$bytes")
            && let Some(bytes) = base64::read(text)
        {
            return Ok(Value::bytes(bytes));
        }
        Ok(Value::map(map))
    }

    /// Whether the list or map ends here; otherwise takes the comma that must stand before all but the first item.
    fn closes(&mut self, end: u8, first: bool) -> Result<bool, Fault> {
        self.blank();
        if self.take(end) {
            return Ok(true);
        }
        if !first && !self.take(b',') {
            return Err(self.wrong(&format!("`,` or `{}` is missing", char::from(end))));
        }
        Ok(false)
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        if self.take(b'-') && self.text[self.at..].starts_with("Infinity") {
            self.at += "Infinity".len();
            return Ok(Value::Float(f64::NEG_INFINITY));
        }
        let whole = self.digits()?;
        if whole > 1 && self.text.as_bytes()[self.at - whole] == b'0' {
            return Err(self.wrong("a number does not begin with 0"));
        }
        let mut float = false;
        if self.take(b'.') {
            float = true;
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            float = true;
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let digits = &self.text[start..self.at];
        if float {
            return digits.parse().map(Value::Float).map_err(|_| self.wrong("no number"));
        }
        digits.parse().map(Value::Int).map_err(|_| self.wrong(&format!("{digits} does not fit 64 bits")))
    }

    fn digits(&mut self) -> Result<usize, Fault> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.wrong("a digit is missing")) } else { Ok(self.at - start) }
    }

    fn word(&mut self) -> Result<Value, Fault> {
        for (word, value) in [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
        ] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.wrong("no value begins like this"))
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let stop = rest.bytes().position(|b| b == b'"' || b == b'\\' || b < 0x20);
            let Some(stop) = stop else { return Err(self.wrong("a string is not closed")) };
            out.push_str(&rest[..stop]);
            self.at += stop + 1;
            match rest.as_bytes()[stop] {
                b'"' => return Ok(out),
                b'\\' => out.push(self.escape()?),
                _ => {
                    self.at -= 1;
                    return Err(self.wrong("a control character stands in a string"));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let letter = self.peek();
        self.at += usize::from(letter.is_some());
        Ok(match letter {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'u') => {
                let high = self.unit()?;
                let code = if (0xD800..0xDC00).contains(&high) && self.text[self.at..].starts_with("\\u") {
                    self.at += 2;
                    let low = self.unit()?;
                    if !(0xDC00..0xE000).contains(&low) {
                        return Err(self.wrong("half a surrogate pair"));
                    }
                    0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
                } else {
                    high
                };
                char::from_u32(code).ok_or_else(|| self.wrong("half a surrogate pair"))?
            }
            _ => {
                self.at = self.at.saturating_sub(1);
                return Err(self.wrong("no such escape"));
            }
        })
    }

    fn unit(&mut self) -> Result<u32, Fault> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).filter(|d| d.iter().all(u8::is_ascii_hexdigit));
        let Some(digits) = digits else { return Err(self.wrong("`\\u` needs four hexadecimal digits")) };
        self.at += 4;
        Ok(digits.iter().fold(0, |n, &d| n * 16 + char::from(d).to_digit(16).unwrap_or(0)))
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn wrong(&self, what: &str) -> Fault {
        let before = &self.text.as_bytes()[..self.at.min(self.text.len())];
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|&&b| b != b'\n').filter(|&&b| b & 0xC0 != 0x80).count() + 1;
        Fault::value(format!("not JSON at line {line}, column {column}: {what}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_writes_reads_back_as_the_same_value() {
        for text in [
            "null",
            "[1,-2,9223372036854775807,-9223372036854775808]",
            "[0.5,1e16,-0.0,NaN,Infinity,-Infinity]",
            r#"{"a":{"$bytes":"/w=="},"é\n\"":[[],{}]}"#,
            r#"{"$bytes":"no base64!"}"#,
        ] {
            assert_eq!(from_json(text).unwrap().json().unwrap(), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn every_value_keeps_its_json(value in crate::value::codec::tests::any_value()) {
            let json = value.json().unwrap();
            let read = from_json(&json).unwrap();
            proptest::prop_assert_eq!(read.json().unwrap(), json);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[\\[\\]{}\",:0-9eE.+\\-\\\\untrf é]{0,40}") {
            let _ = from_json(&text);
        }
    }

    #[test]
    fn escapes_and_blanks_are_json() {
        let read = from_json(" [ \"\\u00e9\\ud83d\\ude00\\/\\b\" , 1E2 ] \n").unwrap();
        assert_eq!(read, Value::list(vec![Value::from("é😀/\u{8}"), Value::Float(100.0)]));
    }

    #[test]
    fn what_is_not_json_says_where() {
        for (text, place) in [
            ("", "column 1"),
            ("[1,]", "column 4"),
            ("[1 2]", "column 4"),
            ("{\"a\" 1}", "column 6"),
            ("{a:1}", "column 2"),
            ("01", "column 3"),
            ("1.", "column 3"),
            ("\"abc", "column 2"),
            ("\"\\ud800\"", "column 8"),
            ("\"\\u12\"", "column 4"),
            ("nul", "column 1"),
            ("1 2", "column 3"),
            ("[\n  x]", "line 2, column 3"),
            ("9223372036854775808", "64 bits"),
            ("\"\\u+123\"", "column 4"),
            ("\"\\", "column 2"),
        ] {
            let fault = from_json(text).unwrap_err();
            assert_eq!(fault.kind, Fault::VALUE);
            assert!(fault.message.contains(place), "{text}: {}", fault.message);
        }
        assert!(from_json(&"[".repeat(100_000)).unwrap_err().message.contains("deeper"));
        assert!(from_json(&("[".repeat(DEPTH) + &"]".repeat(DEPTH))).is_ok());
    }
}
