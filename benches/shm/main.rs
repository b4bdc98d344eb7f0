//! How fast the primitives are between forked processes, side by side with Python's and with a bare loop.
//!
//! ```text
//! cargo bench --bench shm                 the table: every case, its peers and its limit, in one run
//! cargo bench --bench shm -- [--rounds N] [--only WORD] [--one-core]
//! shm CASE [ARGUMENTS]                    one case of ours, as `RESULT metric value unit`
//! shm bare CASE [ARGUMENTS]               the same work with nothing around it
//! shm entrant                             a list of command lines, one a case, as JSON
//! ```
//!
//! | file | says |
//! |---|---|
//! | `ground` | an arena, processes that begin together, what is printed |
//! | `queue`, `pipe`, `lock`, `barrier`, `event`, `pool` | one case a primitive, on `mpgraph::shm` |
//! | `graph` | what is measured through `mpgraph run`: starting, memory, whole programs, commands |
//! | `bare` | the limits: futexes, pipes and forks by hand |
//! | `python.py` | the same work on Python's `multiprocessing` |
//! | `cases`, `table` | which entrants belong together, rounds, medians, ratios |
mod bare;
mod barrier;
mod cases;
mod event;
mod graph;
mod ground;
mod lock;
mod pipe;
mod pool;
mod queue;
mod table;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => table::print(&[]),
        [flag, ..] if flag.starts_with("--") => table::print(&words),
        ["entrant"] => cases::print_entrant(),
        ["bare", case, ref rest @ ..] => bare::run(case, rest),
        [case, ref rest @ ..] => run(case, rest),
    }
}

fn run(case: &str, rest: &[&str]) {
    let number = |at: usize, default: u64| ground::number(rest, at, default);
    match case {
        "queue" => queue::queue(number(0, 8) as usize, number(1, 1_000_000), number(2, 0)),
        "joinable" => queue::joinable(number(0, 4) as u32, number(1, 4) as u32, number(2, 500_000)),
        "pipe" => pipe::one_way(number(0, 1024) as usize, number(1, 500_000)),
        "rtt" => pipe::round_trip(number(0, 100_000)),
        "lock" => lock::increment(number(0, 2) as u32, number(1, 5_000_000)),
        "barrier" => barrier::cycles(number(0, 2) as u32, number(1, 100_000)),
        "event" => event::latency(number(0, 200), number(1, 2000)),
        "pool" => pool::map(number(0, 100_000), number(1, 4) as u32, number(2, 0)),
        "procs" => graph::start_and_join(number(0, 100), number(1, 1)),
        "faults" => graph::faults(number(0, 1000)),
        "memory" => graph::memory(number(0, 200)),
        "steps" => graph::steps(number(0, 1_000_000)),
        _ => {
            eprintln!("no case `{case}`; see benches/shm/main.rs");
            std::process::exit(2);
        }
    }
}
