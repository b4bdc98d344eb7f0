//! Ctrl-C and its kin: everything that was started has ended first.
use super::command::{Folder, await_file, finish, is_alive};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::time::{Duration, Instant};

const ENDLESS: &str = "mpgraph: 1\nprocesses:\n  main: {shell: 'sleep 100 & echo $! $$ > pids; wait'}\n\
                       expect: {processes: {main: {exit: 0}}}\n";

#[track_caller]
fn ends_all(verb: &str, signal: Signal, code: i32) {
    let folder = Folder::with(&[("a.yaml", ENDLESS)]);
    let child = folder.command(&[verb, "a.yaml"]).spawn().unwrap();
    let pids = await_file(&folder.path("pids"));
    assert!(pids.split_whitespace().all(is_alive), "{pids}");
    let begun = Instant::now();
    kill(Pid::from_raw(child.id() as i32), signal).unwrap();
    let done = finish(child);
    done.code(code);
    assert!(!pids.split_whitespace().any(is_alive), "{pids}: {done:?}");
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[test]
fn a_run_that_is_interrupted_is_130() {
    ends_all("run", Signal::SIGINT, 130);
}

#[test]
fn a_run_that_is_terminated_is_143() {
    ends_all("run", Signal::SIGTERM, 143);
}

#[test]
fn a_suite_that_is_interrupted_is_130() {
    ends_all("test", Signal::SIGINT, 130);
}

#[test]
fn a_suite_that_is_terminated_is_143() {
    ends_all("test", Signal::SIGTERM, 143);
}

#[test]
fn a_suite_that_is_killed_leaves_nothing_behind() {
    let folder = Folder::with(&[("a.yaml", ENDLESS)]);
    let mut child = folder.command(&["test", "a.yaml"]).spawn().unwrap();
    let pids = await_file(&folder.path("pids"));
    child.kill().unwrap();
    child.wait().unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    while pids.split_whitespace().any(is_alive) {
        assert!(Instant::now() < until, "{pids}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
