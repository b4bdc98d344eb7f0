//! Shared memory outlives any death: real processes, really killed.
//!
//! Three kinds of attack. `steps` kills after *every single instruction* of an operation and looks at what is left: complete, but
//! one process at a time. `asleep` kills sleepers. `storms` kills one of several busy processes at random instants, some thousand times: everything at
//! once, but only where the dice fall.
//!
//! No test harness: its threads and `fork` do not go together. `cargo test --test shm_death -- NAME` runs those whose name
//! contains NAME. `MPGRAPH_STORM_MS` sets how long each storm blows, `MPGRAPH_STORM_SEED` repeats one's dice.
mod asleep;
mod child;
mod dice;
mod step_scenes;
mod steps;
mod storm_scenes;
mod storms;

fn main() {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let list = std::env::args().any(|argument| argument == "--list");
    let scenes = step_scenes::all().into_iter().chain(asleep::all()).chain(storm_scenes::all());
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

/// A name and what runs under it; it panics or says what it saw.
pub type Test = (&'static str, Box<dyn FnOnce() -> String>);
