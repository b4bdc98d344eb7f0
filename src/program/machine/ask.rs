//! The request that an operation is, its operands computed when it is asked.
use crate::program::operand::{Local, wrong};
use crate::program::{Calls, Op, Part, Readable, Request, Shown};
use crate::value::{Fault, Str, Value};

/// The request that an operation is, its operands computed now.
pub(super) fn request(op: &Op, local: &mut Local) -> Result<Request, Fault> {
    Ok(match op {
        Op::Print { text, stderr } => Request::Print { line: local.text(text)?, stderr: *stderr },
        Op::Log { text, level } => Request::Log { text: local.text(text)?, level: *level },
        Op::Sleep(operand) => {
            let value = local.value(operand)?;
            match crate::program::duration_ns(&value) {
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
            crate::program::ProcessProperty::IsAlive => Readable::IsAlive(*process),
            crate::program::ProcessProperty::ExitCode => Readable::ExitCode(*process),
            crate::program::ProcessProperty::Pid => Readable::Pid(*process),
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
