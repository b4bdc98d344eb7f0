//! Shared memory outlives any death: real processes, really killed.
//!
//! Four kinds of attack. `steps` kills after *every single instruction* of an operation and looks at what is left: complete, but
//! one process at a time. `stopped` leaves it there, stopped, while others go on. `asleep` kills sleepers. `storms` kills one of
//! several busy processes at random instants, some thousand times: everything at once, but only where the dice fall.
//!
//! `everything` is one storm over all primitives, in which several die at once, during repairs, or while they are stopped.
//!
//! No test harness: its threads and `fork` do not go together. `cargo test --test shm_death -- NAME` runs those whose name
//! contains NAME. `MPGRAPH_STORM_MS` sets how long each storm blows, `--kills N` how many die in it, `MPGRAPH_STORM_SEED` repeats
//! one's dice.
mod asleep;
mod child;
mod damage;
mod dice;
mod everything;
mod memory;
mod step_scenes;
mod steps;
mod stopped;
mod stopped_scenes;
mod storm_scenes;
mod storms;
mod told_once;
mod workload;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_number = |argument: &str| argument.parse::<u64>().is_ok();
    let filter = arguments.iter().find(|argument| !argument.starts_with('-') && !is_number(argument));
    let filter = filter.cloned().unwrap_or_default();
    let list = std::env::args().any(|argument| argument == "--list");
    let scenes = step_scenes::all()
        .into_iter()
        .chain(asleep::all())
        .chain(stopped_scenes::all())
        .chain(storm_scenes::all())
        .chain(everything::all())
        .chain(damage::all())
        .chain(memory::all());
    for (name, scene) in scenes.filter(|(name, _)| name.contains(&filter)) {
        if list {
            println!("{name}: test");
            continue;
        }
        let begin = std::time::Instant::now();
        let said = scene();
        println!("test {name} ... ok ({said}, {:.1} s)", begin.elapsed().as_secs_f32());
    }
}

/// How many are to be killed, where `--kills` says so.
fn kills() -> Option<u64> {
    number("--kills")
}

/// The number after that word of the command line.
fn number(name: &str) -> Option<u64> {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == name)?;
    Some(arguments.get(at + 1)?.parse().expect("a number"))
}

/// A name and what runs under it; it panics or says what it saw.
pub type Test = (&'static str, Box<dyn FnOnce() -> String>);
