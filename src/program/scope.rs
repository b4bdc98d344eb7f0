//! What the words of a body stand for: parameters first, then objects and processes.
use std::collections::BTreeMap;

use super::{End, ProcessRef, Slot};
use crate::graph::{Graph, Kind, ObjectId, ObjectKind, Process};

/// What an object position names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    Object(ObjectId),
    /// A pipe is always named by an end.
    End(End),
    Process(ProcessRef),
}

/// A parameter of a target inside its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Binding {
    Thing(Thing),
    /// Stands for some object of this kind (a pipe: an end), not known here.
    Some(Kind),
    SomeProcess,
    Value(Slot),
}

/// The parameters of the target a body is read in; empty for a process's own steps.
pub type Bindings = BTreeMap<String, Binding>;

/// What a word in an object position turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Thing(Thing),
    /// A parameter whose object is not known here: its kind is.
    Some(Kind),
    SomeProcess,
    /// A parameter of a value kind.
    Value,
    /// A pipe named whole: one of its ends is meant.
    WholePipe(ObjectId),
}

/// Why a word means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost<'a> {
    /// No such object, process or parameter.
    Name(&'a str),
    /// The pipe has no such end.
    End(ObjectId, &'a str),
    /// It has no parts: `queue.x`.
    Part(&'a str),
}

/// Resolves `word`, an object, `pipe.end`, a process, one of its instances, or a parameter.
pub fn find<'a>(graph: &Graph, bindings: &Bindings, word: &'a str) -> Result<Found, Lost<'a>> {
    if let Some(binding) = bindings.get(word) {
        return Ok(match *binding {
            Binding::Thing(thing) => Found::Thing(thing),
            Binding::Some(kind) => Found::Some(kind),
            Binding::SomeProcess => Found::SomeProcess,
            Binding::Value(_) => Found::Value,
        });
    }
    if let Some(id) = graph.object_named(word) {
        return Ok(match graph.object(id).kind() {
            Kind::Pipe => Found::WholePipe(id),
            _ => Found::Thing(Thing::Object(id)),
        });
    }
    if let Some(process) = find_process(graph, word) {
        return Ok(Found::Thing(Thing::Process(process)));
    }
    let Some((owner, part)) = word.split_once('.') else { return Err(Lost::Name(word)) };
    match graph.object_named(owner) {
        Some(id) => match &graph.object(id).kind {
            ObjectKind::Pipe(pipe) => match pipe.ends.iter().position(|end| end.value == part) {
                Some(side) => Ok(Found::Thing(Thing::End(End { pipe: id, side: side as u8 }))),
                None => Err(Lost::End(id, part)),
            },
            _ => Err(Lost::Part(owner)),
        },
        None if bindings.contains_key(owner) || find_process(graph, owner).is_some() => Err(Lost::Part(owner)),
        None => Err(Lost::Name(owner)),
    }
}

/// A `read` names a thing and perhaps a property of it: the thing's word and the property's.
pub fn split_property<'a>(graph: &Graph, bindings: &Bindings, word: &'a str) -> (&'a str, Option<&'a str>) {
    if find(graph, bindings, word).is_ok() {
        return (word, None);
    }
    match word.rsplit_once('.') {
        // `pipe.nonsense` names an end that is not there, not a property of the whole pipe.
        Some((owner, _)) if matches!(find(graph, bindings, owner), Ok(Found::WholePipe(_))) => (word, None),
        Some((owner, property)) => (owner, Some(property)),
        None => (word, None),
    }
}

/// A process by its declared name, or one instance of a replicated one.
pub fn find_process(graph: &Graph, word: &str) -> Option<ProcessRef> {
    if let Some(process) = graph.process_named(word) {
        return Some(ProcessRef { process, instance: None });
    }
    let (name, number) = word.rsplit_once('-')?;
    let process = graph.process_named(name)?;
    let declared: &Process = graph.process(process);
    let instance: u32 = number.parse().ok()?;
    let canonical = !number.starts_with('0') && !number.starts_with('+');
    (canonical && declared.replicas.is_some() && (1..=declared.instances()).contains(&instance))
        .then_some(ProcessRef { process, instance: Some(instance) })
}
