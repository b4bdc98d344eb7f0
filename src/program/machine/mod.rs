//! A process in execution, as a value.
//!
//! | file | says |
//! |---|---|
//! | `execute` | one instruction |
//! | `ask` | the request that an operation is |
//! | `answer` | what becomes of the answer |
//!
//! It runs until it needs the world, yields a [`Request`], and is resumed with an [`Outcome`]. Nothing in it
//! blocks, allocates by itself, or knows the time; two machines that are equal go on alike.
mod answer;
mod ask;
mod execute;

use std::sync::Arc;

use super::{Instr, Outcome, Pc, Program, Request};
use crate::expr::{Me, Random};
use crate::value::{Fault, Map, Str, Value};

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

    /// With nothing to do yet.
    #[inline]
    pub fn idle(random: Random) -> Self {
        Machine { pc: 0, slots: Vec::new(), random }
    }

    /// [`Machine::new`] in the place of one that has ended: its random numbers go on.
    #[inline]
    pub fn begin(&mut self, program: &Program, arguments: impl Iterator<Item = Value>) {
        self.pc = 0;
        self.slots.clear();
        self.slots.extend(arguments.map(Some));
        while self.slots.len() < program.slots.len() {
            self.slots.push(None);
        }
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
    #[inline]
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
