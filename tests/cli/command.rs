//! Running the built program in a folder of its own.
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// No command here has to take nearly as long.
const PATIENCE: Duration = Duration::from_secs(60);

pub const HELLO: &str = "mpgraph: 1\nprocesses: {main: {steps: [print: hello]}}\nexpect: {stdout: [hello]}\n";
pub const WRONG: &str = "mpgraph: 1\nprocesses: {main: {steps: [print: hello]}}\nexpect: {stdout: [bye]}\n";
pub const INVALID: &str = "mpgraph: 1\nprocesses: {main: {steps: [get: tasks]}}\nexpect: {stdout: []}\n";
pub const WARNED: &str = "mpgraph: 1\nqueues: {spare: }\nprocesses: {main: {steps: [print: hello]}}\n";

/// A folder that is removed with its content.
pub struct Folder {
    path: PathBuf,
}

#[derive(Debug)]
pub struct Done {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Done {
    #[track_caller]
    pub fn code(&self, wanted: i32) -> &Done {
        assert_eq!(self.status.code(), Some(wanted), "{self:#?}");
        self
    }

    #[track_caller]
    pub fn says(&self, part: &str) -> &Done {
        assert!(self.stderr.contains(part), "no `{part}` on stderr: {self:#?}");
        self
    }

    #[track_caller]
    pub fn prints(&self, part: &str) -> &Done {
        assert!(self.stdout.contains(part), "no `{part}` on stdout: {self:#?}");
        self
    }

    #[track_caller]
    pub fn is_silent(&self) -> &Done {
        assert_eq!(self.stderr, "", "{self:#?}");
        self
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

impl Folder {
    pub fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("mpgraph-cli-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder { path }
    }

    /// With these files in it.
    pub fn with(files: &[(&str, &str)]) -> Folder {
        let folder = Folder::new();
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn names(&self) -> Vec<String> {
        let names = fs::read_dir(&self.path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// Ready to be started, in this folder and without a terminal.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mpgraph"));
        command.args(args).current_dir(&self.path).env_remove("NO_COLOR").env("LC_ALL", "C.UTF-8");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, args: &[&str]) -> Done {
        finish(self.command(args).spawn().unwrap())
    }

    pub fn run_with_stdin(&self, args: &[&str], text: &str) -> Done {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        finish(child)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Waits for a command that has been started; one that takes too long is killed, and the test fails.
pub fn finish(mut child: Child) -> Done {
    let read = |stream: Option<Box<dyn Read + Send>>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            stream.map(|mut stream| stream.read_to_end(&mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let stdout = read(child.stdout.take().map(|stream| Box::new(stream) as _));
    let stderr = read(child.stderr.take().map(|stream| Box::new(stream) as _));
    let until = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("it takes longer than {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(5));
    };
    Done { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

/// Waits until a file is there and not empty, and gives what is in it.
pub fn await_file(path: &Path) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        match fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text,
            _ if Instant::now() > until => panic!("{} does not come", path.display()),
            _ => thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// Whether a process is there and not merely waiting to be reaped.
pub fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}
