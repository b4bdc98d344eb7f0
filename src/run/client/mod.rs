//! A client's side of `mpgraph ipc`: a program in a command's name, for one operation.
//!
//! | file | says |
//! |---|---|
//! | `knock` | its end of the connection through the runner's door |
//! | `visit` | in through the runner's door, and out again |
//! | `perform` | the operations, each as the step of that name |
//! | `cells` | values, arrays, and properties |
//! | `bytes_end` | the ends of bytes pipes |
//! | `wait_any` | waiting for several |
mod bytes_end;
mod cells;
mod knock;
mod perform;
mod visit;
mod wait_any;

pub use visit::{Call, Made, Trouble, call};
