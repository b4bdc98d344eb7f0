//! A whole string value of a graph: text with `${ expr }` in it.
use super::{Code, Expr, Scope};
use crate::diag::{Bag, Span};
use crate::value::{Str, Value};
use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Template {
    /// No expression in it.
    Constant(Value, Span),
    /// Exactly one `${ expr }`: the value has the type of the expression.
    Expr(Expr),
    /// Joined as text.
    Join(Vec<Piece>, Span),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(Str),
    Expr(Expr),
}

/// `$${` is a literal `${`. `at` says where in the file bytes of `text` stand. What is wrong goes to `bag` as
/// `syntax/expression`, all of it; then there is no template.
pub fn parse_template(_text: &str, _at: &dyn Fn(Range<usize>) -> Span, _bag: &mut Bag) -> Option<Template> {
    unimplemented!("filled in the next commit")
}

impl Template {
    pub fn span(&self) -> Span {
        match self {
            Template::Constant(_, span) | Template::Join(_, span) => *span,
            Template::Expr(expr) => expr.span(),
        }
    }

    /// The value, if there is no expression in it.
    pub fn constant(&self) -> Option<&Value> {
        if let Template::Constant(value, _) = self { Some(value) } else { None }
    }

    /// Every place where a variable is read, in source order; see [`Expr::names`].
    pub fn names(&self) -> Vec<(Str, Span)> {
        self.exprs().flat_map(Expr::names).collect()
    }

    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let (one, many): (Option<&Expr>, &[Piece]) = match self {
            Template::Constant(..) => (None, &[]),
            Template::Expr(expr) => (Some(expr), &[]),
            Template::Join(pieces, _) => (None, pieces),
        };
        one.into_iter().chain(many.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Expr(expr) => Some(expr),
        }))
    }

    /// Code that gives the value; see [`Expr::compile`].
    pub fn compile(&self, _scope: &mut dyn Scope, _bag: &mut Bag) -> Option<Code> {
        unimplemented!("filled in the next commit")
    }
}
