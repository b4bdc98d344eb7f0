//! Shared memory that outlives any death: one anonymous arena, and in it one primitive a file.
//!
//! | file | says |
//! |---|---|
//! | `arena` | the mapping: how it is made, and found again after `exec` |
//! | `offset` | places in the arena: what may live there, setting room aside, turning a place into a reference |
//! | `charge` | what it costs: bytes against the run's limit, pages given back |
//! | `directory` | the list of objects, so that anybody who has the mapping can find them all |
//! | `object` | what every object must answer to the supervisor |
//! | `slot`, `waiting` | one cache-line pair per actor: who it is; what it does, what it waits for |
//! | `actor` | the handle by which every operation is done; publishing waits |
//! | `futex`, `bell`, `spin`, `rseq` | sleeping: the system call, the word that needs none while nobody sleeps, when to spin first, what a wake-up need not cost |
//! | `scalar` | numbers, what fits into which type, the cell |
//! | `lock`, `semaphore`, `event`, `barrier`, `condition`, `value`, `array` | the primitives, one file each, headed by their words, commit points and deaths |
//! | `queue`, `pipe` | what programs put into and take from |
//! | `pool` | calls handed in, taken chunk by chunk, and answered |
//! | `fifo`, `log`, `item`, `parties` | what both are made of: order and deaths, the records, single items, who is wired |
//! | `word` | the atomic words all this is made of |
//! | `heap`, `guard` | blocks of memory, and the short lock inside an object |
//! | `trace` | what was done when, for a run that is traced |
//! | `explore` | tests: every interleaving of a few processes, with a death at every step |
//! | `supervise` | what the supervisor calls: begin, recover, ended; readers for the deadlock watch |
//!
//! A command acts through clients, programs that attach for one operation, each in a slot of its own: what a client took is its
//! own until it has delivered it, and then entrusts it to the command, for which a later client may release it or mark it done.
//!
//! Three rules hold in every file:
//!
//! 1. Ownership is a [`Tag`] (slot and incarnation) put into a word by one compare-exchange: nothing is ever owned and not recorded.
//! 2. Every operation has one commit point. A death before it changed nothing, a death after it owes at most wake-ups.
//! 3. After each death the supervisor repairs what the dead owned and wakes every sleeper of every object
//!    ([`supervise::recover`]): the dead may have owed a wake-up or eaten one. Nobody else repairs.
mod actor;
mod arena;
mod array;
mod barrier;
mod bell;
mod charge;
#[cfg(test)]
mod client_tests;
mod condition;
mod directory;
mod event;
#[cfg(test)]
mod explore;
mod fifo;
mod futex;
mod guard;
mod heap;
mod item;
mod lock;
mod log;
mod object;
mod offset;
mod parties;
mod pipe;
mod pool;
mod queue;
mod rseq;
mod scalar;
mod semaphore;
mod slot;
mod spin;
pub mod supervise;
mod trace;
mod value;
mod waiting;
mod word;

pub use actor::{Actor, TimedOut};
pub use arena::{Arena, AttachError, DAMAGED, OutOfMemory, Sizes};
pub use array::{Array, Refused};
pub use barrier::{Barrier, Broken};
pub use bell::Bell;
pub use condition::{Condition, Waited};
pub use directory::{Kind, ObjectIndex};
pub use event::Event;
pub use futex::{Wait, now_ns};
pub use heap::Heap;
pub use lock::{Acquired, Lock, NotHeld};
pub use object::Object;
pub use offset::{Offset, Resident};
pub use pipe::{End, Pipe, RecvError, SendError};
pub use pool::{Answer, Draft, End as WorkerEnd, Job, Pool, PoolForm, SheetId, Worker};
pub use queue::{Empty, Next, PutError, Queue, QueueForm, TooOften};
pub use rseq::give_up_rseq;
pub use scalar::{Misfit, Scalar, ScalarType};
pub use semaphore::{AboveBound, Semaphore};
pub use slot::{Requests, Slot, SlotIndex, State, Tag};
pub use trace::{Begun, How, Trace, Traced};
pub use value::{CannotMake, Value};
pub use waiting::{Doing, Target, Verb, Waiting};
