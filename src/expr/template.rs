//! A whole string value of a graph: text with `${ expr }` in it.
use super::Expr;
use super::parse::{parse_tokens, unclosed};
use super::token::tokens;
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
pub fn parse_template(text: &str, at: &dyn Fn(Range<usize>) -> Span, bag: &mut Bag) -> Option<Template> {
    let whole = || at(0..text.len());
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut sound = true;
    let mut next = 0;
    while let Some(dollar) = text[next..].find('$').map(|i| next + i) {
        plain.push_str(&text[next..dollar]);
        let rest = &text[dollar..];
        if rest.starts_with("$${") {
            plain.push_str("${");
            next = dollar + 3;
        } else if rest.starts_with("${") {
            let read = tokens(text, dollar + 2, true);
            if !read.closed && read.troubles.is_empty() {
                bag.add(unclosed(at(dollar..dollar + 2)));
                return None;
            }
            let (closed, end) = (read.closed, read.end);
            let expr = parse_tokens(read, at, bag);
            if !closed {
                return None; // a quote that is not closed swallowed the rest
            }
            sound &= expr.is_some();
            next = end;
            if !plain.is_empty() {
                pieces.push(Piece::Text(Str::from(std::mem::take(&mut plain))));
            }
            pieces.extend(expr.map(Piece::Expr));
        } else {
            plain.push('$');
            next = dollar + 1;
        }
    }
    plain.push_str(&text[next..]);
    if !sound {
        return None;
    }
    if pieces.is_empty() {
        return Some(Template::Constant(Value::from(plain), whole()));
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(Str::from(plain)));
    }
    Some(match <[Piece; 1]>::try_from(pieces) {
        Ok([Piece::Expr(expr)]) => Template::Expr(expr),
        Ok(pieces) => Template::Join(pieces.into(), whole()),
        Err(pieces) => Template::Join(pieces, whole()),
    })
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
    pub fn names(&self) -> Vec<(&str, Span)> {
        let mut found = Vec::new();
        self.add_names(&mut found);
        found
    }

    /// As [`Template::names`], added to what was found before.
    pub fn add_names<'a>(&'a self, found: &mut Vec<(&'a str, Span)>) {
        self.exprs().for_each(|expr| expr.add_names(found));
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
}
