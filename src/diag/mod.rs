//! Findings as data: what is wrong, where, and what to do about it.
mod bag;
mod code;
mod finding;
mod nearest;
mod sources;
mod span;

pub use bag::Bag;
pub use code::Code;
pub use finding::{Finding, Label, Severity};
pub use nearest::{nearest, nearest_all, nearest_help};
pub use sources::{Position, Source, Sources};
pub use span::{FileId, Span, Spanned};
