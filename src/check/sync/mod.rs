//! Locks, events, barriers, counted tasks and shared values: the rules about waiting for one another.
mod alone;
mod barrier_parties;
mod barrier_rounds;
mod conditions;
mod hanging;
mod hearing;
mod held;
mod lock_order;
mod meeting;
mod never_set;
mod not_held;
mod not_released;
mod self_deadlock;
mod task_done;
mod unprotected_update;
mod update;

pub(super) use barrier_parties::barrier_parties;
pub(super) use barrier_rounds::barrier_rounds;
pub(super) use lock_order::lock_order;
pub(super) use never_set::never_set;
pub(super) use not_held::not_held;
pub(super) use not_released::not_released;
pub(super) use self_deadlock::self_deadlock;
pub(super) use task_done::task_done;
pub(super) use unprotected_update::unprotected_update;
