//! Where the lines of a step process go.
use std::os::fd::OwnedFd;

use crate::graph::{Format, ObjectId};
use crate::value::{Fault, Str, Value, from_json};
use nix::errno::Errno;

#[derive(Debug)]
pub enum Sink {
    /// To the runner, which passes them on under the node's name.
    Captured,
    Null,
    /// A file, an end of a bytes pipe, the runner's own stream.
    Descriptor(OwnedFd),
    Queue(ObjectId, Format),
}

/// One line, whole, with its end. Blocks while a pipe is full.
pub fn write_line(fd: &OwnedFd, line: &[u8]) -> Result<(), Fault> {
    let mut bytes = Vec::with_capacity(line.len() + 1);
    bytes.extend_from_slice(line);
    bytes.push(b'\n');
    write_all(fd, &bytes)
}

pub fn write_all(fd: &OwnedFd, mut bytes: &[u8]) -> Result<(), Fault> {
    while !bytes.is_empty() {
        match nix::unistd::write(fd, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::EINTR) => {}
            Err(Errno::EPIPE) => return Err(Fault::broken_pipe("nobody reads the other end")),
            Err(errno) => return Err(Fault::os(errno.desc())),
        }
    }
    Ok(())
}

/// The queue item that a line is.
pub fn item(line: &[u8], format: Format) -> Result<Value, Fault> {
    let text = || match std::str::from_utf8(line) {
        Ok(text) => Value::Str(Str::from(text)),
        Err(_) => Value::bytes(line),
    };
    match format {
        Format::Lines => Ok(text()),
        Format::Json => match std::str::from_utf8(line).ok().and_then(|text| from_json(text).ok()) {
            Some(value) => Ok(value),
            None => Err(Fault::value(format!("this line is not JSON: {}", String::from_utf8_lossy(line)))),
        },
    }
}

/// The line that a queue item is.
pub fn line(item: &Value, format: Format) -> Result<Vec<u8>, Fault> {
    let mut line = match (format, item) {
        (Format::Lines, Value::Bytes(bytes)) => bytes.to_vec(),
        (Format::Lines, item) => item.text()?.as_bytes().to_vec(),
        (Format::Json, item) => item.json()?.into_bytes(),
    };
    line.push(b'\n');
    Ok(line)
}
