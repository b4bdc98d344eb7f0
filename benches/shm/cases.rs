//! Which entrants do the same work.
use super::graph::{self, PROGRAM};
use std::path::Path;

/// One workload: our command line, and that of its peers.
pub struct Case {
    pub key: &'static str,
    pub metric: &'static str,
    pub unit: &'static str,
    pub more_is_better: bool,
    pub ours: Vec<String>,
    /// For `python.py`.
    pub python: Option<&'static str>,
    /// For `shm bare`.
    pub bare: Option<&'static str>,
    /// The same is worth measuring with every process on one core.
    pub one_core: bool,
}

/// The file that `cat3_1g` reads: where the peers' driver makes it, in memory.
const LARGE_FILE: &str = "/dev/shm/peers-1g";
const LARGE: u64 = 1 << 30;

pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut shm = |key, metric, unit, ours: &str, python, bare, one_core| {
        let own = std::env::current_exe().expect("this program is somewhere").display().to_string();
        let ours = std::iter::once(own).chain(ours.split(' ').map(String::from)).collect();
        let more_is_better = matches!(metric, "msgs" | "bytes" | "items" | "ops" | "cycles");
        let (python, bare) = (Some(python), Some(bare));
        cases.push(Case { key, metric, unit, more_is_better, ours, python, bare, one_core });
    };
    shm("queue_int", "msgs", "1/s", "queue 8 4000000", "queue 8 40000", "ring 8 10000000", true);
    shm("queue_1k", "msgs", "1/s", "queue 1024 1000000", "queue 1024 40000", "ring 1024 2000000", true);
    shm("queue_64k", "bytes", "GB/s", "queue 65536 40000", "queue 65536 6000", "ring 65536 60000", true);
    let joinable = ["joinable 4 4 2000000", "joinable 4 4 40000", "joinable 4 4 2000000"];
    shm("joinable_4x4", "items", "1/s", joinable[0], joinable[1], joinable[2], true);
    shm("pipe_rtt", "rtt", "ns", "rtt 60000", "rtt 15000", "rtt 60000", true);
    shm("pipe_bw_1k", "msgs", "1/s", "pipe 1024 1000000", "pipe 1024 100000", "pipe 1024 400000", true);
    shm("pipe_bw_64k", "bytes", "GB/s", "pipe 65536 40000", "pipe 65536 15000", "pipe 65536 40000", true);
    shm("lock_1", "ops", "1/s", "lock 1 10000000", "lock 1 400000", "lock 1 10000000", false);
    shm("lock_2", "ops", "1/s", "lock 2 10000000", "lock 2 400000", "lock 2 10000000", true);
    shm("lock_4", "ops", "1/s", "lock 4 10000000", "lock 4 400000", "lock 4 10000000", false);
    shm("barrier_2", "cycles", "1/s", "barrier 2 150000", "barrier 2 20000", "barrier 2 100000", true);
    shm("barrier_8", "cycles", "1/s", "barrier 8 30000", "barrier 8 2500", "barrier 8 30000", true);
    shm("event_cold", "p50", "us", "event 200 2000", "event 200 2000", "event 200 2000", true);
    shm("procs_1", "per_process", "us", "procs 1 50", "procs 1 50", "procs 1 50", false);
    shm("procs_100", "per_process", "us", "procs 100 1", "procs 100 1", "procs 100 1", false);
    shm("procs_1000", "per_process", "us", "procs 1000 1", "procs 1000 1", "procs 1000 1", false);
    // Python keeps two descriptors for each: so many at once are past the usual limit.
    shm("procs_10000", "per_process", "us", "procs 10000 1", "procs 1000 10", "procs 10000 1", false);
    shm("faults_1000", "faults_per_process", "", "faults 1000", "faults 1000", "faults 1000", false);
    shm("memory_200", "pss_per_process", "KiB", "memory 200", "memory 200", "memory 200", false);
    shm("pool_default", "map", "ms", "pool 100000 4 0", "pool 100000 4 0", "pool 100000 4 0", false);
    shm("pool_1", "map", "ms", "pool 100000 4 1", "pool 100000 4 1", "pool 100000 4 1", false);
    let whole = "with_start_and_join";
    shm("pool_whole", whole, "ms", "pool 100000 4 0", "pool 100000 4 0", "pool 100000 4 0", false);
    // Every put and every get a step of a graph.
    shm("steps_int", "msgs", "1/s", "steps 1000000", "queue 8 40000", "ring 8 10000000", false);

    // The whole program, from its exec to its end.
    let mut program = |key, verb: &str, graph: String, python, bare, one_core| {
        let ours = vec![PROGRAM.into(), verb.into(), graph::write(key, &graph).display().to_string()];
        cases.push(Case { key, metric: "wall", unit: "ms", more_is_better: false, ours, python, bare, one_core });
    };
    let consumer = graph::consumer(16, 10, 100);
    program("consumer", "run", consumer, Some("consumer 16 10 100"), Some("consumer 16 10 100"), false);
    let consumer = graph::consumer(16, 10, 0);
    program("consumer_0ms", "run", consumer, Some("consumer 16 10 0"), Some("consumer 16 10 0"), true);
    program("startup", "validate", graph::TWENTY_LINES.into(), None, Some("nop"), false);
    program("print", "run", graph::PRINT.into(), Some("hello"), Some("nop"), false);
    program("launch_100", "run", graph::launch(100), Some("launch 100"), Some("launch 100"), false);
    program("launch_1000", "run", graph::launch(1000), Some("launch 1000"), Some("launch 1000"), false);
    program("cat3_1g", "run", graph::pipeline(LARGE_FILE, LARGE), None, None, true);
    cases
}

/// The file that `cat3_1g` needs is there.
pub fn has_large_file() -> bool {
    Path::new(LARGE_FILE).metadata().is_ok_and(|about| about.len() == LARGE)
}

/// `{"label": ..., "cases": {case: [words]}}`.
pub fn print_entrant() {
    let cases: serde_json::Map<_, _> = all().into_iter().map(|case| (case.key.into(), case.ours.into())).collect();
    println!("{:#}", serde_json::json!({ "label": "mpgraph", "cases": cases }));
}
