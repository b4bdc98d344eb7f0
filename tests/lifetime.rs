//! However a run ends, nothing of it is left, and what happened to each process is told exactly.
//!
//! Every process of a run inherits an environment variable with a text of its test's own: so all that descend from it
//! are found, whatever session or group they have moved to.
mod support;

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::{PATIENCE, ended, mpgraph};

const MARK: &str = "MPGRAPH_TEST_MARK";
/// How soon everything is gone after a runner that could not see to it itself.
const SOON: Duration = Duration::from_secs(2);
/// The grace between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(5);

/// A folder with a graph, and a mark for all that runs in its name.
struct Ground {
    folder: PathBuf,
    mark: String,
}

impl Ground {
    fn new(graph: &str) -> Ground {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let mark = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("mpgraph-lifetime-{mark}"));
        std::fs::create_dir_all(folder.join("tmp")).expect("a folder for the test");
        std::fs::write(folder.join("graph.yaml"), graph).expect("the graph can be written");
        Ground { folder, mark }
    }

    fn command(&self) -> Command {
        let mut command = mpgraph();
        command.arg("run").arg("graph.yaml").current_dir(&self.folder);
        command.env(MARK, &self.mark).env("TMPDIR", self.folder.join("tmp"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn start(&self) -> Child {
        self.command().spawn().expect("the binary starts")
    }

    /// All processes of the run that are alive, the runner among them.
    fn alive(&self) -> Vec<i32> {
        let mark = format!("{MARK}={}", self.mark);
        let ids = std::fs::read_dir("/proc").expect("the proc file system").flatten();
        ids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
            .filter(|pid| {
                let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
                environ.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
            })
            .collect()
    }

    /// Waits until so many of them are alive.
    fn wait_for(&self, wanted: impl Fn(&[i32]) -> bool) -> Vec<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let alive = self.alive();
            if wanted(&alive) {
                return alive;
            }
            assert!(Instant::now() < deadline, "it never came to that: {:?}", titles(&alive));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The process with that name where `ps` and `top` show it.
    fn named(&self, name: &str) -> i32 {
        let found = self.wait_for(|alive| alive.iter().any(|pid| comm(*pid) == name));
        found.into_iter().find(|pid| comm(*pid) == name).expect("it was there")
    }

    /// Nothing is left after `patience`.
    fn assert_clean(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        let mut left = self.alive();
        while !left.is_empty() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
            left = self.alive();
        }
        let titles = titles(&left);
        for pid in &left {
            let _ = kill(Pid::from_raw(*pid), Signal::SIGKILL);
        }
        assert!(left.is_empty(), "still alive: {titles:?}");
        let files: Vec<_> = std::fs::read_dir(self.folder.join("tmp")).expect("it is there").flatten().collect();
        assert!(files.is_empty(), "temporary files are left: {files:?}");
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn comm(pid: i32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim_end().to_owned()
}

fn title(pid: i32) -> String {
    let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ").trim_end().to_owned()
}

fn titles(pids: &[i32]) -> Vec<String> {
    pids.iter().map(|pid| format!("{pid} {}", title(*pid))).collect()
}

/// Number and target of each open descriptor.
fn descriptors(pid: i32) -> Vec<(i32, String)> {
    let list = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("the process is alive").flatten();
    let mut open: Vec<(i32, String)> = list
        .filter_map(|entry| {
            let target = std::fs::read_link(entry.path()).ok()?.display().to_string();
            Some((entry.file_name().to_str()?.parse().ok()?, target))
        })
        .collect();
    open.sort();
    open
}

/// The run's own end, and what it said on stderr.
fn finish(mut child: Child, patience: Duration) -> (ExitStatus, String, String) {
    let mut text = [String::new(), String::new()];
    let status = std::thread::scope(|scope| {
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let [out, err] = &mut text;
        scope.spawn(|| stdout.map(|mut from| from.read_to_string(out)));
        scope.spawn(|| stderr.map(|mut from| from.read_to_string(err)));
        let status = ended(&mut child, patience);
        if status.is_none() {
            let _ = child.kill();
        }
        status
    });
    let [out, err] = text;
    (status.unwrap_or_else(|| panic!("it did not end in {patience:?}\n{out}\n{err}")), out, err)
}

fn signal(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id() as i32), signal).expect("it is alive");
}

/// Four ways of being there: steps, a command, a pool's worker, and a grandchild in a session of its own, with and
/// without a will to end at SIGTERM.
const CROWD: &str = r#"
mpgraph: 1
pools: {pool: {processes: 2}}
targets:
  long: {params: {n: int}, steps: [{sleep: 60s}, {return: "${n}"}]}
processes:
  asleep: {steps: [{sleep: 60s}]}
  caller: {steps: [{map: pool, target: long, over: [1, 2], into: done}]}
  command: {command: [sleep, "60"]}
  parent: {shell: "setsid sh -c 'sleep 61 & sleep 62' & exec sleep 63"}
  execs: {steps: [{exec: [sleep, "64"]}]}
"#;

const STUBBORN: &str = r#"
mpgraph: 1
processes:
  deaf: {shell: "trap '' TERM INT HUP; while :; do sleep 60; done"}
  parent: {shell: "trap '' TERM INT HUP; setsid sh -c 'trap \"\" TERM INT HUP; while :; do sleep 61; done' & while :; do sleep 62; done"}
  asleep: {steps: [{sleep: 60s}]}
"#;

/// The crowd with all of its sleepers.
fn crowd(graph: &str, sleepers: usize) -> (Ground, Child) {
    let ground = Ground::new(graph);
    let child = ground.start();
    ground.wait_for(|alive| alive.iter().filter(|pid| title(**pid).starts_with("sleep 6")).count() == sleepers);
    (ground, child)
}

#[test]
fn a_run_that_completes_leaves_nothing() {
    let ground = Ground::new(
        "mpgraph: 1\nprocesses:\n  a: {shell: \"setsid sh -c 'trap \\\"\\\" TERM; sleep 60' & sleep 60 & echo ready\"}\n  b: {steps: [{exec: [sh, -c, 'setsid sleep 60 &']}]}\n",
    );
    let (status, out, err) = finish(ground.start(), PATIENCE);
    ground.assert_clean(Duration::ZERO);
    assert_eq!((status.code(), out.as_str()), (Some(0), "ready\n"), "{err}");
}

#[test]
fn a_run_that_fails_deadlocks_or_times_out_leaves_nothing() {
    let command = "  c: {shell: \"setsid sleep 60 & exec sleep 60\"";
    let cases = [
        (1, "  a: {steps: [{exit: 3}]}\n  b: {shell: 'setsid sleep 60 &'}\n".to_owned()),
        (3, "  a: {steps: [{get: q}]}\n  b: {shell: 'setsid sleep 60 & exit 0'}\nqueues: {q: null}\n".to_owned()),
        (5, format!("  a: {{steps: [{{sleep: 60s}}]}}\n{command}}}\ntimeout: 300ms\n")),
    ];
    for (exit, body) in cases {
        // The queue has somebody who might put, so that the graph is valid.
        let putter =
            "  p: {start: manual, steps: [{put: q, value: 1}]}\n  s: {steps: [{if: 1 > 2, then: [{start: p}]}]}\n";
        let putter = if exit == 3 { putter } else { "" };
        let ground = Ground::new(&format!("mpgraph: 1\nprocesses:\n{putter}{body}"));
        let (status, _, err) = finish(ground.start(), PATIENCE);
        ground.assert_clean(Duration::ZERO);
        assert_eq!(status.code(), Some(exit), "{err}");
    }
}

#[test]
fn sigterm_and_sigint_end_every_node_first() {
    for (which, exit) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130), (Signal::SIGHUP, 129)] {
        let (ground, child) = crowd(CROWD, 5);
        let begun = Instant::now();
        signal(&child, which);
        let (status, _, err) = finish(child, PATIENCE);
        ground.assert_clean(Duration::ZERO);
        assert_eq!(status.code(), Some(exit), "{which}: {err}");
        assert!(begun.elapsed() < GRACE, "all of them end at SIGTERM: {:?}", begun.elapsed());
    }
}

#[test]
fn whoever_ignores_sigterm_is_killed_after_the_grace() {
    let (ground, child) = crowd(STUBBORN, 3);
    let begun = Instant::now();
    signal(&child, Signal::SIGTERM);
    let (status, _, err) = finish(child, PATIENCE);
    ground.assert_clean(Duration::ZERO);
    assert_eq!(status.code(), Some(143), "{err}");
    assert!(begun.elapsed() >= GRACE && begun.elapsed() < GRACE + SOON, "{:?}", begun.elapsed());
}

#[test]
fn a_second_interrupt_kills_at_once() {
    let (ground, child) = crowd(STUBBORN, 3);
    let begun = Instant::now();
    signal(&child, Signal::SIGINT);
    std::thread::sleep(Duration::from_millis(200));
    signal(&child, Signal::SIGINT);
    let (status, _, err) = finish(child, PATIENCE);
    ground.assert_clean(Duration::ZERO);
    assert_eq!(status.code(), Some(130), "{err}");
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

#[test]
fn a_killed_runner_leaves_nothing() {
    for (graph, sleepers) in [(CROWD, 5), (STUBBORN, 3)] {
        let (ground, child) = crowd(graph, sleepers);
        signal(&child, Signal::SIGKILL);
        let (status, ..) = finish(child, PATIENCE);
        ground.assert_clean(SOON);
        assert_eq!(status.signal(), Some(9));
    }
}

/// Where there are commands two processes look after the run: it does not matter which one is killed.
#[test]
fn whichever_process_of_the_runner_is_killed_nothing_is_left() {
    let (ground, child) = crowd(STUBBORN, 3);
    let runner = ground
        .alive()
        .into_iter()
        .filter(|pid| *pid != child.id() as i32 && title(*pid).contains("run graph.yaml"))
        .collect::<Vec<i32>>();
    assert_eq!(runner.len(), 1, "{:?}", titles(&ground.alive()));
    kill(Pid::from_raw(runner[0]), Signal::SIGKILL).expect("it is alive");
    let (status, ..) = finish(child, PATIENCE);
    ground.assert_clean(Duration::ZERO);
    assert_eq!(status.code(), Some(137));
}

#[test]
fn a_killed_runner_of_steps_alone_leaves_nothing() {
    let ground = Ground::new(
        "mpgraph: 1\nqueues: {q: null}\nprocesses:\n  a: {replicas: 20, steps: [{sleep: 60s}, {put: q, value: 1}]}\n  b: {replicas: 20, steps: [{get: q}]}\n",
    );
    let child = ground.start();
    ground.wait_for(|alive| alive.len() == 41);
    signal(&child, Signal::SIGKILL);
    finish(child, PATIENCE);
    ground.assert_clean(SOON);
}

#[test]
fn a_reader_that_leaves_ends_the_run_quietly() {
    for (allow, talker) in
        [("flow/endless", "steps: [{loop: [{print: again}]}]"), ("", "shell: 'while echo again; do :; done'")]
    {
        let ground = Ground::new(&format!(
            "mpgraph: 1\nallow: [{allow}]\nprocesses:\n  talker: {{{talker}}}\n  other: {{shell: 'setsid sleep 60 & exec sleep 60'}}\n"
        ));
        let mut child = ground.start();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        stdout.read_line(&mut line).expect("a line");
        drop(stdout);
        let (status, _, err) = finish(child, PATIENCE);
        ground.assert_clean(Duration::ZERO);
        assert_eq!((status.code(), line.as_str(), err.as_str()), (Some(0), "again\n", ""));
    }
}

#[test]
fn a_full_disk_under_stdout_is_said_and_is_no_success() {
    let ground = Ground::new("mpgraph: 1\nprocesses: {talker: {steps: [{print: something}]}}\n");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("the device is there");
    let child = ground.command().stdout(full).spawn().expect("the binary starts");
    let (status, _, err) = finish(child, PATIENCE);
    ground.assert_clean(Duration::ZERO);
    assert_eq!(status.code(), Some(1), "{err}");
    assert!(err.contains("No space left"), "{err}");
}

#[test]
fn a_stopped_node_can_be_terminated() {
    let ground = Ground::new(
        "mpgraph: 1\nprocesses:\n  still: {steps: [{sleep: 60s}]}\n  command: {command: [sleep, '60']}\n  limited: {timeout: 1s, command: [sleep, '59']}\n",
    );
    let child = ground.start();
    let all = ground.wait_for(|alive| alive.iter().filter(|pid| title(**pid).starts_with("sleep")).count() == 2);
    for pid in all.into_iter().filter(|pid| title(*pid).starts_with("sleep") || comm(*pid) == "still") {
        kill(Pid::from_raw(pid), Signal::SIGSTOP).expect("it is alive");
    }
    // Its timeout ends the stopped one; a signal to the runner the others.
    ground.wait_for(|alive| !alive.iter().any(|pid| title(*pid) == "sleep 59"));
    let begun = Instant::now();
    signal(&child, Signal::SIGTERM);
    let (status, _, err) = finish(child, PATIENCE);
    ground.assert_clean(Duration::ZERO);
    assert_eq!(status.code(), Some(143), "{err}");
    assert!(begun.elapsed() < GRACE, "{:?}", begun.elapsed());
}

#[test]
fn a_stopped_runner_stops_its_nodes_and_all_go_on() {
    let ground = Ground::new(
        "mpgraph: 1\nprocesses:\n  counter: {steps: [{repeat: 300, do: [{sleep: 5ms}, {print: tick}]}]}\n  command: {command: [sleep, '1']}\n",
    );
    let child = ground.start();
    let counter = ground.named("counter");
    signal(&child, Signal::SIGTSTP);
    let state = |pid: i32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()).unwrap_or('-')
    };
    ground.wait_for(|alive| state(counter) == 'T' && alive.iter().all(|pid| matches!(state(*pid), 'T' | 'Z')));
    signal(&child, Signal::SIGCONT);
    let (status, out, err) = finish(child, PATIENCE);
    assert_eq!((status.code(), out.lines().count()), (Some(0), 300), "{err}");
    ground.assert_clean(Duration::ZERO);
}

/// 0, 1, 2, what the wiring names, and for steps the wire on which they talk to the runner.
#[test]
fn a_node_starts_with_the_descriptors_that_its_wiring_names() {
    let ground = Ground::new(
        r#"
mpgraph: 1
queues: {q: null}
pipes:
  chan: {mode: bytes, duplex: false, ends: [r, w]}
  other: {mode: bytes}
pools: {pool: {processes: 1}}
targets:
  work: {params: {n: int}, steps: [{sleep: 30s}, {return: "${n}"}]}
processes:
  plain: {steps: [{sleep: 30s}, {put: q, value: 1}]}
  takes: {steps: [{get: q}]}
  reads: {steps: [{recv: chan.r, until: eof, into: all}]}
  caller: {steps: [{apply: pool, target: work, args: {n: 1}}]}
  holds: {command: [sleep, "31"], stdout: {pipe: chan.w}}
  bare: {command: [sleep, "32"]}
  fed: {command: [sleep, "33"], stdin: {queue: q, format: lines}}
  ends: {command: [sleep, "34"], stdin: {pipe: other.a}}
  tail: {command: [sleep, "35"], stdin: {pipe: other.b}}
"#,
    );
    let child = ground.start();
    let alive = ground.wait_for(|alive| {
        let asleep = alive.iter().filter(|pid| title(**pid).starts_with("sleep 3")).count();
        asleep == 5 && alive.iter().any(|pid| comm(*pid) == "pool-1")
    });
    let mut seen = 0;
    for pid in alive {
        let open = descriptors(pid);
        let numbers: Vec<i32> = open.iter().map(|(number, _)| *number).collect();
        let pipes = open.iter().filter(|(number, to)| *number > 2 && to.starts_with("pipe:")).count();
        let what = format!("{} ({}): {open:?}", comm(pid), title(pid));
        let files: Vec<_> =
            open.iter().filter(|(_, to)| to.starts_with("/dev/shm") || to.starts_with("/tmp")).collect();
        assert!(files.is_empty(), "{what}");
        let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
        assert!(!maps.contains("/dev/shm"), "{what} maps something with a name");
        match comm(pid).as_str() {
            "plain" | "takes" | "caller" | "pool-1" => assert!(open.len() == 4 && pipes == 1, "{what}"),
            "reads" => assert!(open.len() == 5 && pipes == 2, "{what}"),
            "fed (stdin)" => assert!(open.len() == 5 && pipes == 2, "{what}"),
            "sleep" => assert_eq!(numbers, [0, 1, 2], "{what}"),
            _ => continue,
        }
        seen += 1;
    }
    signal(&child, Signal::SIGTERM);
    let (_, _, err) = finish(child, PATIENCE);
    assert_eq!(seen, 11, "{err}");
    ground.assert_clean(Duration::ZERO);
}

#[test]
fn nodes_carry_their_names_where_ps_and_top_show_them() {
    let ground = Ground::new(
        "mpgraph: 1\nprocesses:\n  Consumer: {replicas: 2, steps: [{sleep: 30s}]}\n  a-rather-long-name: {steps: [{sleep: 30s}]}\n",
    );
    let child = ground.start();
    assert_eq!(title(ground.named("Consumer-2")), "mpgraph: Consumer-2");
    let long = title(ground.named("a-rather-long-n"));
    assert!("mpgraph: a-rather-long-name".starts_with(&long) && long.len() > 15, "{long}");
    signal(&child, Signal::SIGTERM);
    finish(child, PATIENCE);
    ground.assert_clean(Duration::ZERO);
}

/// The exits of all instances, by name, as the report has them.
fn exits(ground: &Ground) -> Vec<(String, i64)> {
    let report = ground.folder.join("report.json");
    let mut command = ground.command();
    command.arg("--report").arg(&report);
    finish(command.spawn().expect("the binary starts"), PATIENCE);
    let text = std::fs::read_to_string(report).expect("there is a report");
    let json: serde_json::Value = serde_json::from_str(&text).expect("the report is JSON");
    let processes = json["processes"].as_array().expect("a list");
    let exit =
        |of: &serde_json::Value| (of["name"].as_str().unwrap_or("").to_owned(), of["exit"].as_i64().unwrap_or(999));
    processes.iter().map(exit).collect()
}

#[test]
fn every_exit_code_is_told_exactly() {
    for body in ["steps: [{exit: \"${self.index - 1}\"}]", "shell: 'exit ${self.index - 1}'"] {
        let ground = Ground::new(&format!("mpgraph: 1\nprocesses: {{p: {{replicas: 256, {body}}}}}\n"));
        let exits = exits(&ground);
        assert_eq!(exits.len(), 256);
        for (at, (name, exit)) in exits.iter().enumerate() {
            assert_eq!((name.clone(), *exit), (format!("p-{}", at + 1), at as i64), "{body}");
        }
        ground.assert_clean(Duration::ZERO);
    }
}

#[test]
fn every_deadly_signal_is_told_exactly() {
    // Those that end a process by default; what stops or is ignored does not.
    let deadly: Vec<i32> = (1..32).filter(|number| ![17, 18, 19, 20, 21, 22, 23, 28].contains(number)).collect();
    let ground = Ground::new(
        "mpgraph: 1\nprocesses: {p: {replicas: 31, limits: {files: 64}, shell: 'ulimit -c 0; case ${self.index} in 17|18|19|2[0-3]|28) ;; *) exec env --default-signal sh -c \"kill -${self.index} \\$\\$; sleep 60\";; esac'}}\n",
    );
    let exits = exits(&ground);
    for number in deadly {
        assert_eq!(exits[number as usize - 1].1, -i64::from(number), "signal {number}");
    }
    ground.assert_clean(Duration::ZERO);
}

#[test]
fn a_program_that_cannot_run_is_named() {
    let ground = Ground::new(
        "mpgraph: 1\nprocesses:\n  absent: {command: [/no/such/program, x]}\n  barred: {command: [./graph.yaml]}\n  lost: {cwd: nowhere, command: ['true']}\n",
    );
    let (status, _, err) = finish(ground.start(), PATIENCE);
    assert_eq!(status.code(), Some(1));
    assert!(err.contains("cannot run `/no/such/program`"), "{err}");
    assert!(err.contains("cannot run `./graph.yaml`"), "{err}");
    assert!(err.contains("nowhere"), "{err}");
    assert_eq!(exits(&ground), [("absent".into(), 127), ("barred".into(), 126), ("lost".into(), 126)]);
    ground.assert_clean(Duration::ZERO);
}

#[test]
fn a_timeout_of_a_process_is_sigterm_then_sigkill() {
    let ground = Ground::new(
        "mpgraph: 1\nprocesses:\n  kind: {timeout: 200ms, steps: [{sleep: 60s}]}\n  deaf: {timeout: 200ms, shell: \"trap '' TERM; while :; do sleep 60; done\"}\n",
    );
    let begun = Instant::now();
    assert_eq!(exits(&ground), [("kind".into(), -15), ("deaf".into(), -9)]);
    let took = begun.elapsed();
    assert!(took > GRACE && took < GRACE + 2 * SOON, "{took:?}");
    ground.assert_clean(Duration::ZERO);
}

/// The highest resident size of the runner, in KiB, while its output is read slowly.
fn peak_kib(ground: &Ground, pause: Duration) -> (u64, usize) {
    let mut child = ground.start();
    let mut stdout = child.stdout.take().expect("it is piped");
    let (mut peak, mut total, mut chunk) = (0, 0, vec![0; 1 << 16]);
    loop {
        let read = stdout.read(&mut chunk).expect("it can be read");
        total += read;
        if total % 16 == 0 || read == 0 {
            peak = peak.max(resident_kib(ground));
        }
        if read == 0 {
            break;
        }
        std::thread::sleep(pause);
    }
    let (status, _, err) = finish(child, PATIENCE);
    assert_eq!(status.code(), Some(0), "{err}");
    (peak, total)
}

fn resident_kib(ground: &Ground) -> u64 {
    let peak = |pid: &i32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0)
    };
    ground.alive().iter().filter(|pid| title(**pid).contains("run graph.yaml")).map(peak).max().unwrap_or(0)
}

#[test]
fn a_flood_is_passed_on_whole_in_bounded_memory() {
    const BYTES: usize = 64 << 20;
    let ground = Ground::new(&format!(
        "mpgraph: 1\nprocesses: {{flood: {{shell: \"yes 0123456789abcde | head -c {BYTES}\"}}}}\n"
    ));
    let (peak, total) = peak_kib(&ground, Duration::from_micros(200));
    assert_eq!(total, BYTES);
    assert!(peak < 40 << 10, "{peak} KiB");
    ground.assert_clean(Duration::ZERO);
}

#[test]
fn what_a_command_left_behind_may_write_without_end() {
    let ground = Ground::new(
        "mpgraph: 1\nprocesses:\n  parent: {shell: 'yes & exit 0'}\n  flood: {steps: [{loop: [{print: again}]}], daemon: true}\n  main: {steps: [{sleep: 500ms}]}\n",
    );
    let begun = Instant::now();
    let (peak, _) = peak_kib(&ground, Duration::ZERO);
    assert!(peak < 64 << 10 && begun.elapsed() < PATIENCE / 2, "{peak} KiB, {:?}", begun.elapsed());
    ground.assert_clean(Duration::ZERO);
}

#[test]
fn a_slow_reader_loses_nothing() {
    let ground = Ground::new("mpgraph: 1\nprocesses: {burst: {steps: [{repeat: 20000, do: [{print: 0123456789}]}]}}\n");
    let mut child = ground.start();
    std::thread::sleep(Duration::from_secs(3));
    let mut text = String::new();
    child.stdout.take().expect("it is piped").read_to_string(&mut text).expect("text");
    assert_eq!(text.lines().count(), 20000);
    let (status, _, err) = finish(child, PATIENCE);
    assert_eq!(status.code(), Some(0), "{err}");
}

#[test]
fn the_corpus_leaves_nothing_in_shared_memory_or_temporary_folders() {
    let ground = Ground::new("");
    for graph in ["graphs/consumer.yaml", "graphs/pool_map.yaml", "graphs/pipelines/bytes_pipeline.yaml"] {
        let mut command = mpgraph();
        command.arg("run").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(graph)).env(MARK, &ground.mark);
        command.env("TMPDIR", ground.folder.join("tmp")).stdout(Stdio::piped()).stderr(Stdio::piped());
        let (status, _, err) = finish(command.spawn().expect("the binary starts"), PATIENCE);
        assert_eq!(status.code(), Some(0), "{graph}: {err}");
        ground.assert_clean(Duration::ZERO);
    }
}

#[test]
fn a_graph_that_has_no_room_is_refused_before_anything_starts() {
    let ground =
        Ground::new("mpgraph: 1\nprocesses:\n  a: {replicas: 100, command: [echo, a]}\n  b: {steps: [{print: b}]}\n");
    let mut command = Command::new("sh");
    let binary = env!("CARGO_BIN_EXE_mpgraph");
    command.arg("-c").arg(format!("ulimit -n 64; exec '{binary}' run graph.yaml")).current_dir(&ground.folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (status, out, err) = finish(command.spawn().expect("a shell starts"), PATIENCE);
    assert_eq!((status.code(), out.as_str()), (Some(2), ""), "{err}");
    assert!(err.contains("open files at once, and the limit is 64 (ulimit -Hn)"), "{err}");
}

/// Batch systems limit the address space: what queues may hold is cut to what there is, and the run goes on.
#[test]
fn little_address_space_is_enough_for_a_small_graph() {
    let graph = "mpgraph: 1\nqueues: {q: }\nprocesses:\n  a: {steps: [{put: q, value: [1, two]}]}\n  b: {steps: [{get: q, into: x}, {print: '${x}'}]}\n";
    for (limit, arguments, expected) in [
        ("ulimit -v 1500000", "", Ok("[1,\"two\"]\n")),
        ("ulimit -v 300000", "", Ok("[1,\"two\"]\n")),
        ("ulimit -f 1000000", "", Ok("[1,\"two\"]\n")),
        ("ulimit -v 60000", "", Err("shared memory for ")),
        ("ulimit -v 1500000", "--memory 4GiB", Err("shared memory for 4096 MiB (see --memory, ulimit -v, ulimit -f)")),
        ("ulimit -f 1000", "", Err("shared memory for ")),
    ] {
        let ground = Ground::new(graph);
        let mut command = Command::new("sh");
        let binary = env!("CARGO_BIN_EXE_mpgraph");
        command
            .arg("-c")
            .arg(format!("{limit}; exec '{binary}' run {arguments} graph.yaml"))
            .current_dir(&ground.folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).env(MARK, &ground.mark);
        let (status, out, err) = finish(command.spawn().expect("a shell starts"), PATIENCE);
        match expected {
            Ok(said) => assert_eq!((status.code(), out.as_str()), (Some(0), said), "{limit}: {err}"),
            Err(why) => {
                assert_eq!((status.code(), out.as_str()), (Some(2), ""), "{limit}: {err}");
                assert!(err.contains(why), "{limit}: {err}");
            }
        }
        ground.assert_clean(Duration::ZERO);
    }
}

/// Ignored signals stay ignored through an `exec`: then nobody would hear how a child has ended.
#[test]
fn who_starts_it_with_sigchld_ignored_does_not_make_it_wait() {
    let ground = Ground::new("mpgraph: 1\nprocesses: {a: {command: [echo, a]}, b: {steps: [{exec: [echo, b]}]}}\n");
    let mut command = Command::new("sh");
    let binary = env!("CARGO_BIN_EXE_mpgraph");
    command.arg("-c").arg(format!("trap '' CHLD USR1; exec '{binary}' run graph.yaml")).current_dir(&ground.folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).env(MARK, &ground.mark);
    let (status, _, err) = finish(command.spawn().expect("a shell starts"), PATIENCE);
    assert_eq!(status.code(), Some(0), "{err}");
    ground.assert_clean(Duration::ZERO);
}

#[test]
fn a_command_whose_stream_is_carried_no_more_fails_the_run() {
    for (carrier, why) in [("(stdin)", "its stdin ended before its queue did"), ("(stdout)", "not all of its stdout")] {
        let ground = Ground::new(
            "mpgraph: 1\nqueues: {q: null, o: null}\nprocesses:\n  p: {steps: [{sleep: 1s}, {put: q, value: 1}]}\n  b: {stdin: {queue: q, format: lines}, stdout: {queue: o, format: lines}, command: [cat]}\n  r: {steps: [{for: x, from: o, do: [{print: '${x}'}]}]}\n",
        );
        let child = ground.start();
        let pid = ground.named(&format!("b {carrier}"));
        kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it is alive");
        let (status, _, err) = finish(child, PATIENCE);
        ground.assert_clean(Duration::ZERO);
        assert_eq!(status.code(), Some(1), "{carrier}: {err}");
        assert!(err.contains(why), "{err}");
    }
}

#[test]
fn a_named_pipe_that_nobody_reads_does_not_keep_the_runner() {
    let ground = Ground::new("mpgraph: 1\nprocesses: {a: {stdout: {file: pipe}, command: [echo, a]}}\n");
    nix::unistd::mkfifo(&ground.folder.join("pipe"), nix::sys::stat::Mode::S_IRWXU).expect("a pipe can be made");
    let (status, _, err) = finish(ground.start(), PATIENCE);
    assert_eq!(status.code(), Some(1), "{err}");
    assert!(err.contains("nobody reads this pipe"), "{err}");
}
