//! What is wrong many times over is found in a time that grows with the text: eight times the mistakes take about eight
//! times as long, and not sixty-four. Measured is the time of the processor, so that a busy machine changes little.
#[path = "../benches/validate/hostile.rs"]
mod hostile;
#[path = "../benches/validate/shapes.rs"]
mod shapes;

use hostile::HOSTILE;
use mpgraph::check::{CheckOptions, check};
use mpgraph::graph::lower::{LoadOptions, load_text};
use mpgraph::report::diagnostics::{self, Look};
use nix::time::{ClockId, clock_gettime};
use shapes::SHAPES;
use std::path::Path;
use std::time::Duration;

/// Of the size that the bench measures, the smaller one is so much.
const PART: usize = 800;

/// More than the names that are looked up: those near them are sought for each, up to a number of them.
const LEAST_SIZE: usize = 250;

/// How many times as long the larger may take; linear is 8, with the square it is 64.
const GROWTH_MAX: f64 = 28.0;

/// So little is measured badly.
const LEAST: Duration = Duration::from_millis(4);

#[test]
fn eight_times_the_mistakes_take_nothing_like_sixty_four_times_as_long() {
    let mut wrong = Vec::new();
    for shape in HOSTILE {
        let small = (shape.size / PART).max(LEAST_SIZE);
        let (one, eight) = (spent(&(shape.graph)(small)), spent(&(shape.graph)(small * 8)));
        let growth = eight.as_secs_f64() / one.max(LEAST).as_secs_f64();
        println!("{}: {growth:.1} times, {one:?}, {eight:?}", shape.name);
        if growth > GROWTH_MAX {
            wrong.push(format!("{}: {one:?} for {small}, {eight:?} for {}", shape.name, small * 8));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A shape that has errors by mistake measures something else.
#[test]
fn the_graphs_of_the_bench_are_what_they_say() {
    for shape in SHAPES.iter().chain(HOSTILE) {
        let text = (shape.graph)((shape.size / 1000).clamp(50, 1000));
        let loaded = load_text(shape.name, Path::new("/nowhere"), text.as_bytes(), &LoadOptions::default());
        let checked = check(loaded, &CheckOptions::default());
        let wrong = checked.plan.is_none() || !checked.findings.is_empty();
        assert!(wrong || !shape.is_wrong, "{} has no findings", shape.name);
        assert!(checked.plan.is_some() || shape.is_wrong, "{}: {:?}", shape.name, checked.findings.first());
    }
}

/// Of two times the lesser, from the text to the report.
fn spent(text: &str) -> Duration {
    let once = || {
        let begun = processor();
        let loaded = load_text("any.yaml", Path::new("/nowhere"), text.as_bytes(), &LoadOptions::default());
        let checked = check(loaded, &CheckOptions::default());
        let files = [diagnostics::Checked { sources: &checked.sources, findings: &checked.findings }];
        diagnostics::human(&files, Look::default(), &mut std::io::sink()).expect("a sink takes everything");
        diagnostics::json(&files, &mut std::io::sink()).expect("a sink takes everything");
        processor() - begun
    };
    once().min(once())
}

fn processor() -> Duration {
    let now = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("Linux has this clock");
    Duration::new(now.tv_sec() as u64, now.tv_nsec() as u32)
}
