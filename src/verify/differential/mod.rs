//! Reduced and full search on generated graphs: the same ends, at the same depths.
//!
//! Reductions are where checkers are wrong. Every primitive is in these graphs; and with a mistake put into the
//! dependence table on purpose, the comparison finds it.
use crate::check::{CheckOptions, Plan, check};
use crate::expr::Random;
use crate::graph::lower::{LoadOptions, load_text};
use crate::verify::access::{Kind, mistake};
use crate::verify::block::Block;
use crate::verify::commute::stays_in_range;
use crate::verify::explore::Search;
use crate::verify::follow::follow;
use crate::verify::footprint::Footprint;
use crate::verify::found::Wrong;
use crate::verify::layout::Object;
use crate::verify::limits::Limits;
use crate::verify::report::Options;
use crate::verify::system::{System, Time, View};
use crate::verify::verify::verify;
use crate::verify::world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

mod generate;
mod tasks;

use generate::graph;
use tasks::tasks;

/// What a search saw.
#[derive(Debug)]
struct Seen {
    /// Each end with its least depth.
    ends: BTreeMap<String, u32>,
    /// The kinds of findings.
    found: BTreeSet<String>,
    states: usize,
    /// What was found before items had to be told apart.
    early: BTreeSet<String>,
    /// Items were not told apart.
    opaque: bool,
    /// Some are on their way at an end.
    left: bool,
}

/// `None`: too large for a test.
fn see(plan: &Plan, time: Time, reduce: bool, opaque: bool) -> Option<Seen> {
    let mut view = View { opaque, ..View::from(time) };
    let mut early = BTreeSet::new();
    loop {
        let system = System::of(plan, &view);
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
        let (ends, found) = (std::mem::take(&mut search.ends), std::mem::take(&mut search.found));
        let (states, depth) = (search.store.len(), search.depth);
        drop(search);
        if let Some(group) = world.apart {
            view.apart.insert(group);
            continue;
        }
        if view.commute && !stays_in_range(&system, world.largest_addition, depth + 1) {
            view.commute = false;
            continue;
        }
        let kind = |what: &Wrong| match what {
            Wrong::Flag(flag) => format!("{flag:?}").split(['{', ' ']).next().unwrap_or_default().to_owned(),
            other => format!("{other:?}").split(['{', '(']).next().unwrap_or_default().to_owned(),
        };
        let found: BTreeSet<String> = found.iter().map(|found| kind(&found.what)).collect();
        if reduce && view.opaque && world.is_spoilt.get() {
            view.opaque = false;
            early = found;
            continue;
        }
        let left = ends.iter().any(|(_, row)| world.is_item_on_its_way(row));
        let mut all = BTreeMap::new();
        for (depth, row) in ends {
            let least = all.entry(world.described(&row)).or_insert(depth);
            *least = depth.min(*least);
        }
        return Some(Seen { ends: all, found, early, states, opaque: system.payloads.is_some(), left });
    }
}

impl World<'_, '_> {
    /// A state as text that is the same in every search: without the items if some are on their way, nor the lines that
    /// may tell which.
    fn described(&self, row: &[u32]) -> String {
        let left = self.is_item_on_its_way(row);
        let block = |actor: usize| match left {
            true => {
                let (block, ..) = self.block(row, actor).without_items(self.system);
                format!("{:?}", Block { watches: Vec::new(), ..block })
            }
            false => format!("{:?}", self.block(row, actor)),
        };
        let mut blocks: Vec<String> = (0..self.system.actors.len()).map(block).collect();
        for group in &self.system.groups {
            blocks[group.clone()].sort();
        }
        let object = |place: usize| match (self.object(row, place).as_ref(), &self.system.payloads) {
            (Object::Queue(queue), Some(payloads)) if payloads.carrier(place).is_some() => {
                let mut items: Vec<String> = queue.items().map(|item| format!("{item:?}")).collect();
                items.sort();
                let items = if left { String::new() } else { items.join(" ") };
                format!("{} {} {items}", queue.qsize(), queue.unfinished())
            }
            // How many units are left of those that nobody ever takes depends on when they were no longer counted.
            (Object::Semaphore(semaphore), _) if semaphore.is_capped() => "units".to_owned(),
            (object, _) => format!("{object:?}"),
        };
        let objects = (0..self.system.layout.objects.len()).map(object);
        let shared = if left { 0 } else { self.system.shared_rules.len() };
        let watches = (0..shared).map(|number| format!("{:?}", self.watches.get(row[self.extras() + number])));
        blocks.into_iter().chain(objects).chain(watches).collect::<Vec<String>>().join("\n")
    }
}

fn plan(text: &str) -> Option<Plan> {
    let loaded = load_text("generated.yaml", Path::new("."), text.as_bytes(), &LoadOptions::default());
    check(loaded, &CheckOptions::default()).plan
}

/// In what the reduced search differs from the full one; `None`: too large for a test.
fn difference(plan: &Plan, time: Time) -> Option<(Seen, Option<String>)> {
    let reduced = see(plan, time, true, true)?;
    let exact = see(plan, time, false, false)?;
    // The same with every item told apart, in the same words.
    let full = if reduced.opaque { &see(plan, time, false, true)? } else { &exact };
    let found_alike = match reduced.left {
        // What else may be wrong with it is not looked at.
        true => reduced.found.is_subset(&exact.found) && reduced.found.is_empty() == exact.found.is_empty(),
        false => reduced.found == exact.found,
    };
    let found_alike = found_alike && reduced.early.is_subset(&exact.found);
    let of = |one: &Seen, other: &Seen| -> Vec<(String, u32)> {
        let only = one.ends.iter().filter(|(end, depth)| other.ends.get(*end) != Some(depth));
        only.map(|(end, depth)| (end.clone(), *depth)).collect()
    };
    let (mut missing, surplus) = (of(full, &reduced), of(&reduced, full));
    // A run that is stuck is told at once; whether an item that is on its way would make an error is told later.
    if reduced.left && exact.found.contains("Error") && !reduced.found.contains("Error") {
        missing.retain(|(end, _)| !end.contains("life: Ended(1)"));
    }
    let differs = !found_alike || !missing.is_empty() || !surplus.is_empty();
    let text = format!(
        "{time:?}: {} states and {}, findings {:?} and {:?}\nonly in the full search: {missing:#?}\nonly in the reduced: {surplus:#?}",
        reduced.states, exact.states, reduced.found, exact.found
    );
    Some((reduced, differs.then_some(text)))
}

/// How many graphs were compared, and what came of it.
struct Compared {
    graphs: usize,
    /// In so many items were not told apart.
    opaque: usize,
    /// The first graph on which the two searches differ.
    difference: Option<String>,
}

/// Compares so many graphs that can be run, or those before the first difference.
fn compare(seed: u64, graphs: usize, next: impl Fn(&mut Random) -> String) -> Compared {
    let mut random = Random::new(seed, "differential");
    let mut compared = Compared { graphs: 0, opaque: 0, difference: None };
    let mut tried = 0;
    while compared.graphs < graphs && tried < graphs * 50 {
        tried += 1;
        let text = next(&mut random);
        let Some(plan) = plan(&text) else { continue };
        let (mut some, mut opaque) = (false, false);
        for time in [Time::Ideal, Time::Any] {
            let Some((reduced, difference)) = difference(&plan, time) else { continue };
            some = true;
            opaque |= reduced.opaque;
            if let Some(difference) = difference {
                return Compared { difference: Some(format!("{difference}\n{text}")), ..compared };
            }
        }
        compared.graphs += usize::from(some);
        compared.opaque += usize::from(opaque);
    }
    assert!(compared.graphs * 2 > graphs, "only {} of {tried} generated graphs can be compared", compared.graphs);
    compared
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// `DIFFERENTIAL_GRAPHS=100000` for the long run, `DIFFERENTIAL_SEED` for another beginning.
#[test]
fn with_and_without_reductions_the_same_ends_are_reached_at_the_same_depths() {
    let (graphs, seed) = (number("DIFFERENTIAL_GRAPHS", 60), number("DIFFERENTIAL_SEED", 1));
    let compared = compare(seed, graphs as usize, |random| graph(random, &[]));
    if let Some(difference) = compared.difference {
        panic!("seed {seed}, after {} graphs: {difference}", compared.graphs);
    }
    println!("{} graphs compared, {} of them without telling items apart", compared.graphs, compared.opaque);
}

/// Kinds of steps that have to do with one another.
const FAMILIES: [(&str, &[i64]); 18] = [
    ("queues and their ends", &[0, 2, 41, 6, 39]),
    ("queues, ends, looks", &[41, 6, 27, 24, 23]),
    ("queues and errors", &[0, 1, 3, 44, 45, 27]),
    ("queues and barriers", &[41, 17, 18, 15, 14, 0]),
    ("queues and lives", &[41, 26, 27, 30, 0]),
    ("queues and lines", &[28, 41, 0, 2, 40]),
    ("tasks that are marked done", &[4, 5, 44, 41, 0, 27]),
    ("pipes", &[7, 8, 9, 32, 33, 41]),
    ("what waits for any of several", &[24, 0, 15, 7, 41]),
    ("any of several, and lives", &[24, 0, 15, 7, 26]),
    ("pools", &[25, 31, 43, 22, 19, 26]),
    ("events and lives", &[14, 15, 16, 27, 26]),
    ("barriers and lives", &[17, 18, 27, 26, 45]),
    ("semaphores and lives", &[12, 13, 10, 26, 27]),
    ("locks and lives", &[10, 36, 26, 27, 45]),
    ("conditions and lives", &[37, 38, 36, 10, 27, 26]),
    ("conditions and barriers", &[37, 38, 26, 27, 17]),
    ("sums under locks", &[42, 22, 19, 20, 36, 26]),
];

/// The same on graphs most of whose steps are of one family, with fewer graphs of each. These find more.
#[test]
fn with_and_without_reductions_steps_of_one_family_come_to_the_same() {
    let (graphs, seed) = (number("DIFFERENTIAL_GRAPHS", 60).div_ceil(15), number("DIFFERENTIAL_SEED", 1));
    for (family, focus) in FAMILIES {
        let compared = compare(seed, graphs as usize, |random| graph(random, focus));
        if let Some(difference) = compared.difference {
            panic!("{family}: seed {seed}, after {} graphs: {difference}", compared.graphs);
        }
        println!("{family}: {} graphs compared", compared.graphs);
    }
}

/// The same on graphs of tasks and results, on which items may or may not be told apart.
#[test]
fn with_and_without_telling_items_apart_the_same_ends_are_reached_at_the_same_depths() {
    let (graphs, seed) = (number("DIFFERENTIAL_GRAPHS", 60), number("DIFFERENTIAL_SEED", 1));
    let compared = compare(seed, graphs as usize, tasks);
    if let Some(difference) = compared.difference {
        panic!("seed {seed}, after {} graphs: {difference}", compared.graphs);
    }
    println!("{} graphs compared, {} of them without telling items apart", compared.graphs, compared.opaque);
    let share = compared.graphs / 8..compared.graphs - compared.graphs / 8;
    assert!(share.contains(&compared.opaque), "{} of {}", compared.opaque, compared.graphs);
}

/// The same variables. Threads that change places are in it, processes that start again, items that are not told apart.
#[test]
fn every_counterexample_of_a_generated_graph_is_a_path_of_the_model() {
    let (graphs, seed) = (number("DIFFERENTIAL_GRAPHS", 60), number("DIFFERENTIAL_SEED", 1));
    let mut random = Random::new(seed, "counterexamples");
    let mut told = 0;
    for tried in 0..graphs {
        let text = if tried % 4 == 0 { tasks(&mut random) } else { graph(&mut random, &[]) };
        let Some(plan) = plan(&text) else { continue };
        let limits = Limits { states: 2_000, memory: 1 << 30, time: Duration::from_secs(60) };
        let report = verify(&plan, &Options { limits, ..Options::default() }, &mut |_| {});
        for example in report.counterexamples {
            told += 1;
            if let Err(deviation) = follow(&plan, &example.schedule) {
                panic!("seed {seed}, graph {tried}: {deviation:?}\n{}\n{text}", example.schedule.to_json());
            }
        }
    }
    println!("{told} counterexamples of {graphs} graphs");
    assert!(told * 4 > graphs, "only {told} of {graphs} graphs");
}

/// Pairs whose dependence is left out, one at a time, and the kinds of steps among which they are looked for.
const MISTAKES: [(Kind, Kind, &[i64]); 13] = [
    (Kind::Put, Kind::Put, &[0, 2]),
    (Kind::Get, Kind::Get, &[0, 2]),
    (Kind::Put, Kind::GetTry, &[0, 2]),
    (Kind::PutTry, Kind::Get, &[0, 2]),
    (Kind::Take, Kind::Take, &[36, 10, 21]),
    (Kind::TakeTry, Kind::Free, &[36, 10]),
    (Kind::Lower, Kind::Lower, &[10, 12, 21]),
    (Kind::Read, Kind::Write, &[19, 21, 40]),
    (Kind::Write, Kind::Write, &[21]),
    (Kind::Set, Kind::Clear, &[15, 16]),
    (Kind::Set, Kind::AwaitTry, &[14, 15]),
    (Kind::Arrive, Kind::Spoil, &[17, 18]),
    (Kind::Signal, Kind::Exit, &[26, 27]),
];

/// `MUTATION_GRAPHS`: how many graphs a mistake may survive.
#[test]
fn mistakes_in_the_dependence_table_are_found() {
    let graphs = number("MUTATION_GRAPHS", 250) as usize;
    let mut missed = Vec::new();
    for (one, other, focus) in MISTAKES {
        mistake::hide(Some((one, other)));
        let compared = compare(7, graphs, |random| graph(random, focus));
        mistake::hide(None);
        match compared.difference {
            Some(_) => println!("{one:?} and {other:?}: found after {} graphs", compared.graphs),
            None => missed.push((one, other)),
        }
    }
    assert!(missed.len() <= 1, "not found: {missed:?}");
}
