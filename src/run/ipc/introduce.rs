//! What the words of a client stand for, and whether its command may do that.
//!
//! What concerns processes and nothing else is done or answered here, by the runner.
use super::message::{Answer, Granted, Verb, What};
use crate::diag::nearest_help;
use crate::graph::{Kind, ObjectId, ObjectKind, Operation};
use crate::program::{End, Found, Lost, ProcessRef, Readable, Thing, find, split_property};
use crate::run::NodeId;
use crate::run::node::read_process;
use crate::run::world::{NodeKind, Shared, World};
use crate::value::{Fault, Value};

/// What comes of a client's words.
pub enum Introduction {
    /// The operation is the client's to do. Ends of bytes pipes are handed to it.
    Attach { things: Vec<Granted>, ends: Vec<End> },
    /// This is all.
    Answer(Answer),
    /// For the supervisor to do.
    Process(Verb, ProcessRef),
    /// An end of a bytes pipe that the command needs no more.
    CloseEnd(End),
}

struct Refusal {
    message: String,
    help: String,
}

impl From<Refusal> for Introduction {
    fn from(refusal: Refusal) -> Self {
        Introduction::Answer(Answer::Refused { message: refusal.message, help: refusal.help })
    }
}

/// `node` is the command in whose name the client came.
pub fn introduce(world: &World, node: NodeId, verb: Verb, words: &[&str]) -> Introduction {
    try_introduce(world, node, verb, words).unwrap_or_else(Into::into)
}

fn try_introduce(world: &World, node: NodeId, verb: Verb, words: &[&str]) -> Result<Introduction, Refusal> {
    let NodeKind::Instance(instance) = world.node(node).kind else {
        return Err(refused("only commands have clients".into(), ""));
    };
    match (verb, words) {
        (Verb::Read, ["clock"]) => return Ok(read(world, node, Readable::Clock)),
        (Verb::Read, ["active_children"]) => return Ok(read(world, node, Readable::ActiveChildren)),
        _ => {}
    }
    let several = verb == Verb::Wait && words.len() > 1;
    let (mut things, mut ends) = (Vec::new(), Vec::new());
    for written in words {
        let (word, property) = match verb {
            Verb::Read => split_property(world.plan.graph(), &Default::default(), written),
            _ => (*written, None),
        };
        let thing = thing(world, word)?;
        let (kind, operations) = operations(world, thing);
        let operation = verb.operation(matches!(thing, Thing::End(_)));
        let together = matches!(kind, Some(Kind::Barrier | Kind::Condition));
        if !operations.contains(&operation) || several && together {
            let what = kind.map_or("a process", Kind::with_article);
            let known = operations.iter().map(|operation| operation.name()).collect::<Vec<_>>().join(", ");
            let how = if several { " together with others" } else { "" };
            return Err(refused(format!("`{word}` is {what}: no `{}`{how}", verb.name()), format!("it knows {known}")));
        }
        let uses = world.plan.wiring().uses(world.plan.instances()[instance].process);
        if !uses.contains(&(thing, operation)) && !uses.contains(&(whole(thing), operation)) {
            let message = format!("`{}` may not {} `{word}`: its `uses` does not list it", world.node(node).name, {
                verb.name()
            });
            return Err(refused(message, format!("add `{word}.{}` to its `uses`", operation.name())));
        }
        let known = if verb == Verb::Read { properties(kind) } else { &[] };
        match property {
            Some(property) if !known.contains(&property) => {
                let help = nearest_help(property, "it has", known.iter().copied());
                return Err(refused(format!("`{word}` has no property `{property}`"), help));
            }
            None if !known.is_empty() => {
                let all: Vec<String> = known.iter().map(|property| format!("`{word}.{property}`")).collect();
                return Err(refused(format!("`{word}` has no value of its own"), format!("read {}", all.join(", "))));
            }
            _ => {}
        }
        match (verb, thing, property) {
            (Verb::Start | Verb::Terminate | Verb::Kill, Thing::Process(process), _) => {
                return Ok(Introduction::Process(verb, process));
            }
            (Verb::Read, Thing::Process(process), Some(property)) => {
                return Ok(read(
                    world,
                    node,
                    match property {
                        "is_alive" => Readable::IsAlive(process),
                        "exitcode" => Readable::ExitCode(process),
                        _ => Readable::Pid(process),
                    },
                ));
            }
            (Verb::Close, Thing::End(end), _) if is_bytes(world, end.pipe) => {
                return Ok(Introduction::CloseEnd(end));
            }
            _ => {}
        }
        if let Thing::End(end) = thing
            && is_bytes(world, end.pipe)
        {
            ends.push(end);
        }
        let what = what(world, thing);
        things.push(Granted { name: (*written).to_owned(), what, property: property.map(str::to_owned) });
    }
    Ok(Introduction::Attach { things, ends })
}

fn refused(message: String, help: impl Into<String>) -> Refusal {
    Refusal { message, help: help.into() }
}

fn read(world: &World, node: NodeId, what: Readable) -> Introduction {
    let text = read_process(world, node, what).and_then(|value: Value| value.json());
    Introduction::Answer(match text {
        Ok(text) => Answer::Done(Some(text)),
        Err(Fault { kind, message }) => Answer::Failed(kind.to_string(), message),
    })
}

fn thing(world: &World, word: &str) -> Result<Thing, Refusal> {
    let graph = world.plan.graph();
    let ends = |id: ObjectId| match &graph.object(id).kind {
        ObjectKind::Pipe(pipe) => {
            let name = &graph.object(id).name.value;
            pipe.ends.iter().map(|end| format!("{name}.{}", end.value)).collect()
        }
        _ => Vec::new(),
    };
    match find(graph, &Default::default(), word) {
        Ok(Found::Thing(thing)) => Ok(thing),
        Ok(Found::WholePipe(id)) => {
            let ends: Vec<String> = ends(id).iter().map(|end| format!("`{end}`")).collect();
            Err(refused(format!("`{word}` is a whole pipe"), format!("name an end: {}", ends.join(" or "))))
        }
        Err(Lost::End(id, _)) => {
            let ends = ends(id);
            let help = nearest_help(word, "its ends are", ends.iter().map(String::as_str));
            Err(refused(format!("there is no end `{word}`"), help))
        }
        _ => {
            let objects = graph.objects.iter().map(|object| object.name.value.as_str());
            let processes = graph.processes.iter().map(|process| process.name.value.as_str());
            let help = nearest_help(word, "the graph has", objects.chain(processes));
            Err(refused(format!("there is no object or process `{word}`"), help))
        }
    }
}

/// Its kind (none for a process), and what can be done to it.
fn operations(world: &World, thing: Thing) -> (Option<Kind>, &'static [Operation]) {
    use Operation::{Join, Kill, Read, Start, Terminate, Wait};
    match thing {
        Thing::Object(id) => {
            let kind = world.plan.graph().object(id).kind();
            (Some(kind), if kind == Kind::Pool { &[] } else { Operation::of_kind(kind) })
        }
        Thing::End(_) => (Some(Kind::Pipe), Operation::of_kind(Kind::Pipe)),
        Thing::Process(_) => (None, &[Start, Join, Terminate, Kill, Wait, Read]),
    }
}

fn properties(kind: Option<Kind>) -> &'static [&'static str] {
    kind.map_or(&["is_alive", "exitcode", "pid"], Kind::properties)
}

/// All instances, where one is meant.
fn whole(thing: Thing) -> Thing {
    match thing {
        Thing::Process(process) => Thing::Process(ProcessRef { instance: None, ..process }),
        other => other,
    }
}

fn is_bytes(world: &World, pipe: ObjectId) -> bool {
    matches!(world.shared(pipe), Shared::Bytes(_))
}

fn what(world: &World, thing: Thing) -> What {
    let index = |id| match world.shared(id) {
        Shared::Object(object) => object.0,
        Shared::Bytes(pipe) => pipe.marker.0,
    };
    match thing {
        Thing::Process(process) => What::Process(world.slots_of_process(process).map(|slot| slot.0).collect()),
        Thing::End(End { pipe, side }) if is_bytes(world, pipe) => What::Bytes { marker: index(pipe), side },
        Thing::End(End { pipe, side }) => What::Messages { pipe: index(pipe), side },
        Thing::Object(id) => match &world.plan.graph().object(id).kind {
            ObjectKind::Queue(_) => What::Queue(index(id)),
            ObjectKind::Pipe(_) => What::Messages { pipe: index(id), side: 0 },
            ObjectKind::Event(_) => What::Event(index(id)),
            ObjectKind::Barrier(barrier) => {
                let ns = |timeout: std::time::Duration| u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
                What::Barrier { object: index(id), timeout_ns: barrier.timeout.map(ns) }
            }
            ObjectKind::Lock(_) => What::Lock(index(id)),
            ObjectKind::Semaphore(_) => What::Semaphore(index(id)),
            ObjectKind::Condition(_) => What::Condition(index(id)),
            ObjectKind::Value(_) => What::Value(index(id)),
            ObjectKind::Array(_) => What::Array(index(id)),
            // It has no operation that a client may do.
            ObjectKind::Pool(_) => What::Process(Vec::new()),
        },
    }
}
