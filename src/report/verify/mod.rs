//! How a verification came out: for people, for programs, and while it goes on.
mod capacity;
mod cause;
mod human;
mod json;
mod lanes;
mod progress;

pub use capacity::{capacities, capacities_json};
pub use human::human;
pub use json::json;
pub use progress::progress;
