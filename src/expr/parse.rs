//! Words to tree, by precedence climbing. The first word that cannot stand where it stands ends the reading of its
//! expression; what is no word at all is reported everywhere.
//!
//! Both the nesting of brackets and the height of the tree are bounded, so that nothing that walks a tree needs to count.
use super::Expr;
use super::call;
use super::token::{Placed, Token, Tokens, tokens};
use super::tree::{Node, Operator, Tree};
use crate::diag::{Bag, Code, Finding, Span, Spanned};
use crate::value::{Str, Value};
use std::ops::Range;

/// How deep brackets, signs and branches may nest.
const NESTING: usize = 128;

/// How high a tree may grow, which long chains such as `a + b + c + ..` do without nesting.
const HEIGHT: u16 = 256;

pub(super) type At<'a> = &'a dyn Fn(Range<usize>) -> Span;

/// A field that is an expression, with or without `${ }`. `at` says where in the file bytes of `text` stand. What is wrong
/// goes to `bag` as `syntax/expression`; then there is no tree.
pub fn parse_expr(text: &str, at: At<'_>, bag: &mut Bag) -> Option<Expr> {
    let blank = text.len() - text.trim_start().len();
    if !text[blank..].starts_with("${") {
        return parse_tokens(tokens(text, 0, false), at, bag);
    }
    let start = blank + 2;
    let inside = tokens(text, start, true);
    if !inside.closed {
        bag.add(unclosed(at(blank..start)));
        return None;
    }
    let end = inside.end;
    let expr = parse_tokens(inside, at, bag);
    if !text[end..].trim().is_empty() {
        let message = "this field is one expression, and text follows its closing `}`";
        let finding = Finding::new(Code::SyntaxExpression, at(end..text.len()), message, "not part of the expression");
        bag.add(finding.help("put all of it inside one `${ }`, or leave the `${ }` out"));
        return None;
    }
    expr
}

pub(super) fn unclosed(span: Span) -> Finding {
    Finding::new(Code::SyntaxExpression, span, "`${` is not closed", "opened here")
        .help("add the closing `}`, or write `$${` for a literal `${`")
}

pub(super) fn parse_tokens(read: Tokens, at: At<'_>, bag: &mut Bag) -> Option<Expr> {
    if !read.troubles.is_empty() {
        for trouble in read.troubles {
            let span = at(trouble.range);
            bag.add(Finding::new(Code::SyntaxExpression, span, trouble.message, "here").help(trouble.help));
        }
        return None;
    }
    let mut parser = Parser { tokens: read.tokens, next: 0, at, nesting: 0 };
    match parser.whole() {
        Ok(root) => Some(Expr { root }),
        Err(finding) => {
            bag.add(*finding);
            None
        }
    }
}

pub(super) type Parsed<T = Tree> = Result<T, Box<Finding>>;

struct Parser<'a> {
    tokens: Vec<Placed>,
    next: usize,
    at: At<'a>,
    nesting: usize,
}

impl Parser<'_> {
    fn whole(&mut self) -> Parsed {
        if self.tokens.len() == 1 {
            return Err(wrong(self.span(), "the expression is empty", "write a value, such as `1` or a variable"));
        }
        let tree = self.expression()?;
        match self.token() {
            Token::End => Ok(tree),
            _ => Err(self.unexpected("an operator or the end")),
        }
    }

    /// `a ? b : c`, and everything that binds tighter.
    fn expression(&mut self) -> Parsed {
        self.deeper(|parser| {
            let condition = parser.binary(0)?;
            if !parser.take("?") {
                return Ok(condition);
            }
            let yes = parser.expression()?;
            parser.expect(":")?;
            let no = parser.expression()?;
            let span = condition.span.to(no.span);
            tree(span, Node::Choose(Box::new([condition, yes, no])))
        })
    }

    fn binary(&mut self, least: u8) -> Parsed {
        let mut left = self.unary()?;
        while let Some((strength, make)) = self.operator()
            && strength >= least
        {
            self.next += 1;
            let right = self.binary(strength + 1)?;
            let span = left.span.to(right.span);
            left = tree(span, make(Box::new([left, right])))?;
        }
        Ok(left)
    }

    /// How strongly the next word binds as a binary operator, and what it makes.
    #[expect(clippy::type_complexity, reason = "said once, here")]
    fn operator(&self) -> Option<(u8, Box<dyn FnOnce(Box<[Tree; 2]>) -> Node>)> {
        let simple = |strength, operator| -> Option<(u8, Box<dyn FnOnce(Box<[Tree; 2]>) -> Node>)> {
            Some((strength, Box::new(move |parts| Node::Binary(operator, parts))))
        };
        match self.token() {
            Token::Sign("||") => Some((0, Box::new(Node::Or))),
            Token::Sign("&&") => Some((1, Box::new(Node::And))),
            Token::Sign("==") => simple(2, Operator::Equal),
            Token::Sign("!=") => simple(2, Operator::Unequal),
            Token::Sign("<") => simple(2, Operator::Less),
            Token::Sign("<=") => simple(2, Operator::LessOrEqual),
            Token::Sign(">") => simple(2, Operator::Greater),
            Token::Sign(">=") => simple(2, Operator::GreaterOrEqual),
            Token::Word(word) if word == "in" => simple(2, Operator::In),
            Token::Sign("+") => simple(3, Operator::Add),
            Token::Sign("-") => simple(3, Operator::Subtract),
            Token::Sign("*") => simple(4, Operator::Multiply),
            Token::Sign("/") => simple(4, Operator::Divide),
            Token::Sign("%") => simple(4, Operator::Remainder),
            _ => None,
        }
    }

    fn unary(&mut self) -> Parsed {
        let start = self.span();
        if self.take("!") {
            return self.deeper(|parser| {
                let operand = parser.unary()?;
                tree(start.to(operand.span), Node::Not(Box::new(operand)))
            });
        }
        if self.take("-") {
            // The least int has no positive twin to negate.
            if *self.token() == Token::Int(1 << 63) {
                let span = start.to(self.span());
                self.next += 1;
                return tree(span, Node::Constant(Value::Int(i64::MIN)));
            }
            return self.deeper(|parser| {
                let operand = parser.unary()?;
                tree(start.to(operand.span), Node::Negate(Box::new(operand)))
            });
        }
        self.member()
    }

    /// A primary with any number of `.f`, `.f(..)` and `[i]` behind it.
    fn member(&mut self) -> Parsed {
        let mut left = self.primary()?;
        loop {
            if self.take(".") {
                let name = self.name("the name of a field or method")?;
                if self.take("(") {
                    let (arguments, end) = self.items(")")?;
                    left = call::method(left, name, arguments, end)?;
                } else {
                    let span = left.span.to(name.span);
                    left = tree(span, Node::Field(Box::new(left), name))?;
                }
            } else if self.take("[") {
                let index = self.expression()?;
                let span = left.span.to(self.span());
                self.expect("]")?;
                left = tree(span, Node::Index(Box::new([left, index])))?;
            } else {
                return Ok(left);
            }
        }
    }

    fn primary(&mut self) -> Parsed {
        let span = self.span();
        let constant = |value| tree(span, Node::Constant(value));
        let token = self.token().clone();
        self.next += 1;
        match token {
            Token::Int(n) => match i64::try_from(n) {
                Ok(n) => constant(Value::Int(n)),
                Err(_) => Err(wrong(span, format!("`{n}` is too large"), "the greatest int is 9223372036854775807")),
            },
            Token::Float(f) => constant(Value::Float(f)),
            Token::Text(text) => constant(Value::from(text)),
            Token::Bytes(bytes) => constant(Value::bytes(bytes)),
            Token::Word(word) => match word.as_str() {
                "true" => constant(Value::Bool(true)),
                "false" => constant(Value::Bool(false)),
                "null" => constant(Value::Null),
                "self" => tree(span, Node::Me),
                "in" => {
                    self.next -= 1;
                    Err(self.unexpected("a value"))
                }
                _ if self.take("(") => {
                    let (arguments, end) = self.items(")")?;
                    call::function(Spanned::new(Str::from(word), span), arguments, end)
                }
                _ => tree(span, Node::Name(Str::from(word))),
            },
            Token::Sign("(") => {
                let mut inner = self.expression()?;
                inner.span = span.to(self.span());
                self.expect(")")?;
                Ok(inner)
            }
            Token::Sign("[") => {
                let (items, end) = self.items("]")?;
                tree(span.to(end), Node::List(items))
            }
            Token::Sign("{") => {
                let (entries, end) = self.separated("}", |parser| {
                    let key = parser.expression()?;
                    parser.expect(":")?;
                    Ok((key, parser.expression()?))
                })?;
                tree(span.to(end), Node::Map(entries))
            }
            _ => {
                self.next -= 1;
                Err(self.unexpected("a value"))
            }
        }
    }

    /// Expressions with commas between them up to the closing bracket, whose place is given back too.
    fn items(&mut self, close: &'static str) -> Parsed<(Vec<Tree>, Span)> {
        self.separated(close, Self::expression)
    }

    fn separated<T>(
        &mut self,
        close: &'static str,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<(Vec<T>, Span)> {
        let mut items = Vec::new();
        loop {
            let end = self.span();
            if self.take(close) {
                return Ok((items, end));
            }
            items.push(item(self)?);
            // A comma may stand after the last one too.
            if !self.take(",") && *self.token() != Token::Sign(close) {
                return Err(self.unexpected(&format!("`,` or `{close}`")));
            }
        }
    }

    fn name(&mut self, what: &str) -> Parsed<Spanned<Str>> {
        let Token::Word(word) = self.token() else { return Err(self.unexpected(what)) };
        let name = Spanned::new(Str::from(word), self.span());
        self.next += 1;
        Ok(name)
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting == NESTING {
            return Err(too_deep(self.span()));
        }
        self.nesting += 1;
        let parsed = parse(self);
        self.nesting -= 1;
        parsed
    }

    fn token(&self) -> &Token {
        &self.tokens[self.next].token
    }

    fn span(&self) -> Span {
        (self.at)(self.tokens[self.next].range.clone())
    }

    fn take(&mut self, sign: &'static str) -> bool {
        let found = *self.token() == Token::Sign(sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &'static str) -> Parsed<()> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    fn unexpected(&self, expected: &str) -> Box<Finding> {
        let found = match self.token() {
            Token::End => "the end".to_owned(),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::Word(word) => format!("`{word}`"),
            Token::Int(_) | Token::Float(_) => "a number".to_owned(),
            Token::Text(_) | Token::Bytes(_) => "text".to_owned(),
        };
        let help = match self.token() {
            Token::Word(word) if word == "and" => "write `&&`",
            Token::Word(word) if word == "or" => "write `||`",
            Token::Word(word) if word == "not" => "write `!`",
            Token::Word(word) if word == "if" => "write `condition ? yes : no`",
            _ => "",
        };
        let help = if help.is_empty() { format!("put {expected} here") } else { help.to_owned() };
        wrong(self.span(), format!("{expected} is expected, and {found} found"), help)
    }
}

/// A tree one higher than its highest part.
pub(super) fn tree(span: Span, node: Node) -> Parsed {
    let mut tree = Tree { span, node, height: 0 };
    let mut height = 0;
    tree.children(&mut |child| height = height.max(child.height + 1));
    if height > HEIGHT {
        return Err(too_deep(span));
    }
    tree.height = height;
    Ok(tree)
}

fn too_deep(span: Span) -> Box<Finding> {
    let message =
        format!("the expression is nested deeper than {NESTING}, or a chain of operators longer than {HEIGHT}");
    wrong(span, message, "compute a part of it in a `let` step before")
}

pub(super) fn wrong(span: Span, message: impl Into<String>, help: impl Into<String>) -> Box<Finding> {
    Box::new(Finding::new(Code::SyntaxExpression, span, message, "here").help(help))
}

#[cfg(test)]
mod tests;
