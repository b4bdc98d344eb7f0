//! Bodies of steps as flat programs, and the machine that executes them.
//!
//! The machine does no I/O: a process in execution is a value. It runs until it needs the world, yields a
//! [`Request`], and goes on with an [`Outcome`].
mod compile;
mod instr;
mod machine;
mod operand;
#[expect(clippy::module_inception, reason = "the noun of the folder has a file of its own, as the others")]
mod program;
mod request;
mod schedule;
mod scope;

pub use compile::{Compiler, ConstantScope, Jobs, compile_datum, duration_ns};
pub use instr::{ExecSlots, Instr, Op, Operand, Patience, Pc, ProcessProperty, Slot};
pub use machine::{Ending, Machine, Yield};
pub use operand::bound;
pub use program::{HandlerRange, JobId, Program, StepInfo};
pub use request::{
    Calls, End, Outcome, Part, ProcessRef, Property, Readable, Request, Shown, Source, Wait, Waitee, WaiteeKind,
};
pub use schedule::{Entry, Finds, Phase, Schedule};
pub use scope::{Binding, Bindings, Found, Lost, Thing, find, find_process, split_property};
