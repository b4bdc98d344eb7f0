//! Events.
use super::{Fields, Lower};
use crate::graph::Event;

pub(super) fn event(lower: &mut Lower, fields: &Fields) -> Event {
    Event { set: lower.flag(fields, "set", false) }
}
