//! What a lost name may have been meant for.
use std::collections::BTreeSet;

use crate::diag::nearest;
use crate::graph::{Accept, Graph, ObjectId, ProcessId};

/// Where the absence of a use means nothing, because a name nearby is wrong: one mistake is one finding.
#[derive(Debug, Default)]
pub(in crate::check) struct Doubt {
    /// Nothing was left out on the way here.
    pub complete: bool,
    pub objects: BTreeSet<ObjectId>,
    pub processes: BTreeSet<ProcessId>,
}

impl Doubt {
    /// `word` names nothing where one of these was to stand: the nearest of them may be meant, or any.
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
        let near = nearest(word, names);
        let meant = |name: &str| near.is_none_or(|near| near == name);
        self.objects.extend(objects.iter().filter(|(_, name)| meant(name)).map(|(id, _)| *id));
        self.processes.extend(processes.iter().filter(|(_, name)| meant(name)).map(|(id, _)| *id));
    }
}
