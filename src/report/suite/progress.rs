//! How far a suite has come: one line on a terminal, written over and over.
use std::io::{self, Write};

/// Columns used at most: a line that wraps cannot be taken back.
const WIDTH_MAX: usize = 79;

pub struct Progress {
    on: bool,
    /// What stands there now.
    shown: String,
}

impl Progress {
    pub fn new(on: bool) -> Progress {
        Progress { on, shown: String::new() }
    }

    pub fn show(&mut self, done: u64, of: u64, failed: u64, running: &mut dyn Iterator<Item = String>) {
        if !self.on {
            return;
        }
        let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
        let running: Vec<String> = running.collect();
        let text = format!("{done} of {of} done{failed}; running {}", running.join(", "));
        let text: String = text.chars().take(WIDTH_MAX).filter(|c| !c.is_control()).collect();
        if text != self.shown {
            write(&format!("\r\u{1b}[K{text}"));
            self.shown = text;
        }
    }

    /// Makes room for other lines.
    pub fn clear(&mut self) {
        if !std::mem::take(&mut self.shown).is_empty() {
            write("\r\u{1b}[K");
        }
    }
}

fn write(text: &str) {
    // Progress that nobody can see is no loss.
    let _ = io::stderr().write_all(text.as_bytes());
}
