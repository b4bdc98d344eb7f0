//! The verbs of a step with their modifiers, by group.
mod exec;
mod flow;
mod memory;
mod output;
mod pipe;
mod pool;
mod process;
mod queue;
mod sync;
mod verb;

pub use exec::EXEC_INTO;
pub use verb::{BARE_WORDS, VERBS, Verb, verb};
