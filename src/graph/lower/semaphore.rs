//! Semaphores.
use super::{Fields, Lower};
use crate::graph::Semaphore;

pub(super) fn semaphore(lower: &mut Lower, fields: &Fields) -> Semaphore {
    Semaphore {
        value: fields.get("value").and_then(|given| lower.small(given, 0)).map_or(1, |value| value.value),
        bounded: lower.flag(fields, "bounded", false),
    }
}
