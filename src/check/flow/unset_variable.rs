//! `flow/unset-variable`: a variable is read where nothing has set it.
//!
//! An error if no way to the place sets it, a warning if only some ways do. A variable that is set and read under the
//! same condition is left alone.
//!
//! Bad: `[print: "${x}", let: {x: 1}]`. Good: `[let: {x: 1}, print: "${x}"]`.
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Act, Analysis, Care, Node, solve};
use crate::check::body::Body;
use crate::check::study::Study;
use crate::diag::{Bag, Code, Finding, Severity, Sources, Span};
use crate::graph::{Action, Step};
use crate::program::Binding;
use crate::value::{Str, Value};

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
                true => own.extend(variables.numbers.get(name.as_str())),
                false => {
                    let Some(&number) = variables.numbers.get(name.as_str()) else { continue };
                    if own.contains(&number) {
                        continue;
                    }
                    if !every.may.has(number) {
                        unset.entry(number).or_default().insert((Severity::Error, span));
                    } else if !body.model
                        && known.is_some_and(|known| !known.must.has(number))
                        && !variables.correlated(step, number, study.sources)
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
fn reads_in_order(step: &Step) -> Vec<(Str, Span, bool)> {
    match &step.action {
        Action::Let(pairs) => {
            let mut all = Vec::new();
            for (name, value) in pairs {
                let mut reads = Vec::new();
                value.reads(&mut reads);
                all.extend(reads.into_iter().map(|(name, span)| (name, span, false)));
                all.push((Str::from(name.value.as_str()), name.span, true));
            }
            all
        }
        _ => step.reads().into_iter().map(|(name, span)| (name, span, false)).collect(),
    }
}

struct Variables<'a> {
    numbers: BTreeMap<&'a str, usize>,
    /// Where each is set, by number.
    places: Vec<Vec<Span>>,
    /// Set from the start: parameters of the graph that variables hide.
    begin: Set,
    /// The conditions around each step that has some.
    conditions: HashMap<*const Step, Vec<Span>>,
    /// The steps that set each variable, by number.
    setters: Vec<Vec<*const Step>>,
    /// The list of steps that each of those stands in.
    blocks: HashMap<*const Step, *const Step>,
    /// Those that set a variable to false or null.
    lowers: HashSet<(*const Step, usize)>,
}

#[derive(Clone, PartialEq, Eq, Default)]
struct Set(Vec<u64>);

impl Set {
    fn has(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    fn add(&mut self, number: usize) {
        if self.0.len() <= number / 64 {
            self.0.resize(number / 64 + 1, 0);
        }
        self.0[number / 64] |= 1 << (number % 64);
    }

    /// Whether it changes anything.
    fn either(&mut self, other: &Set) -> bool {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        let mut changed = false;
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            changed |= more & !*word != 0;
            *word |= more;
        }
        changed
    }

    /// Whether it changes anything.
    fn both(&mut self, other: &Set) -> bool {
        let mut changed = false;
        for (word, other) in self.0.iter_mut().zip(other.0.iter().chain(std::iter::repeat(&0))) {
            changed |= *word & !other != 0;
            *word &= other;
        }
        changed
    }
}

#[derive(Clone, PartialEq, Eq)]
struct Known {
    must: Set,
    may: Set,
}

impl<'a> Variables<'a> {
    fn new(study: &Study<'a>, body: &Body<'a>) -> Variables<'a> {
        let mut variables = Variables {
            numbers: BTreeMap::new(),
            places: Vec::new(),
            begin: Set::default(),
            conditions: HashMap::new(),
            setters: Vec::new(),
            blocks: HashMap::new(),
            lowers: HashSet::new(),
        };
        variables.block(body, body.steps, &[]);
        for (name, number) in &variables.numbers {
            if study.graph.param_named(name).is_some() {
                variables.begin.add(*number);
            }
        }
        variables
    }

    fn block(&mut self, body: &Body<'a>, steps: &'a [Step], around: &[Span]) {
        for step in steps {
            if !around.is_empty() {
                self.conditions.insert(std::ptr::from_ref(step), around.to_vec());
            }
            for name in step.sets() {
                self.set(body, &name.value, name.span, step);
                self.blocks.insert(std::ptr::from_ref(step), steps.as_ptr());
            }
            if let Action::Let(pairs) = &step.action {
                for (name, value) in pairs {
                    if matches!(value.constant(), Some(Value::Bool(false) | Value::Null))
                        && let Some(number) = self.numbers.get(name.value.as_str())
                    {
                        self.lowers.insert((std::ptr::from_ref(step), *number));
                    }
                }
            }
            if let Action::Try { handlers, .. } = &step.action {
                for handler in handlers {
                    self.set(body, "error", handler.error.span, step);
                }
            }
            let mut around = around.to_vec();
            if let Action::If { condition, .. } | Action::While { condition, .. } = &step.action {
                around.push(condition.span());
            }
            step.bodies().into_iter().for_each(|steps| self.block(body, steps, &around));
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

    /// Nothing has set a variable that a `let` reads to set it anew.
    fn fails(&self, step: &Step, known: &Known) -> bool {
        matches!(step.action, Action::Let(_))
            && reads_in_order(step)
                .iter()
                .take_while(|(_, _, sets)| !sets)
                .any(|(name, ..)| self.numbers.get(name.as_str()).is_some_and(|number| !known.may.has(*number)))
    }

    /// A condition around `step` stands, word for word, around a step that sets the variable.
    fn correlated(&self, step: &Step, number: usize, sources: &Sources) -> bool {
        let text = |span: &Span| sources.text(*span);
        let Some(around) = self.conditions.get(&std::ptr::from_ref(step)) else { return false };
        if around.iter().any(|span| self.is_flag(text(span), number)) {
            return true;
        }
        let setters = self.setters[number].iter().filter_map(|setter| self.conditions.get(setter)).flatten();
        setters.into_iter().any(|setter| around.iter().any(|own| own != setter && text(own) == text(setter)))
    }

    /// The condition is a variable that is false or null but where the other has been set with it.
    fn is_flag(&self, condition: &str, number: usize) -> bool {
        let plain: String = condition.chars().filter(|c| !c.is_whitespace() && !"${}()".contains(*c)).collect();
        let flag = plain.strip_suffix("==true").or(plain.strip_suffix("!=null")).unwrap_or(&plain);
        let Some(flag) = self.numbers.get(flag).filter(|flag| **flag != number) else { return false };
        let block = |step: &*const Step| self.blocks.get(step);
        let with_it = |setter: &*const Step| self.setters[number].iter().any(|other| block(other) == block(setter));
        let raises: Vec<_> =
            self.setters[*flag].iter().filter(|setter| !self.lowers.contains(&(**setter, *flag))).collect();
        !raises.is_empty() && raises.len() < self.setters[*flag].len() && raises.into_iter().all(with_it)
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
            Act::Step(step) if !step.is_loop() => step.sets().iter().for_each(|name| add(name)),
            Act::Item(step) => step.sets().iter().for_each(|name| add(name)),
            Act::Handler => add("error"),
            _ => {}
        }
        known
    }
}
