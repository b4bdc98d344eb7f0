//! Conditions.
use super::{Fields, Lower};
use crate::graph::Condition;

pub(super) fn condition(lower: &mut Lower, fields: &Fields) -> Condition {
    Condition { lock: fields.get("lock").and_then(|given| lower.reference(given)) }
}
