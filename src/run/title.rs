//! The node's name where `ps` and `top` show it.
use std::sync::OnceLock;

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

/// Names this process: the thread's name (15 bytes, for `top`) and the command line (for `ps`). Nothing is formatted: each
/// page of code that a fresh child touches is a fault.
#[unsafe(link_section = "text_of_nodes")] // SAFETY: a section of code like any other; see `spawn`.
pub fn set(name: &str) {
    let mut short = [0; 16];
    let length = name.len().min(short.len() - 1);
    short[..length].copy_from_slice(&name.as_bytes()[..length]);
    // SAFETY: the string ends with NUL and is copied by the call.
    unsafe { libc::prctl(libc::PR_SET_NAME, short.as_ptr()) };
    let Some(&Some((start, end))) = ARGUMENTS.get() else { return };
    const PREFIX: &str = "mpgraph: ";
    let room = end - start - 1;
    let first = PREFIX.len().min(room);
    let second = name.len().min(room - first);
    // SAFETY: the kernel says that this process's argument strings lie at `start..end`; they stay mapped and
    // writable, and nothing reads them as Rust strings any more (`clap` has copied what it needs).
    unsafe {
        let place = start as *mut u8;
        std::ptr::write_bytes(place, 0, end - start);
        std::ptr::copy_nonoverlapping(PREFIX.as_ptr(), place, first);
        std::ptr::copy_nonoverlapping(name.as_ptr(), place.add(first), second);
    }
}
