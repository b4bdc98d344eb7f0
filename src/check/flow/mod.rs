//! Where control goes in a body, and the rules about it.
mod build;
mod errors;
#[expect(clippy::module_inception, reason = "the noun of the folder has a file of its own, as the others")]
mod flow;
mod outside_loop;
mod solve;
mod too_many_variables;
mod trace;
mod unreachable;
mod unset_variable;

pub(super) use flow::{Act, Flow, Known, Node, NodeId, OwnerDied, Raise};
pub(super) use outside_loop::outside_loop;
pub(super) use solve::{Analysis, Care, is_caught, reached, solve};
pub(super) use too_many_variables::too_many_variables;
pub(super) use trace::{Seen, trace};
pub(super) use unreachable::unreachable;
pub(super) use unset_variable::unset_variable;
