//! Reduced and full search on generated graphs: the same ends, at the same depths.
//!
//! Reductions are where checkers are wrong. Every primitive is in these graphs; and with a mistake put into the
//! dependence table on purpose, the comparison finds it.
use crate::check::{CheckOptions, Plan, check};
use crate::expr::Random;
use crate::graph::lower::{LoadOptions, load_text};
use crate::verify::access::{Kind, mistake};
use crate::verify::commute::stays_in_range;
use crate::verify::explore::{Search, Wrong};
use crate::verify::footprint::Footprint;
use crate::verify::limits::Limits;
use crate::verify::system::{System, Time, View};
use crate::verify::world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

mod generate;

use generate::graph;

/// What a search saw: each end with its least depth, and the kinds of findings.
#[derive(Debug, PartialEq)]
struct Seen {
    ends: BTreeMap<String, u32>,
    found: BTreeSet<String>,
}

/// `None`: too large for a test.
fn see(plan: &Plan, time: Time, reduce: bool) -> Option<(Seen, usize)> {
    let mut view = View::from(time);
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
        let found = found.iter().map(|found| kind(&found.what)).collect();
        let mut all = BTreeMap::new();
        for (depth, row) in ends {
            let least = all.entry(world.described(&row)).or_insert(depth);
            *least = depth.min(*least);
        }
        return Some((Seen { ends: all, found }, states));
    }
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

fn plan(text: &str) -> Option<Plan> {
    let loaded = load_text("generated.yaml", Path::new("."), text.as_bytes(), &LoadOptions::default());
    check(loaded, &CheckOptions::default()).plan
}

/// The first graph, among so many that can be run, on which the two searches differ.
fn first_difference(seed: u64, graphs: usize, focus: &[i64]) -> (usize, Option<String>) {
    let mut random = Random::new(seed, "differential");
    let mut compared = 0;
    let mut tried = 0;
    while compared < graphs && tried < graphs * 50 {
        tried += 1;
        let text = graph(&mut random, focus);
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
    if let (compared, Some(difference)) = first_difference(seed, graphs as usize, &[]) {
        panic!("seed {seed}, after {compared} graphs: {difference}");
    }
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
        let (after, difference) = first_difference(7, graphs, focus);
        mistake::hide(None);
        match difference {
            Some(_) => println!("{one:?} and {other:?}: found after {after} graphs"),
            None => missed.push((one, other)),
        }
    }
    assert!(missed.len() <= 1, "not found: {missed:?}");
}
