//! Every primitive is told twice, in shared memory and as a pure value: both are driven with the same random operations
//! of several actors, and must give the same outcomes and look the same after each step.
//!
//! | file | says |
//! |---|---|
//! | `op` | the operations, their outcomes, and the dice that choose them |
//! | `real` | the objects in an arena, and an operation on them |
//! | `told` | the same of pure values, with what each actor has of them |
//! | `polled` | nobody ever waits: all actors in one process, fast |
//! | `pools` | the same of a pool, with its own operations |
//! | `blocking` | actors are processes that do wait, are let go by others, and are killed |
//!
//! Deaths and ends are among the operations of both. No test harness: forking wants a process with one thread.
//! `MPGRAPH_TOLD_OPS=n` sets how many operations each kind does (the blocking one a tenth), and
//! `MPGRAPH_TOLD_SEED=n` begins with that round again.
mod blocking;
#[allow(dead_code, reason = "its other users need more of it")]
#[path = "../shm_death/child.rs"]
mod child;
mod op;
mod polled;
mod pools;
mod real;
mod told;

use op::Dice;

/// A kind of round: does about so many operations under these dice. Panics where the two differ.
type Round = fn(&mut Dice) -> u64;

fn main() {
    let list = std::env::args().any(|argument| argument == "--list");
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let ops = number("MPGRAPH_TOLD_OPS").unwrap_or(60_000);
    let first = number("MPGRAPH_TOLD_SEED");
    let kinds: [(&str, Round, u64); 3] = [
        ("told_twice_polled", polled::round, ops),
        ("told_twice_pools", pools::round, ops),
        ("told_twice_blocking", blocking::round, ops / 10),
    ];
    for (name, round, ops) in kinds.into_iter().filter(|(name, ..)| name.contains(&filter)) {
        if list {
            println!("{name}: test");
            continue;
        }
        let begin = std::time::Instant::now();
        let mut seed = first.unwrap_or_else(mpgraph::shm::now_ns);
        let (mut done, mut rounds) = (0, 0);
        while done < ops {
            std::panic::set_hook(Box::new(move |panic| eprintln!("MPGRAPH_TOLD_SEED={seed}: {panic}")));
            done += round(&mut Dice::new(seed));
            rounds += 1;
            seed = seed.wrapping_add(1);
        }
        println!("test {name} ... ok ({done} operations in {rounds} rounds, {:.1} s)", begin.elapsed().as_secs_f32());
    }
}
