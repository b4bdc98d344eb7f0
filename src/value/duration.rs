//! A length of time as graphs write it: `250ms`, `2s`, `1.5s`, `3m`, `1h`, or a number of seconds.
use super::{Fault, Value};

/// Whole nanoseconds, at most about 584 years; never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    ns: u64,
}

const UNITS: [(&str, u64); 6] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

impl Duration {
    pub const ZERO: Duration = Duration { ns: 0 };
    pub const MAX: Duration = Duration { ns: u64::MAX };

    pub const fn from_ns(ns: u64) -> Duration {
        Duration { ns }
    }

    pub const fn from_secs(seconds: u64) -> Duration {
        Duration { ns: seconds.saturating_mul(1_000_000_000) }
    }

    pub const fn from_ms(ms: u64) -> Duration {
        Duration { ns: ms.saturating_mul(1_000_000) }
    }

    pub const fn ns(self) -> u64 {
        self.ns
    }

    pub fn seconds(self) -> f64 {
        self.ns as f64 / 1e9
    }

    pub const fn is_zero(self) -> bool {
        self.ns == 0
    }

    /// Reads a number with a unit, or a bare number of seconds. The error says what would be right.
    pub fn parse(text: &str) -> Result<Duration, String> {
        let wrong =
            || format!("`{text}` is no duration: write `250ms`, `2s`, `1.5s`, `3m`, `1h` or a number of seconds");
        let trimmed = text.trim();
        let digits = trimmed.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == 'µ');
        let unit = match trimmed[digits.len()..].trim() {
            "" => 1_000_000_000,
            "µs" => 1_000,
            name => UNITS.iter().find(|(known, _)| *known == name).ok_or_else(wrong)?.1,
        };
        let number = digits.trim_end();
        let plain =
            number.bytes().all(|b| b.is_ascii_digit() || b == b'.') && number.bytes().any(|b| b.is_ascii_digit());
        if !plain || number.bytes().filter(|&b| b == b'.').count() > 1 {
            return Err(wrong());
        }
        // By digits and not through a float, so that 0.1s is exactly 100 ms; what is finer than 10^-18 does not count.
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let fraction = &fraction[..fraction.len().min(18)];
        let scale = 10u128.pow(fraction.len() as u32);
        let ns = count(whole) * u128::from(unit) + (count(fraction) * u128::from(unit) + scale / 2) / scale;
        u64::try_from(ns)
            .map(Duration::from_ns)
            .map_err(|_| format!("`{text}` is too long: a duration has at most 584 years"))
    }

    /// A value where a duration belongs: a number of seconds or text. Less than nothing counts as nothing.
    pub fn from_value(value: &Value) -> Result<Duration, Fault> {
        match value {
            Value::Int(seconds) => Ok(Duration::from_secs(u64::try_from(*seconds).unwrap_or(0))),
            Value::Float(seconds) if seconds.is_nan() => Err(Fault::value("NaN is no duration")),
            // A float that is too large or negative saturates when it is cast.
            Value::Float(seconds) => Ok(Duration { ns: (seconds * 1e9).round() as u64 }),
            Value::Str(text) => Duration::parse(text).map_err(Fault::value),
            other => {
                Err(Fault::type_error(format!("a duration is a number of seconds or text, not {}", other.type_name())))
            }
        }
    }
}

/// The number that decimal digits mean, at most 2^64 - 1.
fn count(digits: &str) -> u128 {
    digits.bytes().fold(0, |n, digit| (n * 10 + u128::from(digit - b'0')).min(u128::from(u64::MAX)))
}

impl From<Duration> for std::time::Duration {
    fn from(duration: Duration) -> std::time::Duration {
        std::time::Duration::from_nanos(duration.ns)
    }
}

impl From<std::time::Duration> for Duration {
    fn from(duration: std::time::Duration) -> Duration {
        Duration { ns: u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX) }
    }
}

/// The largest unit that shows it without a fraction, `1500ms`; reads back as the same duration.
impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.ns == 0 {
            return f.write_str("0s");
        }
        let (name, unit) = UNITS.iter().rev().find(|(_, unit)| self.ns.is_multiple_of(*unit)).unwrap_or(&UNITS[0]);
        write!(f, "{}{name}", self.ns / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_duration_is_read_exactly() {
        for (text, ns, shown) in [
            ("250ms", 250_000_000, "250ms"),
            ("2s", 2_000_000_000, "2s"),
            ("1.5s", 1_500_000_000, "1500ms"),
            ("0.1", 100_000_000, "100ms"),
            ("3m", 180_000_000_000, "3m"),
            ("1h", 3_600_000_000_000, "1h"),
            ("90s", 90_000_000_000, "90s"),
            ("1.0000000005s", 1_000_000_001, "1000000001ns"),
            ("7us", 7_000, "7us"),
            ("0", 0, "0s"),
            ("2 s", 2_000_000_000, "2s"),
        ] {
            let duration = Duration::parse(text).unwrap();
            assert_eq!((duration.ns(), duration.to_string().as_str()), (ns, shown), "{text}");
            assert_eq!(Duration::parse(shown), Ok(duration));
        }
        for wrong in ["", "s", ".", "1.2.3s", "-1s", "1d", "1e3", "99999999999h", "NaN", "1 2"] {
            assert!(Duration::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_seconds_and_less_than_nothing_is_nothing() {
        assert_eq!(Duration::from_value(&Value::Int(2)), Ok(Duration::from_secs(2)));
        assert_eq!(Duration::from_value(&Value::Float(0.25)), Ok(Duration::from_ms(250)));
        assert_eq!(Duration::from_value(&Value::Int(-1)), Ok(Duration::ZERO));
        assert_eq!(Duration::from_value(&Value::Float(f64::NEG_INFINITY)), Ok(Duration::ZERO));
        assert_eq!(Duration::from_value(&Value::Float(f64::INFINITY)), Ok(Duration::MAX));
        assert_eq!(Duration::from_value(&Value::Float(f64::NAN)).unwrap_err().kind, Fault::VALUE);
        assert_eq!(Duration::from_value(&Value::Null).unwrap_err().kind, Fault::TYPE);
    }
}
