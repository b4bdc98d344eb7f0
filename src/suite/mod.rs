//! Many graphs as tests: each run is a process of its own, several at once.
//!
//! A run is `mpgraph run`, started by this one and told apart only by what it writes: the supervisor wants to be the
//! only thread of its process and the only one that waits for children.
mod attempt;
mod expectation;
mod runner;
mod signals;
mod tail;

pub use attempt::{Attempt, End};
pub use expectation::{Expectation, expectations};
pub use runner::{News, Runner, RunnerOptions};
pub use tail::Tail;
