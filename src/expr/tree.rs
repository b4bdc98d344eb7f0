//! An expression as it was written: every part knows its place in the file.
use crate::diag::{Span, Spanned};
use crate::value::{Str, Value};

/// A whole expression that parsed. It names variables; it is not known yet whether they exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    pub(super) root: Tree,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tree {
    pub span: Span,
    pub node: Node,
    /// The longest way down, bounded by the parser, so that walking a tree never exhausts the stack.
    pub height: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Constant(Value),
    Name(Str),
    /// `self`, of which only the properties have a value.
    Me,
    List(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
    Not(Box<Tree>),
    Negate(Box<Tree>),
    Binary(Operator, Box<[Tree; 2]>),
    And(Box<[Tree; 2]>),
    Or(Box<[Tree; 2]>),
    /// `a ? b : c`
    Choose(Box<[Tree; 3]>),
    Index(Box<[Tree; 2]>),
    Field(Box<Tree>, Spanned<Str>),
    /// `has(a.f)`
    Has(Box<Tree>, Spanned<Str>),
    Call(Box<Call>),
    Each(Box<Each>),
}

/// `f(a, b)`, or `a.f(b)` with `a` the receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub name: Spanned<Str>,
    pub receiver: Option<Tree>,
    pub arguments: Vec<Tree>,
}

/// `over.rule(variable, body)`; only `map` may have a condition before its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Each {
    pub rule: Rule,
    pub over: Tree,
    pub variable: Spanned<Str>,
    pub condition: Option<Tree>,
    pub body: Tree,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

impl Rule {
    pub fn name(self) -> &'static str {
        self.quoted().trim_matches('`')
    }

    /// The name as messages show it.
    pub fn quoted(self) -> &'static str {
        match self {
            Rule::All => "`all`",
            Rule::Exists => "`exists`",
            Rule::ExistsOne => "`exists_one`",
            Rule::Map => "`map`",
            Rule::Filter => "`filter`",
        }
    }
}

impl Operator {
    pub fn sign(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Remainder => "%",
            Operator::Equal => "==",
            Operator::Unequal => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::In => "in",
        }
    }
}

impl Expr {
    pub fn span(&self) -> Span {
        self.root.span
    }

    /// The first place where `self` is read, which means nothing outside a process.
    pub fn reads_self(&self) -> Option<Span> {
        self.root.reads_self()
    }

    /// Every place where a variable is read, in source order. The variables of `map`, `all` and so on are the expression's
    /// own and not among them, nor are functions and `self`.
    pub fn names(&self) -> Vec<(&str, Span)> {
        let mut found = Vec::new();
        self.add_names(&mut found);
        found
    }

    /// As [`Expr::names`], added to what was found before.
    pub fn add_names<'a>(&'a self, found: &mut Vec<(&'a str, Span)>) {
        self.root.names(&mut Vec::new(), found);
    }
}

impl Tree {
    fn reads_self(&self) -> Option<Span> {
        let mut found = None;
        match self.node {
            Node::Me => return Some(self.span),
            _ => self.children(&mut |child| found = found.or_else(|| child.reads_self())),
        }
        found
    }

    fn names<'a>(&'a self, own: &mut Vec<&'a str>, found: &mut Vec<(&'a str, Span)>) {
        match &self.node {
            Node::Name(name) => {
                if !own.iter().any(|known| *name == **known) {
                    found.push((name.as_str(), self.span));
                }
            }
            Node::Each(each) => {
                each.over.names(own, found);
                own.push(&each.variable);
                for part in each.condition.iter().chain([&each.body]) {
                    part.names(own, found);
                }
                own.pop();
            }
            _ => self.children(&mut |child| child.names(own, found)),
        }
    }

    /// The parts of this tree, in source order.
    pub fn children<'a>(&'a self, visit: &mut dyn FnMut(&'a Tree)) {
        match &self.node {
            Node::Constant(_) | Node::Name(_) | Node::Me => {}
            Node::List(items) => items.iter().for_each(visit),
            Node::Map(entries) => entries.iter().for_each(|(key, value)| {
                visit(key);
                visit(value);
            }),
            Node::Not(a) | Node::Negate(a) | Node::Field(a, _) | Node::Has(a, _) => visit(a),
            Node::Binary(_, parts) | Node::And(parts) | Node::Or(parts) | Node::Index(parts) => {
                parts.iter().for_each(visit);
            }
            Node::Choose(parts) => parts.iter().for_each(visit),
            Node::Call(call) => call.receiver.iter().chain(&call.arguments).for_each(visit),
            Node::Each(each) => [&each.over].into_iter().chain(&each.condition).chain([&each.body]).for_each(visit),
        }
    }
}
