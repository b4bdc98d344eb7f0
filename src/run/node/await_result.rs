//! The caller's side of a pool: calls handed in, results awaited.
use super::hands::{Done, Hands, Undone};
use crate::graph::ObjectId;
use crate::program::{Calls, JobId, Wait};
use crate::run::pool::{decode_error, encode_calls};
use crate::shm::{self, Answer, WorkerEnd};
use crate::value::{Fault, Handle, Value, decode_all};
use std::collections::VecDeque;

/// The calls of one handle, and what has come back of them.
pub struct Call {
    /// It is one call, and its result no list.
    single: bool,
    ordered: bool,
    /// The number before which no result of these calls came.
    begin: u32,
    /// Not read yet, in the order of the calls.
    sheets: VecDeque<shm::SheetId>,
    /// As they were read: in the order of the calls.
    values: Vec<Value>,
    /// Of every chunk where the order of completion counts: when it came, and how many values there are with it.
    came: Vec<(u32, usize)>,
    /// The first that came, and when; the others have been run all the same.
    error: Option<(u32, Fault)>,
}

impl<'w> Hands<'w> {
    pub(super) fn submit(&mut self, id: ObjectId, job: JobId, calls: Calls) -> Done {
        let pool: &shm::Pool = self.world.object(id);
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let mut call = Call {
            single: matches!(calls, Calls::One(_)),
            ordered: !matches!(calls, Calls::Many { ordered: false, .. }),
            begin: pool.next_order(),
            sheets: VecDeque::new(),
            values: Vec::new(),
            came: Vec::new(),
            error: None,
        };
        if pool.has_failed() {
            call.error = Some((0, broken(self.name(id))));
        } else {
            let job = shm::Job { number: u64::from(job.0), notes_order: !call.ordered };
            match &calls {
                Calls::One(one) => self.hand_in(id, job, &mut call, std::iter::once(std::slice::from_ref(one))),
                Calls::Many { chunks, .. } => self.hand_in(id, job, &mut call, chunks.iter().map(Vec::as_slice)),
            }?;
        }
        self.calls.insert(ticket, call);
        Ok(Value::Handle(Handle { pool: id.0, ticket }))
    }

    /// All chunks; or an error, and then nobody wants what has been handed in until then.
    fn hand_in<'c>(
        &mut self,
        id: ObjectId,
        job: shm::Job,
        call: &mut Call,
        chunks: impl Iterator<Item = &'c [Vec<Value>]>,
    ) -> Result<(), Undone> {
        let mut draft = std::mem::take(&mut self.draft);
        draft.clear();
        let handed_in = self.hand_in_by_sheets(id, job, (chunks, &mut draft, call));
        self.draft = draft;
        if handed_in.is_err() {
            let pool: &shm::Pool = self.world.object(id);
            call.sheets.drain(..).for_each(|sheet| pool.release(&self.actor, sheet));
        }
        handed_in
    }

    /// What is done is read while the rest is handed in: its memory takes the next chunks.
    fn hand_in_by_sheets<'c>(
        &self,
        id: ObjectId,
        job: shm::Job,
        (chunks, draft, call): (impl Iterator<Item = &'c [Vec<Value>]>, &mut shm::Draft, &mut Call),
    ) -> Result<(), Undone> {
        let pool: &shm::Pool = self.world.object(id);
        for calls in chunks {
            encode_calls(calls, draft.bytes())?;
            draft.end_chunk().map_err(|_| self.out_of_memory())?;
            if draft.is_full() {
                call.sheets.push_back(pool.submit(&self.actor, job, draft).map_err(|_| self.out_of_memory())?);
                draft.clear();
                let _ = self.read_done(id, call, shm::Wait::Poll);
            }
        }
        if !draft.is_empty() {
            call.sheets.push_back(pool.submit(&self.actor, job, draft).map_err(|_| self.out_of_memory())?);
        }
        Ok(())
    }

    pub(super) fn await_results(&mut self, handles: &[Handle], single: bool, wait: Wait) -> Done {
        let until = self.until(wait);
        let mut values = Vec::with_capacity(handles.len());
        for handle in handles {
            self.await_call(handle, until)?;
        }
        for handle in handles {
            let Some(call) = self.calls.get(&handle.ticket) else {
                return Err(Fault::value("the handle is of another process").into());
            };
            values.push(call.value()?);
        }
        // Results stay with their handle, as in Python: it may be awaited again.
        Ok(if single { values.pop().unwrap_or(Value::Null) } else { Value::list(values) })
    }

    /// Reads all that comes of it.
    fn await_call(&mut self, handle: &Handle, until: shm::Wait) -> Result<(), Undone> {
        let Some(mut call) = self.calls.remove(&handle.ticket) else { return Ok(()) };
        let read = self.read_done(ObjectId(handle.pool), &mut call, until);
        self.calls.insert(handle.ticket, call);
        read
    }

    /// Reads one sheet after the other, as long as each is done until then.
    fn read_done(&self, id: ObjectId, call: &mut Call, until: shm::Wait) -> Result<(), Undone> {
        let pool: &shm::Pool = self.world.object(id);
        let name = &self.world.plan.graph().object(id).name.value;
        while let Some(sheet) = call.sheets.front().copied() {
            pool.wait(&self.actor, sheet, until).map_err(|_| Undone::TimedOut)?;
            pool.read(&self.actor, sheet, |_, order, answer| call.take(order, answer, name));
            pool.release(&self.actor, sheet);
            call.sheets.pop_front();
        }
        Ok(())
    }
}

impl Call {
    fn take(&mut self, order: u32, answer: Answer, pool: &str) {
        let fault = match answer {
            Answer::Value(bytes) => {
                let before = self.values.len();
                let decoded = decode_all(bytes, &mut self.values).err();
                if decoded.is_none() && !self.ordered {
                    self.came.push((order.wrapping_sub(self.begin), self.values.len() - before));
                }
                decoded
            }
            Answer::Error(bytes) => Some(decode_error(bytes)),
            Answer::TooLarge => Some(Fault::memory("the result does not fit into the run's memory (see --memory)")),
            Answer::Died(end) => Some(died(pool, end)),
            Answer::Broken => Some(broken(pool)),
        };
        let order = if answer == Answer::Broken { u32::MAX } else { order.wrapping_sub(self.begin) };
        if let Some(fault) = fault
            && self.error.as_ref().is_none_or(|(first, _)| order < *first)
        {
            self.error = Some((order, fault));
        }
    }

    fn value(&self) -> Result<Value, Fault> {
        if let Some((_, fault)) = &self.error {
            return Err(fault.clone());
        }
        if self.single {
            return Ok(self.values.first().cloned().unwrap_or(Value::Null));
        }
        if self.ordered {
            return Ok(Value::list(self.values.clone()));
        }
        let mut rest = &self.values[..];
        let mut chunks: Vec<(u32, &[Value])> = Vec::with_capacity(self.came.len());
        for (order, count) in &self.came {
            let (values, later) = rest.split_at(*count);
            chunks.push((*order, values));
            rest = later;
        }
        chunks.sort_by_key(|(order, _)| *order);
        Ok(Value::list(chunks.into_iter().flat_map(|(_, values)| values).cloned().collect()))
    }
}

fn died(pool: &str, WorkerEnd { number, exit }: WorkerEnd) -> Fault {
    let how = match exit {
        signal if signal < 0 => format!("was killed by signal {}", -signal),
        code => format!("ended with {code}"),
    };
    Fault::worker_died(format!("the worker `{pool}-{number}` {how} while it was at this task"))
}

/// What becomes of the calls of a pool whose initializer failed.
fn broken(pool: &str) -> Fault {
    Fault::worker_died(format!("the initializer of the pool `{pool}` failed"))
}
