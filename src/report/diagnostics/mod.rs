//! Findings for people, for programs and for other tools.
//!
//! Every pen takes the same: the files that were checked, each with its sources and its findings in order.
mod github;
mod help;
mod human;
mod json;
mod pages;
mod sarif;
mod summary;

pub use github::github;
pub use human::{Look, human};
pub use json::{LabelRecord, json};
pub use pages::{harmless, one_line};
pub use sarif::sarif;
pub use summary::summary;

use crate::diag::{FileId, Finding, Sources};

/// One graph that was checked: file 0 of its sources is its own.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    pub sources: &'a Sources,
    /// In source order, once each, as [`Bag::into_sorted`](crate::diag::Bag::into_sorted) gives them.
    pub findings: &'a [Finding],
}

impl Checked<'_> {
    /// As it was named on the command line.
    pub fn path(&self) -> &str {
        &self.sources.get(FileId(0)).path
    }
}

#[cfg(test)]
mod sample;
