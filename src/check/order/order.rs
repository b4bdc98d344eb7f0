//! What `after` says about who runs before whom.
use std::collections::BTreeSet;

use crate::graph::{Graph, ProcessId};
use crate::program::find_process;

/// The processes that each one waits for before it begins, by number; of some what they wait for is asked anew.
pub(in crate::check) struct Order {
    after: Vec<Vec<ProcessId>>,
}

impl Order {
    pub fn new(graph: &Graph) -> Order {
        let of = |process: &crate::graph::Process| {
            let entries = process.after.iter().filter_map(|after| find_process(graph, &after.process));
            // After one instance is not after the others.
            entries
                .filter(|entry| entry.instance.is_none() || graph.process(entry.process).instances() == 1)
                .map(|entry| entry.process)
                .collect()
        };
        Order { after: graph.processes.iter().map(of).collect() }
    }

    /// Whether one of them begins only when the other has ended.
    pub fn apart(&self, a: ProcessId, b: ProcessId) -> bool {
        self.waits_for(a, b) || self.waits_for(b, a)
    }

    pub fn waits_for(&self, late: ProcessId, early: ProcessId) -> bool {
        let mut seen = BTreeSet::new();
        let mut due = vec![late];
        while let Some(process) = due.pop() {
            for before in &self.after[process.index()] {
                if *before == early {
                    return true;
                }
                if seen.insert(*before) {
                    due.push(*before);
                }
            }
        }
        false
    }
}
