//! The limits: the same work with futexes, pipes and forks by hand, without names, time-outs, watch or recovery.
mod mutex;
mod process;
mod ring;
mod wake;

use super::ground::number as parse;

pub fn run(case: &str, rest: &[&str]) {
    let number = |at: usize, default: u64| parse(rest, at, default);
    match case {
        "ring" => ring::one_to_one(number(0, 8) as usize, number(1, 10_000_000), number(2, 1 << 20) as usize),
        "joinable" => mutex::many_to_many(number(0, 4) as u32, number(1, 4) as u32, number(2, 1_000_000)),
        "lock" => mutex::increment(number(0, 2) as u32, number(1, 5_000_000)),
        "pipe" => wake::pipe_one_way(number(0, 1024) as usize, number(1, 300_000)),
        "rtt" => wake::pipe_round_trip(number(0, 50_000)),
        "barrier" => wake::barrier(number(0, 2) as u32, number(1, 100_000)),
        "event" => wake::event(number(0, 200), number(1, 2000)),
        "procs" => process::fork_and_wait(number(0, 100), number(1, 1)),
        "faults" => process::faults(number(0, 1000)),
        "memory" => process::memory(number(0, 200)),
        "pool" => process::shared_array(number(0, 100_000), number(1, 4) as u32, number(2, 0)),
        "consumer" => mutex::consumer(number(0, 16) as u32, number(1, 10), number(2, 0)),
        "launch" => process::fork_and_exec(number(0, 100)),
        "nop" => {}
        _ => panic!("no limit `{case}`"),
    }
}
