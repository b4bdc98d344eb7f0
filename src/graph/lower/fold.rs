//! Constants: every field that is not a step or an argument may hold `${ }` over the graph's parameters, and is
//! computed here.
use super::{Given, Lower};
use crate::diag::{Bag, Code, Finding, Span, Spanned, nearest_all};
use crate::expr::{Code as Compiled, Env, Expr, Me, Resolved, Scope, Template, parse_expr, parse_template};
use crate::text::{Kind, Node, Scalar};
use crate::value::{Map, Value};

impl Lower {
    /// The value of a whole tree; `None` after a finding, of which there may be several.
    pub(super) fn fold(&mut self, node: &Node) -> Option<Value> {
        Some(match &node.kind {
            Kind::Null => Value::Null,
            Kind::Bool(truth) => Value::Bool(*truth),
            Kind::Int(int) => Value::Int(*int),
            Kind::Float(float) => Value::Float(*float),
            Kind::Text(scalar) => return self.fold_text(scalar),
            Kind::List(nodes) => {
                // All are folded before one that failed counts.
                let values: Vec<Option<Value>> = nodes.iter().map(|node| self.fold(node)).collect();
                Value::list(values.into_iter().collect::<Option<_>>()?)
            }
            Kind::Map(entries) => {
                let values: Vec<_> = entries.iter().map(|e| Some((&*e.key.text, self.fold(&e.value)?))).collect();
                Value::map(values.into_iter().collect::<Option<Map>>()?)
            }
            Kind::Broken => return None,
        })
    }

    /// A list, written out or computed.
    pub(super) fn fold_list(&mut self, given: Given) -> Option<Vec<Value>> {
        let value = self.fold(given.node)?;
        match value.as_list() {
            Some(values) => Some(values.to_vec()),
            None => {
                self.wrong_value(given.node.place(), &value, "a list");
                None
            }
        }
    }

    fn fold_text(&mut self, scalar: &Scalar) -> Option<Value> {
        match self.template(scalar)? {
            Template::Constant(value, _) => Some(value),
            template => {
                self.refuse_self(template.exprs())?;
                self.constant(scalar.span, |scope, bag| template.compile(scope, bag))
            }
        }
    }

    /// A field that is an expression, as a constant.
    pub(super) fn fold_expr(&mut self, node: &Node) -> Option<Spanned<Value>> {
        let value = match &node.kind {
            Kind::Text(_) => {
                let expr = self.expr(node)?;
                self.refuse_self([&expr])?;
                self.constant(expr.span(), |scope, bag| expr.compile(scope, bag))?
            }
            _ => self.fold(node)?,
        };
        Some(Spanned::new(value, node.place()))
    }

    /// A string with its `${ }`.
    pub(super) fn template(&mut self, scalar: &Scalar) -> Option<Template> {
        let template = parse_template(&scalar.text, &|range| scalar.at(range), &mut self.bag);
        if template.is_none() {
            self.gaps.lost.push(scalar.span);
        }
        template
    }

    /// A field that is an expression, with or without `${ }`; a number and a truth are expressions too.
    pub(super) fn expr(&mut self, node: &Node) -> Option<Expr> {
        let place = node.place();
        match &node.kind {
            Kind::Text(scalar) => parse_expr(&scalar.text, &|range| scalar.at(range), &mut self.bag),
            Kind::Bool(truth) => parse_expr(&truth.to_string(), &|_| place, &mut self.bag),
            Kind::Int(int) => parse_expr(&int.to_string(), &|_| place, &mut self.bag),
            Kind::Float(float) => parse_expr(&format!("{float:?}"), &|_| place, &mut self.bag),
            _ => {
                self.wrong_type(node, "an expression");
                None
            }
        }
    }

    fn refuse_self<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) -> Option<()> {
        let Some(place) = exprs.into_iter().find_map(Expr::reads_self) else { return Some(()) };
        let message = "`self` is a running process, and this is computed before there is one";
        let finding = Finding::new(Code::SyntaxExpression, place, message, "not known here");
        self.report(finding.help("here only the graph's parameters can be read"));
        None
    }

    fn constant(
        &mut self,
        span: Span,
        compile: impl FnOnce(&mut dyn Scope, &mut Bag) -> Option<Compiled>,
    ) -> Option<Value> {
        let mut bag = Bag::new();
        let mut scope = Constants { lower: self, doubt: false, read: Vec::new() };
        let compiled = compile(&mut scope, &mut bag);
        let (doubt, read) = (scope.doubt, scope.read);
        self.read_params.extend(read);
        if doubt {
            // A value in doubt stands as null, so only what does not depend on it is told.
            bag.retain(|finding| finding.code.family() == "names");
        }
        let sound = bag.is_empty();
        self.bag.extend(bag);
        let compiled = compiled.filter(|_| sound && !doubt)?;
        let mut env = Env { slots: &[], me: &Me::default(), random: &mut self.random };
        match compiled.eval(&mut env) {
            Ok(value) => Some(value),
            Err(fault) => {
                let finding =
                    Finding::new(Code::SyntaxExpression, span, format!("this always fails: {fault}"), "fails");
                self.report(finding.help("it is computed once, when the graph is loaded, from the graph's parameters"));
                None
            }
        }
    }
}

/// The names a constant expression may read: the graph's parameters.
struct Constants<'a> {
    lower: &'a Lower,
    /// A parameter in doubt was read.
    doubt: bool,
    /// The parameters that were read.
    read: Vec<String>,
}

impl Scope for Constants<'_> {
    fn resolve(&mut self, name: &str, span: Span) -> Resolved {
        if self.lower.params.contains_key(name) {
            self.read.push(name.to_owned());
        }
        if self.lower.doubtful.contains(name) {
            self.doubt = true;
            return Resolved::Constant(Value::Null);
        }
        if let Some(value) = self.lower.params.get(name) {
            return Resolved::Constant(value.clone());
        }
        match self.lower.declared.get(name) {
            Some((kind, declared)) => {
                let what = kind.map_or("a process", |kind| kind.with_article());
                let message = format!("`{name}` is {what}: an expression cannot read it");
                let finding = Finding::new(Code::NamesWrongKind, span, message, "no constant")
                    .also(*declared, "declared here")
                    .help("here only the graph's parameters can be read; read shared state by a step");
                Resolved::Refused(Box::new(finding))
            }
            None if self.lower.gaps.undeclared => {
                self.doubt = true;
                Resolved::Constant(Value::Null)
            }
            None => {
                // The one that was meant is not unused.
                let near = nearest_all(name, self.lower.params.keys().map(String::as_str));
                self.read.extend(near.into_iter().map(str::to_owned));
                Resolved::Unknown
            }
        }
    }

    fn known(&self) -> Vec<String> {
        self.lower.params.keys().cloned().collect()
    }
}
