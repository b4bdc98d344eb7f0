//! A pool's worker: takes tasks, one chunk at a time, and answers each.
use super::thread::{result, run};
use super::{Hands, Sink};
use crate::expr::{Me, Random};
use crate::graph::ObjectKind;
use crate::program::{Ending, JobId, Machine};
use crate::run::NodeId;
use crate::run::pool::{decode_calls, encode_error, fault};
use crate::run::wire::FrameKind;
use crate::run::world::{NodeKind, World};
use crate::shm;
use crate::value::{Value, encode};

/// Works until it has done as many tasks as one worker may, or is ended. Gives its exit code.
pub fn work(world: &World, node: NodeId) -> i32 {
    let NodeKind::Worker { pool, place } = world.node(node).kind else {
        unreachable!("only workers work");
    };
    let ObjectKind::Pool(declared) = &world.plan.graph().object(pool).kind else {
        unreachable!("a worker is of a pool");
    };
    let me = Me { name: world.node(node).name.clone(), index: i64::from(place) + 1, target: Default::default() };
    let hands = Hands::new(world, node, 0, me, &Sink::Captured, &Sink::Captured);
    let machine = Machine::idle(Random::new(world.seed, &hands.me.name));
    let mut bench = Bench { hands, machine, arguments: Vec::new(), bytes: Vec::new() };
    if let Some(initializer) = world.plan.initializer(pool)
        && let Err(ending) = bench.call(initializer, 0)
    {
        if let Ending::Raised(error) = &ending {
            bench.hands.report(error);
        }
        bench.hands.send_line(FrameKind::PoolFailed, &pool.0.to_le_bytes());
        return 1;
    }
    let mut worker = shm::Worker::new(world.object(pool), bench.hands.actor);
    for _ in 0..declared.maxtasksperchild.unwrap_or(u64::MAX) {
        bench.hands.come_to_gate("", "takes");
        let Ok(job) = worker.take(&mut bench.bytes, shm::Wait::Forever) else { return 1 };
        bench.hands.tell_gate("done");
        let good = match bench.serve(JobId(job as u32)) {
            Ok(good) => good,
            // The job ended the process instead: the runner answers for it.
            Err(exit) => return exit,
        };
        bench.hands.come_to_gate("", "delivers");
        worker.deliver(if good { Ok(&bench.bytes) } else { Err(&bench.bytes) });
        bench.hands.tell_gate("done");
    }
    worker.leave();
    0
}

/// What a worker works with, kept from call to call.
struct Bench<'w> {
    hands: Hands<'w>,
    machine: Machine,
    arguments: Vec<Value>,
    /// A chunk's calls, then what came of them.
    bytes: Vec<u8>,
}

impl Bench<'_> {
    /// Runs the calls in `bytes` and writes their results there: true, or the first error.
    fn serve(&mut self, job: JobId) -> Result<bool, i32> {
        let calls = decode_calls(&self.bytes, &mut self.arguments).ok_or(1)?;
        self.bytes.clear();
        let each = self.arguments.len().checked_div(calls).unwrap_or(0);
        // From the last to the first they would come off the end; the first is done first.
        self.arguments.reverse();
        for _ in 0..calls {
            let failed = match self.call(job, each) {
                Ok(value) => encode(&value, &mut self.bytes).err(),
                Err(Ending::Exit(code)) => return Err(code),
                Err(Ending::Raised(error)) => Some(fault(&error)),
                Err(Ending::Returned(_)) => unreachable!("a value is no error"),
            };
            if let Some(fault) = failed {
                encode_error(&fault, &mut self.bytes).map_err(|_| 1)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// One call of a job, with so many arguments off the end.
    fn call(&mut self, job: JobId, count: usize) -> Result<Value, Ending> {
        let program = &self.hands.world.plan.jobs()[job.0 as usize];
        if self.hands.me.target != program.name {
            self.hands.me.target = program.name.clone();
        }
        let first = self.arguments.len().saturating_sub(count);
        self.machine.begin(program, self.arguments.drain(first..).rev());
        result(run(&mut self.hands, program, &mut self.machine, job.0 + 1))
    }
}
