//! A compiled expression and what it is evaluated against.
use super::Random;
use crate::value::{Fault, Str, Value};
use std::sync::Arc;

/// Cheap to clone, send and share; evaluating it changes nothing but [`Env::random`].
#[derive(Clone, Debug)]
pub struct Code {
    pub(super) op: Arc<()>,
}

/// What an expression can see of the process that evaluates it.
pub struct Env<'a> {
    /// The variables, by the indices that the [`Scope`](super::Scope) gave; `None` has not been set, and reading it is a
    /// `NameError`.
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
    /// The value, or the error that the step raises.
    pub fn eval(&self, _env: &mut Env<'_>) -> Result<Value, Fault> {
        unimplemented!("filled in the next commit")
    }

    /// The value, where it does not depend on variables, `self`, random numbers or the machine.
    pub fn constant(&self) -> Option<&Value> {
        unimplemented!("filled in the next commit")
    }
}

/// A constant as code.
impl From<Value> for Code {
    fn from(_value: Value) -> Code {
        unimplemented!("filled in the next commit")
    }
}
