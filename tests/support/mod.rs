//! What the tests of the binary share: graph files, bounded runs, and a few at a time.
#![allow(dead_code, reason = "each test takes what it needs")]
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The longest that any graph of this repository may take on a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn mpgraph() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mpgraph"));
    command.stdin(Stdio::null());
    command
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What a run came to.
pub struct Ran {
    /// `None`: it was still running after its time, and was killed.
    pub status: Option<ExitStatus>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Ran {
    pub fn exit(&self) -> Option<i32> {
        self.status.and_then(|status| status.code())
    }

    pub fn told(&self) -> String {
        let end = match self.status {
            None => "did not end".to_owned(),
            Some(status) => status.to_string(),
        };
        format!("{end} after {:.1?}\n--- stdout\n{}\n--- stderr\n{}", self.took, tail(&self.stdout), tail(&self.stderr))
    }
}

fn tail(text: &str) -> &str {
    let from = text.len().saturating_sub(2000);
    let from = (from..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    &text[from..]
}

/// Runs to the end, or to `patience`: then it is killed.
pub fn run(command: &mut Command, patience: Duration) -> Ran {
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let status = ended(&mut child, patience);
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    let took = begun.elapsed();
    let text = |reader: std::thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&reader.join().expect("readers do not panic")).into_owned()
    };
    Ran { status, stdout: text(stdout), stderr: text(stderr), took }
}

/// Waits for its end, at most for that long.
pub fn ended(child: &mut std::process::Child, patience: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + patience;
    let mut pause = Duration::from_micros(200);
    loop {
        match child.try_wait().expect("it is a child") {
            Some(status) => return Some(status),
            None if Instant::now() > deadline => return None,
            None => std::thread::sleep(pause),
        }
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

fn reader(from: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
    let mut from = from.expect("it is piped");
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        bytes
    })
}

/// Every graph below a folder, sorted; what is only there to be included is left out.
pub fn graphs(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.map(|entry| entry.expect("a readable folder").path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") && is_graph(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn is_graph(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).expect("a readable file");
    text.lines().any(|line| line.starts_with("mpgraph:")) && text.lines().any(|line| line.starts_with("processes:"))
}

pub fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Does something with each, `at_once` at a time; what comes back is in the order of `of`.
pub fn each<T: Sync, R: Send>(of: &[T], at_once: usize, act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = Mutex::new(0..of.len());
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(of.len()));
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let Some(at) = next.lock().expect("nobody panics with it").next() else { return };
                    let result = act(&of[at]);
                    done.lock().expect("nobody panics with it").push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("nobody panics with it");
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
