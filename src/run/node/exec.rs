//! The step `exec`: a command as a child of this process, to its end.
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use super::hands::{Done, Hands, Undone};
use crate::program::{Shown, Wait};
use crate::shm;
use crate::value::{Fault, Str, Value};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Of a stream that is shown this much is kept, to tell what a command died of.
const TAIL: usize = 4096;

/// A stream of the command and what has come of it.
struct Stream<R> {
    from: Option<R>,
    bytes: Vec<u8>,
    shown: bool,
    /// Shown lines end where this begins.
    passed: usize,
}

impl Hands<'_> {
    pub(super) fn exec(&mut self, argv: &[Str], input: Option<&Value>, shown: Shown, wait: Wait) -> Done {
        let until = self.until(wait);
        let Some((program, arguments)) = argv.split_first() else {
            return Err(Fault::value("the command is empty").into());
        };
        let input = match input {
            None | Some(Value::Null) => None,
            Some(Value::Bytes(bytes)) => Some(bytes.to_vec()),
            Some(other) => Some(other.text()?.as_bytes().to_vec()),
        };
        let mut command = Command::new(program.as_str());
        command.args(arguments.iter().map(Str::as_str)).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.spawn().map_err(|error| {
            let kind = match error.kind() {
                std::io::ErrorKind::NotFound => "FileNotFoundError",
                std::io::ErrorKind::PermissionDenied => "PermissionError",
                _ => Fault::OS,
            };
            Fault::new(kind, format!("cannot run `{program}`: {error}"))
        })?;
        let result = self.converse(&mut child, input, shown, until);
        if result.is_err() {
            let _ = child.kill();
        }
        let status = child.wait().map_err(|error| Fault::os(error.to_string()))?;
        let (stdout, stderr) = result?;
        let exit = status.code().or(status.signal().map(|signal| -signal)).unwrap_or(-1);
        Ok(Value::list(vec![text_or_bytes(stdout), text_or_bytes(stderr), Value::Int(i64::from(exit))]))
    }

    /// Feeds the command and takes what it says, until it has ended.
    fn converse(
        &mut self,
        child: &mut Child,
        input: Option<Vec<u8>>,
        shown: Shown,
        until: shm::Wait,
    ) -> Result<(Vec<u8>, Vec<u8>), Undone> {
        let io = |error: std::io::Error| Undone::from(Fault::os(error.to_string()));
        let ended =
            rustix::process::pidfd_open(rustix::process::Pid::from_child(child), rustix::process::PidfdFlags::empty())
                .map_err(|errno| io(errno.into()))?;
        let mut stdin = child.stdin.take();
        let mut input = input.unwrap_or_default();
        let mut stdout = Stream::new(child.stdout.take(), shown.stdout);
        let mut stderr = Stream::new(child.stderr.take(), shown.stderr);
        if let Some(stdin) = &stdin {
            fcntl(stdin, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map_err(|errno| io(errno.into()))?;
        }
        stdout.do_not_block().map_err(io)?;
        stderr.do_not_block().map_err(io)?;
        loop {
            if input.is_empty() {
                stdin = None;
            }
            let over = wait(&ended, stdin.as_ref(), &stdout.from, &stderr.from, until)?;
            if let Some(open) = &mut stdin {
                match open.write(&input) {
                    Ok(written) => drop(input.drain(..written)),
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                    // It does not want to hear more: that is its own affair.
                    Err(_) => input.clear(),
                }
            }
            stdout.take_in();
            stderr.take_in();
            self.pass_on(&mut stdout, false, over)?;
            self.pass_on(&mut stderr, true, over)?;
            if over {
                return Ok((stdout.bytes, stderr.bytes));
            }
        }
    }

    /// Whole lines of a stream that is shown; the rest too once the command has ended.
    fn pass_on<R>(&mut self, stream: &mut Stream<R>, stderr: bool, over: bool) -> Result<(), Undone> {
        if !stream.shown {
            return Ok(());
        }
        while let Some(length) = stream.bytes[stream.passed..].iter().position(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(&stream.bytes[stream.passed..stream.passed + length]).into_owned();
            stream.passed += length + 1;
            self.print(&line, stderr)?;
        }
        if over && stream.passed < stream.bytes.len() {
            let line = String::from_utf8_lossy(&stream.bytes[stream.passed..]).into_owned();
            stream.passed = stream.bytes.len();
            self.print(&line, stderr)?;
        }
        let old = stream.passed.saturating_sub(TAIL);
        stream.bytes.drain(..old);
        stream.passed -= old;
        Ok(())
    }
}

impl<R: Read + AsFd> Stream<R> {
    fn new(from: Option<R>, shown: bool) -> Self {
        Stream { from, bytes: Vec::new(), shown, passed: 0 }
    }

    fn do_not_block(&self) -> std::io::Result<()> {
        if let Some(from) = &self.from {
            fcntl(from, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        }
        Ok(())
    }

    /// All that is there now.
    fn take_in(&mut self) {
        while let Some(from) = &mut self.from {
            let start = self.bytes.len();
            self.bytes.resize(start + 64 * 1024, 0);
            let read = from.read(&mut self.bytes[start..]);
            self.bytes.truncate(start + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => self.from = None,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(_) => self.from = None,
            }
        }
    }
}

/// True when the command has ended: what it left in its pipes is still to be read.
fn wait(
    ended: &OwnedFd,
    stdin: Option<&impl AsFd>,
    stdout: &Option<impl AsFd>,
    stderr: &Option<impl AsFd>,
    until: shm::Wait,
) -> Result<bool, Undone> {
    let mut fds = vec![PollFd::new(ended.as_fd(), PollFlags::POLLIN)];
    fds.extend(stdin.map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLOUT)));
    fds.extend(stdout.as_ref().map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLIN)));
    fds.extend(stderr.as_ref().map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLIN)));
    let timeout = match until {
        shm::Wait::Poll => PollTimeout::ZERO,
        shm::Wait::Told | shm::Wait::Forever => PollTimeout::NONE,
        shm::Wait::Until(deadline) => {
            let left_ms = deadline.saturating_sub(shm::now_ns()).div_ceil(1_000_000);
            PollTimeout::try_from(left_ms.min(60_000)).unwrap_or(PollTimeout::ZERO)
        }
    };
    match poll(&mut fds, timeout) {
        Ok(0) if until.is_over() => Err(Undone::TimedOut),
        Ok(0) | Err(nix::errno::Errno::EINTR) => Ok(false),
        Ok(_) => Ok(fds[0].any().unwrap_or(false)),
        Err(errno) => Err(Fault::os(errno.desc()).into()),
    }
}

fn text_or_bytes(bytes: Vec<u8>) -> Value {
    match String::from_utf8(bytes) {
        Ok(text) => Value::Str(Str::from(text)),
        Err(error) => Value::bytes(error.into_bytes()),
    }
}
