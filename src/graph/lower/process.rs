//! Processes.
use super::body::{self, Written};
use super::name::Naming;
use super::{Fields, Given, Lower, stdio};
use crate::diag::Spanned;
use crate::graph::{After, Body, Limits, Name, Process, Restart, Start, schema};
use crate::text::{Kind, Node};
use std::time::Duration;

const RESTARTS: u32 = 3;
const BACKOFF: Duration = Duration::from_secs(1);

pub(super) fn processes(lower: &mut Lower, given: Given) -> Vec<Process> {
    let named = lower.named(given, Naming::Process);
    named.into_iter().map(|(name, given)| process(lower, name, given)).collect()
}

fn process(lower: &mut Lower, name: Name, given: Given) -> Process {
    // What is no map is reported, and the process is there with nothing to do, so that its name is known.
    let fields = Fields::read(lower, given, &schema::PROCESS);
    let sound = fields.is_some();
    let fields = fields.unwrap_or_else(|| Fields::empty(given));
    lower.quietly(!sound, |lower| with_fields(lower, name, given, &fields))
}

fn with_fields(lower: &mut Lower, name: Name, given: Given, fields: &Fields) -> Process {
    let written = body::written(lower, fields);
    let body = body::body(lower, fields, &written);
    let threads = threads(lower, fields, &body);
    let start = start(lower, fields, &name);
    Process {
        name,
        span: given.node.span,
        replicas: fields.get("replicas").and_then(|given| replicas(lower, given)),
        start,
        start_span: fields.get("start").map(|given| given.node.place()),
        after: fields.get("after").map(|given| after(lower, given)).unwrap_or_default(),
        threaded: threads.is_some(),
        threads: threads.unwrap_or(Spanned::new(1, fields.owner)),
        daemon: lower.flag(fields, "daemon", false),
        uses: fields.get("uses").and_then(|given| uses(lower, given)),
        uses_span: fields.get("uses").map(|given| given.key),
        stdin: stdio::stdin(lower, fields),
        stdout: stdio::stdout(lower, fields, "stdout"),
        stderr: stdio::stdout(lower, fields, "stderr"),
        env: fields.get("env").map(|given| env(lower, given)).unwrap_or_default(),
        cwd: fields.get("cwd").and_then(|given| lower.text_template(given.node)),
        timeout: fields.get("timeout").and_then(|given| lower.duration(given)).map(|timeout| timeout.value),
        limits: fields.get("limits").map(|given| limits(lower, given)).unwrap_or_default(),
        restart: fields.get("restart").and_then(|given| restart(lower, given)),
        model: model(lower, fields, &written),
        body,
    }
}

fn replicas(lower: &mut Lower, given: Given) -> Option<Spanned<u32>> {
    let value = lower.fold_expr(given.node);
    let replicas = value.and_then(|value| lower.instances_value(value, 0));
    if replicas.is_none() {
        // How many there are decides whether enough wait, put and get.
        lower.gaps.complete = false;
    }
    // Even so it has replicas: `NAME-1` is a name.
    Some(replicas.unwrap_or(Spanned::new(1, given.node.place())))
}

fn start(lower: &mut Lower, fields: &Fields, name: &Name) -> Start {
    let Some(given) = fields.get("start") else { return Start::Auto };
    match lower.choice(given, &["auto", "manual"]) {
        Some("manual") => Start::Manual,
        Some(_) => Start::Auto,
        None => {
            lower.gaps.unsound.insert(name.span);
            Start::Auto
        }
    }
}

fn after(lower: &mut Lower, given: Given) -> Vec<After> {
    let nodes = lower.list(given, "a list of processes");
    lower.gaps.complete &= nodes.is_some();
    nodes.unwrap_or_default().iter().flat_map(|node| after_entry(lower, given, node)).collect()
}

fn after_entry(lower: &mut Lower, given: Given, node: &Node) -> Vec<After> {
    if node.as_map().is_none() {
        let process = lower.reference_at(node);
        lower.gaps.complete &= process.is_some();
        return process.map(|process| After { process, any_end: false }).into_iter().collect();
    }
    let entries = lower.entries(Given { key: given.key, node });
    let entry =
        |(process, end): (Name, Given)| lower.choice(end, &["exited"]).map(|_| After { process, any_end: true });
    entries.into_iter().filter_map(entry).collect()
}

fn threads(lower: &mut Lower, fields: &Fields, body: &Body) -> Option<Spanned<u32>> {
    let given = fields.get("threads")?;
    if matches!(body, Body::Command(..) | Body::Shell(..)) {
        let message = "`threads` is for steps: a command makes its own";
        lower.conflict(given.key, message, "not for a command", "remove it; `replicas` runs the command several times");
        return None;
    }
    lower.instances(given, 1)
}

fn uses(lower: &mut Lower, given: Given) -> Option<Vec<Name>> {
    let nodes = lower.list(given, "a list of names")?;
    let names: Vec<Option<Name>> = nodes.iter().map(|node| lower.reference_at(node)).collect();
    lower.gaps.complete &= names.iter().all(Option::is_some);
    Some(names.into_iter().flatten().collect())
}

fn env(lower: &mut Lower, given: Given) -> Vec<(Name, crate::expr::Template)> {
    let mut env = Vec::new();
    for (name, given) in lower.entries(given) {
        if name.value.is_empty() || name.value.contains(['=', '\0']) {
            let message = format!("`{}` cannot be the name of an environment variable", name.value);
            lower.bad_value(name.span, &message, "a name is not empty and has no `=`");
        }
        if let Some(text) = lower.text_template(given.node) {
            env.push((name, text));
        }
    }
    env
}

fn limits(lower: &mut Lower, given: Given) -> Limits {
    let Some(fields) = Fields::read(lower, given, &schema::LIMITS) else { return Limits::default() };
    Limits {
        memory: fields.get("memory").and_then(|given| lower.size(given)),
        cpu: fields.get("cpu").and_then(|given| lower.duration(given)).map(|cpu| cpu.value),
        files: fields.get("files").and_then(|given| lower.count(given)),
    }
}

fn restart(lower: &mut Lower, given: Given) -> Option<Restart> {
    if let Kind::Map(_) = given.node.kind {
        let fields = Fields::read(lower, given, &schema::RESTART)?;
        let on = fields.require(lower, "on").and_then(|given| lower.choice(given, &["failure"]));
        let max = fields.get("max").and_then(|given| lower.small(given, 0));
        let backoff = fields.get("backoff").and_then(|given| lower.duration(given));
        return on.map(|_| Restart {
            max: max.map_or(RESTARTS, |max| max.value),
            backoff: backoff.map_or(BACKOFF, |backoff| backoff.value),
        });
    }
    match lower.fold(given.node)? {
        crate::value::Value::Str(word) if word == *"never" => {}
        crate::value::Value::Str(word) => {
            let help = "write `never`, or `{on: failure, max: 3, backoff: 1s}`";
            lower.bad_value(given.node.place(), &format!("`{word}` is no choice here"), help);
        }
        value => lower.wrong_value(given.node.place(), &value, "`never` or a map"),
    }
    None
}

/// Only what the explorer cannot look into needs a model.
fn model(lower: &mut Lower, fields: &Fields, written: &[Written]) -> Option<Vec<crate::graph::Step>> {
    let given = fields.get("model")?;
    let steps = lower.steps(given);
    if let Some(body) = written.first().filter(|body| matches!(body.name, "target" | "steps")) {
        let finding = crate::diag::Finding::new(
            crate::diag::Code::SyntaxConflict,
            given.key,
            "`model` stands for a command: steps stand for themselves",
            "not with steps",
        );
        lower.report(finding.also(body.key, "the body").help("remove `model`"));
        return None;
    }
    Some(steps)
}
