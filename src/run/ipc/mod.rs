//! The runner's side of `mpgraph ipc`: programs that attach, in a command's name, for one operation.
//!
//! A command finds the runner's door (a socket without a name in any file system) and a token in [`VARIABLE`]. Whoever
//! says the token is let in, and named what it asks for if the command's `uses` allows it. What concerns processes is
//! done here; for everything else the client gets the arena and a slot of its own, and does the operation itself.
//!
//! | file | says |
//! |---|---|
//! | `message` | what is said through the door |
//! | `door` | the socket, tokens, and who is on the way in |
//! | `introduce` | what the words of a client stand for, and whether it may |
//! | `attach` | a client's slot, from its beginning to its certain end |
mod attach;
mod door;
mod introduce;
mod message;

pub use attach::Clients;
pub use message::{Answer, Granted, Hello, MOST_BYTES, Question, Verb, What};

/// Where a command finds the door and its token: `NAME:TOKEN`.
pub const VARIABLE: &str = "MPGRAPH_IPC";
