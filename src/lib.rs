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
//! cli -> report -> {run, suite, verify, draw} -> check -> {program, graph} -> {expr, text} -> value -> diag
//!                   run -> shm
//! ```
//!
//! | folder | says |
//! |---|---|
//! | [`check`] | one rule a file, and the gate that makes the plan |
//! | [`cli`] | one verb a file: flags, streams, exit codes |
//! | [`diag`] | one finding as data (code, spans, help), the bag that sorts and dedupes, the table of codes |
//! | [`graph`] | the nouns, one file each: process, queue, pipe, event, lock, step, expectation |
//! | [`report`] | what is told, in every form it is told in |
//! | [`program`] | a body of steps as a flat list of instructions, and the machine that executes it |
//! | [`expr`] | the expression language: text to tree to code to value |
//! | [`text`] | YAML to a tree in which every key and value knows its bytes |
//! | [`value`] | the values of the language, their text and their bytes on the wire |
//! | [`draw`] | a plan as boxes and arrows, and the pens for them |
//! | [`run`] | real processes: the supervisor, what it starts, what came of it |
//! | [`verify`] | the same primitives as pure values, and every interleaving of them |
//! | [`suite`] | many graphs as tests, each run a process of its own |
//! | [`shm`] | the arena and one primitive a file: what each word may hold, what happens when a holder dies |
pub mod check;
pub mod cli;
pub mod diag;
pub mod draw;
pub mod expr;
pub mod graph;
pub mod program;
pub mod report;
pub mod run;
pub mod shm;
pub mod suite;
pub mod text;
pub mod value;
pub mod verify;
