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
    /// Names that stand for nothing.
    pub lost: usize,
    /// Names that were compared with them.
    pub looked_at: usize,
}

/// Lost names for which the nearest known one is looked for: it takes a look at every name there is.
pub(super) const NEAREST_MAX: usize = 200;
const LOOKED_AT_MAX: usize = 1_000_000;

impl Report {
    /// One more name is lost: is the nearest one to be found among so many?
    pub fn lose(&mut self, names: usize) -> bool {
        self.lost += 1;
        self.looked_at += names;
        if self.looked_at > LOOKED_AT_MAX {
            self.lost = self.lost.max(NEAREST_MAX + 1);
        }
        if self.lost > NEAREST_MAX {
            self.doubt.complete = false;
        }
        self.lost <= NEAREST_MAX
    }
}

/// Whose words are read.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Target(&'a Target),
    /// The map of a process.
    Process(Span),
    Root,
}

pub(super) struct Reader<'a, 'r> {
    pub graph: &'a Graph,
    pub target: Option<&'a Target>,
    /// The map of the target or the process that is read; nothing outside of them.
    pub around: Option<Span>,
    /// The parameters of the target, by kind.
    pub bindings: Bindings,
    /// All variables that the body sets, and where first.
    pub variables: BTreeMap<&'a str, Span>,
    /// The variables and parameters that it reads.
    pub read: BTreeSet<String>,
    /// An expression names what it cannot see: which variable was meant is open.
    pub mistaken: bool,
    pub out: &'r mut Report,
}

impl<'a, 'r> Reader<'a, 'r> {
    pub fn new(graph: &'a Graph, source: Source<'a>, steps: &'a [Step], out: &'r mut Report) -> Self {
        let (target, around) = match source {
            Source::Target(target) => (Some(target), Some(target.span)),
            Source::Process(span) => (None, Some(span)),
            Source::Root => (None, None),
        };
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
                step.sets().for_each(|name: &Name| note(&name.value, name.span));
                if let Action::Try { handlers, .. } = &step.action
                    && let Some(handler) = handlers.first()
                {
                    note("error", handler.error.span);
                }
            });
        }
        Reader {
            graph,
            target,
            around,
            bindings: bindings.collect(),
            variables,
            read: BTreeSet::new(),
            mistaken: false,
            out,
        }
    }

    /// Something is left out of this body that may have set or read a variable.
    pub fn is_broken(&self) -> bool {
        self.around.is_some_and(|body| self.out.doubt.is_broken(body))
    }

    /// Names may be declared that could not be read.
    pub fn may_be_declared(&self) -> bool {
        self.out.doubt.undeclared || self.target.is_some_and(|target| !target.params_known)
    }

    /// Parameters may be declared that could not be read.
    pub fn may_be_a_parameter(&self) -> bool {
        self.out.doubt.undeclared_params || self.target.is_some_and(|target| !target.params_known)
    }

    /// The parameters of the target that is read.
    pub fn params(&self) -> impl Iterator<Item = &'a TargetParam> + use<'a> {
        self.target.into_iter().flat_map(|target| &target.params)
    }

    pub fn param(&self, name: &str) -> Option<&'a TargetParam> {
        self.params().find(|param| param.name.value == name)
    }
}
