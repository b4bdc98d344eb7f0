//! A run in the trace event format of Chrome, which Perfetto opens: what `--trace FILE` writes.
//!
//! A process of the trace is a process of the graph, under its name. Its lifetime and its steps are complete events
//! (`ph: X`), times in microseconds since the run began; what a step was done to, where it stands and what came of it
//! are in its `args`.
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::run::{RunTrace, TracedProcess, TracedStep};
use crate::shm::How;

pub fn trace(trace: &RunTrace, out: &mut dyn Write) -> io::Result<()> {
    let head = json!({"graph": trace.graph, "lost": trace.lost, "elapsed": seconds(trace.elapsed_ns)});
    write!(out, "{{\"displayTimeUnit\": \"ms\", \"otherData\": {head}, \"traceEvents\": [")?;
    let mut separator = "\n";
    let mut put = |event: Value, out: &mut dyn Write| {
        let written = write!(out, "{separator}{event}");
        separator = ",\n";
        written
    };
    for (number, process) in trace.processes.iter().enumerate() {
        for event in about(number, process) {
            put(event, out)?;
        }
    }
    for step in &trace.steps {
        put(event(step), out)?;
    }
    writeln!(out, "\n]}}")
}

fn about(number: usize, process: &TracedProcess) -> Vec<Value> {
    let name = process.name.to_string();
    let mut events = vec![
        json!({"ph": "M", "name": "process_name", "pid": pid(number), "tid": 0, "args": {"name": name}}),
        json!({"ph": "M", "name": "process_sort_index", "pid": pid(number), "tid": 0, "args": {"sort_index": number}}),
    ];
    for thread in 0..process.threads {
        let name = format!("{name}.{}", thread + 1);
        events
            .push(json!({"ph": "M", "name": "thread_name", "pid": pid(number), "tid": thread, "args": {"name": name}}));
    }
    if let Some((begun, ended)) = process.lifetime {
        events.push(json!({
            "ph": "X", "cat": "process", "name": name, "pid": pid(number), "tid": 0,
            "ts": micros(begun), "dur": micros(ended.saturating_sub(begun)), "args": {"exit": process.exit},
        }));
    }
    events
}

fn event(step: &TracedStep) -> Value {
    let name = match step.object.is_empty() {
        true => step.verb.to_owned(),
        false => format!("{} {}", step.verb, step.object),
    };
    let came = match step.how {
        Some(How::Done) => "done",
        Some(How::TimedOut) => "timeout",
        Some(How::Ended) => "ended",
        Some(How::Failed) => "error",
        None => "under way",
    };
    json!({
        "ph": "X", "cat": if step.kind.is_empty() { "step" } else { step.kind }, "name": name,
        "pid": pid(step.process), "tid": step.thread,
        "ts": micros(step.begun_ns), "dur": micros(step.ended_ns.saturating_sub(step.begun_ns)),
        "args": {
            "verb": step.verb, "object": step.object, "place": step.place.to_string(), "step": step.text.to_string(),
            "outcome": came,
        },
    })
}

/// 0 would be the idle process of the kernel.
fn pid(number: usize) -> usize {
    number + 1
}

fn micros(ns: u64) -> f64 {
    ns as f64 / 1e3
}

fn seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}
