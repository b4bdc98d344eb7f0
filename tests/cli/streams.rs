//! What goes where; readers that go away; streams that take no more.
use super::command::{Folder, HELLO, WARNED, WRONG, finish};
use std::fs::File;
use std::io::Read;
use std::process::Stdio;

/// Every verb that has results, with a graph `a.yaml` and a graph `wrong.yaml`.
const VERBS: &[&[&str]] = &[
    &["--help"],
    &["run", "--help"],
    &["run", "a.yaml"],
    &["validate", "warned.yaml"],
    &["validate", "--format", "json", "a.yaml"],
    &["validate", "--format", "sarif", "a.yaml"],
    &["test", "a.yaml"],
    &["test", "--format", "json", "a.yaml"],
    &["explain"],
    &["explain", "sync/lock-order"],
    &["schema"],
    &["completions", "bash"],
    &["man"],
];

fn folder() -> Folder {
    Folder::with(&[("a.yaml", HELLO), ("wrong.yaml", WRONG), ("warned.yaml", WARNED)])
}

#[test]
fn a_reader_that_goes_away_is_no_trouble() {
    let folder = folder();
    for args in VERBS {
        let mut child = folder.command(args).spawn().unwrap();
        drop(child.stdout.take());
        let done = finish(child);
        assert!(done.status.code() == Some(0), "{args:?}: {done:#?}");
        assert!(!done.stderr.contains("panic") && !done.stderr.contains("Broken pipe"), "{args:?}: {done:#?}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_a_run_that_prints_for_ever() {
    let text = "mpgraph: 1\nallow: [flow/endless]\nprocesses: {main: {steps: [loop: [print: y]]}}\n";
    let folder = Folder::with(&[("a.yaml", text)]);
    let mut child = folder.command(&["run", "a.yaml"]).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 4]).unwrap();
    drop(stdout);
    let done = finish(child);
    done.code(0).is_silent();
}

#[test]
fn results_that_cannot_be_written_are_said_and_not_0() {
    let folder = folder();
    for args in VERBS {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let done = finish(folder.command(args).stdout(Stdio::from(full)).spawn().unwrap());
        done.code(1).says("cannot write").says("No space left on device");
    }
    folder.run(&["run", "a.yaml", "--report", "/dev/full"]).code(1).says("cannot write /dev/full");
    folder.run(&["run", "a.yaml", "--report", "no/folder.json"]).code(1).says("cannot write no/folder.json");
    folder.run(&["test", "a.yaml", "--junit", "/dev/full"]).code(1).says("cannot write /dev/full");
    folder.run(&["schema", "-o", "no/folder.json"]).code(1).says("cannot write no/folder.json");
}

#[test]
fn a_closed_stderr_changes_nothing() {
    let folder = folder();
    let mut child = folder.command(&["run", "wrong.yaml"]).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(finish(child).code(1).stdout, "hello\n");
}

#[test]
fn what_a_process_writes_reaches_stdout_byte_for_byte() {
    let text = "mpgraph: 1\nprocesses: {main: {shell: \"printf 'a\\\\tb\\\\n\\\\377\\\\n\\\\n c '\"}}\n";
    let folder = Folder::with(&[("a.yaml", text)]);
    let output = folder.command(&["run", "a.yaml"]).output().unwrap();
    assert_eq!(output.stdout, b"a\tb\n\xff\n\n c ", "{output:?}");
}

#[test]
fn a_prefix_names_the_process_of_each_line() {
    let text = "mpgraph: 1\nprocesses: {main: {steps: [print: a, {print: b, to: stderr}]}}\n";
    let done = Folder::with(&[("a.yaml", text)]).run(&["run", "--prefix", "always", "a.yaml"]);
    assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("main | a\n", "main | b\n"));
}

#[test]
fn colour_is_only_there_when_asked_for_away_from_a_terminal() {
    let folder = folder();
    for (args, colored) in [
        (&["run", "wrong.yaml"][..], false),
        (&["run", "wrong.yaml", "--color", "always"], true),
        (&["validate", "warned.yaml"], false),
        (&["--color=always", "validate", "warned.yaml"], true),
        (&["validate", "warned.yaml", "--color=never"], false),
        (&["test", "wrong.yaml", "--color=always"], true),
    ] {
        let done = folder.run(args);
        assert_eq!((done.stdout + &done.stderr).contains('\u{1b}'), colored, "{args:?}");
    }
}

#[test]
fn warnings_are_told_on_stderr_and_hinder_no_run() {
    let folder = folder();
    let done = folder.run(&["run", "warned.yaml"]);
    assert_eq!(done.code(0).says("warning[names/unused]").stdout, "hello\n");
    folder.run(&["run", "-q", "warned.yaml"]).code(0).is_silent();
}

#[test]
fn the_log_goes_to_stderr_and_flags_raise_it() {
    let folder = folder();
    folder.run(&["run", "-v", "a.yaml"]).code(0).says("[INFO/main] process exiting with exitcode 0");
    let done = folder.run(&["run", "--format", "json", "wrong.yaml"]);
    let report: serde_json::Value = serde_json::from_str(&done.code(1).stderr).unwrap();
    assert_eq!(report["failures"][0]["place"]["line"], 3);
}
