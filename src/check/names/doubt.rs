//! What a lost name may have been meant for.
use std::collections::BTreeSet;

use crate::diag::{Span, nearest_all};
use crate::graph::lower::Gaps;
use crate::graph::{Accept, Graph, ObjectId, ProcessId};

/// Where the absence of a use means nothing, because a name nearby is wrong: one mistake is one finding.
#[derive(Debug, Default)]
pub(in crate::check) struct Doubt {
    /// Nothing was left out on the way here.
    pub complete: bool,
    /// Declarations of objects or processes are missing: that a name is not declared means nothing.
    pub undeclared: bool,
    /// And so of parameters.
    pub undeclared_params: bool,
    /// And so of targets.
    pub undeclared_targets: bool,
    /// Places where something was left out, in order.
    lost: Vec<Span>,
    /// Places where a variable or a parameter may have been meant, in order.
    unread: Vec<Span>,
    /// Bodies in which something was left out, that may have set a variable, or taken a lock.
    broken: BTreeSet<Span>,
    /// Something was left out that any body may share.
    everywhere: bool,
    pub objects: BTreeSet<ObjectId>,
    pub processes: BTreeSet<ProcessId>,
    /// Attributes of these could not be read.
    unsound: BTreeSet<ObjectId>,
}

impl Doubt {
    pub fn new(graph: &Graph, gaps: Gaps) -> Doubt {
        let Gaps { complete, undeclared, undeclared_params, undeclared_targets, mut lost, mut unread, unsound } = gaps;
        lost.sort_unstable();
        unread.sort_unstable();
        let objects = (0..).map(ObjectId).zip(&graph.objects);
        let objects =
            objects.filter(|(_, object)| unsound.contains(&object.name.span) || graph.is_ambiguous(&object.name));
        let processes = (0..).map(ProcessId).zip(&graph.processes);
        let processes =
            processes.filter(|(_, process)| unsound.contains(&process.name.span) || graph.is_ambiguous(&process.name));
        let objects: BTreeSet<ObjectId> = objects.map(|(id, _)| id).collect();
        let (unsound, processes) = (objects.clone(), processes.map(|(id, _)| id).collect());
        let mut doubt = Doubt {
            unsound,
            complete,
            undeclared,
            undeclared_params,
            undeclared_targets,
            lost,
            unread,
            objects,
            processes,
            ..Doubt::default()
        };
        let bodies = graph.targets.iter().map(|target| target.span);
        let bodies: BTreeSet<Span> = bodies.chain(graph.processes.iter().map(|process| process.span)).collect();
        for place in &doubt.lost {
            match around(&bodies, *place) {
                Some(body) => {
                    doubt.broken.insert(body);
                }
                // Behind an alias it belongs to whoever uses it.
                None => doubt.everywhere = true,
            }
        }
        doubt
    }

    /// Whether it is as it was declared, and not as a default where that could not be read.
    pub fn is_sound(&self, object: ObjectId) -> bool {
        !self.unsound.contains(&object)
    }

    /// Something within this place was left out.
    pub fn has_gap(&self, place: Span) -> bool {
        has_within(&self.lost, place)
    }

    /// Within this place something was refused that may have been meant as a variable or a parameter; `None` is anywhere.
    pub fn is_unread(&self, place: Option<Span>) -> bool {
        place.map_or(!self.unread.is_empty(), |place| has_within(&self.unread, place))
    }

    /// The body of this process or target is not judged by what it does not do.
    pub fn breaks(&mut self, body: Span) {
        self.broken.insert(body);
    }

    /// Whether this place is in a body in which something was left out.
    pub fn is_broken(&self, place: Span) -> bool {
        self.everywhere || around(&self.broken, place).is_some()
    }

    /// `word` names nothing where one of these was to stand: the nearest of them are meant, or any.
    pub fn lost(&mut self, graph: &Graph, word: &str, accepts: &[Accept]) {
        let objects: Vec<(ObjectId, &str)> = (0..)
            .map(ObjectId)
            .zip(&graph.objects)
            .filter(|(_, object)| accepts.iter().any(|accept| accept.takes(object.kind())))
            .map(|(id, object)| (id, object.name.value.as_str()))
            .collect();
        let processes: Vec<(ProcessId, &str)> = (0..)
            .map(ProcessId)
            .zip(&graph.processes)
            .filter(|_| accepts.contains(&Accept::Process))
            .map(|(id, process)| (id, process.name.value.as_str()))
            .collect();
        let names = objects.iter().map(|(_, name)| *name).chain(processes.iter().map(|(_, name)| *name));
        let near = nearest_all(word, names);
        let meant = |name: &str| near.is_empty() || near.contains(&name);
        self.objects.extend(objects.iter().filter(|(_, name)| meant(name)).map(|(id, _)| *id));
        self.processes.extend(processes.iter().filter(|(_, name)| meant(name)).map(|(id, _)| *id));
    }
}

/// Whether one of these, which are in order, lies within the place.
fn has_within(places: &[Span], place: Span) -> bool {
    let from = places.partition_point(|lost| (lost.file, lost.start) < (place.file, place.start));
    places.get(from).is_some_and(|lost| lost.file == place.file && lost.start <= place.end)
}

/// The one of these places, none of which holds another, that holds this one.
fn around(bodies: &BTreeSet<Span>, place: Span) -> Option<Span> {
    let before = bodies.range(..=Span { end: u32::MAX, ..place }).next_back()?;
    (before.file == place.file && place.end <= before.end).then_some(*before)
}
