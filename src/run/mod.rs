//! Real processes: the supervisor and what it starts.
//!
//! | file | says |
//! |---|---|
//! | `options`, `memory` | how a run is asked for; what queues and pipes may hold when nobody says |
//! | `reactor` | what is to be done about what has happened, pure |
//! | `supervisor` | the rim around it: epoll, signals, reaping |
//! | `due`, `room` | what is to be started next; whether the system has room for all of it |
//! | `settle`, `orphans` | what the dead had taken; what they leave behind |
//! | `gate` | steps of real processes, taken one at a time |
//! | `front` | who outlives whom, so that nothing outlives both |
//! | `inherited` | what whoever started this process left it with |
//! | `files` | what standard streams come from and go to |
//! | `spawn`, `launch` | from the runner to a node |
//! | `furnish`, `vfork` | what every child does first; becoming a program without a copy of the runner |
//! | `title` | a node's name where `ps` shows it |
//! | `world` | the arena of one run, and what in it stands for what |
//! | `cells`, `pool`, `bytes_pipe` | numbers in the arena; what callers and workers say; pipes of the system |
//! | `node` | inside a forked process: requests performed on shared memory |
//! | `ipc`, `client` | programs that attach for one operation: the runner's side and theirs |
//! | `wire`, `capture`, `output` | what nodes say, on its way out |
//! | `feeder`, `command_output` | between a queue and a stream of a command; what a command writes, to its end |
//! | `deadlock`, `stall`, `blame` | who waits for what, in the graph's words |
//! | `record`, `verdict` | what was observed, against what was expected |
//! | `trace` | what was done when |
mod blame;
mod bytes_pipe;
mod capture;
mod cells;
mod client;
mod command_output;
mod deadlock;
mod due;
mod feeder;
mod files;
mod front;
mod furnish;
mod gate;
mod inherited;
mod ipc;
mod launch;
mod memory;
mod node;
mod options;
mod orphans;
mod output;
mod pool;
mod reactor;
mod record;
mod room;
mod settle;
mod spawn;
mod stall;
mod supervisor;
mod title;
mod trace;
mod verdict;
mod vfork;
mod wire;
mod world;

pub use bytes_pipe::BytesPipe;
pub use client::{Call, Made, Trouble, call};
pub use deadlock::{Deadlock, Waiter};
pub use gate::Divergence;
pub use inherited::heed_signals;
pub use ipc::Verb as ClientVerb;
pub use options::{Order, RunOptions};
pub use reactor::{Cause, NodeId};
pub use record::{ProcessRecord, Record};
pub use spawn::leave;
pub use supervisor::{Finished, Supervisor};
pub use trace::{RunTrace, TRACE_STEPS_MAX, TracedProcess, TracedStep};
pub use verdict::{Failure, Observed, Outcome, ending, judge};
pub use wire::Wire;
pub use world::actors;

/// The exit code of a bug in mpgraph.
pub const EXIT_BUG: i32 = 70;
