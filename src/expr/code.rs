//! A compiled expression and what it is evaluated against.
use super::Random;
use super::budget::Budget;
use super::eval::Frame;
use super::op::Op;
use crate::value::{Fault, Str, Value};
use std::sync::Arc;

/// Cheap to clone, send and share; evaluating it changes nothing but [`Env::random`].
#[derive(Clone, Debug)]
pub struct Code {
    op: Arc<Op>,
}

/// What an expression can see of the process that evaluates it.
pub struct Env<'a> {
    /// The variables, by the indices that the [`Scope`](super::Scope) gave; `None`, or none at all, has not been set, and
    /// reading it is a `NameError`.
    pub slots: &'a [Option<Value>],
    pub me: &'a Me,
    pub random: &'a mut Random,
}

/// `self` in an expression.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Me {
    pub name: Str,
    /// The number of the replica, from 1.
    pub index: i64,
    pub target: Str,
}

impl Code {
    pub(super) fn new(op: Op) -> Code {
        Code { op: Arc::new(op) }
    }

    pub(super) fn op(&self) -> &Op {
        &self.op
    }

    /// The value, or the error that the step raises. Bounded in memory (`MemoryError`), and in time by the rounds of its
    /// `map`, `filter` and so on.
    pub fn eval(&self, env: &mut Env<'_>) -> Result<Value, Fault> {
        Frame::new(env, Budget::RUN).eval(&self.op)
    }

    /// The value, where it does not depend on variables, `self`, random numbers or the machine. What is constant but large
    /// is computed when it is needed, and none here.
    pub fn constant(&self) -> Option<&Value> {
        if let Op::Constant(value) = &*self.op { Some(value) } else { None }
    }
}

/// A constant as code.
impl From<Value> for Code {
    fn from(value: Value) -> Code {
        Code::new(Op::Constant(value))
    }
}
