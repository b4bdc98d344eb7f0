//! The field tables of the language: one per kind of map, read by the decoder, the JSON Schema and the reference.
mod expect;
mod json;
mod object;
mod process;
mod root;
mod shape;
mod stdio;
mod step;
mod table;
mod target;

pub use expect::{BOUNDS, ELAPSED, EXPECT, ITEMS, LINE_REGEX, LINES, PROCESS_EXPECT};
pub use json::json_schema;
pub use object::{ARRAY, BARRIER, CONDITION, EVENT, LOCK, PIPE, POOL, QUEUE, SEMAPHORE, VALUE, of_kind};
pub use process::{LIMITS, PROCESS, RESTART};
pub use root::{LIBRARY, ROOT};
pub use shape::Shape;
pub use stdio::{STDIN, STDOUT, STREAM_FILE, STREAM_PIPE, STREAM_QUEUE};
pub use step::{BARE_WORDS, EXEC_INTO, VERBS, Verb, verb};
pub use table::{Field, Table};
pub use target::TARGET;
