//! YAML to a tree in which every key and every value knows its bytes.
//!
//! The reading is YAML 1.2 core: `yes` is text, `017` is seventeen. Anchors, aliases and merge keys are
//! expanded here, within bounds; everything but a syntax error is reported and read past.
mod allow;
mod blame;
mod complaints;
mod core_schema;
mod events;
mod file;
mod layout;
mod map;
mod parse;
mod places;
mod resolve;
mod scalar;
mod tree;

pub use allow::{Allow, allows};
pub use file::read_file;
pub use parse::{NO_MAP, parse};
pub use scalar::{Scalar, Style};
pub use tree::{Entry, Key, Kind, Node};

/// A longer file is not read.
pub const FILE_MAX_BYTES: usize = 16 << 20;
