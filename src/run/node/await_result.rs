//! The caller's side of a pool: calls handed in, results awaited.
use super::hands::{Done, Hands, Undone};
use crate::graph::ObjectId;
use crate::program::{Calls, JobId, Wait};
use crate::run::pool::{Answer, Task};
use crate::run::world::Shared;
use crate::shm;
use crate::value::{Fault, Handle, Value, decode};

/// The calls of one handle, and what has come back of them.
pub struct Call {
    /// It is one call, and its result no list.
    single: bool,
    ordered: bool,
    /// By chunk.
    results: Vec<Option<Vec<Value>>>,
    /// The chunks in the order in which they came back, and by chunk whether it has.
    arrived: Vec<usize>,
    came: Vec<bool>,
    left: usize,
    /// The first that came; the others have been run all the same.
    error: Option<Fault>,
}

impl<'w> Hands<'w> {
    pub(super) fn submit(&mut self, pool: ObjectId, job: JobId, calls: Calls) -> Done {
        let Shared::Pool { tasks, failed } = *self.world.shared(pool) else {
            unreachable!("the kind was checked");
        };
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let (single, ordered, chunks) = match calls {
            Calls::One(call) => (true, true, vec![vec![call]]),
            Calls::Many { chunks, ordered } => (false, ordered, chunks),
        };
        let count = chunks.len();
        let mut call = Call {
            single,
            ordered,
            results: vec![None; count],
            arrived: Vec::with_capacity(count),
            came: vec![false; count],
            left: count,
            error: None,
        };
        if self.world.at::<shm::Event>(failed).is_set() {
            (call.left, call.error) = (0, Some(broken(self.name(pool))));
        } else {
            for (chunk, calls) in chunks.into_iter().enumerate() {
                let calls = calls.into_iter().map(Value::list).collect();
                let task = Task { job, caller: self.actor.index(), ticket, chunk: chunk as u64, calls };
                let bytes = self.encoded(&task.to_value())?;
                let put = self.world.at::<shm::Queue>(tasks).put(&self.actor, &bytes, shm::Wait::Forever);
                self.bytes = bytes;
                put.map_err(|_| self.out_of_memory())?;
            }
        }
        self.calls.insert(ticket, call);
        Ok(Value::Handle(Handle { pool: pool.0, ticket }))
    }

    pub(super) fn await_results(&mut self, handles: &[Handle], single: bool, wait: Wait) -> Done {
        let until = self.until(wait);
        while handles.iter().any(|handle| self.calls.get(&handle.ticket).is_some_and(|call| call.left > 0)) {
            self.take_answer(until)?;
        }
        let mut values = Vec::with_capacity(handles.len());
        for handle in handles {
            let Some(call) = self.calls.get(&handle.ticket) else {
                return Err(Fault::value("the handle is of another process").into());
            };
            values.push(call.value()?);
        }
        // Results stay with their handle, as in Python: it may be awaited again.
        Ok(if single { values.pop().unwrap_or(Value::Null) } else { Value::list(values) })
    }

    fn take_answer(&mut self, until: shm::Wait) -> Result<(), Undone> {
        let results = self.world.results(self.actor.index()).expect("who may call has a place for results");
        let queue: &shm::Queue = self.world.at(results);
        queue.get(&self.actor, &mut self.bytes, until).map_err(|_| Undone::TimedOut)?;
        let Some(answer) = Answer::from_value(&decode(&self.bytes)?) else {
            return Err(Fault::runtime("the answer of a worker is damaged").into());
        };
        let Some(call) = self.calls.get_mut(&answer.ticket) else { return Ok(()) };
        let chunk = answer.chunk as usize;
        // A second answer is possible: of a worker that died having given the first.
        if let Some(came @ false) = call.came.get_mut(chunk) {
            *came = true;
            call.left -= 1;
            call.arrived.push(chunk);
            match answer.result {
                Ok(values) => call.results[chunk] = Some(values),
                Err(fault) => drop(call.error.get_or_insert(fault)),
            }
        }
        Ok(())
    }
}

impl Call {
    fn value(&self) -> Result<Value, Fault> {
        if let Some(fault) = &self.error {
            return Err(fault.clone());
        }
        let mut chunks: Vec<usize> = self.arrived.clone();
        if self.ordered {
            chunks.sort_unstable();
        }
        let mut values: Vec<Value> =
            chunks.into_iter().filter_map(|chunk| self.results[chunk].as_ref()).flatten().cloned().collect();
        Ok(if self.single { values.pop().unwrap_or(Value::Null) } else { Value::list(values) })
    }
}

/// What becomes of the calls of a pool whose initializer failed.
pub fn broken(pool: &str) -> Fault {
    Fault::worker_died(format!("the initializer of the pool `{pool}` failed"))
}
