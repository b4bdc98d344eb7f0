//! A compiled body: flat code, the places it came from, and who catches what.
use super::{Instr, Pc, Slot};
use crate::diag::Span;
use crate::value::Str;

/// A job of a pool: a target with its objects bound, among the jobs of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u32);

#[derive(Clone, Debug)]
pub struct Program {
    /// The target's name, or the process's where the steps are its own.
    pub name: Str,
    pub code: Vec<Instr>,
    /// For each instruction the step it belongs to, an index into `steps`.
    pub step_of: Vec<u32>,
    pub steps: Vec<StepInfo>,
    /// All variables, parameters of value kinds first, hidden ones (no name) among the rest.
    pub slots: Vec<Option<Str>>,
    /// How many of the slots are parameters.
    pub parameters: Slot,
    /// Inner before outer: the first that covers an instruction catches what it raises.
    pub handlers: Vec<HandlerRange>,
}

#[derive(Clone, Debug)]
pub struct StepInfo {
    pub span: Span,
    pub verb: &'static str,
    /// `file:line`, for messages.
    pub place: Str,
    /// The step's first line as written, for blame and traces.
    pub text: Str,
}

/// Errors raised by `start..end` go into `slot`, and on to `handler`.
#[derive(Clone, Copy, Debug)]
pub struct HandlerRange {
    pub start: Pc,
    pub end: Pc,
    pub handler: Pc,
    pub slot: Slot,
    /// A `finally` or a `with`: also stands in the way of `exit`.
    pub finally: bool,
}

impl Program {
    pub fn step_at(&self, pc: Pc) -> &StepInfo {
        &self.steps[self.step_of[pc as usize] as usize]
    }

    /// Who catches what instruction `pc` raises; an `exit` stops only at `finally` blocks.
    pub fn handler_at(&self, pc: Pc, exiting: bool) -> Option<&HandlerRange> {
        self.handlers.iter().find(|range| (range.start..range.end).contains(&pc) && (range.finally || !exiting))
    }
}
