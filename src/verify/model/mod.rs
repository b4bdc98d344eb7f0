//! Every primitive as a pure value: what it is, what its operations do, when they have to wait.
//!
//! The shared memory of a real run says the same a second time; a property test drives both with the same operations
//! and demands the same outcomes. What a process has of an object (a lock's depth, a barrier's index) is a value of
//! its own beside the object, so that equal processes stay equal whatever their numbers are.
//!
//! An operation that has to wait says so (`None`, or a word of its own) and changes nothing.
mod array;
mod barrier;
mod cell;
mod condition;
mod event;
mod lock;
mod pipe;
mod pool;
mod queue;
mod semaphore;
mod stream;

pub use array::Array;
pub use barrier::{Arrival, Barrier, Broken};
pub use cell::Cell;
pub use condition::{Sleeper, notify, wake_rank};
pub use event::Event;
pub use lock::{Acquired, Lock, NotHeld};
pub use pipe::{Channel, Received};
pub use pool::{Pool, Task, Ticket};
pub use queue::{Queue, TooOften};
pub use semaphore::{AboveBound, Semaphore};
pub use stream::{Stream, Taken};
