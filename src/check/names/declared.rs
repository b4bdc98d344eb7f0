//! `names/wrong-kind`, where the kind is right and the declaration is not: a queue that counts no tasks, a pipe that
//! carries messages, the end of a pipe that goes the other way.
//!
//! Bad: `task_done: tasks` for `queues: {tasks: }`. Good: `queues: {tasks: {joinable: true}}`.
use crate::check::body::Body;
use crate::check::flow::{Act, is_caught};
use crate::check::study::{Study, streams};
use crate::diag::{Bag, Code, Finding, Span};
use crate::graph::{Action, Graph, Name, ObjectKind, Operation, Pipe, PipeMode, Step};
use crate::program::{Bindings, End, Found, Thing, find};

/// What a step does that the thing was not declared for, whoever runs it.
pub(super) fn refused(graph: &Graph, step: &Step, name: &Name, thing: Thing) -> Option<Finding> {
    match (&step.action, thing) {
        (Action::TaskDone { .. } | Action::Join { .. }, Thing::Object(id)) => {
            let declared = graph.object(id);
            if !matches!(&declared.kind, ObjectKind::Queue(queue) if !queue.joinable) {
                return None;
            }
            let of = &declared.name;
            let message = format!("`{}` takes a joinable queue, and `{}` is not", step.verb.value, of.value);
            let finding = Finding::new(Code::NamesWrongKind, name.span, message, "does not count tasks")
                .also(of.span, "declared here without `joinable: true`");
            Some(finding.help(format!("declare it as `{}: {{joinable: true}}`", of.value)))
        }
        (Action::Recv { size, until, .. }, Thing::End(end)) if size.is_some() || until.is_some() => {
            let of = &graph.object(end.pipe).name;
            if pipe(graph, end).mode != PipeMode::Message {
                return None;
            }
            let word = if size.is_some() { "size" } else { "until" };
            let span = size.as_ref().map_or(name.span, |size| size.span());
            let message = format!("`{word}` is for a pipe of bytes, and `{}` carries messages", of.value);
            let finding = Finding::new(Code::NamesWrongKind, span, message, "a message is received whole")
                .also(of.span, "declared here without `mode: bytes`");
            Some(finding.help(format!("remove `{word}`, or declare the pipe with `mode: bytes`")))
        }
        _ => None,
    }
}

/// What only shows where it is known what a parameter stands for, and which way a pipe goes.
pub(in crate::check) fn declared(study: &Study, bag: &mut Bag) {
    for (_, body) in study.running() {
        if !body.bindings.is_empty() {
            for step in body.steps {
                step.walk(&mut |step| through_parameters(study, body, step, bag));
            }
        }
        let has_ends = body.uses.iter().any(|used| matches!(used.thing, Thing::End(_)));
        let Some(flow) = body.flow.as_ref().filter(|_| has_ends) else { continue };
        for id in flow.ids() {
            let Act::Step(step) = flow.node(id).act else { continue };
            for usage in step.usages() {
                let Some(Thing::End(end)) = body.thing(study.graph, usage.name) else { continue };
                // Who catches the error has it in mind.
                if is_backwards(pipe(study.graph, end), end, usage.operation) && !is_caught(flow, id) {
                    bag.add(backwards(study, end, usage.verb, usage.name.span));
                }
            }
        }
    }
    for process in &study.graph.processes {
        for (name, operation, stream) in streams(study.graph, process) {
            if let Ok(Found::Thing(Thing::End(end))) = find(study.graph, &Bindings::new(), name)
                && is_backwards(pipe(study.graph, end), end, operation)
            {
                bag.add(backwards(study, end, stream, name.span));
            }
        }
    }
}

fn through_parameters(study: &Study, body: &Body, step: &Step, bag: &mut Bag) {
    for usage in step.usages() {
        let Some(thing) = body.thing(study.graph, usage.name) else { continue };
        let sound = match thing {
            Thing::Object(id) | Thing::End(End { pipe: id, .. }) => study.is_sound(id),
            Thing::Process(_) => true,
        };
        if sound
            && body.bindings.contains_key(usage.name.value.as_str())
            && let Some(finding) = refused(study.graph, step, usage.name, thing)
        {
            bag.add(finding);
        }
    }
}

/// Whether this is done at the wrong end of a pipe that goes one way only: it begins at end 1 and ends at end 0.
pub(in crate::check) fn is_backwards(pipe: &Pipe, end: End, operation: Operation) -> bool {
    !pipe.duplex
        && match operation {
            Operation::Send => end.side == 0,
            Operation::Recv | Operation::Get => end.side == 1,
            _ => false,
        }
}

fn backwards(study: &Study, end: End, verb: &str, span: Span) -> Finding {
    let of = &study.graph.object(end.pipe).name;
    let (word, other) = (study.name_of(Thing::End(end)), study.name_of(Thing::End(End { side: 1 - end.side, ..end })));
    let (does, instead) = if end.side == 0 { ("receives", "send") } else { ("sends", "receive") };
    let message = format!("`{verb}` does not go with `{word}`: that end of the pipe only {does}");
    let finding = Finding::new(Code::NamesWrongKind, span, message, "the other way round");
    let finding = finding.also(of.span, "declared here with `duplex: false`");
    finding.help(format!("name `{other}` to {instead}, or let the pipe be duplex"))
}

fn pipe(graph: &Graph, end: End) -> &Pipe {
    match &graph.object(end.pipe).kind {
        ObjectKind::Pipe(pipe) => pipe,
        _ => unreachable!("an end is of a pipe"),
    }
}
