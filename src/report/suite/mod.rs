//! How a suite of graphs came out: a line for each, what went wrong at the end; JSON and JUnit for other tools.
mod human;
mod json;
mod junit;
mod progress;
mod tally;

pub use human::{failures, line, summary};
pub use json::json;
pub use junit::junit;
pub use progress::Progress;
pub use tally::{GraphTally, Status, Tally};
