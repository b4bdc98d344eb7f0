//! Where results go: standard output, or the file of `-o`.
//!
//! A reader that has gone away (`| head`) is no trouble: the rest is dropped, and the verdict stays what it is. Any
//! other error is said, and the exit code is not 0.
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::Exit;
use crate::report::diagnostics::harmless;

#[derive(Clone, Debug, Default, clap::Args)]
pub struct Output {
    /// Write to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Output {
    /// Writes results and gives `exit`, or says why they could not be written.
    pub fn put(&self, exit: Exit, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Exit {
        let result = match &self.output {
            None => to_stdout(write),
            Some(path) => to_file(path, write),
        };
        match result {
            Ok(()) => exit,
            Err(error) => {
                let name = self.output.as_ref().map_or("standard output".into(), |path| path.display().to_string());
                cannot_write(&name, &error)
            }
        }
    }

    /// The file of `-o`.
    pub fn path(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    pub fn is_stdout(&self) -> bool {
        self.output.is_none()
    }
}

/// Help, the version, or what is wrong with the arguments.
pub fn answer(answer: &clap::Error) -> Exit {
    let exit = if answer.use_stderr() { Exit::NotStarted } else { Exit::Held };
    match answer.print() {
        Err(error) if error.kind() != ErrorKind::BrokenPipe && exit == Exit::Held => {
            cannot_write("standard output", &error)
        }
        _ => exit,
    }
}

pub fn cannot_write(what: &str, error: &io::Error) -> Exit {
    say(&format!("cannot write {what}: {error}"));
    Exit::NotHeld
}

/// A complaint of the program's own, on stderr.
pub fn say(text: &str) {
    note(&format!("mpgraph: {}", harmless(text)));
}

/// A line on stderr.
pub fn note(text: &str) {
    // Without a reader of stderr there is nobody to tell.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Writes a file whole or not at all: beside it first, then in its place. What is no plain file (a link, a terminal, a
/// pipe) stays what it is, and is written to.
pub fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        let file = File::options().write(true).create(true).truncate(true).open(path)?;
        return through(file, write).map(drop);
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = through(File::create(&beside)?, write)
        .and_then(|file| file.sync_data())
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    match through(io::stdout().lock(), write) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.map(drop),
    }
}

fn through<W: Write>(out: W, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<W> {
    let mut out = BufWriter::new(out);
    write(&mut out)?;
    out.flush()?;
    let mut out = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    out.flush()?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_or_not_at_all() {
        let folder = std::env::temp_dir().join(format!("mpgraph-results-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("report.json");
        to_file(&path, |out| out.write_all(b"first")).unwrap();
        let failed = to_file(&path, |out| {
            out.write_all(b"half of the sec")?;
            Err(io::Error::other("broke"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_no_plain_file_is_written_to_as_it_is() {
        to_file(Path::new("/dev/null"), |out| out.write_all(b"gone")).unwrap();
        assert!(to_file(Path::new("/dev/full"), |out| out.write_all(b"no room")).is_err());
        assert!(!fs::metadata("/dev/full").unwrap().is_file());
    }
}
