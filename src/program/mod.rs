//! Bodies of steps as flat programs, and the machine that executes them.
//!
//! | file | says |
//! |---|---|
//! | `compile` | from steps to instructions |
//! | `program`, `instr` | a compiled body; the instructions that it is of |
//! | `scope` | what the words of a body stand for |
//! | `machine` | a process in execution, as a value |
//! | `operand` | computing what a step names |
//! | `request` | what a machine asks of the world, and the answers |
//! | `schedule` | a path as orders for real processes |
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
