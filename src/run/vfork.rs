//! A child that becomes a program without a copy of the runner.
//!
//! It runs on a stack of its own in the runner's memory while the runner is held (`CLONE_VM | CLONE_VFORK`), until its
//! `exec` or its end. A fork would copy page tables, and then each page that either side touches: half of what it costs to
//! start a small command from a runner of a few megabytes, and more from a larger one.
//!
//! What must stay true: between the two the child makes system calls and reads what was prepared. It takes no memory, does
//! not panic, and has its own descriptors, folder and signal actions (none of them is shared by the call).
use std::ffi::{CStr, CString, OsString, c_char, c_int, c_void};
use std::io;
use std::os::unix::ffi::OsStrExt;

use nix::errno::Errno;
use nix::unistd::Pid;

use super::furnish::{Furniture, Trouble};
use super::spawn::Spawn;

/// For a handful of frames of system calls.
const STACK_BYTES: usize = 64 << 10;
/// What the C library looks through when there is no `PATH`.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

unsafe extern "C" {
    /// What this process was started with and `set_var` has changed since.
    static environ: *const *const c_char;
}

/// Starts the program; its id is known when it has begun or has failed to (then it ends by itself, with a word on its stderr).
///
/// # Errors
/// What the system says when there can be no further process, or a word has a NUL byte in it.
pub fn vfork(spawn: &Spawn, argv: &[String], furniture: &Furniture) -> io::Result<Pid> {
    let image = Image::new(spawn, argv, furniture)?;
    let mut stack: Vec<u128> = Vec::with_capacity(STACK_BYTES / size_of::<u128>());
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the stack is the child's alone, aligned, and grows down from its end; it and the image outlive the call, which
    // returns when the child no longer uses this memory.
    let pid = unsafe {
        let top = stack.as_mut_ptr().add(stack.capacity());
        libc::clone(become_it, top.cast(), flags, std::ptr::from_ref(&image).cast_mut().cast())
    };
    Ok(Pid::from_raw(Errno::result(pid)?))
}

/// What the child reads, all of it made beforehand. Lists of pointers end with a null pointer, as `execve` wants them.
struct Image<'a> {
    furniture: &'a Furniture<'a>,
    name: &'a str,
    program: &'a str,
    /// Where it may be, in the order in which it is looked for.
    paths: Vec<CString>,
    argv: Vec<*const c_char>,
    /// The same for a script without `#!`: the shell, a place for the path, the other words.
    script: Vec<*const c_char>,
    envp: Vec<*const c_char>,
    /// What the pointers point to.
    _words: Vec<CString>,
}

const SHELL: &CStr = c"/bin/sh";

impl<'a> Image<'a> {
    fn new(spawn: &'a Spawn, argv: &'a [String], furniture: &'a Furniture<'a>) -> io::Result<Image<'a>> {
        let mut words: Vec<CString> = Vec::with_capacity(argv.len());
        for word in argv {
            words.push(CString::new(word.as_bytes())?);
        }
        let ended = |words: &[CString]| words.iter().map(|word| word.as_ptr()).chain([std::ptr::null()]).collect();
        let pointers: Vec<*const c_char> = ended(&words);
        let script = [SHELL.as_ptr(), std::ptr::null()].into_iter().chain(pointers[1..].iter().copied()).collect();
        let (envp, owned) = environment(&spawn.env)?;
        words.extend(owned);
        let program = argv.first().map(String::as_str).unwrap_or_default();
        Ok(Image {
            furniture,
            name: spawn.name,
            program,
            paths: paths(program, &spawn.env)?,
            argv: pointers,
            script,
            envp,
            _words: words,
        })
    }

    /// Looks along the path as the C library's `execvp` does. Comes back with the reason when it fails.
    fn exec(&self) -> Errno {
        let mut refused = None;
        let mut last = Errno::ENOENT;
        for path in &self.paths {
            // SAFETY: the strings end with NUL and the lists with null pointers; all outlive the call.
            unsafe { libc::execve(path.as_ptr(), self.argv.as_ptr(), self.envp.as_ptr()) };
            last = Errno::last();
            match last {
                Errno::ENOEXEC => return self.exec_script(path),
                Errno::EACCES => refused = Some(last),
                Errno::ENOENT | Errno::ENOTDIR | Errno::ESTALE | Errno::ENODEV | Errno::ETIMEDOUT => {}
                _ => return last,
            }
        }
        refused.unwrap_or(last)
    }

    #[cold]
    fn exec_script(&self, path: &CStr) -> Errno {
        // SAFETY: as in `exec`; the place for the path is written by this child alone, and the runner is held.
        unsafe {
            self.script.as_ptr().add(1).cast_mut().write(path.as_ptr());
            libc::execve(SHELL.as_ptr(), self.script.as_ptr(), self.envp.as_ptr());
        }
        Errno::last()
    }
}

/// The child, from its first instruction.
extern "C" fn become_it(image: *mut c_void) -> c_int {
    // SAFETY: the runner made it and is held as long as this child uses its memory.
    let image: &Image = unsafe { &*image.cast_const().cast() };
    match image.furniture.lay_out() {
        Err(Trouble::Orphaned) => 1,
        Err(Trouble::Of(what, errno)) => {
            complain(&["mpgraph: ", image.name, ": ", what, ": ", errno.desc(), "\n"]);
            126
        }
        Ok(()) => {
            let errno = image.exec();
            complain(&["mpgraph: cannot run `", image.program, "`: ", errno.desc(), "\n"]);
            if errno == Errno::ENOENT { 127 } else { 126 }
        }
    }
}

/// Says it on stderr, in one piece if it is short enough to be.
pub fn complain(pieces: &[&str]) {
    let mut line = [0; 512];
    let mut end = 0;
    for byte in pieces.iter().flat_map(|piece| piece.bytes()) {
        if let Some(place) = line.get_mut(end) {
            *place = byte;
            end += 1;
        }
    }
    // SAFETY: 2 is open, or the write fails and there is nobody to tell.
    unsafe { libc::write(2, line.as_ptr().cast(), end) };
}

/// The variables as a list of pointers, and what is new among what they point to.
fn environment(changes: &[(String, String)]) -> io::Result<(Vec<*const c_char>, Vec<CString>)> {
    let is_changed = |variable: &CStr| {
        let bytes = variable.to_bytes();
        changes
            .iter()
            .any(|(name, _)| bytes.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'=')))
    };
    let mut pointers = Vec::new();
    // SAFETY: a list of strings that ends with a null pointer, which nobody changes: this process has one thread.
    unsafe {
        let mut at = environ;
        while !at.is_null() && !(*at).is_null() {
            if changes.is_empty() || !is_changed(CStr::from_ptr(*at)) {
                pointers.push(*at);
            }
            at = at.add(1);
        }
    }
    let mut owned = Vec::with_capacity(changes.len());
    for (at, (name, value)) in changes.iter().enumerate() {
        // Of two of one name the later counts.
        if !changes[at + 1..].iter().any(|(later, _)| later == name) {
            owned.push(CString::new(format!("{name}={value}"))?);
        }
    }
    pointers.extend(owned.iter().map(|variable| variable.as_ptr()).chain([std::ptr::null()]));
    Ok((pointers, owned))
}

/// Where a program of that name may be.
fn paths(program: &str, changes: &[(String, String)]) -> io::Result<Vec<CString>> {
    if program.is_empty() || program.contains('/') {
        return Ok(vec![CString::new(program)?]);
    }
    let changed = changes.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| OsString::from(value));
    let path = changed.or_else(|| std::env::var_os("PATH")).unwrap_or_else(|| DEFAULT_PATH.into());
    let mut paths = Vec::new();
    for folder in path.as_bytes().split(|byte| *byte == b':') {
        let slash: &[u8] = if folder.is_empty() { b"" } else { b"/" };
        paths.push(CString::new([folder, slash, program.as_bytes()].concat())?);
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(changes: &[(&str, &str)]) -> Vec<(String, String)> {
        changes.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    #[test]
    fn a_name_is_looked_for_along_the_path_that_the_program_will_see() {
        let texts = |program, path| {
            let paths = paths(program, &changes(&[("PATH", path)])).unwrap();
            paths.iter().map(|path| path.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(texts("true", "/a:/b"), ["/a/true", "/b/true"]);
        assert_eq!(texts("true", "/a::/b"), ["/a/true", "true", "/b/true"], "an empty part is the folder it is in");
        assert_eq!(texts("./true", "/a"), ["./true"]);
    }

    #[test]
    fn a_changed_variable_takes_the_place_of_the_old_one() {
        // Cargo sets it for every test.
        let count = |changes: &[(String, String)]| environment(changes).unwrap().0.len();
        let (pointers, owned) = environment(&changes(&[("CARGO_PKG_NAME", "a"), ("CARGO_PKG_NAME", "b")])).unwrap();
        assert_eq!(owned, [c"CARGO_PKG_NAME=b".to_owned()]);
        assert_eq!(pointers.len(), count(&[]));
        assert!(pointers.last().unwrap().is_null());
        assert!(environment(&changes(&[("A", "b\0c")])).is_err());
    }
}
