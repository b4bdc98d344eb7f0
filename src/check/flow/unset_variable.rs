//! `flow/unset-variable`: a variable is read where nothing has set it.
//!
//! An error if no way to the place sets it, a warning if only some ways do. A variable that is set and read under the
//! same condition is left alone.
//!
//! Bad: `[print: "${x}", let: {x: 1}]`. Good: `[let: {x: 1}, print: "${x}"]`.
use std::collections::{BTreeMap, BTreeSet};

use super::around::Around;
use super::numbers::Numbers;
use super::{Act, Analysis, Care, Node, solve};
use crate::check::body::Body;
use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding, Severity, Span};
use crate::graph::{Action, Step};
use crate::program::Binding;

/// Bits of knowledge that are kept for one body at most; beyond, the rule is silent.
const BITS_MAX: usize = 1 << 28;

pub(in crate::check) fn unset_variable(study: &Study, bag: &mut Bag) {
    for (_, body) in study.running() {
        of_body(study, body, bag);
    }
}

fn of_body(study: &Study, body: &Body, bag: &mut Bag) {
    let Some(flow) = &body.flow else { return };
    let variables = Variables::new(study, body);
    if variables.numbers.is_empty() || variables.numbers.len() * flow.nodes.len() > BITS_MAX {
        return;
    }
    // What can never be set at all is certain only if all errors are followed; whether it is always, if only those are
    // that a step is known for.
    let every = solve(flow, &variables, Care::Every);
    if flow.ids().all(|id| every[id.index()].as_ref().is_none_or(|known| variables.all_set(flow.node(id), known))) {
        return;
    }
    let around = Around::new(study.sources, body.steps);
    let few = flow.has_remote_errors().then(|| solve(flow, &variables, Care::Known));
    let before = few.as_ref().unwrap_or(&every);
    // One slip, however often the variable is read: where nothing has set it first of all.
    let mut unset: BTreeMap<usize, BTreeSet<(Severity, Span)>> = BTreeMap::new();
    for id in flow.ids() {
        let Act::Step(step) = flow.node(id).act else { continue };
        let Some(every) = &every[id.index()] else { continue };
        let known = before[id.index()].as_ref();
        let mut own: Vec<usize> = Vec::new();
        for (name, span, sets_now) in reads_in_order(step) {
            match sets_now {
                true => own.extend(variables.numbers.get(name)),
                false => {
                    let Some(&number) = variables.numbers.get(name) else { continue };
                    if own.contains(&number) {
                        continue;
                    }
                    if !every.may.has(number) {
                        unset.entry(number).or_default().insert((Severity::Error, span));
                    } else if !body.model
                        && known.is_some_and(|known| !known.must.has(number))
                        && !around.correlated(&variables, step, number)
                    {
                        unset.entry(number).or_default().insert((Severity::Warning, span));
                    }
                }
            }
        }
    }
    let names: BTreeMap<usize, &str> = variables.numbers.iter().map(|(name, number)| (*number, *name)).collect();
    for (number, places) in unset {
        let mut places = places.into_iter();
        let Some((severity, span)) = places.next() else { continue };
        let mut finding = variables.finding(names[&number], span, number, severity);
        for (_, other) in places.filter(|(_, other)| *other != span).take(SHOWN_MAX) {
            if finding.labels.iter().all(|label| label.span != other) {
                finding = finding.also(other, "read here too");
            }
        }
        bag.add(finding);
    }
}

/// Further places that are shown.
const SHOWN_MAX: usize = 20;

/// The variables a step reads, and between them (`true`) those that a `let` has set already.
fn reads_in_order(step: &Step) -> Vec<(&str, Span, bool)> {
    match &step.action {
        Action::Let(pairs) => {
            let (mut all, mut reads) = (Vec::new(), Vec::new());
            for (name, value) in pairs {
                value.reads(&mut reads);
                all.extend(reads.drain(..).map(|(name, span)| (name, span, false)));
                all.push((name.value.as_str(), name.span, true));
            }
            all
        }
        _ => step.reads().into_iter().map(|(name, span)| (name, span, false)).collect(),
    }
}

pub(super) struct Variables<'a> {
    pub numbers: BTreeMap<&'a str, usize>,
    /// Where each is set, by number.
    places: Vec<Vec<Span>>,
    /// Set from the start: parameters of the graph that variables hide.
    begin: Numbers,
    /// The steps that set each variable, by number.
    pub setters: Vec<Vec<*const Step>>,
}

#[derive(Clone)]
pub(super) struct Known {
    must: Numbers,
    may: Numbers,
}

impl<'a> Variables<'a> {
    fn new(study: &Study<'a>, body: &Body<'a>) -> Variables<'a> {
        let mut variables =
            Variables { numbers: BTreeMap::new(), places: Vec::new(), begin: Numbers::default(), setters: Vec::new() };
        variables.block(body, body.steps);
        for (name, number) in &variables.numbers {
            if study.graph.param_named(name).is_some() {
                variables.begin.add(*number);
            }
        }
        variables
    }

    fn block(&mut self, body: &Body<'a>, steps: &'a [Step]) {
        for step in steps {
            for name in step.sets() {
                self.set(body, &name.value, name.span, step);
            }
            if let Action::Try { handlers, .. } = &step.action {
                for handler in handlers {
                    self.set(body, "error", handler.error.span, step);
                }
            }
            step.bodies().into_iter().for_each(|steps| self.block(body, steps));
        }
    }

    fn set(&mut self, body: &Body<'a>, name: &'a str, span: Span, step: &'a Step) {
        // A parameter of the target is set from the start.
        if matches!(body.bindings.get(name), Some(Binding::Value(_))) {
            return;
        }
        let next = self.numbers.len();
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.places.push(Vec::new());
            self.setters.push(Vec::new());
        }
        self.places[number].push(span);
        self.setters[number].push(std::ptr::from_ref(step));
    }

    /// All that the node's step reads is set then, whichever way was taken. Where that holds everywhere no error can
    /// have left anything out, and it holds for fewer ways too.
    fn all_set(&self, node: &Node, known: &Known) -> bool {
        let Act::Step(step) = node.act else { return true };
        reads_in_order(step)
            .into_iter()
            .all(|(name, _, sets_now)| sets_now || self.numbers.get(name).is_none_or(|number| known.must.has(*number)))
    }

    /// Nothing has set a variable that a `let` reads to set it anew.
    fn fails(&self, step: &Step, known: &Known) -> bool {
        matches!(step.action, Action::Let(_))
            && reads_in_order(step)
                .iter()
                .take_while(|(_, _, sets)| !sets)
                .any(|(name, ..)| self.numbers.get(name).is_some_and(|number| !known.may.has(*number)))
    }

    fn finding(&self, name: &str, span: Span, number: usize, severity: Severity) -> Finding {
        let (message, label) = match severity {
            Severity::Error => (format!("`{name}` is read here, and nothing has set it before"), "not set yet"),
            Severity::Warning => {
                (format!("`{name}` may not be set here: not every way to this step sets it"), "perhaps not set")
            }
        };
        let mut finding = Finding::new(Code::FlowUnsetVariable, span, message, label).with_severity(severity);
        for place in &self.places[number] {
            finding = finding.also(*place, "set here");
        }
        finding.help(format!("set it before: `let: {{{name}: null}}`"))
    }
}

impl Analysis for Variables<'_> {
    type State = Known;

    fn entry(&self) -> Known {
        Known { must: self.begin.clone(), may: self.begin.clone() }
    }

    fn join(&self, into: &mut Known, from: &Known) -> bool {
        // Both are always done.
        into.must.both(&from.must) | into.may.either(&from.may)
    }

    fn done(&self, node: &Node, known: &Known) -> Known {
        let before = known;
        let mut known = known.clone();
        let mut add = |name: &str| {
            if let Some(number) = self.numbers.get(name) {
                known.must.add(*number);
                known.may.add(*number);
            }
        };
        match node.act {
            // It fails where it reads what nothing has set: a count in a loop that nobody begins.
            Act::Step(step) if !step.is_loop() && self.fails(step, before) => {}
            Act::Step(step) if !step.is_loop() => step.sets().for_each(|name| add(name)),
            Act::Item(step) => step.sets().for_each(|name| add(name)),
            Act::Handler => add("error"),
            _ => {}
        }
        known
    }
}
