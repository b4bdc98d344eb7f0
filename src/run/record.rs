//! What was observed of a run: how each process ended, and what it said where an expectation asks for it.
use crate::check::Plan;
use crate::value::{Str, Value};

/// Lines are kept up to this many bytes in all; past it an expectation on lines cannot be judged.
const KEPT: usize = 512 << 20;

#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Of all processes, as they arrived.
    pub stdout: Vec<Vec<u8>>,
    pub processes: Vec<ProcessRecord>,
    keep_all: bool,
    kept: usize,
    /// More came than is kept.
    pub overflowed: bool,
    /// What a node said of the damage that it met in the arena.
    pub damage: Option<String>,
}

/// Of one instance.
#[derive(Clone, Debug, Default)]
pub struct ProcessRecord {
    pub name: Str,
    /// Python's; `None`: never started.
    pub exit: Option<i32>,
    /// Started for the last time, and ended, in nanoseconds since the run began.
    pub started_ns: Option<u64>,
    pub ended_ns: Option<u64>,
    pub restarts: u32,
    /// It never started because this one failed.
    pub skipped_by: Option<Str>,
    /// Why it could not be started, in words.
    pub unstarted: Option<String>,
    /// What carries one of its streams did not carry all of it; in words.
    pub cut_short: Option<String>,
    /// Its own `timeout` ended it.
    pub timed_out: bool,
    /// The runner ended it: at the end of the run a daemon, or everybody when the run was stopped.
    pub stopped: bool,
    /// The error that nothing caught: `type`, `message`, `place`.
    pub raised: Option<Value>,
    /// What it held when it ended, and where it stood.
    pub held: Vec<String>,
    pub stood: Option<String>,
    pub stdout: Vec<Vec<u8>>,
    pub stderr: Vec<Vec<u8>>,
    keep: bool,
}

impl Record {
    pub fn new(plan: &Plan) -> Self {
        let graph = plan.graph();
        let expect = graph.expect.as_ref();
        let asked = |name: &str, instance: &str| {
            expect.is_some_and(|expect| {
                expect.processes.iter().any(|(of, expect)| {
                    (of.value == name || of.value == instance) && (expect.stdout.is_some() || expect.stderr.is_some())
                })
            })
        };
        let processes = plan.instances().iter().map(|instance| ProcessRecord {
            name: Str::from(&instance.name),
            keep: asked(&graph.process(instance.process).name.value, &instance.name),
            ..Default::default()
        });
        Record {
            processes: processes.collect(),
            keep_all: expect.is_some_and(|expect| expect.stdout.is_some()),
            ..Default::default()
        }
    }

    /// A line of an instance (`None`: of a pool's worker), without its end.
    pub fn line(&mut self, instance: Option<usize>, stderr: bool, line: &[u8]) {
        let kept = instance.map(|instance| &mut self.processes[instance]).filter(|process| process.keep);
        let copies = usize::from(kept.is_some()) + usize::from(self.keep_all && !stderr);
        self.kept += copies * (line.len() + size_of::<Vec<u8>>());
        if self.kept > KEPT {
            self.overflowed |= copies > 0;
            return;
        }
        if let Some(process) = kept {
            if stderr { &mut process.stderr } else { &mut process.stdout }.push(line.to_vec());
        }
        if self.keep_all && !stderr {
            self.stdout.push(line.to_vec());
        }
    }
}
