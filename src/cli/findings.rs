//! What was found in a graph that is to be run, on stderr.
use std::io::{self, Write};

use super::args::Global;
use super::paint::look;
use crate::check::Checked;
use crate::diag::Finding;
use crate::report::diagnostics;

/// Every finding; with `--quiet` errors only.
pub fn tell(checked: &Checked, global: Global) {
    tell_with(checked, global, |files, out| diagnostics::human(files, look(global.color, &io::stderr()), out));
}

pub fn tell_json(checked: &Checked, global: Global) {
    tell_with(checked, global, |files, out| diagnostics::json(files, out));
}

fn tell_with(
    checked: &Checked,
    global: Global,
    write: impl FnOnce(&[diagnostics::Checked], &mut dyn Write) -> io::Result<()>,
) {
    let shown = |finding: &&Finding| finding.is_error() || !global.quiet;
    let findings: Vec<Finding> = checked.findings.iter().filter(shown).cloned().collect();
    if findings.is_empty() {
        return;
    }
    let mut text = Vec::new();
    // In one piece; without a reader of stderr there is nobody to tell.
    if write(&[diagnostics::Checked { sources: &checked.sources, findings: &findings }], &mut text).is_ok() {
        let _ = io::stderr().write_all(&text);
    }
}
