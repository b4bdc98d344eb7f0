//! What the decoders of one graph share: the findings, and what a constant expression may see.
use super::Gaps;
use super::name::Naming;
use crate::diag::{Bag, Finding, Sources, Span};
use crate::expr::Random;
use crate::graph::Kind;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Lower {
    pub sources: Sources,
    pub bag: Bag,
    pub gaps: Gaps,
    /// The graph's parameters as far as they are known.
    pub params: BTreeMap<String, Value>,
    /// Parameters whose values are in doubt: what depends on them is not judged.
    pub doubtful: BTreeSet<String>,
    /// Those that a folded expression has read.
    pub read_params: BTreeSet<String>,
    /// Objects and processes with the place of their names; an expression cannot read them.
    pub declared: BTreeMap<String, (Option<Kind>, Span)>,
    /// Keys that stand twice, at both places: a name next to them may be missing.
    pub doubled: BTreeSet<Span>,
    /// For constant expressions; a process draws from its own.
    pub random: Random,
}

impl Lower {
    pub(super) fn new(sources: Sources) -> Self {
        Lower {
            sources,
            bag: Bag::new(),
            gaps: Gaps::none(),
            params: BTreeMap::new(),
            doubtful: BTreeSet::new(),
            read_params: BTreeSet::new(),
            declared: BTreeMap::new(),
            doubled: BTreeSet::new(),
            random: Random::new(0, ""),
        }
    }

    /// Does something; with `quiet` its findings are dropped, because one stands already for all of them.
    pub(super) fn quietly<T>(&mut self, quiet: bool, work: impl FnOnce(&mut Self) -> T) -> T {
        if !quiet {
            return work(self);
        }
        let loud = std::mem::take(&mut self.bag);
        let made = work(self);
        self.bag = loud;
        made
    }

    /// Names are missing that may be declared.
    pub(super) fn undeclared(&mut self, naming: Naming) {
        self.gaps.undeclared |= matches!(naming, Naming::Object | Naming::Process);
        self.gaps.undeclared_params |= naming == Naming::Param;
        self.gaps.undeclared_targets |= naming == Naming::Target;
    }

    /// Something here was left out that others may have needed.
    pub(super) fn lose(&mut self, place: Span) {
        self.gaps.complete = false;
        self.gaps.lost.push(place);
    }

    pub(super) fn report(&mut self, finding: Finding) {
        self.bag.add(finding);
    }
}
