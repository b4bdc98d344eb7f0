//! What keeps a graph from being verified: steps and nodes whose behaviour nobody has told.
use super::body::Body;
use super::system::System;
use crate::diag::Span;
use crate::graph::{Process, Stdin, Stdout};
use crate::program::{Op, Pc, ProcessProperty};

/// One of them: where, what it is, and what could be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The node, or the target, it is in.
    pub node: String,
    pub span: Span,
    pub message: String,
    pub help: String,
}

/// All that stands in the way, in the order of the graph.
pub(super) fn obstacles(system: &System) -> Vec<Obstacle> {
    let graph = system.plan.graph();
    let mut all = Vec::new();
    for process in &graph.processes {
        if process.is_external() && process.model.is_none() {
            of_command(process, &mut all);
        } else if !process.is_external() {
            of_streams(process, &mut all);
        }
    }
    let mut seen: Vec<Span> = Vec::new();
    for (number, body) in system.bodies.iter().enumerate() {
        let mut own = system.actors.iter().filter(|actor| actor.body == Some(number));
        let watched = own.any(|actor| actor.sinks.iter().any(|sinks| !sinks.is_empty()));
        if let Some(body) = body {
            of_steps(body, watched, &mut all, &mut seen);
        }
    }
    all
}

/// A command without a model may do nothing that concerns others.
fn of_command(process: &Process, all: &mut Vec<Obstacle>) {
    let name = &*process.name;
    let help = "give it a `model`: steps that stand for it when the graph is verified";
    let mut add = |span, what: &str| {
        all.push(Obstacle {
            node: name.clone(),
            span,
            message: format!("`{name}` is a command that {what}, and nobody has told what it does"),
            help: help.into(),
        });
    };
    for used in process.uses.iter().flatten() {
        add(used.span, &format!("uses `{}`", used.value));
    }
    if let Stdin::Pipe(end) = &process.stdin {
        add(end.span, &format!("reads from `{}`", end.value));
    }
    if let Stdin::Queue { queue, .. } = &process.stdin {
        add(queue.span, &format!("is fed from `{}`", queue.value));
    }
    for stream in [&process.stdout, &process.stderr] {
        match stream {
            Stdout::Pipe(name) | Stdout::Queue { queue: name, .. } => {
                add(name.span, &format!("writes to `{}`", name.value));
            }
            _ => {}
        }
    }
}

/// What a process of steps prints or reads through a queue or a pipe is no step.
fn of_streams(process: &Process, all: &mut Vec<Obstacle>) {
    let to = |stream: &Stdout| match stream {
        Stdout::Pipe(name) | Stdout::Queue { queue: name, .. } => Some(name.clone()),
        _ => None,
    };
    let from = match &process.stdin {
        Stdin::Pipe(name) | Stdin::Queue { queue: name, .. } => Some(name.clone()),
        _ => None,
    };
    for name in to(&process.stdout).into_iter().chain(to(&process.stderr)).chain(from) {
        all.push(Obstacle {
            node: process.name.value.clone(),
            span: name.span,
            message: format!("a standard stream of `{}` is connected to `{}`", *process.name, name.value),
            help: "say it with `put`, `send`, `get` or `recv` steps".into(),
        });
    }
}

fn of_steps(body: &Body, watched: bool, all: &mut Vec<Obstacle>, seen: &mut Vec<Span>) {
    let mut add = |pc: Pc, message: &str, help: &str| {
        let span = body.program.step_at(pc).span;
        if !seen.contains(&span) {
            seen.push(span);
            let node = body.program.name.to_string();
            all.push(Obstacle { node, span, message: message.into(), help: help.into() });
        }
    };
    for (pc, op) in body.ops() {
        if let Op::Exec { .. } = op {
            add(pc, "a command is run here, and nobody has told what it does", "verify the graph without this step");
        }
    }
    let clock = |op: &Op| match op {
        Op::ReadClock { into } => *into,
        _ => None,
    };
    let pid = |op: &Op| match op {
        Op::ReadProcess { what: ProcessProperty::Pid, into, .. } => *into,
        _ => None,
    };
    if let Some(pc) = body.first_use(watched, clock) {
        add(pc, "what happens depends on the time that was read", "wait with a timeout, or print the time only");
    }
    if let Some(pc) = body.first_use(false, pid) {
        add(pc, "what happens depends on the number of a process", "print the number only");
    }
}
