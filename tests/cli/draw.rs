//! `draw`: the wiring as a picture, in every form.
use super::command::{Folder, INVALID};

const GRAPH: &str = "\
mpgraph: 1
queues: {tasks: {joinable: true, maxsize: 4}}
locks: {lock: }
conditions: {changed: {lock: lock}}
pipes: {chan: {duplex: false}}
pools: {pool: {processes: 2}}
values: {total: {type: i64}}
targets:
  note: {params: {n: int}, steps: [{add: total, by: '${n}'}]}
processes:
  prepare: {command: ['true']}
  Worker:
    replicas: 3
    steps:
      - for: task
        from: tasks
        do: [{task_done: tasks}]
      - with: changed
        do: [{notify: changed}]
  main:
    after: [prepare]
    steps:
      - put: tasks
        value: 1
      - join: tasks
      - send: chan.writer
        value: 1
      - apply: pool
        target: note
        args: {n: 1}
      - read: total
        into: t
      - print: ${t}
  reader:
    steps:
      - recv: chan.reader
        into: m
      - print: ${m}
";

const TEXT: &str = "\
tasks (queue, maxsize 4, joinable)
  --> Worker x 3  get, task_done
  <-> main        put, join

lock (lock)
  --- changed  lock

changed (condition)
  <-> Worker x 3  acquire, release, notify
  --- lock        lock

chan (pipe, one way)
  <-- main    writer.send
  --> reader  reader.recv

pool (pool, processes 2)
  <-> total  add
  <-- main   apply

total (value, i64)
  <-> pool  add
  --> main  read

prepare (command)
  --> main  after
";

#[test]
fn a_terminal_gets_each_object_with_those_who_touch_it() {
    let folder = Folder::with(&[("a.yaml", GRAPH)]);
    assert_eq!(folder.run(&["draw", "a.yaml"]).code(0).is_silent().stdout, TEXT);
}

#[test]
fn every_form_names_everything_and_is_the_same_each_time() {
    let folder = Folder::with(&[("a.yaml", GRAPH)]);
    for format in ["text", "svg", "dot", "mermaid"] {
        let draw = || folder.run(&["draw", "--format", format, "a.yaml"]).code(0).is_silent().stdout.clone();
        let drawn = draw();
        for name in ["tasks", "lock", "changed", "chan", "pool", "total", "prepare", "Worker", "main", "reader"] {
            assert!(drawn.contains(name), "{format} without {name}:\n{drawn}");
        }
        assert_eq!(drawn, draw());
    }
}

#[test]
fn the_name_of_the_output_file_says_the_form() {
    let folder = Folder::with(&[("a.yaml", GRAPH)]);
    for (file, begins) in [("a.svg", "<svg "), ("a.dot", "digraph"), ("a.mmd", "flowchart"), ("a.txt", "tasks")] {
        assert_eq!(folder.run(&["draw", "a.yaml", "-o", file]).code(0).is_silent().stdout, "");
        let written = std::fs::read_to_string(folder.path(file)).unwrap();
        assert!(written.starts_with(begins), "{file}: {written}");
    }
}

#[test]
fn what_is_not_valid_is_not_drawn() {
    let folder = Folder::with(&[("a.yaml", INVALID)]);
    folder.run(&["draw", "a.yaml"]).code(2).says("names/unknown");
    folder.run(&["draw", "nowhere.yaml"]).code(2).says("nowhere.yaml: No such file");
}

const TALK: &str = "\
mpgraph: 1
pipes: {chan: {ends: [here, there]}}
processes:
  asks:
    steps:
      - send: chan.here
        value: hello
      - recv: chan.here
        into: m
      - print: ${m}
  answers:
    steps:
      - recv: chan.there
        into: m
      - send: chan.there
        value: '${m} yourself'
";

#[test]
fn a_traced_run_is_a_sequence_chart() {
    let folder = Folder::with(&[("a.yaml", TALK)]);
    folder.run(&["run", "a.yaml", "--trace", "trace.json"]).code(0).prints("hello yourself");
    let text = folder.read("trace.json");
    let trace: serde_json::Value = serde_json::from_str(&text).unwrap();
    let steps: Vec<&serde_json::Value> =
        trace["traceEvents"].as_array().unwrap().iter().filter(|event| event["cat"] == "pipe").collect();
    assert_eq!(steps.len(), 4, "{text}");
    assert!(steps.iter().all(|step| step["ph"] == "X" && step["dur"].is_number() && step["args"]["outcome"] == "done"));
    let chart = folder.run(&["draw", "a.yaml", "--trace", "trace.json"]).code(0).is_silent().stdout.clone();
    // What depends on what stands in that order.
    let order = ["a.yaml:6 ", "a.yaml:13", "a.yaml:15", "a.yaml:8 ", "a.yaml:10"];
    let lines: Vec<usize> =
        order.iter().map(|place| chart.lines().position(|line| line.contains(place)).expect(place)).collect();
    assert!(lines.is_sorted(), "{chart}");
    for format in ["svg", "mermaid"] {
        let drawn = folder.run(&["draw", "a.yaml", "--trace", "trace.json", "--format", format]);
        assert!(drawn.code(0).is_silent().stdout.contains("answers"));
    }
    folder.run(&["draw", "a.yaml", "--trace", "trace.json", "--format", "dot"]).code(2).says("Graphviz");
    folder.run(&["draw", "a.yaml", "--trace", "a.yaml"]).code(2).says("no trace of a run");
}

#[test]
fn a_trace_tells_what_was_under_way_when_its_process_was_killed() {
    let stuck = "\
mpgraph: 1
events: {never: }
processes:
  waits: {steps: [{wait: never, timeout: 1h}]}
  ends:
    steps:
      - sleep: 100ms
      - kill: waits
expect:
  processes: {waits: {exit: SIGKILL}}
";
    let folder = Folder::with(&[("a.yaml", stuck)]);
    // Nobody sets the event: the wait has a timeout, so that is no error.
    folder.run(&["run", "-q", "a.yaml", "--trace", "trace.json"]).code(0);
    assert!(folder.read("trace.json").contains("under way"));
    folder
        .run(&["run", "-q", "a.yaml", "--trace", "nowhere/trace.json"])
        .code(1)
        .says("cannot write nowhere/trace.json");
}
