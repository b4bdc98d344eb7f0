//! A command, with what it took.
use std::path::Path;
use std::process::{Command, Stdio};

/// A verification.
pub struct Measured {
    pub states: u64,
    pub transitions: u64,
    /// Of the processor.
    pub seconds: f64,
    pub megabytes: u64,
    pub verdict: String,
}

/// What a command printed and took: seconds of the processor, and megabytes at most.
pub struct Ran {
    pub stdout: String,
    pub seconds: f64,
    pub megabytes: u64,
}

pub fn mpgraph(graph: &Path, more: &[&str]) -> Measured {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mpgraph"));
    command.arg("verify").arg("--format").arg("json").args(more).arg(graph);
    let ran = run(&mut command).expect("mpgraph can be run");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("a report");
    let number = |name: &str| report[name].as_u64().unwrap_or(0);
    Measured {
        states: number("states"),
        transitions: number("transitions"),
        seconds: ran.seconds,
        megabytes: ran.megabytes,
        verdict: report["verdict"].as_str().unwrap_or_default().to_owned(),
    }
}

pub fn run(command: &mut Command) -> std::io::Result<Ran> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut stdout = String::new();
    std::io::Read::read_to_string(child.stdout.as_mut().expect("its output is taken"), &mut stdout)?;
    let mut status = 0;
    // SAFETY: plain old data, for which zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to live variables, and nobody else waits for this child.
    let waited = unsafe { libc::wait4(child.id() as libc::pid_t, &raw mut status, 0, &raw mut usage) };
    if waited < 0 {
        return Err(std::io::Error::last_os_error());
    }
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    Ok(Ran {
        stdout,
        seconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        megabytes: usage.ru_maxrss as u64 / 1024,
    })
}
