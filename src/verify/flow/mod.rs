//! What can be known of a program without running it: where control goes, which variables still matter, what may
//! still be done, and which writes depend on which reads.
mod balance;
mod edges;
mod live;
mod operands;
mod taint;

pub(super) use balance::{Count, never_below_zero};
pub(super) use edges::Edges;
pub(super) use live::{Live, touches};
pub(super) use operands::{answer_slot, operands, reads};
pub(super) use taint::Taint;
