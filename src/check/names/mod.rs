//! What the words of a graph stand for. Targets are read once each, with their parameters known by kind only.
mod call;
mod datum;
mod declared;
mod doubt;
mod process;
mod property;
mod reader;
mod scope;
mod shared;
mod step;
mod unused;
mod word;

pub(super) use declared::{declared, is_backwards};
pub(super) use doubt::Doubt;
pub(super) use shared::names;
