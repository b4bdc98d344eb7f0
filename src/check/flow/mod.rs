//! Where control goes in a body, and the rules about it.
mod around;
mod build;
mod endless;
mod errors;
mod few;
#[expect(clippy::module_inception, reason = "the noun of the folder has a file of its own, as the others")]
mod flow;
mod locals;
mod numbers;
mod outside_loop;
mod rounds;
mod solve;
mod too_many_variables;
mod trace;
mod unreachable;
mod unset_variable;

pub(super) use endless::endless;
pub(super) use flow::{Act, Flow, Known, Locals, Node, NodeId, OwnerDied, Raise, Settled};
pub(super) use outside_loop::outside_loop;
pub(super) use rounds::rounds;
pub(super) use solve::{Analysis, Care, is_caught, reached, solve};
pub(super) use too_many_variables::too_many_variables;
pub(super) use trace::{Seen, trace, trace_counted};
pub(super) use unreachable::unreachable;
pub(super) use unset_variable::unset_variable;
