//! The exit codes, and what is said with each.
use super::command::{Folder, HELLO, INVALID, WRONG};

const DEADLOCK: &str = r#"mpgraph: 1
locks: {x: , y: }
barriers: {both: {parties: 2}}
processes:
  A:
    steps:
      - acquire: x
      - wait: both
      - acquire: y
  B:
    steps:
      - acquire: y
      - wait: both
      - acquire: x
  C:
    steps:
      - join: A
"#;

#[test]
fn what_holds_is_0_and_nothing_is_said() {
    let folder = Folder::with(&[("a.yaml", HELLO)]);
    let done = folder.run(&["run", "a.yaml"]);
    assert_eq!(done.code(0).is_silent().stdout, "hello\n");
    assert_eq!(folder.names(), ["a.yaml"]);
}

#[test]
fn an_expectation_that_does_not_hold_is_1_with_its_place_and_a_diff() {
    let done = Folder::with(&[("a.yaml", WRONG)]).run(&["run", "a.yaml"]);
    done.code(1)
        .says("a.yaml: 1 failure after ")
        .says("a.yaml:3:18: stdout is not what was expected\n  - bye\n  + hello\n");
    assert_eq!(done.stdout, "hello\n");
}

#[test]
fn no_expect_lets_it_pass_but_not_a_process_that_fails() {
    let failing = "mpgraph: 1\nprocesses: {main: {steps: [exit: 3]}}\nexpect: {processes: {main: {exit: 3}}}\n";
    let folder = Folder::with(&[("wrong.yaml", WRONG), ("failing.yaml", failing)]);
    folder.run(&["run", "--no-expect", "wrong.yaml"]).code(0).is_silent();
    folder.run(&["run", "failing.yaml"]).code(0).is_silent();
    folder.write("impossible.yaml", &WRONG.replace("stdout: [bye]", "stdout: {contains: [a], count: 0}"));
    folder.run(&["run", "impossible.yaml"]).code(2).says("expect/impossible");
    folder.run(&["run", "--no-expect", "impossible.yaml"]).code(0).is_silent();
    folder.run(&["run", "--no-expect", "failing.yaml"]).code(1).says("`main` ended with 3");
}

#[test]
fn a_process_that_fails_is_1_with_its_step_and_its_error() {
    let text = "mpgraph: 1\nprocesses:\n  main:\n    steps:\n      - raise: no luck\n";
    let done = Folder::with(&[("a.yaml", text)]).run(&["run", "a.yaml"]);
    done.code(1).says("`main` raised RuntimeError: no luck (a.yaml:5)");
}

#[test]
fn an_invalid_graph_is_2_and_nothing_is_started() {
    let text = "mpgraph: 1\nprocesses:\n  a: {shell: 'echo here > trace'}\n  b: {steps: [get: tasks]}\n";
    let folder = Folder::with(&[("a.yaml", text)]);
    let done = folder.run(&["run", "a.yaml"]);
    assert_eq!(done.code(2).says("error[names/unknown]").says("a.yaml:4:20").stdout, "");
    assert_eq!(folder.names(), ["a.yaml"]);
}

#[test]
fn what_cannot_be_read_is_2() {
    let folder = Folder::with(&[("a.yaml", HELLO)]);
    for verb in ["run", "validate", "test"] {
        folder.run(&[verb, "nowhere.yaml"]).code(2).says("mpgraph: nowhere.yaml: No such file");
    }
    folder.run(&["run", "."]).code(2).says("mpgraph: .: Is a directory");
}

#[test]
fn wrong_usage_is_2_with_a_hint() {
    let folder = Folder::with(&[("a.yaml", HELLO)]);
    folder.run(&[]).code(2).says("Usage: mpgraph");
    folder.run(&["validat", "a.yaml"]).code(2).says("validate");
    folder.run(&["run"]).code(2).says("<FILE>");
    folder.run(&["run", "a.yaml", "--seed", "x"]).code(2).says("--seed");
    folder.run(&["run", "a.yaml", "--timeout", "soon"]).code(2).says("`soon` is no duration");
    folder.run(&["run", "a.yaml", "--memory", "lots"]).code(2).says("`lots` is no size");
    folder.run(&["run", "a.yaml", "--set", "x"]).code(2).says("NAME=VALUE");
    folder.run(&["run", "a.yaml", "--set", "x=1"]).code(2).says("`--set x=1` names no parameter");
    folder.run(&["run", "a.yaml", "-q", "-v"]).code(2);
    folder.run(&["validate", "a.yaml", "--format", "xml"]).code(2).says("sarif");
    folder.run(&["validate", "a.yaml", "--allow", "sync/lock-ordre"]).code(2).says("did you mean `sync/lock-order`?");
    folder.run(&["test", "a.yaml", "--jobs", "0"]).code(2);
    folder.run(&["run", "--set", "a=1", "--", "a.yaml"]).code(2);
}

#[test]
fn a_deadlock_is_3_with_its_ring_and_who_hangs_on_it() {
    let done = Folder::with(&[("a.yaml", DEADLOCK)]).run(&["run", "-q", "a.yaml"]);
    done.code(3)
        .says("deadlock: nothing can move\n")
        .says("each waits for the next: `A` -> `B` -> `A`\n")
        .says("  `A` waits for the lock `y` at a.yaml:9 (acquire: y); `B` would have to act; it holds `x`\n")
        .says("  `B` waits for the lock `x` at a.yaml:14 (acquire: x); `A` would have to act; it holds `y`\n")
        .says("and these hang on it:\n  `C` waits for the end of `A` at a.yaml:17 (join: A)");
}

#[test]
fn a_deadlock_that_is_expected_is_0_and_one_that_does_not_come_is_1() {
    let expected = format!("{DEADLOCK}expect: {{outcome: deadlock}}\n");
    let absent = HELLO.replace("stdout: [hello]", "outcome: deadlock");
    let folder = Folder::with(&[("a.yaml", &expected), ("b.yaml", &absent)]);
    folder.run(&["run", "-q", "a.yaml"]).code(0).is_silent();
    folder.run(&["run", "b.yaml"]).code(1).says("expected a deadlock, and it completed");
}

#[test]
fn a_timeout_of_the_run_is_5() {
    let text = "mpgraph: 1\nprocesses: {main: {steps: [sleep: 100]}}\n";
    let folder = Folder::with(&[("a.yaml", text), ("b.yaml", &format!("{text}timeout: 200ms\n"))]);
    folder.run(&["run", "a.yaml", "--timeout", "200ms"]).code(5).says("a.yaml: hit its timeout after ");
    folder.run(&["run", "b.yaml"]).code(5).says("main").says("was stopped with the run, at b.yaml:2: ");
}

#[test]
fn the_report_tells_a_program_what_the_summary_tells_people() {
    let folder = Folder::with(&[("a.yaml", DEADLOCK), ("good.yaml", HELLO), ("bad.yaml", INVALID)]);
    folder.run(&["run", "-q", "a.yaml", "--report", "r.json"]).code(3);
    let report: serde_json::Value = serde_json::from_str(&folder.read("r.json")).unwrap();
    assert_eq!(report["verdict"], "deadlock");
    assert_eq!(report["exit"], 3);
    assert_eq!(report["cause"], "deadlock");
    assert_eq!(report["processes"][1]["name"], "B");
    assert_eq!(report["processes"][1]["held"][0], "y");
    assert_eq!(report["deadlock"]["cycle"], serde_json::json!(["A", "B"]));
    assert!(report["elapsed"].as_f64().unwrap() > 0.0);
    folder.run(&["run", "good.yaml", "--report", "r.json"]).code(0).is_silent();
    let report: serde_json::Value = serde_json::from_str(&folder.read("r.json")).unwrap();
    assert_eq!((&report["verdict"], &report["processes"][0]["exit"]), (&"passed".into(), &0.into()));
    // The old report stays when nothing was started.
    folder.run(&["run", "bad.yaml", "--report", "r.json"]).code(2);
    assert_eq!(folder.names(), ["a.yaml", "bad.yaml", "good.yaml", "r.json"]);
}
