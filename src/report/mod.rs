//! What is told, in every form it is told in.
pub mod diagnostics;
pub mod explain;
