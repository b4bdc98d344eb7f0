//! One expectation that did not hold.
use std::io::{self, Write};

use super::diff;
use super::record::FailureReport;
use crate::report::diagnostics::harmless;
use crate::report::paint::Paint;

/// `file:line:column: sentence`, and the difference if there is one to show.
pub fn failure(failure: &FailureReport, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}", paint.strong(&failure.place), harmless(&failure.message))?;
    if failure.expected.is_empty() && failure.observed.is_empty() {
        return Ok(());
    }
    diff(&failure.expected, &failure.observed, "  ", paint, out)
}
