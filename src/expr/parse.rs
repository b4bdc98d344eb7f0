//! Text to tree.
use super::Expr;
use crate::diag::{Bag, Span};
use std::ops::Range;

/// A field that is an expression, with or without `${ }`. `at` says where in the file bytes of `text` stand. What is wrong
/// goes to `bag` as `syntax/expression`; then there is no tree.
pub fn parse_expr(_text: &str, _at: &dyn Fn(Range<usize>) -> Span, _bag: &mut Bag) -> Option<Expr> {
    unimplemented!("filled in the next commit")
}
