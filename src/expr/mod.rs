//! The expression language: CEL with the additions of `docs/expressions.md`. Text to tree to code to value.
//!
//! A tree knows where each of its parts stands in the file; compiling it against a [`Scope`] resolves every name once and
//! folds what is constant, so that evaluating touches slots only. Expressions see constants and the process's own
//! variables, never shared state.
mod budget;
mod call;
mod chance;
mod code;
mod compile;
mod convert;
mod eval;
mod function;
mod list;
mod op;
mod operate;
mod parse;
mod random;
mod reads;
mod scope;
mod string;
mod template;
mod token;
mod tree;

pub use code::{Code, Env, Me};
pub use parse::parse_expr;
pub use random::Random;
pub use reads::{Comparison, Reads};
pub use scope::{Resolved, Scope};
pub use template::{Piece, Template, parse_template};
pub use tree::Expr;
