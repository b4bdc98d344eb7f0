//! mpgraph: a declarative process-graph runner for Linux.
//!
//! ```text
//! text --yaml--> spanned tree --lower--> typed graph --check--> Plan --> run | verify | draw --> events --> report
//!                                                        |
//!                           bodies compiled to flat programs, expressions compiled
//! ```
//!
//! Folders are layers and `use` points down only (`tests/layers.rs` holds them to it):
//!
//! ```text
//! cli -> report -> {run, verify, draw} -> check -> {program, graph} -> {expr, text} -> value -> diag
//!                   run -> shm -> value
//! ```
//!
//! | folder | says |
//! |---|---|
//! | [`diag`] | one finding as data (code, spans, help), the bag that sorts and dedupes, the table of codes |
//! | [`expr`] | the expression language: text to tree to code to value |
//! | [`value`] | the values of the language, their text and their bytes on the wire |
pub mod diag;
pub mod expr;
pub mod value;
