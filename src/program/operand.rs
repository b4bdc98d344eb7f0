//! Computing what a step names: values, patience, durations, the arguments of calls.
use super::{Calls, Operand, Patience, Wait, duration_ns};
use crate::expr::{Env, Me, Random};
use crate::graph::ValueKind;
use crate::value::{Fault, Map, Str, Value};
use std::sync::Arc;

/// Where operands are computed: a process's variables, who it is, and its random numbers.
pub(super) struct Local<'m> {
    pub slots: &'m [Option<Value>],
    pub me: &'m Me,
    pub random: &'m mut Random,
}

impl Local<'_> {
    pub fn value(&mut self, operand: &Operand) -> Result<Value, Fault> {
        Ok(match operand {
            Operand::Constant(value) => value.clone(),
            Operand::Code(code) => code.eval(&mut self.env())?,
            Operand::Slot(slot) => match &self.slots[*slot as usize] {
                Some(value) => value.clone(),
                None => return Err(Fault::new("NameError", "a variable was used before it was set")),
            },
            Operand::List(items) => {
                let items: Result<Vec<Value>, Fault> = items.iter().map(|item| self.value(item)).collect();
                Value::List(Arc::new(items?))
            }
            Operand::Map(entries) => {
                let mut map = Map::new();
                for (key, value) in entries {
                    map.set(key.clone(), self.value(value)?);
                }
                Value::Map(Arc::new(map))
            }
        })
    }

    pub fn env(&mut self) -> Env<'_> {
        Env { slots: self.slots, me: self.me, random: self.random }
    }

    pub fn optional(&mut self, operand: &Option<Operand>) -> Result<Option<Value>, Fault> {
        operand.as_ref().map(|operand| self.value(operand)).transpose()
    }

    /// As it is printed.
    pub fn text(&mut self, operand: &Operand) -> Result<Str, Fault> {
        Ok(match self.value(operand)? {
            Value::Str(text) => text,
            other => other.text()?,
        })
    }

    pub fn wait(&mut self, patience: &Patience) -> Result<Wait, Fault> {
        Ok(self.stated_wait(patience)?.unwrap_or(Wait::Forever))
    }

    /// `None` if the step says nothing about it, or null.
    pub fn stated_wait(&mut self, patience: &Patience) -> Result<Option<Wait>, Fault> {
        if let Some(block) = &patience.block {
            match self.value(block)? {
                Value::Bool(false) => return Ok(Some(Wait::Poll)),
                Value::Bool(true) => {}
                other => return Err(wrong("block", "a bool", &other)),
            }
        }
        match self.optional(&patience.timeout)? {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match duration_ns(&value) {
                Some(ns) if ns > 0 => Ok(Some(Wait::For(ns as u64))),
                Some(_) => Ok(Some(Wait::Poll)),
                None => Err(wrong("timeout", "a duration", &value)),
            },
        }
    }

    /// A whole number; `what` names it in the error.
    pub fn int(&mut self, operand: &Operand, what: &str) -> Result<i64, Fault> {
        match self.value(operand)? {
            Value::Int(int) => Ok(int),
            other => Err(wrong(what, "an int", &other)),
        }
    }

    pub fn index(&mut self, operand: &Option<Operand>) -> Result<Option<i64>, Fault> {
        operand.as_ref().map(|operand| self.int(operand, "index")).transpose()
    }

    pub fn list(&mut self, operand: &Operand, what: &str) -> Result<Arc<Vec<Value>>, Fault> {
        match self.value(operand)? {
            Value::List(list) => Ok(list),
            other => Err(wrong(what, "a list", &other)),
        }
    }

    /// The calls of a `map`: the items cut into chunks, each item spread over the target's parameters.
    pub fn calls(
        &mut self,
        over: &Operand,
        chunksize: &Option<Operand>,
        workers: u32,
        parameters: &[Str],
        ordered: bool,
    ) -> Result<Calls, Fault> {
        let items = self.list(over, "over")?;
        let calls: Result<Vec<Vec<Value>>, Fault> = items.iter().map(|item| spread(item, parameters)).collect();
        let calls = calls?;
        let size = match chunksize {
            Some(size) => match self.int(size, "chunksize")? {
                size if size > 0 => size as usize,
                size => return Err(Fault::new("ValueError", format!("chunksize must be 1 or more, not {size}"))),
            },
            None => calls.len().div_ceil(4 * workers.max(1) as usize).max(1),
        };
        let mut chunks = Vec::with_capacity(calls.len().div_ceil(size));
        let mut calls = calls.into_iter().peekable();
        while calls.peek().is_some() {
            chunks.push(calls.by_ref().take(size).collect());
        }
        Ok(Calls::Many { chunks, ordered })
    }
}

fn spread(item: &Value, parameters: &[Str]) -> Result<Vec<Value>, Fault> {
    if parameters.len() == 1 {
        return Ok(vec![item.clone()]);
    }
    match item {
        Value::List(list) if list.len() == parameters.len() => Ok(list.to_vec()),
        Value::List(list) => Err(Fault::new(
            "TypeError",
            format!("the target takes {} arguments, and the item has {}", parameters.len(), list.len()),
        )),
        Value::Map(map) => {
            if let Some((key, _)) =
                map.iter().find(|(key, _)| !parameters.iter().any(|p| key.as_str() == Some(p.as_str())))
            {
                return Err(Fault::new(
                    "TypeError",
                    format!("the target has no parameter `{}`", key.as_str().unwrap_or_default()),
                ));
            }
            parameters
                .iter()
                .map(|parameter| {
                    map.field(parameter).cloned().ok_or_else(|| {
                        Fault::new("TypeError", format!("the item gives no value for the parameter `{parameter}`"))
                    })
                })
                .collect()
        }
        other => Err(Fault::new(
            "TypeError",
            format!("the target takes {} arguments, and the item is {}", parameters.len(), other.type_name()),
        )),
    }
}

/// The value that a parameter of this kind has when it is given this one; `None` if it does not take it.
pub fn bound(value: Value, kind: ValueKind) -> Option<Value> {
    convert(value, kind, "").ok()
}

/// The value as a parameter of this kind takes it.
pub(super) fn convert(value: Value, kind: ValueKind, name: &str) -> Result<Value, Fault> {
    let fits = match (kind, &value) {
        (ValueKind::Any, _)
        | (ValueKind::Int, Value::Int(_))
        | (ValueKind::Float, Value::Float(_))
        | (ValueKind::String, Value::Str(_))
        | (ValueKind::Bool, Value::Bool(_))
        | (ValueKind::List, Value::List(_))
        | (ValueKind::Map, Value::Map(_))
        | (ValueKind::Duration, Value::Int(_) | Value::Float(_)) => true,
        (ValueKind::Float, Value::Int(int)) => return Ok(Value::Float(*int as f64)),
        (ValueKind::Duration, _) => match duration_ns(&value) {
            Some(ns) => return Ok(Value::Float(ns as f64 / 1e9)),
            None => false,
        },
        _ => false,
    };
    if fits {
        return Ok(value);
    }
    let wanted = match kind {
        ValueKind::Any => "a value",
        ValueKind::Int => "an int",
        ValueKind::Float => "a float",
        ValueKind::String => "a string",
        ValueKind::Bool => "a bool",
        ValueKind::List => "a list",
        ValueKind::Map => "a map",
        ValueKind::Duration => "a duration",
    };
    Err(wrong(&format!("the parameter `{name}`"), wanted, &value))
}

pub(super) fn wrong(what: &str, wanted: &str, got: &Value) -> Fault {
    Fault::new("TypeError", format!("{what} must be {wanted}, not {}", got.type_name()))
}
