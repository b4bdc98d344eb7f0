//! The YAML tree to the nouns of the graph: all that is wrong is reported at once, and what could be built is built.
//!
//! One file a noun. A decoder asks `Fields` for its keys and the readers of `scalar`, `fold` and `datum` for what stands
//! there; each reports its own trouble and gives back `None`, and the decoder goes on with a default. So one slip is one
//! finding, and no finding hides another.
mod barrier;
mod body;
mod cell;
mod condition;
mod datum;
mod duration;
mod event;
mod exit;
mod expect;
mod fields;
mod fold;
mod gaps;
mod include;
mod items;
mod limit;
mod lines;
mod load;
mod lock;
mod name;
mod namespace;
mod object;
mod params;
mod pipe;
mod pool;
mod process;
mod queue;
mod root;
mod scalar;
mod semaphore;
mod state;
mod stdio;
mod step;
mod target;
mod trouble;

pub use gaps::Gaps;
pub use load::{LoadOptions, Loaded, load, load_text};

use fields::{Fields, Given};
use state::Lower;
