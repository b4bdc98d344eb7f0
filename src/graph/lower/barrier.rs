//! Barriers.
use super::{Fields, Lower};
use crate::diag::Spanned;
use crate::graph::Barrier;

pub(super) fn barrier(lower: &mut Lower, fields: &Fields) -> Barrier {
    let parties = fields.require(lower, "parties").and_then(|given| lower.small(given, 1));
    Barrier {
        parties: parties.unwrap_or(Spanned::new(1, fields.owner)),
        timeout: fields.get("timeout").and_then(|given| lower.duration(given)).map(|timeout| timeout.value),
    }
}
