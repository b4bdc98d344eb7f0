//! One instruction.
use std::sync::Arc;

use super::ask::request;
use super::{EXIT, Ending, Machine, Throw, Yield, error_type, map};
use crate::expr::Me;
use crate::program::operand::{Local, convert, wrong};
use crate::program::{Instr, Pc, Program};
use crate::value::{Fault, Str, Value};

impl Machine {
    /// One instruction.
    pub(super) fn execute(&mut self, program: &Program, me: &Me) -> Result<Option<Yield>, Throw> {
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
}
