//! A pool: calls in chunks, waiting for a worker; results, waiting for who handed the calls in.
use crate::program::{Calls, JobId};
use crate::value::{Fault, Value};
use std::collections::{BTreeMap, VecDeque};

/// Who handed calls in (a number the caller chooses), and the number of the call there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket {
    pub by: u32,
    pub number: u64,
}

/// A chunk of calls for one worker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Task {
    pub ticket: Ticket,
    pub chunk: u32,
    pub job: JobId,
    pub calls: Vec<Vec<Value>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Pending {
    /// Of `One` call, whose result stands alone.
    single: bool,
    ordered: bool,
    left: u32,
    /// By chunk, or where the order is that of completion by the number of those before.
    done: Vec<(u32, Vec<Value>)>,
    /// The error that came first.
    error: Option<Fault>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pool {
    waiting: VecDeque<Task>,
    pending: BTreeMap<Ticket, Pending>,
    /// Workers that were started, where that is counted.
    started: u32,
    /// What its calls come to since its initializer failed.
    failed: Option<Fault>,
}

impl Pool {
    pub fn new() -> Self {
        Pool::default()
    }

    pub fn submit(&mut self, ticket: Ticket, job: JobId, calls: Calls) {
        let (single, ordered, chunks) = match calls {
            Calls::One(arguments) => (true, true, vec![vec![arguments]]),
            Calls::Many { chunks, ordered } => (false, ordered, chunks),
        };
        let left = chunks.len() as u32;
        self.pending.insert(ticket, Pending { single, ordered, left, done: Vec::new(), error: None });
        for (chunk, calls) in chunks.into_iter().enumerate() {
            self.waiting.push_back(Task { ticket, chunk: chunk as u32, job, calls });
        }
        self.answer_failed();
    }

    /// Its initializer failed: nothing is taken any more.
    pub fn fail(&mut self, fault: Fault) {
        self.failed.get_or_insert(fault);
        self.answer_failed();
    }

    fn answer_failed(&mut self) {
        let Some(fault) = self.failed.clone() else { return };
        for task in std::mem::take(&mut self.waiting) {
            self.finish(task.ticket, task.chunk, Err(fault.clone()));
        }
    }

    /// A worker takes the chunk that has waited the longest.
    pub fn take(&mut self) -> Option<Task> {
        self.waiting.pop_front()
    }

    /// A chunk has ended: its results, or its error.
    pub fn finish(&mut self, ticket: Ticket, chunk: u32, result: Result<Vec<Value>, Fault>) {
        let Some(pending) = self.pending.get_mut(&ticket) else { return };
        pending.left -= 1;
        match result {
            Ok(values) => {
                let place = if pending.ordered { chunk } else { pending.done.len() as u32 };
                pending.done.push((place, values));
                pending.done.sort_by_key(|(place, _)| *place);
            }
            Err(fault) => {
                pending.error.get_or_insert(fault);
            }
        }
    }

    /// `None`: not all of its chunks have ended. An error is known at the end only, too: all chunks run.
    pub fn result(&self, ticket: Ticket) -> Option<Result<Value, Fault>> {
        let Some(pending) = self.pending.get(&ticket) else {
            return Some(Err(Fault::value("the handle is of no call of this process")));
        };
        if pending.left > 0 {
            return None;
        }
        if let Some(fault) = &pending.error {
            return Some(Err(fault.clone()));
        }
        let mut values = pending.done.iter().flat_map(|(_, values)| values.iter().cloned());
        Some(Ok(if pending.single { values.next().unwrap_or(Value::Null) } else { Value::list(values.collect()) }))
    }

    /// Another worker is started: its number.
    pub fn start(&mut self) -> u32 {
        self.started += 1;
        self.started
    }

    pub fn has_work(&self) -> bool {
        !self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICKET: Ticket = Ticket { by: 0, number: 0 };

    fn many(ordered: bool) -> Pool {
        let mut pool = Pool::new();
        let chunks = (0..2).map(|i| vec![vec![Value::Int(i)]]).collect();
        pool.submit(TICKET, JobId(0), Calls::Many { chunks, ordered });
        pool
    }

    #[test]
    fn the_results_stand_in_the_order_of_the_calls_or_of_completion() {
        for (ordered, expected) in [(true, [10, 11]), (false, [11, 10])] {
            let mut pool = many(ordered);
            let (first, second) = (pool.take().unwrap(), pool.take().unwrap());
            pool.finish(TICKET, second.chunk, Ok(vec![Value::Int(11)]));
            assert_eq!(pool.result(TICKET), None);
            pool.finish(TICKET, first.chunk, Ok(vec![Value::Int(10)]));
            assert_eq!(pool.result(TICKET), Some(Ok(Value::list(expected.map(Value::Int).to_vec()))));
        }
    }

    #[test]
    fn a_failed_pool_answers_what_nobody_has_taken() {
        let mut pool = many(true);
        let taken = pool.take().unwrap();
        pool.fail(Fault::worker_died("no workers"));
        assert_eq!(pool.result(TICKET), None);
        pool.finish(TICKET, taken.chunk, Ok(vec![Value::Int(10)]));
        assert_eq!(pool.result(TICKET), Some(Err(Fault::worker_died("no workers"))));
        let later = Ticket { number: 1, ..TICKET };
        pool.submit(later, JobId(0), Calls::One(Vec::new()));
        assert_eq!(pool.result(later), Some(Err(Fault::worker_died("no workers"))));
    }

    #[test]
    fn all_chunks_run_before_the_first_error_is_raised() {
        let mut pool = many(true);
        pool.finish(TICKET, 1, Err(Fault::runtime("first")));
        assert_eq!(pool.result(TICKET), None);
        pool.finish(TICKET, 0, Err(Fault::runtime("second")));
        assert_eq!(pool.result(TICKET), Some(Err(Fault::runtime("first"))));
    }
}
