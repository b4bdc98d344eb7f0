//! Pools.
use super::{Fields, Lower};
use crate::diag::Spanned;
use crate::graph::Pool;

pub(super) fn pool(lower: &mut Lower, fields: &Fields) -> Pool {
    let processes = fields.require(lower, "processes").and_then(|given| lower.instances(given, 1));
    Pool {
        processes: processes.unwrap_or(Spanned::new(1, fields.owner)),
        maxtasksperchild: fields.get("maxtasksperchild").and_then(|given| lower.at_least(given, 1)),
        initializer: fields.get("initializer").and_then(|given| lower.reference(given)),
    }
}
