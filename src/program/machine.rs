//! A process in execution, as a value.
//!
//! It runs until it needs the world, yields a [`Request`], and is resumed with an [`Outcome`]. Nothing in it
//! blocks, allocates by itself, or knows the time; two machines that are equal go on alike.
use super::operand::{Local, convert, wrong};
use super::{Calls, ExecSlots, Instr, Op, Outcome, Part, Pc, Program, Readable, Request, Shown, Slot, Wait};
use crate::expr::{Me, Random};
use crate::value::{Fault, Map, Str, Value};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Machine {
    pc: Pc,
    slots: Vec<Option<Value>>,
    random: Random,
}

/// Why a machine stopped running.
#[derive(Clone, Debug, PartialEq)]
pub enum Yield {
    /// It waits for the answer to this.
    Ask(Request),
    End(Ending),
    /// The fuel is used up; it may be run on.
    Paused,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// The end of the body, with the value of `return`.
    Returned(Value),
    /// The code of `exit`.
    Exit(i32),
    /// An error that nothing caught: a map of `type`, `message`, `place`.
    Raised(Value),
}

/// What is thrown inside: an error, or an `exit` on its way out through the `finally` blocks.
enum Throw {
    Fault(Fault),
    /// An error that has its place already, or an exit.
    Value(Value),
}

impl From<Fault> for Throw {
    fn from(fault: Fault) -> Self {
        Throw::Fault(fault)
    }
}

/// The type of the value that an `exit` is inside the machine; no `except` sees it.
const EXIT: &str = "SystemExit";

impl Machine {
    /// At the beginning of `program`. `arguments` are the first parameters (of a job's call); a process's own
    /// are computed by its code.
    pub fn new(program: &Program, arguments: Vec<Value>, random: Random) -> Self {
        let mut slots: Vec<Option<Value>> = Vec::with_capacity(program.slots.len().max(arguments.len()));
        slots.extend(arguments.into_iter().map(Some));
        while slots.len() < program.slots.len() {
            slots.push(None);
        }
        Machine { pc: 0, slots, random }
    }

    /// Where it stands: after a yield the instruction that asks.
    pub fn pc(&self) -> Pc {
        self.pc
    }

    /// Its random numbers, as far as they have been drawn.
    pub fn random(&self) -> &Random {
        &self.random
    }

    /// Its variables, as numbered by the program.
    pub fn slots(&self) -> &[Option<Value>] {
        &self.slots
    }

    pub fn slots_mut(&mut self) -> &mut [Option<Value>] {
        &mut self.slots
    }

    /// Runs to the next request or the end, at most `fuel` instructions.
    pub fn run(&mut self, program: &Program, me: &Me, fuel: &mut u64) -> Yield {
        loop {
            if *fuel == 0 {
                return Yield::Paused;
            }
            *fuel -= 1;
            match self.execute(program, me) {
                Ok(None) => {}
                Ok(Some(yielded)) => return yielded,
                Err(throw) => {
                    if let Some(ending) = self.throw(program, throw) {
                        return Yield::End(ending);
                    }
                }
            }
        }
    }

    /// The answer to the request it yielded; `run` goes on from there. An end if the answer is an error that
    /// nothing catches.
    pub fn answer(&mut self, program: &Program, outcome: Outcome) -> Option<Ending> {
        let Instr::Op(op) = &program.code[self.pc as usize] else {
            unreachable!("only an operation asks");
        };
        match self.settle(op, outcome) {
            Ok(pc) => {
                self.pc = pc;
                None
            }
            Err(fault) => self.throw(program, Throw::Fault(fault)),
        }
    }

    /// One instruction.
    fn execute(&mut self, program: &Program, me: &Me) -> Result<Option<Yield>, Throw> {
        let Machine { pc, slots, random } = self;
        let instr = &program.code[*pc as usize];
        let mut local = Local { slots, me, random };
        let mut next = *pc + 1;
        match instr {
            Instr::Pass => {}
            Instr::Jump(to) => next = *to,
            Instr::Unless(code, to) => match code.eval(&mut local.env())? {
                Value::Bool(true) => {}
                Value::Bool(false) => next = *to,
                other => return Err(wrong("a condition", "a bool", &other).into()),
            },
            Instr::Set(slot, operand) => {
                let value = local.value(operand)?;
                slots[*slot as usize] = Some(value);
            }
            Instr::Bind(slot, operand, kind) => {
                let value = local.value(operand)?;
                let name = program.slots[*slot as usize].as_deref().unwrap_or_default();
                slots[*slot as usize] = Some(convert(value, *kind, name)?);
            }
            Instr::Unset(slot) => slots[*slot as usize] = None,
            Instr::Copy(from, to) => slots[*to as usize] = slots[*from as usize].clone(),
            Instr::Count(slot, code) => match code.eval(&mut local.env())? {
                Value::Int(times) => slots[*slot as usize] = Some(Value::Int(times)),
                other => return Err(wrong("repeat", "an int", &other).into()),
            },
            Instr::CountDown(slot, to) => match &mut slots[*slot as usize] {
                Some(Value::Int(left)) if *left > 0 => *left -= 1,
                done => {
                    *done = None;
                    next = *to;
                }
            },
            Instr::Iterate(list, position, operand) => {
                let items = match local.value(operand)? {
                    Value::Map(map) => Arc::new(map.iter().map(|(key, _)| key.clone()).collect()),
                    Value::List(list) => list,
                    other => return Err(wrong("in", "a list", &other).into()),
                };
                slots[*list as usize] = Some(Value::List(items));
                slots[*position as usize] = Some(Value::Int(0));
            }
            Instr::Advance { list, position, variable, end } => {
                let item = match (&slots[*list as usize], &slots[*position as usize]) {
                    (Some(Value::List(items)), Some(Value::Int(at))) => items.get(*at as usize).cloned(),
                    _ => None,
                };
                match item {
                    Some(item) => {
                        if let Some(Value::Int(at)) = &mut slots[*position as usize] {
                            *at += 1;
                        }
                        slots[*variable as usize] = Some(item);
                    }
                    None => {
                        slots[*list as usize] = None;
                        slots[*position as usize] = None;
                        next = *end;
                    }
                }
            }
            Instr::Raise { error, text } => {
                let kind = match local.optional(error)? {
                    None => Str::from(Fault::RUNTIME),
                    Some(Value::Str(kind)) => kind,
                    Some(other) => return Err(wrong("error", "a string", &other).into()),
                };
                let message = local.text(text)?.to_string();
                return Err(Fault { kind, message }.into());
            }
            Instr::Reraise(slot) => {
                return Err(Throw::Value(slots[*slot as usize].take().unwrap_or(Value::Null)));
            }
            Instr::Catches { slot, errors, otherwise } => {
                let kind = slots[*slot as usize].as_ref().and_then(error_type);
                if !errors.is_empty() && !errors.iter().any(|name| Some(name) == kind.as_ref()) {
                    next = *otherwise;
                }
            }
            Instr::Then(slot, to) => slots[*slot as usize] = Some(Value::Int(i64::from(*to))),
            Instr::EndFinally(slot) => match slots[*slot as usize].take() {
                None => {}
                Some(Value::Int(to)) => next = to as Pc,
                Some(thrown) => return Err(Throw::Value(thrown)),
            },
            Instr::Return(operand) => {
                let value = local.optional(operand)?.unwrap_or(Value::Null);
                return Ok(Some(Yield::End(Ending::Returned(value))));
            }
            Instr::ReturnSlot(slot) => {
                let value = slots[*slot as usize].take().unwrap_or(Value::Null);
                return Ok(Some(Yield::End(Ending::Returned(value))));
            }
            Instr::Exit(operand) => {
                let code = match local.optional(operand)? {
                    None | Some(Value::Null) => 0,
                    Some(Value::Int(code)) => code.rem_euclid(256),
                    Some(Value::Bool(flag)) => i64::from(flag),
                    Some(other) => return Err(wrong("exit", "an int", &other).into()),
                };
                let exit = [("type", Value::Str(Str::from(EXIT))), ("code", Value::Int(code))];
                return Err(Throw::Value(map(exit)));
            }
            Instr::Op(op) => return Ok(Some(Yield::Ask(request(op, &mut local)?))),
        }
        *pc = next;
        Ok(None)
    }

    /// Goes to whoever catches it; an end if nobody does.
    fn throw(&mut self, program: &Program, throw: Throw) -> Option<Ending> {
        let thrown = match throw {
            Throw::Value(value) => value,
            Throw::Fault(fault) => map([
                ("type", Value::Str(fault.kind)),
                ("message", Value::Str(Str::from(fault.message.as_str()))),
                ("place", Value::Str(program.step_at(self.pc).place.clone())),
            ]),
        };
        let exit = error_type(&thrown).filter(|kind| **kind == *EXIT).and(match &thrown {
            Value::Map(map) => map.field("code").and_then(Value::as_int),
            _ => None,
        });
        match (program.handler_at(self.pc, exit.is_some()), exit) {
            (Some(range), _) => {
                self.slots[range.slot as usize] = Some(thrown);
                self.pc = range.handler;
                None
            }
            (None, Some(code)) => Some(Ending::Exit(code as i32)),
            (None, None) => Some(Ending::Raised(thrown)),
        }
    }

    /// Takes an answer in: the next instruction, or the error that this operation makes of it.
    fn settle(&mut self, op: &Op, outcome: Outcome) -> Result<Pc, Fault> {
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
    fn target_slot(&self) -> Option<Slot> {
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

/// The request that an operation is, its operands computed now.
fn request(op: &Op, local: &mut Local) -> Result<Request, Fault> {
    Ok(match op {
        Op::Print { text, stderr } => Request::Print { line: local.text(text)?, stderr: *stderr },
        Op::Log { text, level } => Request::Log { text: local.text(text)?, level: *level },
        Op::Sleep(operand) => {
            let value = local.value(operand)?;
            match super::duration_ns(&value) {
                Some(ns) if ns >= 0 => Request::Sleep(ns as u64),
                Some(_) => return Err(Fault::new(Fault::VALUE, "sleep must not be negative")),
                None => return Err(wrong("sleep", "a duration", &value)),
            }
        }
        Op::Put { queue, value, patience } => {
            Request::Put { queue: *queue, value: local.value(value)?, wait: local.wait(patience)? }
        }
        Op::Get { queue, patience, .. } => Request::Get { queue: *queue, wait: local.wait(patience)? },
        Op::Next { from, .. } => Request::Next { from: *from },
        Op::TaskDone(queue) => Request::TaskDone { queue: *queue },
        Op::JoinQueue { queue, patience, .. } => Request::JoinQueue { queue: *queue, wait: local.wait(patience)? },
        Op::CloseQueue(queue) => Request::CloseQueue { queue: *queue },
        Op::Send { end, value } => Request::Send { end: *end, value: local.value(value)? },
        Op::Recv { end, size, until, bytes, patience, .. } => {
            let part = match (size, until) {
                (Some(size), _) => match local.int(size, "size")? {
                    size if size >= 0 => Part::Size(size as u64),
                    _ => return Err(Fault::new(Fault::VALUE, "size must not be negative")),
                },
                (None, Some(until)) => Part::Until(*until),
                (None, None) if *bytes => Part::Some,
                (None, None) => Part::Message,
            };
            Request::Recv { end: *end, part, wait: local.wait(patience)? }
        }
        Op::CloseEnd(end) => Request::CloseEnd { end: *end },
        Op::Acquire { of, patience, .. } => Request::Acquire { of: *of, wait: local.wait(patience)? },
        Op::Release(of) => Request::Release { of: *of },
        Op::WaitEvent { event, patience, .. } => Request::WaitEvent { event: *event, wait: local.wait(patience)? },
        Op::WaitBarrier { barrier, patience, .. } => {
            Request::WaitBarrier { barrier: *barrier, wait: local.stated_wait(patience)? }
        }
        Op::WaitCondition { condition, patience, .. } => {
            Request::WaitCondition { condition: *condition, wait: local.wait(patience)? }
        }
        Op::WaitAny { on, patience, .. } => Request::WaitAny { on: on.clone(), wait: local.wait(patience)? },
        Op::SetEvent(event) => Request::SetEvent { event: *event },
        Op::ClearEvent(event) => Request::ClearEvent { event: *event },
        Op::Notify { condition, n, all } => {
            let n = match n {
                _ if *all => None,
                None => Some(1),
                // Fewer than one wakes nobody, as in Python.
                Some(n) => Some(local.int(n, "n")?.max(0) as u64),
            };
            Request::Notify { condition: *condition, n }
        }
        Op::AbortBarrier(barrier) => Request::AbortBarrier { barrier: *barrier },
        Op::ResetBarrier(barrier) => Request::ResetBarrier { barrier: *barrier },
        Op::ReadProperty { of, property, .. } => Request::Read(Readable::Property(*of, *property)),
        Op::ReadPoll { end, .. } => Request::Read(Readable::Poll(*end)),
        Op::ReadValue { of, .. } => Request::Read(Readable::Value(*of)),
        Op::ReadArray { of, index, .. } => Request::Read(match local.index(index)? {
            Some(index) => Readable::Cell(*of, index),
            None => Readable::Array(*of),
        }),
        Op::ReadProcess { process, what, .. } => Request::Read(match what {
            super::ProcessProperty::IsAlive => Readable::IsAlive(*process),
            super::ProcessProperty::ExitCode => Readable::ExitCode(*process),
            super::ProcessProperty::Pid => Readable::Pid(*process),
        }),
        Op::ReadActiveChildren { .. } => Request::Read(Readable::ActiveChildren),
        Op::ReadClock { .. } => Request::Read(Readable::Clock),
        Op::Write { of, index, value } => {
            Request::Write { of: *of, index: local.index(index)?, value: local.value(value)? }
        }
        Op::Add { of, index, by, .. } => {
            let by = local.optional(by)?.unwrap_or(Value::Int(1));
            Request::Add { of: *of, index: local.index(index)?, by }
        }
        Op::Start(process) => Request::Start(*process),
        Op::Terminate(process) => Request::Terminate(*process),
        Op::Kill(process) => Request::Kill(*process),
        Op::JoinProcess { process, patience, .. } => {
            Request::JoinProcess { process: *process, wait: local.wait(patience)? }
        }
        Op::Apply { pool, job, arguments, .. } => {
            let arguments: Result<Vec<Value>, Fault> = arguments.iter().map(|argument| local.value(argument)).collect();
            Request::Submit { pool: *pool, job: *job, calls: Calls::One(arguments?) }
        }
        Op::Map { pool, job, over, chunksize, workers, parameters, ordered, .. } => {
            let calls = local.calls(over, chunksize, *workers, parameters, *ordered)?;
            Request::Submit { pool: *pool, job: *job, calls }
        }
        Op::Await { handle, patience, .. } => {
            let (handles, single) = match local.value(handle)? {
                Value::Handle(handle) => (vec![handle], true),
                Value::List(list) => {
                    let handles: Result<Vec<_>, Fault> = list
                        .iter()
                        .map(|item| match item {
                            Value::Handle(handle) => Ok(*handle),
                            other => Err(wrong("await", "a handle or a list of handles", other)),
                        })
                        .collect();
                    (handles?, false)
                }
                other => return Err(wrong("await", "a handle or a list of handles", &other)),
            };
            Request::Await { handles, single, wait: local.wait(patience)? }
        }
        Op::Exec { argv, input, into, patience } => {
            let argv: Result<Vec<Str>, Fault> = argv.iter().map(|word| local.text(word)).collect();
            let shown = Shown { stdout: into.stdout.is_none(), stderr: into.stderr.is_none() };
            Request::Exec { argv: argv?, input: local.optional(input)?, shown, wait: local.wait(patience)? }
        }
    })
}

fn trimmed(value: &Value) -> Value {
    match value {
        Value::Str(text) => Value::Str(Str::from(text.strip_suffix('\n').unwrap_or(text))),
        Value::Bytes(bytes) => Value::Bytes(bytes.strip_suffix(b"\n").unwrap_or(bytes).into()),
        other => other.clone(),
    }
}

/// The `type` of an error in a map.
fn error_type(error: &Value) -> Option<Str> {
    let Value::Map(map) = error else { return None };
    match map.field("type") {
        Some(Value::Str(kind)) => Some(kind.clone()),
        _ => None,
    }
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let mut map = Map::new();
    for (key, value) in entries {
        map.set(key, value);
    }
    Value::Map(Arc::new(map))
}

impl Wait {
    /// In nanoseconds; `None` is for ever.
    pub fn limit_ns(self) -> Option<u64> {
        match self {
            Wait::Poll => Some(0),
            Wait::For(ns) => Some(ns),
            Wait::Forever => None,
        }
    }
}
