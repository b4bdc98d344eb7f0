//! What is told, in every form it is told in.
pub mod diagnostics;
pub mod explain;
pub mod paint;
pub mod run;
pub mod suite;
pub mod verify;
