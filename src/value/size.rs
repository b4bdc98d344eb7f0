//! A number of bytes as graphs write it: `64KiB`, `1MiB`, `2GiB`, or a number.
use super::{Fault, Value};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    bytes: u64,
}

/// Powers of 1024 as they are shown, then the decimal ones that are also understood.
const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
];

impl Size {
    pub const fn from_bytes(bytes: u64) -> Size {
        Size { bytes }
    }

    pub const fn bytes(self) -> u64 {
        self.bytes
    }

    /// Reads a whole number with a unit, or a bare number of bytes. The error says what would be right.
    pub fn parse(text: &str) -> Result<Size, String> {
        let wrong = || format!("`{text}` is no size: write `64KiB`, `1MiB`, `2GiB` or a number of bytes");
        let trimmed = text.trim();
        let digits = trimmed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = match trimmed[digits.len()..].trim() {
            "" => 1,
            "KB" => 1_000,
            name => UNITS.iter().find(|(known, _)| *known == name).ok_or_else(wrong)?.1,
        };
        let number = digits.trim_end();
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let bytes = number.parse::<u64>().ok().and_then(|n| n.checked_mul(unit));
        bytes.map(Size::from_bytes).ok_or_else(|| format!("`{text}` is too large: a size has at most 64 bits"))
    }

    /// A value where a size belongs: a number of bytes or text.
    pub fn from_value(value: &Value) -> Result<Size, Fault> {
        match value {
            Value::Int(bytes) => {
                u64::try_from(*bytes).map(Size::from_bytes).map_err(|_| Fault::value("a size is not negative"))
            }
            Value::Str(text) => Size::parse(text).map_err(Fault::value),
            other => Err(Fault::type_error(format!("a size is a number of bytes or text, not {}", other.type_name()))),
        }
    }
}

/// The largest unit of 1024 that shows it without a fraction; reads back as the same size.
impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fits = |unit: u64| self.bytes != 0 && self.bytes.is_multiple_of(unit);
        match UNITS[..4].iter().find(|(_, unit)| fits(*unit)) {
            Some((name, unit)) => write!(f, "{}{name}", self.bytes / unit),
            None => write!(f, "{}B", self.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_in_every_unit_and_show_as_they_read() {
        for (text, bytes, shown) in [
            ("64KiB", 65536, "64KiB"),
            ("1 MiB", 1 << 20, "1MiB"),
            ("1500", 1500, "1500B"),
            ("2kB", 2000, "2000B"),
            ("0", 0, "0B"),
        ] {
            let size = Size::parse(text).unwrap();
            assert_eq!((size.bytes(), size.to_string().as_str()), (bytes, shown));
            assert_eq!(Size::parse(shown), Ok(size));
        }
        for wrong in ["", "KiB", "1.5KiB", "-1", "3 parsecs", "99999999999TiB", "18446744073709551616"] {
            assert!(Size::parse(wrong).is_err(), "{wrong}");
        }
    }
}
