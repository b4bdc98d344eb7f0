//! Who may do what to what.
//!
//! Of steps it is what they say, whether or not they come to it; of a command what its `uses` lists and what its
//! standard streams are connected to. A pool's workers may do what the pool's jobs and its initializer do.
use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{ObjectId, Operation, ProcessId};
use crate::program::{JobId, Thing};

/// What somebody may do.
pub type Uses = BTreeSet<(Thing, Operation)>;

/// Somebody who runs steps or a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// A process, with all its instances and threads.
    Process(ProcessId),
    /// The workers of a pool.
    Worker(ObjectId),
}

#[derive(Clone, Debug, Default)]
pub struct Wiring {
    processes: Vec<Uses>,
    jobs: Vec<Uses>,
    /// For each pool the jobs handed to it, its initializer included.
    pools: BTreeMap<ObjectId, BTreeSet<JobId>>,
    actors: BTreeMap<(Thing, Operation), BTreeSet<Actor>>,
}

impl Wiring {
    /// `processes` and `jobs` by their numbers.
    pub(in crate::check) fn new(
        processes: Vec<Uses>,
        jobs: Vec<Uses>,
        pools: BTreeMap<ObjectId, BTreeSet<JobId>>,
    ) -> Wiring {
        let mut actors: BTreeMap<(Thing, Operation), BTreeSet<Actor>> = BTreeMap::new();
        for (number, uses) in processes.iter().enumerate() {
            for usage in uses {
                actors.entry(*usage).or_default().insert(Actor::Process(ProcessId(number as u32)));
            }
        }
        for (pool, handed) in &pools {
            for usage in handed.iter().flat_map(|job| &jobs[job.0 as usize]) {
                actors.entry(*usage).or_default().insert(Actor::Worker(*pool));
            }
        }
        Wiring { processes, jobs, pools, actors }
    }

    /// What this process may do.
    pub fn uses(&self, process: ProcessId) -> &Uses {
        &self.processes[process.index()]
    }

    /// What a call of this job may do.
    pub fn job_uses(&self, job: JobId) -> &Uses {
        &self.jobs[job.0 as usize]
    }

    /// The jobs that somebody hands to this pool, and its initializer.
    pub fn jobs_of(&self, pool: ObjectId) -> impl Iterator<Item = JobId> + '_ {
        self.pools.get(&pool).into_iter().flatten().copied()
    }

    /// Everybody who may do this, pools' workers too.
    pub fn actors(&self, thing: Thing, operation: Operation) -> impl Iterator<Item = Actor> + '_ {
        self.actors.get(&(thing, operation)).into_iter().flatten().copied()
    }

    /// The processes that may do this, by declaration.
    pub fn who(&self, thing: Thing, operation: Operation) -> Vec<ProcessId> {
        let process = |actor| match actor {
            Actor::Process(process) => Some(process),
            Actor::Worker(_) => None,
        };
        self.actors(thing, operation).filter_map(process).collect()
    }

    /// The pools whose workers may do this.
    pub fn pools(&self, thing: Thing, operation: Operation) -> Vec<ObjectId> {
        let pool = |actor| match actor {
            Actor::Worker(pool) => Some(pool),
            Actor::Process(_) => None,
        };
        self.actors(thing, operation).filter_map(pool).collect()
    }
}
