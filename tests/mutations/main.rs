//! Graphs of the project after all that careless hands can do to them: no panic, no hang, and every rejection points into
//! the file.
//!
//! A few seconds of it by default. `MPGRAPH_MUTATIONS=100000 cargo test --release --test mutations -- --nocapture` looks
//! at so many graphs; `MPGRAPH_MUTATION_SEED=N` begins at the seed of a failure, and with `MPGRAPH_MUTATIONS=1` is that
//! one alone.
mod dice;
mod editors;
mod mutate;
mod parts;
#[path = "../targets/mod.rs"]
mod targets;
mod watch;

use dice::Dice;
use mpgraph::graph::schema;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Instant;
use targets::lower_check::lower_check;
use watch::Watch;

/// Failures of which the graphs are shown.
const SHOWN_MAX: usize = 5;

struct Graph {
    path: PathBuf,
    text: String,
}

#[test]
fn a_mutated_graph_is_accepted_or_rejected_with_a_place() {
    let (count, seed) = (number("MPGRAPH_MUTATIONS", 600), number("MPGRAPH_MUTATION_SEED", 1));
    let (graphs, words, watch) = (graphs(), words(), Watch::new());
    let begun = Instant::now();
    let mut came: BTreeMap<String, u64> = BTreeMap::new();
    let mut failed = Vec::new();
    for seed in seed..seed + count {
        let mut dice = Dice::new(seed);
        let graph = dice.pick(&graphs).expect("the project has graphs");
        let bytes = mutate::mutated(&graph.text, &words, &mut dice);
        let name = format!("seed {seed} ({})", graph.path.display());
        watch.at(name.clone());
        let folder = graph.path.parent().expect("a graph lies in a folder");
        match catch_unwind(AssertUnwindSafe(|| lower_check(&bytes, folder))) {
            Ok(result) => *came.entry(format!("{result:?}")).or_default() += 1,
            Err(_) => failed.push(format!("== {name}\n{}", String::from_utf8_lossy(&bytes))),
        }
    }
    println!(
        "{count} graphs from seed {seed} in {:.1} s: {came:?}, {} failed",
        begun.elapsed().as_secs_f64(),
        failed.len()
    );
    assert!(failed.is_empty(), "{} failed\n{}", failed.len(), failed[..failed.len().min(SHOWN_MAX)].join("\n"));
    // Mutations that are all rejected, or all accepted, show little.
    assert!(count < 500 || ["Rejected", "Explored"].iter().all(|way| came.get(*way).is_some_and(|n| n * 50 > count)));
}

#[test]
fn an_editor_marks_what_the_program_reports() {
    let (count, seed) = (number("MPGRAPH_MUTATIONS", 200), number("MPGRAPH_MUTATION_SEED", 1));
    let (graphs, words, watch, schema) = (graphs(), words(), Watch::new(), editors::Schema::new());
    let mut failed = Vec::new();
    for seed in seed..seed + count {
        let mut dice = Dice::new(seed);
        let graph = dice.pick(&graphs).expect("the project has graphs");
        let Ok(text) = String::from_utf8(mutate::mutated(&graph.text, &words, &mut dice)) else { continue };
        watch.at(format!("seed {seed} ({})", graph.path.display()));
        let folder = graph.path.parent().expect("a graph lies in a folder");
        if let Some(why) = schema.differs(&text, folder) {
            failed.push(format!("== seed {seed} ({})\n{why}", graph.path.display()));
        }
    }
    assert!(failed.is_empty(), "{} failed\n{}", failed.len(), failed[..failed.len().min(40)].join("\n"));
}

/// The same functions that the fuzzer calls (`fuzz/`), with bytes that were made here.
#[test]
fn no_bytes_break_a_target_of_the_fuzzer() {
    let (count, seed) = (number("MPGRAPH_MUTATIONS", 600), number("MPGRAPH_MUTATION_SEED", 1));
    let (graphs, watch) = (graphs(), Watch::new());
    let expressions: Vec<&str> = graphs
        .iter()
        .flat_map(|graph| graph.text.split("${").skip(1))
        .filter_map(|rest| rest.split('}').next())
        .collect();
    type Target = (&'static str, fn(&[u8]));
    let targets: [Target; 3] =
        [("text", targets::text::text), ("expr", targets::expr::expr), ("message", targets::message::message)];
    let mut failed = Vec::new();
    for seed in seed..seed + count {
        for (name, target) in targets {
            let mut dice = Dice::new(seed);
            let bytes = match name {
                "text" => dice.pick(&graphs).map(|graph| graph.text.clone().into_bytes()),
                "expr" => dice.pick(&expressions).map(|text| format!("${{{text}}}").into_bytes()),
                _ => Some(message(&mut dice, 0)),
            };
            let bytes = mutate::broken(&bytes.expect("the project has graphs"), &mut dice);
            watch.at(format!("{name}, seed {seed}"));
            if catch_unwind(|| target(&bytes)).is_err() {
                failed.push(format!("== {name}, seed {seed}\n{}", bytes.escape_ascii()));
            }
        }
    }
    assert!(failed.is_empty(), "{} failed\n{}", failed.len(), failed[..failed.len().min(SHOWN_MAX)].join("\n"));
}

/// What the fuzzer has found once: `tests/targets/found/TARGET/*`.
#[test]
fn what_once_broke_a_target_does_not_any_more() {
    let watch = Watch::new();
    let found = Path::new("tests/targets/found");
    for (name, target) in [
        ("text", targets::text::text as fn(&[u8])),
        ("expr", targets::expr::expr),
        ("message", targets::message::message),
        ("lower_check", |bytes| {
            let _ = lower_check(bytes, Path::new("/nowhere"));
        }),
    ] {
        let Ok(folder) = found.join(name).read_dir() else { continue };
        for path in folder.map(|entry| entry.expect("a readable folder").path()) {
            watch.at(path.display().to_string());
            let bytes = std::fs::read(&path).expect("a readable file");
            assert!(catch_unwind(|| target(&bytes)).is_ok(), "{}", path.display());
        }
    }
}

/// A message of nested parts.
fn message(dice: &mut Dice, depth: usize) -> Vec<u8> {
    let word = dice.next().to_be_bytes();
    let some = |mark: u8, count: usize| [&[mark], &word[..count]].concat();
    match dice.below(if depth < 4 { 12 } else { 9 }) {
        0 => vec![word[0] & 0x7F],
        1 => vec![[0xC0, 0xC2, 0xC3][dice.below(3)]],
        2 => some(0xCB, 8),
        3 => some(0xCA, 4),
        4 => some(0xD3, 8),
        5 => some(0xCD, 2),
        6 => [&[0xA4], &b"text"[..]].concat(),
        7 => [&[0xC4, 3], &word[..3]].concat(),
        8 => [&[0xD9, 6], "grün!".as_bytes()].concat(),
        9 | 10 => {
            let count = dice.below(6);
            let items = (0..count).flat_map(|_| message(dice, depth + 1)).collect::<Vec<u8>>();
            [vec![0x90 | count as u8], items].concat()
        }
        _ => {
            let count = dice.below(4);
            let entries = (0..count).flat_map(|i| [vec![0xA1, b'a' + i as u8], message(dice, depth + 1)].concat());
            let entries = entries.collect::<Vec<u8>>();
            [vec![0x80 | count as u8], entries].concat()
        }
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")));
    given.unwrap_or(otherwise)
}

/// Every graph of the project, and every one that its tests are about.
fn graphs() -> Vec<Graph> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("graphs"), PathBuf::from("tests/corpus")];
    while let Some(folder) = folders.pop() {
        for path in folder.read_dir().expect("a readable folder").map(|entry| entry.expect("a readable folder").path())
        {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml") {
                // What is not text has its own tests.
                found.extend(std::fs::read_to_string(&path).ok().map(|text| Graph { path, text }));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Keys of every kind of map, verbs, and names as graphs use them.
fn words() -> Vec<String> {
    let tables = [&schema::ROOT, &schema::PROCESS, &schema::QUEUE, &schema::PIPE, &schema::ARRAY, &schema::EXPECT];
    let tables =
        tables.into_iter().chain([&schema::LINES, &schema::BOUNDS, &schema::TARGET, &schema::POOL, &schema::RESTART]);
    let verbs = schema::VERBS.iter().copied().flatten();
    let fields = tables.flat_map(|table| table.fields).chain(verbs.clone().flat_map(|verb| verb.modifiers));
    let names = fields.map(|field| field.name).chain(verbs.map(|verb| verb.name));
    let names =
        names.chain(["main", "x", "n", "i", "tasks", "results", "lock", "done", "worker", "chan.a", "self", "<<"]);
    names.map(str::to_owned).collect()
}
