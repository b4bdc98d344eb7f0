//! `test`: what runs, what it comes to, and its reports.
use super::command::{Folder, HELLO, INVALID, WARNED, WRONG};

// One run fails, however many there are at once.
const FLAKY: &str = "mpgraph: 1\nprocesses: {main: {shell: '! mkdir once 2> /dev/null'}}\n\
                     expect: {processes: {main: {exit: 0}}}\n";

#[test]
fn graphs_that_hold_are_0_with_a_line_each_and_a_count() {
    let done = Folder::with(&[("b.yaml", HELLO), ("deep/a.yaml", HELLO), ("none.yaml", WARNED)]).run(&["test", "."]);
    done.code(0).is_silent().prints(" s  b.yaml\n").prints(" s  deep/a.yaml\n");
    done.prints("2 passed, 0 failed, 1 without `expect` in ");
}

#[test]
fn one_that_does_not_hold_is_1_with_what_it_said_and_a_diff() {
    let folder = Folder::with(&[("a.yaml", HELLO), ("b.yaml", WRONG)]);
    let done = folder.run(&["test", "a.yaml", "b.yaml"]);
    done.code(1)
        .is_silent()
        .prints("\n==== b.yaml\n-- its stdout:\nhello\n-- what did not hold:\n")
        .prints("b.yaml:3:18: stdout is not what was expected\n  - bye\n  + hello\n")
        .prints("1 passed, 1 failed in ");
    assert_eq!(folder.names(), ["a.yaml", "b.yaml"]);
}

#[test]
fn an_invalid_graph_is_2_and_nothing_is_run() {
    let traced = "mpgraph: 1\nprocesses: {main: {shell: 'echo x > trace'}}\nexpect: {stdout: []}\n";
    let folder = Folder::with(&[("a.yaml", traced), ("b.yaml", INVALID)]);
    let done = folder.run(&["test", "."]);
    assert_eq!(done.code(2).says("error[names/unknown]").says("nothing was run").stdout, "");
    assert_eq!(folder.names(), ["a.yaml", "b.yaml"]);
}

#[test]
fn nothing_to_test_is_2() {
    let folder = Folder::with(&[("a.yaml", WARNED), ("b.yaml", HELLO)]);
    folder.run(&["test", "a.yaml"]).code(2).says("no graph with an `expect`");
    folder.run(&["test", ".", "--filter", "zzz"]).code(2).says("no graph with an `expect`");
    folder.run(&["test", ".", "--filter", "b.y"]).code(0).prints("1 passed, 0 failed in");
}

#[test]
fn a_flaky_graph_is_named_with_its_rate_and_seed() {
    let folder = Folder::with(&[("odd.yaml", FLAKY), ("good.yaml", HELLO)]);
    let done = folder.run(&["test", ".", "--repeat", "4"]);
    done.code(1)
        .prints("odd.yaml: 1 of 4 runs failed, with seed 0\n")
        .prints("good.yaml: 4 runs\n")
        .prints("1 passed, 1 failed (1 flaky) in ");
}

#[test]
fn fail_fast_stops_at_the_first_failure() {
    let slow = "mpgraph: 1\nprocesses: {main: {steps: [sleep: 50]}}\nexpect: {stdout: []}\n";
    let folder = Folder::with(&[("a.yaml", slow), ("b.yaml", WRONG), ("c.yaml", HELLO)]);
    let done = folder.run(&["test", ".", "--fail-fast", "--jobs", "2"]);
    done.code(1).prints("0 passed, 1 failed, 2 not run in ");
}

#[test]
fn junit_has_a_suite_for_each_graph_and_a_case_for_each_expectation() {
    let folder = Folder::with(&[("a.yaml", HELLO), ("b.yaml", WRONG)]);
    folder.run(&["test", ".", "--junit", "j.xml"]).code(1);
    let xml = folder.read("j.xml");
    for part in [
        "<testsuites name=\"mpgraph\" tests=\"4\" failures=\"1\" errors=\"0\" ",
        "<testcase classname=\"a.yaml\" name=\"stdout\" time=\"0.000\"/>",
        "<failure message=\"stdout is not what was expected\" type=\"failure\">b.yaml:3:18: ",
        "<system-out>hello\n</system-out>",
    ] {
        assert!(xml.contains(part), "{part}: {xml}");
    }
}

#[test]
fn the_report_as_json_has_the_runs_that_failed() {
    let folder = Folder::with(&[("a.yaml", HELLO), ("b.yaml", WRONG)]);
    for flag in ["--format", "--report"] {
        let report = folder.run(&["test", ".", flag, "json"]).code(1).is_silent().json();
        assert_eq!((&report["passed"], &report["failed"]), (&1.into(), &1.into()));
        let failure = &report["graphs"][1]["failures"][0];
        assert_eq!((&failure["exit"], &failure["stdout"]), (&1.into(), &"hello\n".into()));
        assert_eq!(failure["report"]["failures"][0]["place"]["column"], 18);
    }
}

#[test]
fn flags_reach_every_run() {
    let text = "mpgraph: 1\nparams: {word: a}\nprocesses: {main: {steps: [print: '${word} ${random_int(0, 9999)}']}}\n\
                expect: {stdout: [{regex: 'b \\d+'}]}\n";
    let slow = "mpgraph: 1\nparams: {word: a}\nprocesses: {main: {steps: [print: '${word}', sleep: 50]}}\n\
                expect: {outcome: timeout}\n";
    let folder = Folder::with(&[("a.yaml", text), ("slow.yaml", slow)]);
    let args = ["test", ".", "--set", "word=b", "--timeout", "300ms", "--seed", "7", "--memory", "64MiB"];
    folder.run(&args).code(0).prints("2 passed");
}
