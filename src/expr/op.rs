//! What is evaluated: a tree whose names are resolved and whose constant parts are computed.
use super::function::Function;
use super::tree::{Operator, Rule};
use crate::value::{Str, Value};
use regex::Regex;

#[derive(Clone, Debug)]
pub(super) enum Op {
    Constant(Value),
    /// A variable of the process; the name is for the error when it is not set.
    Slot(u16, Str),
    /// A variable of an enclosing `map`, `all` and so on, counted from the outermost.
    Own(usize),
    Name,
    Index,
    Target,
    List(Box<[Op]>),
    Map(Box<[(Op, Op)]>),
    Not(Box<Op>),
    Negate(Box<Op>),
    Binary(Operator, Box<[Op; 2]>),
    /// `&&` where the word is false, `||` where it is true: the word that settles it.
    Settle(bool, Box<[Op; 2]>),
    Choose(Box<[Op; 3]>),
    At(Box<[Op; 2]>),
    Field(Box<(Op, Str)>),
    Has(Box<(Op, Str)>),
    Call(&'static Function, Box<[Op]>),
    /// `matches` with a pattern that is known.
    Matches(Box<(Op, Regex)>),
    Each(Box<Each>),
    /// The pieces of a text with `${ }` in it.
    Join(Box<[Op]>),
}

#[derive(Clone, Debug)]
pub(super) struct Each {
    pub rule: Rule,
    pub over: Op,
    pub condition: Option<Op>,
    pub body: Op,
}
