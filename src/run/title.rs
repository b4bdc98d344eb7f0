//! The node's name where `ps` and `top` show it.
use std::ffi::CString;
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

/// Names this process: the thread's name (15 bytes, for `top`) and the command line (for `ps`).
pub fn set(name: &str) {
    if let Ok(name) = CString::new(name) {
        let _ = nix::sys::prctl::set_name(&name);
    }
    let Some(&Some((start, end))) = ARGUMENTS.get() else { return };
    let title = format!("mpgraph: {name}");
    let room = end - start - 1;
    let length = title.len().min(room);
    // SAFETY: the kernel says that this process's argument strings lie at `start..end`; they stay mapped and
    // writable, and nothing reads them as Rust strings any more (`clap` has copied what it needs).
    unsafe {
        std::ptr::write_bytes(start as *mut u8, 0, end - start);
        std::ptr::copy_nonoverlapping(title.as_ptr(), start as *mut u8, length);
    }
}
