//! The node's name where `ps` and `top` show it.
use std::sync::OnceLock;

use super::furnish::call;

/// Where this program's arguments lie in memory: what `ps` prints.
static ARGUMENTS: OnceLock<Option<(usize, usize)>> = OnceLock::new();

/// Looks up where the arguments lie. Once, in the runner: its children have them at the same place.
pub fn prepare() {
    ARGUMENTS.get_or_init(|| {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        // After the name in parentheses, which may hold anything, field 3 is the first; 48 and 49 are meant.
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        let (start, end): (usize, usize) = (fields.get(45)?.parse().ok()?, fields.get(46)?.parse().ok()?);
        (start != 0 && start < end).then_some((start, end))
    });
}

/// Put together before the process is there: each page of code, and of constants, that a fresh child touches is a fault.
pub struct Title(String);

const PREFIX: &str = "mpgraph: ";

impl Title {
    pub fn new(name: &str) -> Title {
        Title([PREFIX, name].concat())
    }

    /// Names this process: the thread's name (15 bytes, for `top`) and the command line (for `ps`).
    #[unsafe(link_section = "text_of_nodes")] // SAFETY: a section of code like any other; see `spawn`.
    pub fn set(&self) {
        let name = &self.0.as_bytes()[PREFIX.len()..];
        let mut short = [0; 16];
        let length = name.len().min(short.len() - 1);
        short[..length].copy_from_slice(&name[..length]);
        // The string ends with NUL and is copied by the call.
        call(libc::SYS_prctl, [libc::PR_SET_NAME as usize, short.as_ptr() as usize, 0, 0]);
        let Some(&Some((start, end))) = ARGUMENTS.get() else { return };
        let length = self.0.len().min(end - start - 1);
        // SAFETY: the kernel says that this process's argument strings lie at `start..end`; they stay mapped and
        // writable, and nothing reads them as Rust strings any more (`clap` has copied what it needs).
        unsafe {
            let place = start as *mut u8;
            std::ptr::write_bytes(place, 0, end - start);
            std::ptr::copy_nonoverlapping(self.0.as_ptr(), place, length);
        }
    }
}
