//! Tree to code: every name is resolved, every constant part computed.
//!
//! A constant part that fails is an error where it is surely evaluated. Behind `?:`, `&&`, `||` and inside `map` and its
//! kin it may never be, so there it is left to fail in the run.
use super::budget::Budget;
use super::eval::Frame;
use super::function::{self, Function, Style};
use super::op::{self, Op};
use super::string::regex;
use super::template::{Piece, Template};
use super::tree::{Call, Each, Node, Tree};
use super::{Code, Env, Expr, Me, Random, Resolved, Scope};
use crate::diag::{Bag, Code as FindingCode, Finding, Span, nearest_help};
use crate::value::{Fault, Str, Value};

impl Expr {
    /// Reports *all* that is wrong with this one expression: unknown variables and functions as `names/unknown`, wrong
    /// argument counts and constant parts that always fail as `syntax/expression`. `None` after an error.
    pub fn compile(&self, scope: &mut dyn Scope, bag: &mut Bag) -> Option<Code> {
        let mut compiler = Compiler::new(scope, bag);
        let part = compiler.tree(&self.root);
        compiler.sound.then(|| Code::new(part.op))
    }
}

impl Template {
    /// Code that gives the value; see [`Expr::compile`].
    pub fn compile(&self, scope: &mut dyn Scope, bag: &mut Bag) -> Option<Code> {
        let pieces = match self {
            Template::Constant(value, _) => return Some(Code::from(value.clone())),
            Template::Expr(expr) => return expr.compile(scope, bag),
            Template::Join(pieces, _) => pieces,
        };
        let mut compiler = Compiler::new(scope, bag);
        let parts = pieces.iter().map(|piece| match piece {
            Piece::Text(text) => Part::fixed(Op::Constant(Value::Str(text.clone()))),
            Piece::Expr(expr) => compiler.tree(&expr.root),
        });
        let part = join(parts.collect());
        let part = compiler.fold(part, self.span());
        compiler.sound.then(|| Code::new(part.op))
    }
}

/// An operation, and what it depends on.
struct Part {
    op: Op,
    /// Depends on nothing but the expression's own variables.
    fixed: bool,
    /// The outermost of the expression's own variables that it reads.
    own: Option<usize>,
}

impl Part {
    fn fixed(op: Op) -> Part {
        Part { op, fixed: true, own: None }
    }

    fn varying(op: Op) -> Part {
        Part { op, fixed: false, own: None }
    }

    fn constant(&self) -> Option<&Value> {
        if let Op::Constant(value) = &self.op { Some(value) } else { None }
    }
}

struct Compiler<'c> {
    scope: &'c mut dyn Scope,
    bag: &'c mut Bag,
    /// The expression's own variables that are visible, outermost first.
    own: Vec<Str>,
    /// How many branches deep: inside any, a failure need not happen.
    branches: usize,
    sound: bool,
}

impl<'c> Compiler<'c> {
    fn new(scope: &'c mut dyn Scope, bag: &'c mut Bag) -> Self {
        Compiler { scope, bag, own: Vec::new(), branches: 0, sound: true }
    }

    fn tree(&mut self, tree: &Tree) -> Part {
        match &tree.node {
            Node::Constant(value) => Part::fixed(Op::Constant(value.clone())),
            Node::Name(name) => self.name(name, tree.span),
            Node::Me => {
                let message = "`self` alone is no value";
                self.refuse(FindingCode::SyntaxExpression, tree.span, message, PROPERTIES)
            }
            Node::Field(of, field) if of.node == Node::Me => match field.as_str() {
                "name" => Part::varying(Op::Name),
                "index" => Part::varying(Op::Index),
                "target" => Part::varying(Op::Target),
                other => {
                    let message = format!("`self` has no `{other}`");
                    let help = nearest_help(other, "it has", ["name", "index", "target"]);
                    self.refuse(FindingCode::NamesUnknown, field.span, message, help)
                }
            },
            Node::List(items) => {
                let parts = items.iter().map(|item| self.tree(item)).collect();
                self.made(tree.span, parts, |ops| Op::List(ops.into()))
            }
            Node::Map(entries) => {
                let parts = entries.iter().flat_map(|(key, value)| [self.tree(key), self.tree(value)]).collect();
                self.made(tree.span, parts, |ops| {
                    let mut ops = ops.into_iter();
                    Op::Map(std::iter::from_fn(|| ops.next().zip(ops.next())).collect())
                })
            }
            Node::Not(a) => self.one(tree.span, a, |a| Op::Not(Box::new(a))),
            Node::Negate(a) => self.one(tree.span, a, |a| Op::Negate(Box::new(a))),
            Node::Field(a, name) => self.one(tree.span, a, |a| Op::Field(Box::new((a, name.value.clone())))),
            Node::Has(a, name) => self.one(tree.span, a, |a| Op::Has(Box::new((a, name.value.clone())))),
            Node::Index(parts) => {
                let parts = parts.iter().map(|part| self.tree(part)).collect();
                self.made(tree.span, parts, |ops| Op::At(boxed(ops)))
            }
            Node::Binary(operator, parts) => {
                let parts = parts.iter().map(|part| self.tree(part)).collect();
                self.made(tree.span, parts, |ops| Op::Binary(*operator, boxed(ops)))
            }
            Node::And(parts) => self.settle(tree.span, false, parts),
            Node::Or(parts) => self.settle(tree.span, true, parts),
            Node::Choose(parts) => self.choose(tree.span, parts),
            Node::Call(call) => self.call(tree.span, call),
            Node::Each(each) => self.each(tree.span, each),
        }
    }

    fn name(&mut self, name: &Str, span: Span) -> Part {
        if let Some(i) = self.own.iter().rposition(|own| own == name) {
            return Part { op: Op::Own(i), fixed: true, own: Some(i) };
        }
        match self.scope.resolve(name, span) {
            Resolved::Slot(slot) => Part::varying(Op::Slot(slot, name.clone())),
            Resolved::Constant(value) => Part::fixed(Op::Constant(value)),
            Resolved::Refused(finding) => {
                self.bag.add(*finding);
                self.failed()
            }
            Resolved::Unknown => {
                let message = format!("there is no variable `{name}`");
                let known = self.scope.known();
                let own = self.own.iter().map(Str::as_str);
                let mut help = nearest_help(name, "known here are", known.iter().map(String::as_str).chain(own));
                if help.is_empty() {
                    help = "set it by a `let` step before, or put text in quotes".to_owned();
                }
                self.refuse(FindingCode::NamesUnknown, span, message, help)
            }
        }
    }

    fn one(&mut self, span: Span, a: &Tree, make: impl FnOnce(Op) -> Op) -> Part {
        let part = self.tree(a);
        self.made(span, vec![part], |mut ops| make(ops.remove(0)))
    }

    /// An operation on parts all of which are surely evaluated.
    fn made(&mut self, span: Span, parts: Vec<Part>, make: impl FnOnce(Vec<Op>) -> Op) -> Part {
        let part = gather(parts, make);
        self.fold(part, span)
    }

    fn settle(&mut self, span: Span, word: bool, parts: &[Tree; 2]) -> Part {
        // Either side may settle the matter and make up for a failure of the other.
        let [left, right] = [&parts[0], &parts[1]].map(|side| self.branch(side));
        if [&left, &right].iter().any(|side| side.constant() == Some(&Value::Bool(word))) {
            return Part::fixed(Op::Constant(Value::Bool(word)));
        }
        self.made(span, vec![left, right], |ops| Op::Settle(word, boxed(ops)))
    }

    fn choose(&mut self, span: Span, parts: &[Tree; 3]) -> Part {
        let condition = self.tree(&parts[0]);
        let decided = condition.constant().and_then(Value::as_bool);
        let [yes, no] = [(&parts[1], true), (&parts[2], false)]
            .map(|(side, word)| if decided == Some(word) { self.tree(side) } else { self.branch(side) });
        match decided {
            Some(true) => yes,
            Some(false) => no,
            None => self.made(span, vec![condition, yes, no], |ops| Op::Choose(boxed(ops))),
        }
    }

    /// A part that may never be evaluated.
    fn branch(&mut self, tree: &Tree) -> Part {
        self.branches += 1;
        let part = self.tree(tree);
        self.branches -= 1;
        part
    }

    fn call(&mut self, span: Span, call: &Call) -> Part {
        let parts: Vec<Part> = call.receiver.iter().chain(&call.arguments).map(|part| self.tree(part)).collect();
        let Some(function) = self.function(call) else { return self.failed() };
        if function.name == "matches"
            && let Some(Value::Str(pattern)) = parts[1].constant()
        {
            return match regex(pattern) {
                Ok(regex) => {
                    let mut parts = parts;
                    parts.truncate(1);
                    self.made(span, parts, |mut ops| Op::Matches(Box::new((ops.remove(0), regex))))
                }
                Err(fault) if self.branches == 0 => {
                    let pattern = call.arguments.last().map_or(span, |argument| argument.span);
                    self.fails(pattern, &fault)
                }
                Err(_) => self.made(span, parts, |ops| Op::Call(function, ops.into())),
            };
        }
        let fixed = function.fixed;
        let mut part = gather(parts, |ops| Op::Call(function, ops.into()));
        part.fixed &= fixed;
        self.fold(part, span)
    }

    /// The function that is called, if it exists and takes so many arguments.
    fn function(&mut self, call: &Call) -> Option<&'static Function> {
        let style = if call.receiver.is_some() { Style::Method } else { Style::Function };
        let name = &call.name;
        let what = if style == Style::Method { "method" } else { "function" };
        let function = function::find(name).filter(|function| [style, Style::Both].contains(&function.style));
        let Some(function) = function else {
            let help = match function::find(name) {
                Some(other) => function::called(name, other.style),
                None => function::suggestion(name, style),
            };
            let message = format!("there is no {what} `{}`", name.value);
            self.refuse(FindingCode::NamesUnknown, name.span, message, help);
            return None;
        };
        let receiver = usize::from(call.receiver.is_some());
        let found = receiver + call.arguments.len();
        if (function.least..=function.most).contains(&found) {
            return Some(function);
        }
        let least = function.least.saturating_sub(receiver);
        let most = function.most.saturating_sub(receiver);
        let takes = match (least, most) {
            (0, 0) => "no arguments".to_owned(),
            (1, 1) => "1 argument".to_owned(),
            (least, most) if least == most => format!("{least} arguments"),
            _ if function.most == usize::MAX => format!("at least {least} arguments"),
            (least, most) => format!("{least} to {most} arguments"),
        };
        let message = format!("`{}` takes {takes}, not {}", name.value, call.arguments.len());
        let help = if found < function.least { "add what is missing" } else { "remove what is too much" };
        self.refuse(FindingCode::SyntaxExpression, name.span, message, help);
        None
    }

    fn each(&mut self, span: Span, each: &Each) -> Part {
        let over = self.tree(&each.over);
        self.own.push(each.variable.value.clone());
        let condition = each.condition.as_ref().map(|condition| self.branch(condition));
        let body = self.branch(&each.body);
        self.own.pop();
        let depth = self.own.len();
        let conditional = condition.is_some();
        let rule = each.rule;
        let mut part = gather([over].into_iter().chain(condition).chain([body]).collect(), |ops| {
            let mut ops = ops.into_iter();
            let mut next = || ops.next().expect("as many parts come out as went in");
            let over = next();
            let condition = conditional.then(&mut next);
            Op::Each(Box::new(op::Each { rule, over, condition, body: next() }))
        });
        // Its own variable is bound here and nothing outside.
        part.own = part.own.filter(|&own| own < depth);
        self.fold(part, span)
    }

    /// Computes what is constant. What would take much time or memory is left to the run.
    fn fold(&mut self, part: Part, span: Span) -> Part {
        if !part.fixed || part.own.is_some() || !self.sound || part.constant().is_some() {
            return part;
        }
        let mut env = Env { slots: &[], me: &Me::default(), random: &mut Random::new(0, "") };
        match Frame::new(&mut env, Budget::FOLD).inside(self.own.len()).eval(&part.op) {
            Ok(value) => Part::fixed(Op::Constant(value)),
            Err(fault) if fault.is(Fault::MEMORY) || self.branches > 0 => part,
            Err(fault) => self.fails(span, &fault),
        }
    }

    fn fails(&mut self, span: Span, fault: &Fault) -> Part {
        let message = format!("this always fails with {fault}");
        self.refuse(FindingCode::SyntaxExpression, span, message, "write an expression that has a value")
    }

    fn refuse(&mut self, code: FindingCode, span: Span, message: impl Into<String>, help: impl Into<String>) -> Part {
        self.bag.add(Finding::new(code, span, message, "here").help(help));
        self.failed()
    }

    /// Stands for what could not be compiled; nothing that holds it is folded.
    fn failed(&mut self) -> Part {
        self.sound = false;
        Part::varying(Op::Constant(Value::Null))
    }
}

const PROPERTIES: &str = "write `self.name`, `self.index` or `self.target`";

fn gather(parts: Vec<Part>, make: impl FnOnce(Vec<Op>) -> Op) -> Part {
    let fixed = parts.iter().all(|part| part.fixed);
    let own = parts.iter().filter_map(|part| part.own).min();
    Part { op: make(parts.into_iter().map(|part| part.op).collect()), fixed, own }
}

/// Text pieces, with constants next to one another made one.
fn join(parts: Vec<Part>) -> Part {
    let mut merged: Vec<Part> = Vec::new();
    // Constant pieces next to each other are one.
    let mut run = String::new();
    let end = |run: &mut String, merged: &mut Vec<Part>| {
        if !run.is_empty() {
            merged.push(Part::fixed(Op::Constant(Value::from(std::mem::take(run)))));
        }
    };
    for part in parts {
        match part.constant().and_then(|value| value.text().ok()) {
            Some(text) => run.push_str(&text),
            None => {
                end(&mut run, &mut merged);
                merged.push(part);
            }
        }
    }
    end(&mut run, &mut merged);
    gather(merged, |ops| Op::Join(ops.into()))
}

fn boxed<const N: usize>(ops: Vec<Op>) -> Box<[Op; N]> {
    Box::new(ops.try_into().expect("as many parts come out as went in"))
}
