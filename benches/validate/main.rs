//! How long it takes to find what is wrong with a graph, and whether twice the graph takes twice as long.
//!
//! ```text
//! cargo bench --bench validate                      the table: every shape in four sizes
//! cargo bench --bench validate -- WORD [SIZE]       the shapes whose name has WORD, up to SIZE
//! cargo bench --bench validate -- --write SHAPE SIZE   the graph itself
//! ```
//!
//! `x linear` is the time of a size against that of the size before it, over what it should be if it grew with the bytes
//! of the graph.
mod hostile;
mod shapes;

use hostile::HOSTILE;
use mpgraph::check::{CheckOptions, judge};
use mpgraph::diag::Finding;
use mpgraph::graph::lower::{LoadOptions, load_text};
use shapes::{SHAPES, Shape};
use std::path::Path;
use std::time::{Duration, Instant};

/// Each size is measured so often, and the best counts.
const ROUNDS: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--write", name, size] => {
            let shape = all().find(|shape| shape.name == name).expect("a shape of this name");
            print!("{}", (shape.graph)(size.parse().expect("a size is a number")));
        }
        [word, ref rest @ ..] => table(word, rest.first().map(|size| size.parse().expect("a size is a number"))),
        [] => table("", None),
    }
}

fn all() -> impl Iterator<Item = &'static Shape> {
    SHAPES.iter().chain(HOSTILE)
}

fn table(word: &str, size: Option<usize>) {
    println!(
        "{:14} {:>9} {:>10} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "shape", "size", "bytes", "load", "check", "together", "x linear", "findings"
    );
    for shape in all().filter(|shape| shape.name.contains(word)) {
        let size = size.unwrap_or(shape.size);
        let mut before: Option<(usize, Duration)> = None;
        for size in [size / 8, size / 4, size / 2, size] {
            let text = (shape.graph)(size);
            let (loading, checking, findings) = measured(shape, &text);
            let together = loading + checking;
            let growth = before.map(|(bytes, time)| {
                (together.as_secs_f64() / time.as_secs_f64()) / (text.len() as f64 / bytes as f64)
            });
            before = Some((text.len(), together));
            println!(
                "{:14} {size:>9} {:>10} {:>7.1}ms {:>7.1}ms {:>7.1}ms {:>9} {findings:>9}",
                shape.name,
                text.len(),
                milliseconds(loading),
                milliseconds(checking),
                milliseconds(together),
                growth.map_or(String::new(), |growth| format!("{growth:.2}")),
            );
        }
    }
}

fn measured(shape: &Shape, text: &str) -> (Duration, Duration, usize) {
    let mut best: Option<(Duration, Duration, usize)> = None;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let loaded = load_text(shape.name, Path::new("/nowhere"), text.as_bytes(), &LoadOptions::default());
        let loading = begun.elapsed();
        let judged = judge(loaded, &CheckOptions::default());
        let checking = begun.elapsed() - loading;
        let error = judged.findings.iter().find(|finding| Finding::is_error(finding));
        assert!(shape.is_wrong || error.is_none(), "{}: {error:?}", shape.name);
        if best.is_none_or(|(a, b, _)| loading + checking < a + b) {
            best = Some((loading, checking, judged.findings.len()));
        }
    }
    best.expect("it is measured once at least")
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
