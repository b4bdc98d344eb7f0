//! Locks.
use super::{Fields, Lower};
use crate::graph::Lock;

pub(super) fn lock(lower: &mut Lower, fields: &Fields) -> Lock {
    Lock { recursive: lower.flag(fields, "recursive", false) }
}
