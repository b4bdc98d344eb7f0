//! Processes that meet at a barrier again and again.
use super::ground::{arena, race, result};
use mpgraph::shm::{Actor, Barrier, Wait};

pub fn cycles(processes: u32, count: u64) {
    let arena = arena(processes);
    let barrier: &Barrier = arena.object(Barrier::create(&arena, processes).expect("a barrier")).expect("the barrier");
    let body = |actor: &Actor| {
        for _ in 0..count {
            barrier.wait(actor, Wait::Forever).expect("nobody breaks it");
        }
    };
    let bodies: Vec<&dyn Fn(&Actor)> = (0..processes).map(|_| &body as _).collect();
    let seconds = race(&arena, &bodies);
    result("cycles", count as f64 / seconds, "1/s");
}
