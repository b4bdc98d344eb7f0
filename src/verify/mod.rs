//! `verify`: every interleaving of a graph's steps on pure models of its objects.
//!
//! A state is a row of numbers; a step of one process is looked up, or computed once by its machine and the model of the
//! object it touches. The search is breadth first and exact. What can make no difference is left out: orders of steps
//! that do not concern one another, the names of interchangeable replicas, variables that nobody reads any more, which
//! process has which of the items that nobody decides by. Of stretches without a choice only the ends are kept.
mod access;
mod advance;
mod approach;
mod batch;
mod bits;
mod block;
mod body;
mod capacity;
mod chain;
mod circles;
mod commute;
#[cfg(test)]
mod differential;
mod effects;
mod ended;
mod endless;
mod enough;
mod expectation;
mod explore;
mod flow;
mod follow;
mod footprint;
mod found;
mod frontier;
mod groups;
mod interner;
mod kept;
mod lasso;
mod lateness;
mod layout;
mod limits;
pub mod model;
mod moves;
mod obstacle;
mod path;
mod payload;
mod quiet;
mod reduce;
mod report;
mod shortest;
mod sinks;
mod step;
mod store;
mod switches;
mod system;
mod tell;
mod thin;
mod trace;
#[expect(clippy::module_inception, reason = "the verb of the folder has a file of its own, as the nouns have")]
mod verify;
mod waits;
mod watch;
mod world;

pub use capacity::{Answer, Capacities, Capacity, suggest_capacity};
pub use follow::{Deviation, follow};
pub use lateness::Late;
pub use limits::{Limit, Limits, Progress};
pub use obstacle::Obstacle;
pub use report::{Counterexample, Options, Report, Times, TraceStep, Verdict};
pub use system::Time;
pub use verify::verify;
pub use waits::Waiting;
