//! The graphs of the project on real processes: the programs of the notes, the pipelines, and the corpus of the language.
//!
//! Each carries its own expectation and must end with 0; one below `tests/corpus/fail/N` with exit code N.
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// No graph takes longer, on whatever machine.
const LIMIT: Duration = Duration::from_secs(120);
/// So many run at once; most of them wait most of the time.
const AT_ONCE: usize = 4;

/// The program in the root of the project, within the limit. `None` if it had to be ended.
fn mpgraph(arguments: &[&str], graphs: &[PathBuf]) -> Option<Output> {
    let child = Command::new(env!("CARGO_BIN_EXE_mpgraph"))
        .args(arguments)
        .args(graphs)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    finish(child)
}

fn finish(child: Child) -> Option<Output> {
    let pid = nix::unistd::Pid::from_raw(child.id().cast_signed());
    let (output, wait) = channel();
    let reader = std::thread::spawn(move || output.send(child.wait_with_output().expect("its output can be read")));
    let ended = wait.recv_timeout(LIMIT);
    if ended == Err(RecvTimeoutError::Timeout) {
        // It has not been waited for: the id is still its own.
        nix::sys::signal::kill(pid, nix::sys::signal::SIGKILL).ok();
    }
    reader.join().expect("the reader ends").ok();
    ended.ok()
}

/// The graphs below a folder, those of libraries left out.
fn graphs(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("its entries can be read").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.ends_with("lib") {
            graphs(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            into.push(path);
        }
    }
}

/// Runs all of a folder and demands that exit code of each.
fn all_end_with(code: i32, folder: &str) {
    let mut all = Vec::new();
    graphs(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut all);
    assert!(!all.is_empty(), "there are graphs in {folder}");
    let (rest, wrong) = (Mutex::new(all.into_iter()), Mutex::new(Vec::new()));
    let next = || rest.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(graph) = next() {
                    if let Some(trouble) = trouble(code, graph) {
                        wrong.lock().unwrap_or_else(PoisonError::into_inner).push(trouble);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn trouble(code: i32, graph: PathBuf) -> Option<String> {
    let name = graph.display().to_string();
    let Some(output) = mpgraph(&["run"], &[graph]) else { return Some(format!("{name} had to be killed\n")) };
    (output.status.code() != Some(code)).then(|| format!("{name}: expected exit code {code}, {}", told(&output)))
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n--- stdout\n{}--- stderr\n{}", output.status, text(&output.stdout), text(&output.stderr))
}

#[test]
fn no_graph_of_the_project_has_a_finding() {
    let folders = ["graphs", "tests/corpus/run", "tests/corpus/fail"].map(PathBuf::from);
    let output = mpgraph(&["validate", "--deny", "warnings"], &folders).expect("it ends in time");
    assert!(output.status.success(), "{}", told(&output));
}

#[test]
fn the_programs_of_the_notes_and_the_pipelines_keep_their_promises() {
    all_end_with(0, "graphs");
}

#[test]
fn the_corpus_of_the_language_keeps_its_promises() {
    all_end_with(0, "tests/corpus/run");
}

#[test]
fn what_does_not_hold_ends_with_1() {
    all_end_with(1, "tests/corpus/fail/1");
}

#[test]
fn an_unexpected_deadlock_ends_with_3() {
    all_end_with(3, "tests/corpus/fail/3");
}

#[test]
fn an_unexpected_timeout_ends_with_5() {
    all_end_with(5, "tests/corpus/fail/5");
}
