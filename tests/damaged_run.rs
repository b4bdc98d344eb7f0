//! A bit of a run's shared memory is flipped by somebody who has no business there, at a random instant of `mpgraph run`. The run
//! must come out right, or say what it met, within its time limit: the runner never panics and never hangs.
//!
//! `MPGRAPH_FLIPS=10000 cargo test --release --test damaged_run -- --nocapture` is the whole of it; 24 otherwise.
//! `MPGRAPH_STORM_SEED=N` throws the same dice again.
mod support;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, read_dir, read_link};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use support::{mpgraph, root};

/// Everything that has words in the arena, for some tens of milliseconds. All waits but those of the queue have limits.
const GRAPH: &str = r#"
mpgraph: 1
timeout: 5s
queues:
  tasks: {maxsize: 4, joinable: true, redeliver: true}
  results: {}
pipes:
  talk: {ends: [a, b]}
locks:
  door: {}
semaphores:
  units: {value: 2}
conditions:
  bell: {lock: door}
barriers:
  meet: {parties: 3}
events:
  go: {}
values:
  sum: {type: i64}
arrays:
  row: {type: i64, length: 4}
processes:
  Putter:
    steps:
      - wait: go
      - for: n
        in: range(60)
        do:
          - put: tasks
            value: {n: "${n}", text: some text to carry}
      - join: tasks
  Taker:
    replicas: 2
    steps:
      - wait: go
      - for: task
        from: tasks
        do:
          - acquire: units
          - add: sum
          - release: units
          - write: row
            index: ${task.n % 4}
            value: ${task.n}
          - put: results
            value: ${task.n}
          - task_done: tasks
  Partner:
    replicas: 3
    steps:
      - wait: go
      - repeat: 15
        do:
          - acquire: door
          - notify: bell
          - wait: bell
            timeout: 1ms
          - release: door
          - wait: meet
            timeout: 1s
  Talker:
    steps:
      - set: go
      - repeat: 40
        do:
          - send: talk.a
            value: how are you
          - recv: talk.a
  Answerer:
    steps:
      - repeat: 40
        do:
          - recv: talk.b
            into: question
          - send: talk.b
            value: ${question}
expect:
  values: {sum: 60}
  queues: {tasks: [], results: {count: 60}}
"#;

/// The run's own limit, the grace of those that are told to end, and a loaded machine.
const PATIENCE: Duration = Duration::from_secs(40);

/// From `MPGRAPH_STORM_SEED`, else from the clock.
struct Dice(u64);

impl Dice {
    fn new() -> (Dice, u64) {
        let given = std::env::var("MPGRAPH_STORM_SEED").ok().and_then(|seed| seed.parse().ok());
        let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_nanos() as u64;
        let seed = given.unwrap_or(now) | 1;
        (Dice(seed), seed)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

#[test]
fn a_flipped_bit_is_survived_or_named() {
    let flips: u32 = std::env::var("MPGRAPH_FLIPS").map_or(24, |flips| flips.parse().expect("a number"));
    let graph = std::env::temp_dir().join(format!("mpgraph-damaged-{}.yaml", std::process::id()));
    std::fs::write(&graph, GRAPH).expect("a graph");
    let (mut dice, seed) = Dice::new();
    let (mut outcomes, mut wrong) = (BTreeMap::<&str, u32>::new(), 0);
    let mut n = 0;
    while n < flips {
        let begun = Instant::now();
        let mut child = mpgraph()
            .arg("run")
            .arg(&graph)
            .current_dir(root())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut stderr = child.stderr.take().expect("it is piped");
        let reader = std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = std::io::Read::read_to_end(&mut stderr, &mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        let what = sabotage(&mut child, &mut dice);
        let status = support::ended(&mut child, PATIENCE);
        if status.is_none() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let said = reader.join().expect("it does not panic");
        // A run that was over before says nothing.
        let Some(what) = what else { continue };
        n += 1;
        let outcome = match (status.and_then(|status| status.code()), said.contains("arena damaged")) {
            _ if said.contains("this is a bug in mpgraph") => "WRONG: a panic",
            (Some(0), _) => "came out right",
            (Some(1), true) => "said `arena damaged`",
            (Some(1), false) => "a process failed, and that was said",
            // While the objects were laid out.
            (Some(2), _) if said.contains("nothing could be started") => "nothing was started, and that was said",
            (Some(3), _) => "named what nobody can end",
            (Some(5), _) => "ended by its time limit",
            (Some(_), _) => "WRONG: another exit code",
            (None, _) if status.is_some() => "WRONG: ended by a signal",
            (None, _) => "WRONG: hung",
        };
        *outcomes.entry(outcome).or_default() += 1;
        if outcome.starts_with("WRONG") {
            eprintln!("flip {n}, {what}: {outcome} after {:.1?}, {status:?}\n{said}", begun.elapsed());
            wrong += 1;
        }
        if n % 1000 == 0 {
            eprintln!("{n} flips: {outcomes:?}");
        }
    }
    let _ = std::fs::remove_file(&graph);
    let counts: Vec<String> = outcomes.iter().map(|(outcome, times)| format!("{times} {outcome}")).collect();
    eprintln!("{flips} flips: {}, seed {seed}", counts.join(", "));
    assert!(wrong == 0, "{wrong} of {flips} went wrong, seed {seed}");
}

/// Flips a bit of a word that is in use, some time after the arena is there. Says what it did, if the run was not over.
fn sabotage(runner: &mut Child, dice: &mut Dice) -> Option<String> {
    let deadline = Instant::now() + PATIENCE;
    let file = loop {
        if let Some(file) = arena_of(runner.id()) {
            break file;
        }
        assert!(Instant::now() < deadline, "there is an arena");
        if runner.try_wait().expect("it is a child").is_some() {
            return None;
        }
        std::thread::sleep(Duration::from_micros(100));
    };
    std::thread::sleep(Duration::from_micros(dice.below(25_000)));
    let words = words_in_use(&file);
    if words.is_empty() {
        return None;
    }
    let (at, bit) = (words[dice.below(words.len() as u64) as usize] + dice.below(8), dice.below(8));
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).expect("a byte of the arena");
    byte[0] ^= 1 << bit;
    file.write_all_at(&byte, at).expect("a byte of the arena");
    let over = runner.try_wait().expect("it is a child").is_some();
    (!over).then(|| format!("bit {bit} of byte {at:#x}"))
}

/// The runner's memory file, once it is made.
fn arena_of(pid: u32) -> Option<File> {
    let entries = read_dir(format!("/proc/{pid}/fd")).ok()?;
    let found = entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| read_link(path).is_ok_and(|target| target.to_string_lossy().starts_with("/memfd:mpgraph ")))?;
    let file = OpenOptions::new().read(true).write(true).open(found).ok()?;
    file.metadata().is_ok_and(|metadata| metadata.len() > 0).then_some(file)
}

/// Places of the words that are not zero.
fn words_in_use(file: &File) -> Vec<u64> {
    let (mut words, mut at) = (Vec::new(), 0);
    loop {
        // SAFETY: seeks in a file of our own, whose position nobody uses.
        let begin = unsafe { libc::lseek(file.as_raw_fd(), at, libc::SEEK_DATA) };
        if begin < 0 {
            return words;
        }
        // SAFETY: as above.
        at = unsafe { libc::lseek(file.as_raw_fd(), begin, libc::SEEK_HOLE) };
        let mut bytes = vec![0; (at - begin) as usize];
        if file.read_exact_at(&mut bytes, begin as u64).is_err() {
            return words;
        }
        let used = bytes.chunks_exact(8).enumerate().filter(|(_, word)| word.iter().any(|byte| *byte != 0));
        words.extend(used.map(|(n, _)| begin as u64 + n as u64 * 8));
    }
}
