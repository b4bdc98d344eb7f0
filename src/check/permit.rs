//! An entry of `uses`: what a command may touch, and how.
use crate::graph::{Graph, Kind, Operation};
use crate::program::{Bindings, Found, Lost, Thing, find};

/// A thing with the operations that are allowed on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Permit {
    pub thing: Thing,
    pub operations: Vec<Operation>,
}

/// Why an entry allows nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal<'a> {
    Lost(Lost<'a>),
    /// A pipe named whole, with the length of its word.
    WholePipe(crate::graph::ObjectId),
    /// No such operation at all.
    NoOperation(Thing, &'a str),
    /// An operation, but not one of this thing.
    NotOfKind(Thing, Operation, &'a str),
}

/// The operations that a thing has.
pub(super) fn operations_of(graph: &Graph, thing: Thing) -> &'static [Operation] {
    match thing {
        Thing::Object(id) => Operation::of_kind(graph.object(id).kind()),
        Thing::End(_) => Operation::of_kind(Kind::Pipe),
        Thing::Process(_) => &[
            Operation::Start,
            Operation::Join,
            Operation::Terminate,
            Operation::Kill,
            Operation::Wait,
            Operation::Read,
        ],
    }
}

/// Reads `tasks`, `tasks.get`, `chan.a`, `chan.a.recv` or `worker.start`.
pub(super) fn permit<'a>(graph: &Graph, word: &'a str) -> Result<Permit, Refusal<'a>> {
    let none = Bindings::new();
    let whole = match find(graph, &none, word) {
        Ok(Found::Thing(thing)) => return Ok(Permit { thing, operations: operations_of(graph, thing).to_vec() }),
        Ok(Found::WholePipe(pipe)) => return Err(Refusal::WholePipe(pipe)),
        Ok(_) => unreachable!("there are no parameters here"),
        Err(lost) => lost,
    };
    let Some((owner, part)) = word.rsplit_once('.') else { return Err(Refusal::Lost(whole)) };
    let thing = match find(graph, &none, owner) {
        Ok(Found::Thing(thing)) => thing,
        _ => return Err(Refusal::Lost(whole)),
    };
    let Some(operation) = Operation::parse(part) else { return Err(Refusal::NoOperation(thing, part)) };
    if !operations_of(graph, thing).contains(&operation) {
        return Err(Refusal::NotOfKind(thing, operation, part));
    }
    Ok(Permit { thing, operations: vec![operation] })
}
