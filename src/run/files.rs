//! The files that standard streams come from and go to.
//!
//! A file that is written is emptied when the run first opens it, and appended to from then on: both streams of a
//! process, its replicas and its restarts may share one, and nobody writes over the lines of another. No opening waits:
//! a named pipe would keep the runner until somebody came to its other end.
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

#[derive(Debug, Default)]
pub struct Files {
    /// Device and number of those that have been emptied.
    emptied: Mutex<HashSet<(u64, u64)>>,
}

impl Files {
    /// # Errors
    /// What the system says, with the file's name.
    pub fn read(&self, path: &Path) -> io::Result<OwnedFd> {
        open(path, OpenOptions::new().read(true))
    }

    /// # Errors
    /// What the system says, with the file's name.
    pub fn write(&self, path: &Path) -> io::Result<OwnedFd> {
        let file = File::from(open(path, OpenOptions::new().append(true).create(true))?);
        let about = file.metadata().map_err(|error| named(path, &error))?;
        if about.is_file()
            && self.emptied.lock().unwrap_or_else(PoisonError::into_inner).insert((about.dev(), about.ino()))
        {
            file.set_len(0).map_err(|error| named(path, &error))?;
        }
        Ok(file.into())
    }
}

fn open(path: &Path, how: &mut OpenOptions) -> io::Result<OwnedFd> {
    let file = how.custom_flags(libc::O_NONBLOCK).open(path).map_err(|error| match error.raw_os_error() {
        Some(libc::ENXIO) => io::Error::other(format!("`{}`: nobody reads this pipe", path.display())),
        _ => named(path, &error),
    })?;
    // Who gets it expects to wait for it.
    let flags = OFlag::from_bits_retain(fcntl(&file, FcntlArg::F_GETFL)?);
    fcntl(&file, FcntlArg::F_SETFL(flags - OFlag::O_NONBLOCK))?;
    Ok(file.into())
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn who_shares_a_file_appends_to_what_the_run_began_with_nothing() {
        let folder = std::env::temp_dir().join(format!("mpgraph-files-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("out");
        std::fs::write(&path, "of an earlier run\n").unwrap();
        let files = Files::default();
        let mut first = File::from(files.write(&path).unwrap());
        first.write_all(b"1\n").unwrap();
        let mut second = File::from(files.write(&path).unwrap());
        second.write_all(b"2\n").unwrap();
        first.write_all(b"3\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "1\n2\n3\n");
        let pipe = folder.join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(files.write(&pipe).unwrap_err().to_string().contains("nobody reads this pipe"));
        files.read(&pipe).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
