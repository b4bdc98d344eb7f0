//! Inside a forked process: a machine is run, and its requests are performed on shared memory.
mod await_result;
mod bytes_end;
mod cells;
mod exec;
mod gate;
mod hands;
mod process;
mod queue;
mod sink;
mod sync;
mod thread;
mod wait_any;
mod worker;

pub use bytes_end::ready;
pub use hands::Hands;
pub use process::read_process;
pub use sink::{Sink, item, line, write_all};
pub use thread::body;
pub use worker::work;
