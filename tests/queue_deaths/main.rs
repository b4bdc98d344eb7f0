//! Queues, pipes and pools under SIGKILL: real processes, killed at random instants and after every single instruction.
//!
//! | file | says |
//! |---|---|
//! | `storms` | putters and takers are killed and started again some hundred times while the books are kept in the arena |
//! | `asleep` | a death and a hand-over between a wake-up and its use |
//! | `steps`, `step_scenes` | a death after every instruction of one operation: before or after, and the survivors are served |
//! | `storm_pool`, `step_pool` | the same of a pool: callers and workers |
//! | `ground` | what all stand on: an arena, processes, a queue |
//!
//! No test harness: forking wants a process with one thread. Every wait has a bound; a failure prints its seed.
//! `MPGRAPH_STORM_DEATHS=n` sets how many die in a storm, `MPGRAPH_STORM_SEED=n` repeats its dice.
mod asleep;
#[allow(dead_code, reason = "its other user needs more of it")]
#[path = "../shm_death/child.rs"]
mod child;
#[path = "../shm_death/dice.rs"]
mod dice;
mod ground;
mod step_pool;
mod step_scenes;
mod steps;
mod storm_pool;
mod storms;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let list = arguments.iter().any(|argument| argument == "--list");
    let named: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    for (name, test) in
        storms::ALL.iter().chain(asleep::ALL).chain(step_scenes::ALL).chain(storm_pool::ALL).chain(step_pool::ALL)
    {
        if !named.is_empty() && !named.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        if list {
            println!("{name}: test");
            continue;
        }
        let begin = std::time::Instant::now();
        test();
        println!("test {name} ... ok ({} ms)", begin.elapsed().as_millis());
    }
}

/// A name and what runs under it; it panics when it fails.
pub type Test = (&'static str, fn());
