//! How the state spaces of three models grow, and how fast they are explored, beside SPIN where it is installed:
//!
//!     cargo bench --bench verify             # a few minutes
//!     cargo bench --bench verify -- all      # the largest sizes too: a quarter of an hour, 4 GB
//!
//! Prints the tables of `docs/verify.md`. SPIN and a C compiler: `apt-get install spin gcc`; without them its columns
//! stay empty. Time is that of the processor, the best of three runs taken in turn.
mod graphs;
mod measure;
mod spin;

use measure::{Measured, mpgraph};
use std::path::{Path, PathBuf};

/// One model at one size.
struct Case {
    model: &'static str,
    size: String,
    graph: String,
    /// For the model of the same name in Promela.
    defines: Vec<String>,
    /// Only when all is asked for.
    large: bool,
}

const ROUNDS: usize = 3;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let all = words.iter().any(|word| word == "all");
    let folder = std::env::temp_dir().join(format!("mpgraph-bench-verify-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the graphs");
    let spin = spin::is_installed();
    if !spin {
        eprintln!("spin or gcc is not installed (apt-get install spin gcc): mpgraph alone is measured");
    }
    println!("### Every interleaving, without reductions\n");
    println!("| model | size | states | states of SPIN | s | s of SPIN | states/s | of SPIN's | MB | MB of SPIN |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for case in cases().into_iter().filter(|case| all || !case.large) {
        unreduced(&case, spin, &folder);
    }
    println!("\n### With reductions\n");
    println!("| model | size | verdict | states | steps | s | MB |");
    println!("|---|---|---|---|---|---|---|");
    for case in reduced_cases() {
        let file = write(&folder, &case);
        let run = mpgraph(&file, &["--max-memory", "8GiB"]);
        let Measured { states, transitions, seconds, megabytes, verdict } = run;
        println!(
            "| {} | {} | {verdict} | {states} | {transitions} | {seconds:.2} | {megabytes} |",
            case.model, case.size
        );
    }
    let _ = std::fs::remove_dir_all(&folder);
}

fn unreduced(case: &Case, spin: bool, folder: &Path) {
    let file = write(folder, case);
    let compiled = if spin { spin::compile(case.model, &case.defines, folder) } else { None };
    let (mut ours, mut theirs): (Option<Measured>, Option<spin::Counted>) = (None, None);
    for _ in 0..ROUNDS {
        let run = mpgraph(&file, &["--no-reduction", "--max-memory", "8GiB", "--max-states", "200000000"]);
        if ours.as_ref().is_none_or(|best| run.seconds < best.seconds) {
            ours = Some(run);
        }
        let run = compiled.as_ref().and_then(|program| spin::run(program));
        if let Some(run) = run
            && theirs.as_ref().is_none_or(|best| run.seconds < best.seconds)
        {
            theirs = Some(run);
        }
    }
    let ours = ours.expect("it was run");
    let rate = ours.states as f64 / ours.seconds.max(0.01);
    let row = |theirs: [String; 4]| {
        let [states, seconds, ratio, megabytes] = theirs;
        println!(
            "| {} | {} | {} | {states} | {:.2} | {seconds} | {:.2}M | {ratio} | {} | {megabytes} |",
            case.model,
            case.size,
            ours.states,
            ours.seconds,
            rate / 1e6,
            ours.megabytes
        );
    };
    match theirs {
        Some(theirs) => {
            let ratio = rate / (theirs.states as f64 / theirs.seconds.max(0.01));
            row([
                theirs.states.to_string(),
                format!("{:.2}", theirs.seconds),
                format!("{ratio:.1}"),
                theirs.megabytes.to_string(),
            ]);
        }
        None => row(std::array::from_fn(|_| String::new())),
    }
}

fn write(folder: &Path, case: &Case) -> PathBuf {
    let file = folder.join(format!("{}.yaml", case.model));
    std::fs::write(&file, &case.graph).expect("the graph can be written");
    file
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for seats in [6, 8, 9, 10, 11] {
        cases.push(philosophers(seats, false, seats > 10));
    }
    cases.push(philosophers(10, true, false));
    for (consumers, jobs) in [(2, 8), (2, 12), (3, 6), (3, 8), (3, 10), (4, 6), (4, 8)] {
        cases.push(consuming(consumers, jobs, (consumers, jobs) == (4, 8) || (consumers, jobs) == (3, 10)));
    }
    for rounds in [20, 40, 60] {
        cases.push(account(rounds, false, rounds > 40));
    }
    for rounds in [40, 200] {
        cases.push(account(rounds, true, false));
    }
    cases
}

fn reduced_cases() -> Vec<Case> {
    let philosophers = [8, 10, 12, 16, 20].map(|seats| philosophers(seats, false, false));
    let ordered = [10, 20].map(|seats| self::philosophers(seats, true, false));
    let consumers = [(2, 8), (3, 8), (4, 8), (4, 10)].map(|(consumers, jobs)| consuming(consumers, jobs, false));
    let accounts = [account(40, false, false), account(200, true, false), account(10_000, true, false)];
    philosophers.into_iter().chain(ordered).chain(consumers).chain(accounts).collect()
}

fn philosophers(seats: u32, ordered: bool, large: bool) -> Case {
    let mut defines = vec![format!("-DSEATS={seats}")];
    defines.extend(ordered.then(|| "-DORDERED".to_owned()));
    let size = format!("{seats} seats{}", if ordered { ", forks in order" } else { "" });
    Case { model: "philosophers", size, graph: graphs::philosophers(seats, ordered), defines, large }
}

fn consuming(consumers: u32, jobs: u32, large: bool) -> Case {
    let defines = vec![format!("-DCONSUMERS={consumers}"), format!("-DJOBS={jobs}")];
    let size = format!("{consumers} consumers, {jobs} jobs");
    Case { model: "consumers", size, graph: graphs::consumers(consumers, jobs), defines, large }
}

fn account(rounds: u32, locked: bool, large: bool) -> Case {
    let mut defines = vec![format!("-DROUNDS={rounds}")];
    defines.extend(locked.then(|| "-DLOCKED".to_owned()));
    let size = format!("{rounds} rounds{}", if locked { ", a lock" } else { "" });
    Case { model: "account", size, graph: graphs::account(rounds, locked), defines, large }
}
