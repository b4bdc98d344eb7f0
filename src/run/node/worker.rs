//! A pool's worker: takes tasks, one chunk at a time, and answers each.
use super::thread::{result, run};
use super::{Hands, Sink};
use crate::expr::{Me, Random};
use crate::graph::ObjectKind;
use crate::program::{Ending, JobId, Machine};
use crate::run::NodeId;
use crate::run::pool::{Task, fault};
use crate::run::wire::FrameKind;
use crate::run::world::{NodeKind, Shared, World};
use crate::shm;
use crate::value::{Fault, Value, decode, encode};

/// Works until it has done as many tasks as one worker may, or is ended. Gives its exit code.
pub fn work(world: &World, node: NodeId) -> i32 {
    let NodeKind::Worker { pool, place } = world.node(node).kind else {
        unreachable!("only workers work");
    };
    let (ObjectKind::Pool(declared), Shared::Pool { tasks, .. }) =
        (&world.plan.graph().object(pool).kind, world.shared(pool))
    else {
        unreachable!("a worker is of a pool");
    };
    let me = Me { name: world.node(node).name.clone(), index: i64::from(place) + 1, target: Default::default() };
    let mut hands = Hands::new(world, node, 0, me, &Sink::Captured, &Sink::Captured);
    let mut random = Random::new(world.seed, &hands.me.name);
    if let Some(initializer) = world.plan.initializer(pool)
        && let Err(ending) = call(&mut hands, initializer, Vec::new(), &mut random)
    {
        if let Ending::Raised(error) = &ending {
            hands.report(error);
        }
        hands.send_line(FrameKind::PoolFailed, &pool.0.to_le_bytes());
        return 1;
    }
    let queue: &shm::Queue = world.at(*tasks);
    let mut bytes = Vec::new();
    for _ in 0..declared.maxtasksperchild.unwrap_or(u64::MAX) {
        hands.come_to_gate("", "takes");
        if queue.get(&hands.actor, &mut bytes, shm::Wait::Forever).is_err() {
            return 1;
        }
        hands.tell_gate("done");
        let Some(task) = decode(&bytes).ok().and_then(|task| Task::from_value(&task)) else { return 1 };
        if let Err(exit) = serve(&mut hands, &task, &mut random) {
            return exit;
        }
        let _ = queue.task_done(&hands.actor);
    }
    0
}

/// Runs a chunk and answers it. An error if the job ended the process instead: then the runner answers for it.
fn serve(hands: &mut Hands, task: &Task, random: &mut Random) -> Result<(), i32> {
    let mut values = Vec::with_capacity(task.calls.len());
    let mut outcome = Ok(());
    for arguments in &task.calls {
        match call(hands, task.job, arguments.as_list().unwrap_or_default().to_vec(), random) {
            Ok(value) => values.push(value),
            Err(Ending::Exit(code)) => return Err(code),
            Err(Ending::Raised(error)) => {
                outcome = Err(fault(&error));
                break;
            }
            Err(Ending::Returned(_)) => unreachable!("a value is no error"),
        }
    }
    let mut bytes = Vec::new();
    if let Err(error) = encode(&task.answer(outcome.map(|()| values)).to_value(), &mut bytes) {
        bytes.clear();
        encode(&task.answer(Err(error)).to_value(), &mut bytes).map_err(|_| 1)?;
    }
    hands.come_to_gate("", "delivers");
    let sent = send(hands, task, &bytes);
    hands.tell_gate("done");
    sent
}

fn send(hands: &Hands, task: &Task, bytes: &[u8]) -> Result<(), i32> {
    let Some(results) = hands.world.results(task.caller) else { return Ok(()) };
    let queue: &shm::Queue = hands.world.at(results);
    if queue.put(&hands.actor, bytes, shm::Wait::Forever).is_err() {
        // Too large for the run's memory: the caller gets the error and not the value.
        let mut short = Vec::new();
        let fault = Fault::memory("the result does not fit into the run's memory (see --memory)");
        encode(&task.answer(Err(fault)).to_value(), &mut short).map_err(|_| 1)?;
        queue.put(&hands.actor, &short, shm::Wait::Forever).map_err(|_| 1)?;
    }
    Ok(())
}

/// One call of a job.
fn call(hands: &mut Hands, job: JobId, arguments: Vec<Value>, random: &mut Random) -> Result<Value, Ending> {
    let program = &hands.world.plan.jobs()[job.0 as usize];
    hands.me.target = program.name.clone();
    let mut machine = Machine::new(program, arguments, random.clone());
    let ending = run(hands, program, &mut machine, job.0 + 1);
    *random = machine.random().clone();
    result(ending)
}
