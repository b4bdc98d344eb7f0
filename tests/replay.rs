//! What the model says, held against real processes, and what real processes do, held against the model.
//!
//! More of the same: `MPGRAPH_REPLAYS`, `MPGRAPH_SCHEDULES` and `MPGRAPH_RECORDS` say how often for each graph.
use mpgraph::check::{CheckOptions, Plan, check};
use mpgraph::graph::lower::{LoadOptions, load};
use mpgraph::program::Schedule;
use mpgraph::verify::{Deviation, follow};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So many run at once; most of them wait most of the time.
const AT_ONCE: usize = 4;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// How often, where the environment does not say otherwise.
fn times(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The graphs of a folder, as paths from the root of the project.
fn graphs(folder: &str) -> Vec<PathBuf> {
    let only = std::env::var("MPGRAPH_ONLY").unwrap_or_default();
    let entries = std::fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let names = entries.map(|entry| entry.expect("its entries can be read").file_name());
    let mut all: Vec<PathBuf> = names.map(|name| Path::new(folder).join(name)).collect();
    all.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    all.retain(|path| path.to_string_lossy().contains(&only));
    all.sort();
    assert!(!all.is_empty(), "{folder}");
    all
}

fn mpgraph(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mpgraph"));
    command.args(arguments).current_dir(root()).stdin(Stdio::null()).output().expect("the program starts")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The lines of a comment `# WORD: ...`.
fn note<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix("# ")?.strip_prefix(word)?.strip_prefix(": "))
}

fn text(graph: &Path) -> String {
    std::fs::read_to_string(root().join(graph)).expect("a graph can be read")
}

/// A file of this test's own.
fn scratch(kind: &str, graph: &Path) -> PathBuf {
    let name = graph.with_extension("").to_string_lossy().replace('/', ".");
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{kind}.{name}.json"))
}

/// Does it for each graph, several at once; gives what was wrong.
fn each(graphs: &[PathBuf], one: impl Fn(&Path) -> Result<(), String> + Sync) {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(graph) = graphs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(message) = one(graph) {
                        wrong.lock().expect("nobody panics").push(format!("{}: {message}", graph.display()));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("nobody panics");
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), graphs.len(), wrong.join("\n"));
}

#[test]
fn every_counterexample_is_reproduced_by_real_processes() {
    let count = times("MPGRAPH_REPLAYS", 1);
    let mut all = graphs("tests/corpus/verify/violated");
    all.extend(graphs("graphs"));
    all.extend(graphs("graphs/pipelines"));
    let replayed = AtomicUsize::new(0);
    each(&all, |graph| {
        let (path, file) = (graph.to_string_lossy(), scratch("counterexample", graph));
        let file = file.to_string_lossy();
        let text = text(graph);
        let time = note(&text, "time").unwrap_or("both");
        let verified = mpgraph(&["verify", "--time", time, "--counterexample", &file, &path]);
        if path.starts_with("graphs/") && verified.status.code() != Some(1) {
            return Ok(());
        }
        if verified.status.code() != Some(1) {
            return Err(format!("verify: {}\n{}", verified.status, said(&verified)));
        }
        for replay in 1..=count {
            let run = mpgraph(&["run", "--schedule", &file, &path]);
            let said = said(&run);
            // The rest of a run in which a process has failed may come to a deadlock.
            let deadlocked = said.contains("reproduced: verify/deadlock") || said.contains(": deadlocked after ");
            let code = match said.contains(": hit its timeout after ") {
                true => 5,
                false if deadlocked => 3,
                false => 1,
            };
            if run.status.code() != Some(code) || !said.contains("\nreproduced: verify/") {
                return Err(format!("replay {replay} of {count}: {}\n{said}", run.status));
            }
        }
        replayed.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    println!("{} graphs, each reproduced {count} times", replayed.into_inner());
}

#[test]
fn every_proved_graph_survives_random_schedules() {
    let count = times("MPGRAPH_SCHEDULES", 2).to_string();
    let mut all = graphs("tests/corpus/verify/proved");
    // Orders that a clock rules out are drawn, too.
    all.retain(|graph| note(&text(graph), "time") != Some("ideal"));
    each(&all, |graph| {
        let run = mpgraph(&["run", "--random-schedules", &count, "--seed", "1", &graph.to_string_lossy()]);
        let said = said(&run);
        match run.status.code() == Some(4) && said.contains(&format!("SAMPLED: {count} orders from seed 1 on")) {
            true => Ok(()),
            false => Err(format!("{}\n{said}", run.status)),
        }
    });
    println!("{} graphs, {count} orders each", all.len());
}

#[test]
fn what_goes_wrong_in_a_random_schedule_is_taken_again_by_its_seed() {
    let graph = "tests/corpus/verify/violated/two_locks.yaml";
    let run = mpgraph(&["run", "--random-schedules", "200", "--seed", "1", graph]);
    assert_eq!(run.status.code(), Some(3), "{}", said(&run));
    let said_so = said(&run);
    let seed = said_so.split("--seed ").nth(1).and_then(|rest| rest.split('`').next()).expect("it names the seed");
    for _ in 0..3 {
        let again = mpgraph(&["run", "--random-schedules", "1", "--seed", seed, graph]);
        assert_eq!(again.status.code(), Some(3), "seed {seed}: {}", said(&again));
    }
}

/// Of these the model does not know what their commands do, or their numbers decide.
const NOT_VERIFIABLE: &[&str] = &[
    "graphs/pids.yaml",
    "graphs/pipelines/bytes_pipeline.yaml",
    "graphs/pipelines/checksum_folder.yaml",
    "graphs/pipelines/log_triage.yaml",
    "graphs/pipelines/restart_backoff.yaml",
    "graphs/pipelines/word_count.yaml",
    "graphs/sprites.yaml",
    "graphs/threads_vs_processes.yaml",
];

/// Fewer rounds than they have: a record has a line for each step.
const SHORTER: &[(&str, &str)] =
    &[("graphs/balance_lock.yaml", "rounds=40"), ("graphs/balance_race.yaml", "rounds=40")];

fn plan(graph: &Path, set: Option<&str>) -> Plan {
    let set = set.and_then(|set| set.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned()));
    let loaded = load(graph, &LoadOptions { set: set.into_iter().collect(), seed: None }).expect("it can be read");
    check(loaded, &CheckOptions::default()).plan.expect("it is a graph")
}

#[test]
fn recorded_runs_of_the_graphs_are_paths_of_the_model() {
    let count = times("MPGRAPH_RECORDS", 1);
    let mut all = graphs("graphs");
    all.extend(graphs("graphs/pipelines"));
    let steps = AtomicUsize::new(0);
    each(&all, |graph| {
        let (path, file) = (graph.to_string_lossy(), scratch("record", graph));
        let set = SHORTER.iter().find(|(name, _)| *name == path).map(|(_, set)| *set);
        let plan = plan(&root().join(graph), set);
        for run in 1..=count {
            let file_name = file.to_string_lossy();
            let mut arguments = vec!["run", "--record", &file_name, &path];
            arguments.extend(set.iter().flat_map(|set| ["--set", *set]));
            let ran = mpgraph(&arguments);
            if ran.status.code().is_none_or(|code| code > 1) {
                return Err(format!("run {run}: {}\n{}", ran.status, said(&ran)));
            }
            let record = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
            let record = Schedule::from_json(&record)?;
            match follow(&plan, &record) {
                Ok(taken) => steps.fetch_add(taken, Ordering::Relaxed),
                Err(Deviation::NotVerifiable(_)) if NOT_VERIFIABLE.contains(&&*path) => return Ok(()),
                Err(deviation) => return Err(format!("run {run}: {deviation:?}")),
            };
        }
        match NOT_VERIFIABLE.contains(&&*path) {
            true => Err("it can be verified after all".into()),
            false => Ok(()),
        }
    });
    println!("{} graphs, {count} runs each, {} steps", all.len(), steps.into_inner());
}

/// Every single result of a record counts.
#[test]
fn a_record_with_one_result_altered_is_no_path_of_the_model() {
    let graph = Path::new("tests/corpus/verify/proved/account_with_lock.yaml");
    let file = scratch("altered", graph);
    let ran = mpgraph(&["run", "--record", &file.to_string_lossy(), &graph.to_string_lossy()]);
    assert!(ran.status.success(), "{}", said(&ran));
    let record = Schedule::from_json(&std::fs::read_to_string(&file).expect("it was written")).expect("a schedule");
    let plan = plan(&root().join(graph), None);
    assert_eq!(follow(&plan, &record).ok(), Some(record.entries.len()));
    let mut altered = 0;
    for at in 0..record.entries.len() {
        let mut other = record.clone();
        let result = &mut other.entries[at].result;
        if result.starts_with("done ") && matches!(&*record.entries[at].verb, "read" | "get" | "add") {
            *result = "done 4711".into();
            assert!(matches!(follow(&plan, &other), Err(Deviation::Differs { step, .. }) if step == at + 1), "{at}");
            altered += 1;
        }
    }
    assert!(altered > 5, "{altered}");
}

#[test]
fn a_file_that_is_no_schedule_of_the_graph_is_refused() {
    let graph = Path::new("tests/corpus/verify/violated/two_locks.yaml");
    let (path, file) = (graph.to_string_lossy(), scratch("refused", graph));
    mpgraph(&["verify", "--counterexample", &file.to_string_lossy(), &path]);
    let good = std::fs::read_to_string(&file).expect("it was written");
    let other_graph = "tests/corpus/verify/violated/philosophers.yaml";
    let cases = [
        ("", "no schedule", &*path),
        ("{\"schedule\": 1}", "no list `steps`", &path),
        ("{\"schedule\": 2, \"steps\": []}", "no schedule of this version", &path),
        (&good[..good.len() / 2], "no schedule", &path),
        (&good.replace("\"there\"", "\"nobody\""), "`nobody`", &path),
        (&good.replace("\"step\"", "\"leap\""), "no phase `leap`", &path),
        (&good.replace("two_locks.yaml:", "two_locks.yaml:9"), "another version of the graph", &path),
        (&good, "no such process", other_graph),
    ];
    for (text, expected, graph) in cases {
        std::fs::write(&file, text).expect("it can be written");
        let run = mpgraph(&["run", "--schedule", &file.to_string_lossy(), graph]);
        assert_eq!(run.status.code(), Some(2), "{text}\n{}", said(&run));
        assert!(said(&run).contains(expected), "{expected}: {}", said(&run));
    }
    let missing = mpgraph(&["run", "--schedule", "/no/such/file", &path]);
    assert_eq!(missing.status.code(), Some(2), "{}", said(&missing));
}
