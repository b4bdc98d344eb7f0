//! Who runs before whom, and the rules about it.
mod close_call;
mod cycle;
mod daemon_unawaited;
mod join_before_drain;
mod join_ring;
mod never_started;
#[expect(clippy::module_inception, reason = "the noun of the folder has a file of its own, as the others")]
mod order;
mod ring;
mod self_join;
mod start_twice;

pub(super) use close_call::close_call;
pub(super) use cycle::cycle;
pub(super) use daemon_unawaited::daemon_unawaited;
pub(super) use join_before_drain::join_before_drain;
pub(super) use join_ring::join_ring;
pub(super) use never_started::never_started;
pub(super) use order::Order;
pub(super) use self_join::self_join;
pub(super) use start_twice::start_twice;
