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
            numbers.objects.reserve(graph.objects.len());
            numbers.processes.reserve(graph.processes.len());
            for (i, object) in graph.objects.iter().enumerate() {
                let name = &object.name.value;
                if numbers.objects.contains_key(name) {
                    numbers.ambiguous.insert(name.clone());
                } else {
                    numbers.objects.insert(name.clone(), ObjectId(i as u32));
                }
            }
            for (i, process) in graph.processes.iter().enumerate() {
                let name = &process.name.value;
                if numbers.objects.contains_key(name) || numbers.processes.contains_key(name) {
                    numbers.ambiguous.insert(name.clone());
                }
                numbers.processes.entry(name.clone()).or_insert(ProcessId(i as u32));
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
