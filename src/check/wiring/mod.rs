//! Who may do what to what, and the rules about it.
mod no_consumer;
mod no_producer;
mod not_allowed;
mod one_end;
mod overfull;
mod pills;
mod shared_end;
mod too_few_items;
#[expect(clippy::module_inception, reason = "the noun of the folder has a file of its own, as the others")]
mod wiring;

pub(super) use no_consumer::no_consumer;
pub(super) use no_producer::no_producer;
pub(super) use not_allowed::not_allowed;
pub(super) use one_end::one_end;
pub(super) use overfull::overfull;
pub(super) use pills::pills;
pub(super) use shared_end::shared_end;
pub(super) use too_few_items::too_few_items;
pub use wiring::{Actor, Uses, Wiring};
