//! Reading one body: what its names stand for, which it uses, and what is wrong with them.
use std::collections::{BTreeMap, BTreeSet};

use super::doubt::Doubt;
use crate::diag::{Bag, Span};
use crate::graph::{Action, Graph, Name, ObjectId, ParamKind, Step, Target, TargetId, TargetParam};
use crate::program::{Binding, Bindings};

/// What all bodies together have shown.
#[derive(Default)]
pub(super) struct Report {
    pub bag: Bag,
    pub doubt: Doubt,
    /// Those that are used.
    pub objects: BTreeSet<ObjectId>,
    pub targets: BTreeSet<TargetId>,
    pub params: BTreeSet<String>,
    /// No step was left out on the way here.
    pub whole: bool,
    /// Names that stand for nothing.
    pub lost: usize,
}

/// Lost names for which the nearest known one is looked for: it takes a look at every name there is.
pub(super) const NEAREST_MAX: usize = 200;

impl Report {
    /// One more name is lost: is the nearest one to be found?
    pub fn lose(&mut self) -> bool {
        self.lost += 1;
        if self.lost > NEAREST_MAX {
            self.doubt.complete = false;
        }
        self.lost <= NEAREST_MAX
    }
}

pub(super) struct Reader<'a, 'r> {
    pub graph: &'a Graph,
    pub target: Option<&'a Target>,
    /// The parameters of the target, by kind.
    pub bindings: Bindings,
    /// All variables that the body sets, and where first.
    pub variables: BTreeMap<&'a str, Span>,
    /// The variables and parameters that it reads.
    pub read: BTreeSet<String>,
    pub out: &'r mut Report,
}

impl<'a, 'r> Reader<'a, 'r> {
    pub fn new(graph: &'a Graph, target: Option<&'a Target>, steps: &'a [Step], out: &'r mut Report) -> Self {
        let params = target.into_iter().flat_map(|target| &target.params);
        let bindings = params.map(|param| {
            let binding = match param.kind {
                ParamKind::Object(kind) => Binding::Some(kind),
                ParamKind::Process => Binding::SomeProcess,
                ParamKind::Value(_) => Binding::Value(0),
            };
            (param.name.value.clone(), binding)
        });
        let mut variables = BTreeMap::new();
        let mut note = |name: &'a str, span| {
            variables.entry(name).or_insert(span);
        };
        for step in steps {
            step.walk(&mut |step| {
                step.sets().into_iter().for_each(|name: &Name| note(&name.value, name.span));
                if let Action::Try { handlers, .. } = &step.action
                    && let Some(handler) = handlers.first()
                {
                    note("error", handler.error.span);
                }
            });
        }
        Reader { graph, target, bindings: bindings.collect(), variables, read: BTreeSet::new(), out }
    }

    /// The parameters of the target that is read.
    pub fn params(&self) -> impl Iterator<Item = &'a TargetParam> + use<'a> {
        self.target.into_iter().flat_map(|target| &target.params)
    }

    pub fn param(&self, name: &str) -> Option<&'a TargetParam> {
        self.params().find(|param| param.name.value == name)
    }
}
