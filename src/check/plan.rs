//! A graph that may be run, verified or drawn.
use std::ops::Range;

use super::Wiring;
use crate::diag::Sources;
use crate::graph::{Graph, ObjectId, ProcessId};
use crate::program::{JobId, ProcessRef, Program};

/// Made by the gate alone, so whoever holds one holds a graph without errors.
#[derive(Debug)]
pub struct Plan {
    graph: Graph,
    sources: Sources,
    programs: Vec<Option<Program>>,
    jobs: Vec<Program>,
    initializers: Vec<Option<JobId>>,
    instances: Vec<Instance>,
    /// Where the instances of each process begin, and a last entry where they all end.
    first: Vec<usize>,
    wiring: Wiring,
}

/// One process as it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    pub process: ProcessId,
    /// The number of the replica, from 1.
    pub index: u32,
    pub name: String,
}

/// What the gate makes of a graph in which nothing is wrong.
pub(super) struct Compiled {
    /// By process.
    pub programs: Vec<Option<Program>>,
    pub jobs: Vec<Program>,
    /// By object; only pools have one.
    pub initializers: Vec<Option<JobId>>,
    pub wiring: Wiring,
}

impl Plan {
    pub(super) fn new(graph: Graph, sources: Sources, compiled: Compiled) -> Plan {
        let Compiled { programs, jobs, initializers, wiring } = compiled;
        let (mut instances, mut first) = (Vec::new(), vec![0]);
        for (number, process) in graph.processes.iter().enumerate() {
            let process_id = ProcessId(number as u32);
            instances.extend((1..=process.instances()).map(|index| Instance {
                process: process_id,
                index,
                name: process.instance_name(index),
            }));
            first.push(instances.len());
        }
        Plan { graph, sources, programs, jobs, initializers, instances, first, wiring }
    }

    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Of a process of steps its body, of a command its model if it has one.
    pub fn program(&self, process: ProcessId) -> Option<&Program> {
        self.programs[process.index()].as_ref()
    }

    /// By [`JobId`].
    pub fn jobs(&self) -> &[Program] {
        &self.jobs
    }

    /// What a worker of this pool runs first.
    pub fn initializer(&self, pool: ObjectId) -> Option<JobId> {
        self.initializers[pool.index()]
    }

    /// All instances, in the order of declaration and number.
    pub fn instances(&self) -> &[Instance] {
        &self.instances
    }

    /// Where in [`Plan::instances`] the meant ones stand.
    pub fn instances_of(&self, process: ProcessRef) -> Range<usize> {
        let (start, end) = (self.first[process.process.index()], self.first[process.process.index() + 1]);
        match process.instance {
            None => start..end,
            Some(index) => {
                let at = (start + index as usize).saturating_sub(1).min(end);
                at..(at + 1).min(end)
            }
        }
    }

    pub fn wiring(&self) -> &Wiring {
        &self.wiring
    }
}
