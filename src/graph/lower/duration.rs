//! Durations and sizes: as constants, and inside steps.
use super::{Given, Lower};
use crate::diag::{Span, Spanned};
use crate::graph::Datum;
use crate::value::{Duration, Size, Value};

const DURATIONS: &str = "write `250ms`, `2s`, `1.5s`, `3m`, `1h`, or a number of seconds";
const SIZES: &str = "write `64KiB`, `1MiB`, `2GiB`, or a number of bytes";

impl Lower {
    /// A constant length of time.
    pub(super) fn duration(&mut self, given: Given) -> Option<Spanned<std::time::Duration>> {
        let value = self.fold(given.node)?;
        let place = given.node.place();
        let duration = self.duration_value(&value, place, false)?;
        Some(Spanned::new(duration.into(), place))
    }

    /// A constant number of bytes.
    pub(super) fn size(&mut self, given: Given) -> Option<u64> {
        let value = self.fold(given.node)?;
        self.size_value(&value, given.node.place())
    }

    /// How long a step waits; less than nothing does not block, null waits for ever.
    pub(super) fn timeout(&mut self, given: Given) -> Option<Datum> {
        let place = given.node.place();
        let datum = self.checked(given, |lower, value| lower.duration_value(value, place, true).is_some())?;
        // A negative duration as text means the same as 0, and as 0 everybody can read it.
        match datum.constant().and_then(Value::as_str) {
            Some(text) if text.trim_start().starts_with('-') => Some(Datum::Constant(Value::Int(0), place)),
            _ => Some(datum),
        }
    }

    /// How long a step pauses.
    pub(super) fn pause(&mut self, given: Given) -> Option<Datum> {
        let place = given.node.place();
        self.checked(given, |lower, value| lower.duration_value(value, place, false).is_some())
    }

    /// A number of bytes inside a step.
    pub(super) fn step_size(&mut self, given: Given) -> Option<Datum> {
        let place = given.node.place();
        self.checked(given, |lower, value| lower.size_value(value, place).is_some())
    }

    fn duration_value(&mut self, value: &Value, place: Span, negative: bool) -> Option<Duration> {
        let below_zero = match value {
            Value::Int(seconds) => *seconds < 0,
            Value::Float(seconds) => *seconds < 0.0,
            Value::Str(text) => text.trim_start().starts_with('-'),
            _ => {
                self.wrong_value(place, value, "a duration");
                return None;
            }
        };
        let read = match (value, below_zero) {
            (Value::Str(text), true) => {
                let positive = text.trim_start().trim_start_matches('-');
                Duration::parse(positive).map(|_| Duration::ZERO).map_err(|_| format!("`{text}` is no duration"))
            }
            _ => Duration::from_value(value).map_err(|fault| fault.message),
        };
        match read {
            Ok(_) if below_zero && !negative => {
                self.bad_value(place, "a duration is not negative", DURATIONS);
                None
            }
            Ok(duration) => Some(duration),
            Err(message) => {
                self.bad_value(place, sentence(&message), DURATIONS);
                None
            }
        }
    }

    fn size_value(&mut self, value: &Value, place: Span) -> Option<u64> {
        if !matches!(value, Value::Int(_) | Value::Str(_)) {
            self.wrong_value(place, value, "a size");
            return None;
        }
        match Size::from_value(value) {
            Ok(size) => Some(size.bytes()),
            Err(fault) => {
                self.bad_value(place, sentence(&fault.message), SIZES);
                None
            }
        }
    }
}

/// What is wrong, without what would be right: that is the help's part.
fn sentence(message: &str) -> &str {
    message.split_once(": write").map_or(message, |(sentence, _)| sentence)
}
