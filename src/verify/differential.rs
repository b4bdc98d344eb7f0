//! Reduced and full search on generated graphs: the same ends, at the same depths.
//!
//! Reductions are where checkers are wrong. Every primitive is in these graphs; and with a mistake put into the
//! dependence table on purpose, the comparison finds it.
use super::access::{Kind, mistake};
use super::explore::{Limits, Search, Wrong};
use super::footprint::Footprint;
use super::system::{System, Time};
use super::world::World;
use crate::check::{CheckOptions, Plan, check};
use crate::expr::Random;
use crate::graph::lower::{LoadOptions, load_text};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// What a search saw: each end with its least depth, and the kinds of findings.
#[derive(Debug, PartialEq)]
struct Seen {
    ends: BTreeMap<String, u32>,
    found: BTreeSet<String>,
}

/// `None`: too large for a test.
fn see(plan: &Plan, time: Time, reduce: bool) -> Option<(Seen, usize)> {
    let system = System::new(plan, time);
    let footprint = Footprint::new(&system);
    let mut world = World::new(&system, &footprint);
    let limits = Limits { states: 4_000, memory: 1 << 30, time: Duration::from_secs(60) };
    let mut search = Search::new(&mut world, reduce, limits);
    search.keep_ends = true;
    search.exhaust = true;
    search.run(&mut |_| {});
    if search.limit.is_some() {
        return None;
    }
    let (ends, found, states) =
        (std::mem::take(&mut search.ends), std::mem::take(&mut search.found), search.store.len());
    let kind = |what: &Wrong| match what {
        Wrong::Flag(flag) => format!("{flag:?}").split(['{', ' ']).next().unwrap_or_default().to_owned(),
        other => format!("{other:?}").split(['{', '(']).next().unwrap_or_default().to_owned(),
    };
    let found = found.iter().map(|found| kind(&found.what)).collect();
    let mut all = BTreeMap::new();
    for (depth, row) in ends {
        let least = all.entry(world.described(&row)).or_insert(depth);
        *least = depth.min(*least);
    }
    Some((Seen { ends: all, found }, states))
}

impl World<'_, '_> {
    /// A state as text that is the same in every search.
    fn described(&self, row: &[u32]) -> String {
        let mut blocks: Vec<String> =
            (0..self.system.actors.len()).map(|actor| format!("{:?}", self.block(row, actor))).collect();
        for group in &self.system.groups {
            blocks[group.clone()].sort();
        }
        let objects = (0..self.system.layout.objects.len()).map(|place| format!("{:?}", self.object(row, place)));
        let watches = (0..self.system.shared_rules.len())
            .map(|number| format!("{:?}", self.watches.get(row[self.extras() + number])));
        blocks.into_iter().chain(objects).chain(watches).collect::<Vec<String>>().join("\n")
    }
}

/// A graph with a few processes that do a few things to every kind of object.
fn graph(random: &mut Random) -> String {
    let mut text = String::from(
        "mpgraph: 1
queues: {q: {maxsize: 1}, r: {joinable: true}, s: {joinable: true, redeliver: true, items: [1]}}
pipes: {p: , d: {duplex: false}}
events: {e: , f: }
barriers: {b: {parties: 2}}
locks: {l: , m: {recursive: true}}
semaphores: {u: {value: 1, bounded: true}, v: {value: 0}}
conditions: {c: {lock: l}, k: }
values: {x: {type: i8}, y: {type: i8}}
arrays: {a: {type: i8, length: 2}}
pools: {w: {processes: 1}}
targets:
  job: {params: {n: int}, steps: [{add: x}, {return: \"${n + 1}\"}]}
processes:
",
    );
    let count = random.int(2, 3);
    // Few kinds of steps in one graph, so that they meet.
    let palette: Vec<i64> = (0..random.int(3, 7)).map(|_| random.int(0, 33)).collect();
    for number in 0..count {
        let name = ["A", "B", "C"][number as usize];
        let _ = writeln!(text, "  {name}:");
        if random.int(0, 3) == 0 {
            let _ = writeln!(text, "    replicas: 2");
        }
        if number > 0 && random.int(0, 7) == 0 {
            let _ = writeln!(text, "    daemon: true");
        }
        if number > 0 && random.int(0, 7) == 0 {
            let _ = writeln!(text, "    after: [{{A: exited}}]");
        }
        let _ = writeln!(text, "    steps:");
        let steps = random.int(1, 4);
        for _ in 0..steps {
            step(random, &palette, (6, 2), number > 0, &mut text);
        }
    }
    text.push_str("allow: [");
    text.push_str("wiring/no-consumer, wiring/shared-end, sync/lock-order, sync/not-released, ");
    text.push_str("sync/unprotected-update, sync/task-done, flow/unreachable]\n");
    text
}

/// One step. `kills`: it may end process A, or join it.
fn step(random: &mut Random, palette: &[i64], (indent, depth): (usize, u32), kills: bool, text: &mut String) {
    let pad = " ".repeat(indent);
    let of = |random: &mut Random, all: &[&str]| all[random.int(0, all.len() as i64 - 1) as usize].to_owned();
    let queue = of(random, &["q", "r", "s"]);
    let lock = of(random, &["l", "m", "u", "k"]);
    let limit = of(random, &["", "", ", block: false", ", timeout: 1s"]);
    let timeout = of(random, &["", "", ", timeout: 1s", ", timeout: 2s"]);
    let cell = of(random, &["x", "y"]);
    let verb = palette[random.int(0, palette.len() as i64 - 1) as usize];
    let line = match if depth == 0 { verb % 28 } else { verb } {
        0 | 1 => format!("{{put: {queue}, value: {}{limit}}}", random.int(0, 1)),
        2 | 3 => format!("{{get: {queue}, into: g{limit}}}"),
        4 => format!("{{task_done: {}}}", of(random, &["r", "s"])),
        5 => format!("{{join: {}{timeout}}}", of(random, &["r", "s"])),
        6 => format!("{{close: {queue}}}"),
        7 => format!("{{send: {}, value: 1}}", of(random, &["p.a", "p.b", "d.writer"])),
        8 => format!("{{recv: {}{timeout}}}", of(random, &["p.a", "p.b", "d.reader"])),
        9 => format!("{{close: {}}}", of(random, &["p.a", "p.b", "d.reader", "d.writer"])),
        10 | 11 => format!("{{acquire: {}{limit}}}", of(random, &["l", "m", "u", "v"])),
        12 | 13 => format!("{{release: {}}}", of(random, &["u", "v"])),
        14 => format!("{{wait: {}{timeout}, into: t}}", of(random, &["e", "f"])),
        15 => format!("{{set: {}}}", of(random, &["e", "f"])),
        16 => "{clear: e}".into(),
        17 => format!("{{wait: b{timeout}}}"),
        18 => of(random, &["{abort: b}", "{reset: b}", "{read: b.n_waiting, into: n}"]),
        19 | 20 => format!("{{read: {cell}, into: z}}"),
        21 => format!("{{write: {cell}, value: {}}}", random.int(0, 1)),
        22 => format!("{{add: {cell}}}"),
        23 => format!("{{read: {queue}.qsize, into: n}}"),
        24 => format!("{{wait: [q, p.a, e]{timeout}, into: n}}"),
        25 => "{apply: w, target: job, args: {n: 1}, into: n}".into(),
        26 if kills => of(random, &["{kill: A}", "{join: A}", "{read: A.is_alive, into: n}", "{join: A, timeout: 1s}"]),
        26 => "{write: a, index: 1, value: 2}".into(),
        27 => of(random, &["{sleep: 1s}", "{sleep: 2s}", "{raise: oops}", "{read: a, into: n}", "{exit: 0}"]),
        28 => {
            let _ = writeln!(text, "{pad}- with: {lock}\n{pad}  do:");
            return step(random, palette, (indent + 4, depth - 1), kills, text);
        }
        29 => {
            let of = of(random, &["c", "k"]);
            let what = match random.int(0, 2) {
                0 => format!("{{wait: {of}{timeout}}}"),
                1 => format!("{{notify: {of}, n: all}}"),
                _ => format!("{{notify: {of}}}"),
            };
            let _ = writeln!(text, "{pad}- with: {of}\n{pad}  do: [{what}]");
            return;
        }
        30 => {
            let _ = writeln!(text, "{pad}- repeat: 2\n{pad}  do:");
            return step(random, palette, (indent + 4, depth - 1), kills, text);
        }
        31 => {
            let _ = writeln!(text, "{pad}- read: {cell}\n{pad}  into: z\n{pad}- if: z == 0\n{pad}  then:");
            return step(random, palette, (indent + 4, depth - 1), kills, text);
        }
        32 => {
            let _ = writeln!(text, "{pad}- for: i\n{pad}  from: {queue}\n{pad}  do:");
            return step(random, palette, (indent + 4, depth - 1), kills, text);
        }
        _ => {
            let _ = writeln!(text, "{pad}- try:");
            step(random, palette, (indent + 4, depth - 1), kills, text);
            let _ = writeln!(text, "{pad}  except: {{any: [{{add: y}}]}}");
            return;
        }
    };
    let _ = writeln!(text, "{pad}- {line}");
}

fn plan(text: &str) -> Option<Plan> {
    let loaded = load_text("generated.yaml", Path::new("."), text.as_bytes(), &LoadOptions::default());
    check(loaded, &CheckOptions::default()).plan
}

/// The first graph, among so many that can be run, on which the two searches differ.
fn first_difference(seed: u64, graphs: usize) -> (usize, Option<String>) {
    let mut random = Random::new(seed, "differential");
    let mut compared = 0;
    let mut tried = 0;
    while compared < graphs && tried < graphs * 50 {
        tried += 1;
        let text = graph(&mut random);
        let Some(plan) = plan(&text) else { continue };
        let mut both = 0;
        for time in [Time::Ideal, Time::Any] {
            let (Some((reduced, few)), Some((full, many))) = (see(&plan, time, true), see(&plan, time, false)) else {
                continue;
            };
            both += 1;
            if reduced != full {
                let missing: Vec<_> =
                    full.ends.iter().filter(|(end, depth)| reduced.ends.get(*end) != Some(depth)).collect();
                let surplus: Vec<_> =
                    reduced.ends.iter().filter(|(end, depth)| full.ends.get(*end) != Some(depth)).collect();
                return (
                    compared,
                    Some(format!(
                        "{time:?}: {few} states and {many}, findings {:?} and {:?}\nonly in the full search: {missing:#?}\nonly in the reduced: {surplus:#?}\n{text}",
                        reduced.found, full.found
                    )),
                );
            }
        }
        compared += usize::from(both > 0);
    }
    assert!(compared * 2 > graphs, "only {compared} of {tried} generated graphs can be compared");
    (compared, None)
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// `DIFFERENTIAL_GRAPHS=100000` for the long run, `DIFFERENTIAL_SEED` for another beginning.
#[test]
fn with_and_without_reductions_the_same_ends_are_reached_at_the_same_depths() {
    let (graphs, seed) = (number("DIFFERENTIAL_GRAPHS", 60), number("DIFFERENTIAL_SEED", 1));
    if let (compared, Some(difference)) = first_difference(seed, graphs as usize) {
        panic!("seed {seed}, after {compared} graphs: {difference}");
    }
}

/// Pairs whose dependence is left out, one at a time.
const MISTAKES: &[(Kind, Kind)] = &[
    (Kind::Put, Kind::Put),
    (Kind::Get, Kind::Get),
    (Kind::Put, Kind::GetTry),
    (Kind::PutTry, Kind::Get),
    (Kind::Put, Kind::DoneRisky),
    (Kind::Take, Kind::Take),
    (Kind::TakeTry, Kind::Free),
    (Kind::Lower, Kind::Lower),
    (Kind::RaiseRisky, Kind::RaiseRisky),
    (Kind::Read, Kind::Write),
    (Kind::Write, Kind::Write),
    (Kind::Set, Kind::Clear),
    (Kind::Set, Kind::AwaitTry),
    (Kind::Arrive, Kind::Spoil),
    (Kind::Signal, Kind::Exit),
];

#[test]
#[ignore = "minutes: run with --ignored"]
fn mistakes_in_the_dependence_table_are_found() {
    let graphs = number("DIFFERENTIAL_GRAPHS", 2000) as usize;
    let mut missed = Vec::new();
    for (one, other) in MISTAKES {
        mistake::hide(Some((*one, *other)));
        let (after, difference) = first_difference(7, graphs);
        mistake::hide(None);
        match difference {
            Some(_) => println!("{one:?} and {other:?}: found after {after} graphs"),
            None => missed.push((one, other)),
        }
    }
    assert!(missed.len() <= 1, "not found: {missed:?}");
}
