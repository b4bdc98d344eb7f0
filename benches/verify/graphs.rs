//! The three models as graphs.
use std::fmt::Write;

/// Each takes the fork to the left, then the one to the right; `ordered`: the last one the other way round.
pub fn philosophers(seats: u32, ordered: bool) -> String {
    let mut text = String::from("mpgraph: 1\nallow: [sync/lock-order]\nlocks:\n");
    for fork in 0..seats {
        let _ = writeln!(text, "  fork{fork}:");
    }
    text.push_str(
        "targets:
  dine:
    params: {left: lock, right: lock}
    steps: [{acquire: left}, {acquire: right}, {release: right}, {release: left}]
processes:
",
    );
    for seat in 0..seats {
        let (mut left, mut right) = (seat, (seat + 1) % seats);
        if ordered && seat == seats - 1 {
            (left, right) = (right, left);
        }
        let _ = writeln!(text, "  p{seat}: {{target: dine, args: {{left: fork{left}, right: fork{right}}}}}");
    }
    text
}

/// Tasks and a pill for each consumer, a joined queue, a queue of results.
pub fn consumers(consumers: u32, jobs: u32) -> String {
    let graph = include_str!("../../tests/corpus/verify-counts/consumers.yaml");
    set(&set(graph, "consumers", consumers), "jobs", jobs)
}

/// One counts up, the other down.
pub fn account(rounds: u32, locked: bool) -> String {
    let graph = match locked {
        true => include_str!("../../tests/corpus/verify-counts/account_lock.yaml"),
        false => include_str!("../../tests/corpus/verify-counts/account.yaml"),
    };
    set(graph, "rounds", rounds)
}

/// The graph with another value of a parameter.
fn set(graph: &str, name: &str, value: u32) -> String {
    let (before, rest) = graph.split_once(&format!("{name}: ")).expect("the graph has the parameter");
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{before}{name}: {value}{rest}")
}
