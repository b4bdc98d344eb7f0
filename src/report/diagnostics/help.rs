//! The help under a finding as it is painted: wrapping it takes longer than all the rest, and it is often the same.
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler};

use super::pages::harmless;

/// So many are kept.
const KEPT_MAX: usize = 1000;

#[derive(Default)]
pub(super) struct Helps<'f> {
    painted: HashMap<&'f str, String>,
}

impl<'f> Helps<'f> {
    pub(super) fn painted(&mut self, painter: &GraphicalReportHandler, help: &'f str) -> Result<&str, fmt::Error> {
        if self.painted.len() >= KEPT_MAX && !self.painted.contains_key(help) {
            self.painted.clear();
        }
        Ok(match self.painted.entry(help) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(paint(painter, help)?),
        })
    }
}

/// What the painter adds to a report for its help.
fn paint(painter: &GraphicalReportHandler, help: &str) -> Result<String, fmt::Error> {
    let (mut without, mut with) = (String::new(), String::new());
    painter.render_report(&mut without, &Alone(None))?;
    painter.render_report(&mut with, &Alone(Some(help)))?;
    Ok(with.split_off(without.len()))
}

/// A report of nothing but its help.
#[derive(Debug)]
struct Alone<'h>(Option<&'h str>);

impl fmt::Display for Alone<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Alone<'_> {}

impl Diagnostic for Alone<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.map(|help| Box::new(harmless(help)) as Box<dyn fmt::Display>)
    }
}
