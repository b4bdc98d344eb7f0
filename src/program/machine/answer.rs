//! What becomes of an answer: the variable that it goes to, and the error that it may be.
use std::sync::Arc;

use super::Machine;
use crate::program::{ExecSlots, Op, Outcome, Pc, Slot};
use crate::value::{Fault, Str, Value};

impl Machine {
    /// Takes an answer in: the next instruction, or the error that this operation makes of it.
    pub(super) fn settle(&mut self, op: &Op, outcome: Outcome) -> Result<Pc, Fault> {
        let next = self.pc + 1;
        let (into, answer) = match (op, outcome) {
            (_, Outcome::Failed(fault)) => return Err(fault),
            (Op::Next { variable, .. }, Outcome::Done(value)) => (Some(*variable), value),
            (Op::Next { end, .. }, Outcome::Ended) => return Ok(*end),
            (Op::Exec { into, .. }, Outcome::Done(value)) => {
                self.finish_exec(into, value)?;
                return Ok(next);
            }
            (op, Outcome::Done(value)) => (op.target_slot(), op.done(value)),
            (op, Outcome::TimedOut | Outcome::Ended) => (op.target_slot(), op.timed_out()?),
        };
        if let Some(slot) = into {
            self.slots[slot as usize] = Some(answer);
        }
        Ok(next)
    }

    fn finish_exec(&mut self, into: &ExecSlots, answer: Value) -> Result<(), Fault> {
        let Value::List(parts) = &answer else { unreachable!("exec answers with a list") };
        let [stdout, stderr, exit] = parts.as_slice() else { unreachable!("exec answers with three parts") };
        if let (None, Some(code)) = (into.exit, exit.as_int())
            && code != 0
        {
            let how = if code < 0 { format!("died of signal {}", -code) } else { format!("ended with {code}") };
            let said = trimmed(stderr).text()?;
            let message = if said.is_empty() { how } else { format!("{how}: {said}") };
            return Err(Fault::new(Fault::CALLED_PROCESS, format!("the command {message}")));
        }
        for (slot, value) in [(into.stdout, trimmed(stdout)), (into.stderr, trimmed(stderr)), (into.exit, exit.clone())]
        {
            if let Some(slot) = slot {
                self.slots[slot as usize] = Some(value);
            }
        }
        Ok(())
    }
}

impl Op {
    /// The variable that the answer goes to.
    pub fn target_slot(&self) -> Option<Slot> {
        match self {
            Op::Get { into, .. }
            | Op::JoinQueue { into, .. }
            | Op::Recv { into, .. }
            | Op::Acquire { into, .. }
            | Op::WaitEvent { into, .. }
            | Op::WaitBarrier { into, .. }
            | Op::WaitCondition { into, .. }
            | Op::WaitAny { into, .. }
            | Op::ReadProperty { into, .. }
            | Op::ReadPoll { into, .. }
            | Op::ReadValue { into, .. }
            | Op::ReadArray { into, .. }
            | Op::ReadProcess { into, .. }
            | Op::ReadActiveChildren { into }
            | Op::ReadClock { into }
            | Op::Add { into, .. }
            | Op::JoinProcess { into, .. }
            | Op::Apply { into, .. }
            | Op::Map { into, .. }
            | Op::Await { into, .. } => *into,
            _ => None,
        }
    }

    /// What the variable gets when it is done.
    fn done(&self, value: Value) -> Value {
        match self {
            Op::JoinQueue { .. }
            | Op::JoinProcess { .. }
            | Op::Acquire { .. }
            | Op::WaitEvent { .. }
            | Op::WaitCondition { .. } => Value::Bool(true),
            _ => value,
        }
    }

    /// What the variable gets when the time is up, or the error that this is.
    fn timed_out(&self) -> Result<Value, Fault> {
        let error = |kind: &str, message: &str| Err(Fault::new(kind, message));
        match self {
            Op::Put { .. } => error(Fault::FULL, "the queue is full"),
            Op::Get { .. } => error(Fault::EMPTY, "the queue is empty"),
            Op::JoinQueue { into: None, .. } => error(Fault::TIMEOUT, "tasks are not done in time"),
            Op::Acquire { into: None, .. } => error(Fault::TIMEOUT, "not acquired in time"),
            Op::JoinQueue { .. }
            | Op::Acquire { .. }
            | Op::JoinProcess { .. }
            | Op::WaitEvent { .. }
            | Op::WaitCondition { .. } => Ok(Value::Bool(false)),
            Op::WaitAny { .. } => Ok(Value::List(Arc::new(Vec::new()))),
            Op::WaitBarrier { .. } => error(Fault::BROKEN_BARRIER, "the barrier was broken by a timeout"),
            Op::Recv { .. } => error(Fault::TIMEOUT, "nothing was received in time"),
            Op::Await { .. } => error(Fault::TIMEOUT, "the result is not there in time"),
            Op::Exec { .. } => error(Fault::TIMEOUT, "the command did not end in time and was killed"),
            _ => error(Fault::TIMEOUT, "it took too long"),
        }
    }
}

fn trimmed(value: &Value) -> Value {
    match value {
        Value::Str(text) => Value::Str(Str::from(text.strip_suffix('\n').unwrap_or(text))),
        Value::Bytes(bytes) => Value::Bytes(bytes.strip_suffix(b"\n").unwrap_or(bytes).into()),
        other => other.clone(),
    }
}
