//! What is measured through the program itself: a graph is written, `mpgraph run` runs it.
use super::ground::{page_faults, result};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The program that was built with this one.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_mpgraph");

/// Writes a graph where the build's other files are, and says where.
pub fn write(name: &str, text: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("speed");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(format!("{name}.yaml"));
    // Another run may have it open: it gets the old one or the new one, never half of one.
    let draft = folder.join(format!("{name}.{}", std::process::id()));
    std::fs::write(&draft, text).and_then(|()| std::fs::rename(&draft, &path)).expect("a graph");
    path
}

/// Starts the graph with its output read by us.
fn start(name: &str, text: &str) -> std::process::Child {
    let path = write(name, text);
    Command::new(PROGRAM).arg("run").arg(path).stdout(Stdio::piped()).spawn().expect("mpgraph")
}

/// Runs the graph and gives the numbers that it prints.
fn numbers(name: &str, text: &str) -> Vec<f64> {
    let output = start(name, text).wait_with_output().expect("mpgraph");
    assert!(output.status.success(), "{name}: {}", output.status);
    let text = String::from_utf8(output.stdout).expect("text");
    text.split_whitespace().map(|word| word.parse().expect("a number")).collect()
}

/// Starting and joining processes that do nothing: so many at once, so often.
pub fn start_and_join(count: u64, times: u64) {
    let processes: String =
        (0..times).map(|n| format!("  p{n}: {{replicas: {count}, start: manual, steps: []}}\n")).collect();
    let steps: String = (0..times).map(|n| format!("      - {{start: p{n}}}\n      - {{join: p{n}}}\n")).collect();
    let graph = format!(
        "mpgraph: 1\nprocesses:\n{processes}  main:\n    steps:\n      - {{read: clock, into: begin}}\n{steps}      \
         - {{read: clock, into: end}}\n      - print: ${{end - begin}}\n"
    );
    let seconds = numbers(&format!("procs_{count}_{times}"), &graph)[0];
    result("per_process", seconds * 1e6 / (count * times) as f64, "us");
    result("total", seconds * 1e3 / times as f64, "ms");
}

/// What a process that does nothing costs in page faults, of its own and of the runner.
pub fn faults(count: u64) {
    let of = |count: u64| {
        let graph = format!("mpgraph: 1\nprocesses: {{p: {{replicas: {count}, steps: []}}}}\n");
        let before = page_faults();
        let ended = start(&format!("faults_{count}"), &graph).wait().expect("mpgraph");
        assert!(ended.success(), "faults: {ended}");
        page_faults() - before
    };
    let without = of(1);
    result("faults_per_process", (of(count + 1) - without) as f64 / count as f64, "");
}

/// Memory of processes that wait, each's share of what it shares included.
pub fn memory(count: u64) {
    let graph = format!(
        "mpgraph: 1
semaphores: {{up: {{value: 0}}}}
events: {{go: }}
processes:
  waits:
    replicas: {count}
    steps: [{{release: up}}, {{wait: go}}]
  main:
    steps:
      - repeat: {count}
        do: [{{acquire: up}}]
      - sleep: 200ms
      - print: ready
      - sleep: 2s # now it is measured
      - {{set: go}}
"
    );
    let mut run = start("memory", &graph);
    let mut lines = BufReader::new(run.stdout.take().expect("it is read")).lines();
    assert_eq!(lines.next().expect("a line").expect("text"), "ready");
    let pss_kib: u64 = children(run.id()).into_iter().filter(|pid| waits(*pid)).map(pss_kib).sum();
    assert!(run.wait().expect("mpgraph").success());
    result("pss_per_process", pss_kib as f64 / count as f64, "KiB");
}

fn children(pid: u32) -> Vec<u32> {
    let list = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

fn waits(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.starts_with("waits"))
}

pub fn pss_kib(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("it lives");
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).expect("a line of it");
    line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number")
}

/// One producer and one consumer whose every put and get is a step.
pub fn steps(count: u64) {
    let graph = format!(
        "mpgraph: 1
queues: {{items: }}
processes:
  producer:
    steps:
      - {{read: clock, into: begin}}
      - repeat: {count}
        do: [{{put: items, value: 7}}]
      - print: ${{begin}}
  consumer:
    steps:
      - repeat: {count}
        do: [{{get: items}}]
      - {{read: clock, into: end}}
      - print: ${{end}}
"
    );
    let mut seconds = numbers("steps", &graph);
    seconds.sort_by(f64::total_cmp);
    result("msgs", count as f64 / (seconds[1] - seconds[0]), "1/s");
}

/// The classic: consumers, tasks that take a while, one pill each.
pub fn consumer(consumers: u64, tasks: u64, work_ms: u64) -> String {
    format!(
        "mpgraph: 1
queues:
  tasks: {{joinable: true}}
  results:
processes:
  Consumer:
    replicas: {consumers}
    steps:
      - loop:
          - {{get: tasks, into: task}}
          - if: task == null
            then: [{{task_done: tasks}}, break]
          - sleep: {work_ms}ms
          - {{put: results, value: \"${{task}} * ${{task}} = ${{task * task}}\"}}
          - {{task_done: tasks}}
  main:
    steps:
      - for: i
        in: range({tasks})
        do: [{{put: tasks, value: \"${{i}}\"}}]
      - repeat: {consumers}
        do: [{{put: tasks, value: null}}]
      - {{join: tasks}}
      - repeat: {tasks}
        do: [{{get: results}}]
"
    )
}

/// Twenty lines that are read and checked, and nothing is run.
pub const TWENTY_LINES: &str = "mpgraph: 1
queues:
  tasks: {joinable: true, maxsize: 10}
processes:
  producer:
    steps:
      - for: i
        in: range(10)
        do:
          - put: tasks
            value: ${i}
      - join: tasks
  consumer:
    steps:
      - for: task
        from: tasks
        do:
          - print: got ${task}
          - task_done: tasks
# the end
";

/// The smallest run: one process, one line.
pub const PRINT: &str = "mpgraph: 1
processes:
  only:
    steps: [print: hello]
";

/// Commands that do nothing, all at once; their streams are ours, as those of other runners.
pub fn launch(count: u64) -> String {
    format!(
        "mpgraph: 1
processes:
  job:
    replicas: {count}
    command: [/bin/true]
    stdin: inherit
    stdout: inherit
    stderr: inherit
"
    )
}

/// A file through two `cat` into `wc -c`.
pub fn pipeline(file: &str, bytes: u64) -> String {
    format!(
        "mpgraph: 1
pipes:
  first: {{duplex: false, mode: bytes}}
  second: {{duplex: false, mode: bytes}}
processes:
  read: {{command: [cat, {file}], stdout: {{pipe: first.writer}}}}
  pass: {{command: [cat], stdin: {{pipe: first.reader}}, stdout: {{pipe: second.writer}}}}
  count: {{command: [wc, -c], stdin: {{pipe: second.reader}}}}
expect:
  processes: {{count: {{stdout: [\"{bytes}\"]}}}}
"
    )
}
