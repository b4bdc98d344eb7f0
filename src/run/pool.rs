//! What callers and workers of a pool say to each other: tasks one way, results the other, as messages in queues.
use crate::program::JobId;
use crate::shm::SlotIndex;
use crate::value::{Fault, Map, Str, Value};

/// One chunk of the calls of a handle.
#[derive(Clone, Debug)]
pub struct Task {
    pub job: JobId,
    /// Whose results queue the answer goes to.
    pub caller: SlotIndex,
    pub ticket: u64,
    pub chunk: u64,
    pub calls: Vec<Value>,
}

/// What became of a chunk: the values of its calls, or the first error.
#[derive(Clone, Debug)]
pub struct Answer {
    pub ticket: u64,
    pub chunk: u64,
    pub result: Result<Vec<Value>, Fault>,
}

impl Task {
    pub fn to_value(&self) -> Value {
        let int = |n: u64| Value::Int(n as i64);
        let head = [u64::from(self.job.0), u64::from(self.caller.0), self.ticket, self.chunk].map(int);
        Value::list(head.into_iter().chain([Value::list(self.calls.clone())]).collect())
    }

    pub fn from_value(value: &Value) -> Option<Task> {
        let [job, caller, ticket, chunk, calls] = value.as_list()? else { return None };
        Some(Task {
            job: JobId(u32::try_from(job.as_int()?).ok()?),
            caller: SlotIndex(u32::try_from(caller.as_int()?).ok()?),
            ticket: ticket.as_int()? as u64,
            chunk: chunk.as_int()? as u64,
            calls: calls.as_list()?.to_vec(),
        })
    }

    pub fn answer(&self, result: Result<Vec<Value>, Fault>) -> Answer {
        Answer { ticket: self.ticket, chunk: self.chunk, result }
    }
}

impl Answer {
    pub fn to_value(&self) -> Value {
        let (good, result) = match &self.result {
            Ok(values) => (true, Value::list(values.clone())),
            Err(fault) => {
                let mut map = Map::new();
                map.set("type", Value::Str(fault.kind.clone()));
                map.set("message", Value::Str(Str::from(&fault.message)));
                (false, Value::map(map))
            }
        };
        Value::list(vec![Value::Int(self.ticket as i64), Value::Int(self.chunk as i64), Value::Bool(good), result])
    }

    pub fn from_value(value: &Value) -> Option<Answer> {
        let [ticket, chunk, good, result] = value.as_list()? else { return None };
        let result = match good.as_bool()? {
            true => Ok(result.as_list()?.to_vec()),
            false => Err(fault(result)),
        };
        Some(Answer { ticket: ticket.as_int()? as u64, chunk: chunk.as_int()? as u64, result })
    }
}

/// The error in a map of `type` and `message`.
pub fn fault(error: &Value) -> Fault {
    let field = |name| error.as_map().and_then(|map| map.field(name)).and_then(Value::as_str).unwrap_or_default();
    Fault::new(Str::from(field("type")), field("message"))
}
