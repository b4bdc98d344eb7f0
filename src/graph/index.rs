//! From a name to what has it, however many there are.
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::{Graph, ObjectId, ProcessId, TargetId};

/// Made at the first question; from then on the graph's names do not change. Of two of one name it is the first.
#[derive(Clone, Debug, Default)]
pub struct Index {
    numbers: OnceLock<Numbers>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    pub objects: HashMap<String, ObjectId>,
    pub processes: HashMap<String, ProcessId>,
    pub targets: HashMap<String, TargetId>,
    pub params: HashMap<String, usize>,
    /// Names that several objects or processes have.
    pub ambiguous: HashSet<String>,
    pub ambiguous_targets: HashSet<String>,
}

impl Index {
    pub(super) fn of(&self, graph: &Graph) -> &Numbers {
        self.numbers.get_or_init(|| {
            let mut numbers = Numbers::default();
            let mut seen = HashSet::new();
            let names = graph.objects.iter().map(|object| &object.name);
            for name in names.chain(graph.processes.iter().map(|process| &process.name)) {
                if !seen.insert(name.value.as_str()) {
                    numbers.ambiguous.insert(name.value.clone());
                }
            }
            for (i, object) in graph.objects.iter().enumerate() {
                numbers.objects.entry(object.name.value.clone()).or_insert(ObjectId(i as u32));
            }
            for (i, process) in graph.processes.iter().enumerate() {
                numbers.processes.entry(process.name.value.clone()).or_insert(ProcessId(i as u32));
            }
            for (i, target) in graph.targets.iter().enumerate() {
                if numbers.targets.contains_key(&target.name.value) {
                    numbers.ambiguous_targets.insert(target.name.value.clone());
                }
                numbers.targets.entry(target.name.value.clone()).or_insert(TargetId(i as u32));
            }
            for (i, param) in graph.params.iter().enumerate() {
                numbers.params.entry(param.name.value.clone()).or_insert(i);
            }
            numbers
        })
    }
}
