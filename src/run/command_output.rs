//! What a command writes into a pipe, to the end that it has for others.
//!
//! Usually the end is that of the stream: the last writer has closed it. But a command may leave something behind that
//! holds the stream open, or goes on writing. So when the command is over, what lies in the pipe is read in any case,
//! however long that takes the reader, and what comes later for [`LEFTOVERS`] more.
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// How long what a command has left behind may write on.
const LEFTOVERS: Duration = Duration::from_secs(1);
/// How often it is looked whether the command is over, while nothing comes.
const LOOK: Duration = Duration::from_millis(50);

pub struct CommandOutput<O> {
    from: File,
    is_over: O,
    /// Since the command is known to be over: bytes that lay in the pipe then and still do, and when it ends.
    rest: Option<(usize, Instant)>,
}

impl<O: Fn() -> bool> CommandOutput<O> {
    /// `is_over`: the command has ended; once true, always true.
    ///
    /// # Errors
    /// The descriptor cannot be duplicated.
    pub fn new(from: &OwnedFd, is_over: O) -> io::Result<Self> {
        Ok(CommandOutput { from: File::from(from.try_clone()?), is_over, rest: None })
    }

    fn comes_within(&self, limit: Duration) -> io::Result<bool> {
        let mut fds = [PollFd::new(self.from.as_fd(), PollFlags::POLLIN)];
        let limit = PollTimeout::try_from(limit).unwrap_or(PollTimeout::MAX);
        Ok(poll(&mut fds, limit)? > 0)
    }
}

impl<O: Fn() -> bool> Read for CommandOutput<O> {
    /// Waits until something comes. 0 at the end.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.rest {
                None if (self.is_over)() => self.rest = Some((unread(&self.from), Instant::now() + LEFTOVERS)),
                None if self.comes_within(LOOK)? => return self.from.read(into),
                None => {}
                Some((0, until)) => {
                    let left = until.saturating_duration_since(Instant::now());
                    return if left.is_zero() || !self.comes_within(left)? { Ok(0) } else { self.from.read(into) };
                }
                Some((bytes, until)) => {
                    let most = bytes.min(into.len());
                    let read = self.from.read(&mut into[..most])?;
                    self.rest = Some((if read == 0 { 0 } else { bytes - read }, until));
                    return Ok(read);
                }
            }
        }
    }
}

/// How many bytes lie in a pipe.
pub fn unread(pipe: &impl AsRawFd) -> usize {
    let mut unread: libc::c_int = 0;
    // SAFETY: FIONREAD writes one int through a valid pointer.
    let asked = unsafe { libc::ioctl(pipe.as_raw_fd(), libc::FIONREAD, &mut unread) };
    if asked == 0 { unread.try_into().unwrap_or(0) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::io::Write;

    #[test]
    fn the_end_of_the_stream_is_the_end() {
        let (from, to) = nix::unistd::pipe().unwrap();
        let mut output = CommandOutput::new(&from, || false).unwrap();
        File::from(to).write_all(b"all of it").unwrap();
        let mut all = String::new();
        output.read_to_string(&mut all).unwrap();
        assert_eq!(all, "all of it");
    }

    #[test]
    fn what_lies_in_the_pipe_when_the_command_is_over_is_read_however_late() {
        let (from, to) = nix::unistd::pipe().unwrap();
        let over = Cell::new(false);
        let mut output = CommandOutput::new(&from, || over.get()).unwrap();
        let mut to = File::from(to);
        to.write_all(&[7; 10_000]).unwrap();
        let mut into = [0; 100];
        assert_eq!(output.read(&mut into).unwrap(), 100);
        over.set(true);
        assert_eq!(output.read(&mut into).unwrap(), 100);
        output.rest = output.rest.map(|(bytes, _)| (bytes, Instant::now()));
        let mut rest = Vec::new();
        // The writing end is still open: it ends all the same.
        output.read_to_end(&mut rest).unwrap();
        assert_eq!(rest.len(), 9_800);
    }

    #[test]
    fn what_is_left_behind_may_write_for_a_while() {
        let (from, to) = nix::unistd::pipe().unwrap();
        let mut output = CommandOutput::new(&from, || true).unwrap();
        let mut to = File::from(to);
        let writer = std::thread::spawn(move || {
            let begun = Instant::now();
            while begun.elapsed() < LEFTOVERS * 10 && to.write_all(b"more\n").is_ok() {
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let begun = Instant::now();
        let mut all = String::new();
        output.read_to_string(&mut all).unwrap();
        assert!(all.starts_with("more\n") && begun.elapsed() < LEFTOVERS * 9);
        drop((output, from));
        writer.join().unwrap();
    }
}
