//! What must hold of any bytes whatever: one function for each way into the program. The fuzzer calls them with bytes it
//! makes up, the tests with graphs that were mutated; whatever does not hold is a panic.
#![allow(dead_code, reason = "each user takes what it needs")]
pub mod expr;
pub mod lower_check;
pub mod message;
pub mod text;
