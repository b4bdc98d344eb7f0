//! Bodies: steps together with what their names stand for and who runs them.
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Actor;
use super::flow::{Act, Care, Flow, Known, Locals, reached};
use crate::diag::{Bag, Span};
use crate::expr::{Expr, Resolved, Scope};
use crate::graph::{
    Action, Argument, Body as Source, Datum, Graph, Kind, Name, ObjectId, ObjectKind, Operation, ParamKind, Process,
    ProcessId, Step, Target, TargetId,
};
use crate::program::{
    Binding, Bindings, ConstantScope, Found, Operand, Thing, bound, compile_datum, find, split_property,
};
use crate::value::Value;

/// Once for each way a target is used; a process's own steps and a model are bodies of their own.
pub(super) struct Body<'a> {
    pub steps: &'a [Step],
    pub bindings: Bindings,
    /// Empty if nobody ever comes to run it.
    pub runners: BTreeSet<Actor>,
    /// It stands for a command in `verify` and does nothing by itself.
    pub model: bool,
    /// The process that the steps belong to, if they are no target's.
    pub owner: Option<ProcessId>,
    /// The parameters whose argument is known.
    fixed: BTreeMap<String, Value>,
    /// The variables that its steps set.
    set: HashSet<&'a str>,
    /// `None` if there are too many ways through it.
    pub flow: Option<Flow<'a>>,
    pub uses: Vec<Use>,
    /// What is done in it can be counted thing by thing, each time from its beginning. Where too much is done to too many
    /// it would take too long: then nothing is said that takes counting.
    pub countable: bool,
    /// What it is as a job, if some pool runs it.
    pub job: Option<JobKey>,
    /// The calls it hands to pools.
    pub calls: Vec<(ObjectId, JobKey)>,
}

/// What makes two calls the same job: the target, and the things its parameters stand for.
pub(super) type JobKey = (TargetId, Vec<Option<Thing>>);

/// A step touches something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    pub thing: Thing,
    pub operation: Operation,
    pub verb: &'static str,
    /// The word.
    pub span: Span,
    /// It does not wait for ever.
    pub bounded: bool,
    /// It is one of several things waited for.
    pub one_of_several: bool,
    /// Control can come here.
    pub reached: bool,
}

impl Body<'_> {
    /// What an expression is where these variables are known.
    pub fn expr(&self, graph: &Graph, expr: &Expr, locals: &Locals) -> Option<Value> {
        self.known(graph).expr(expr, locals)
    }

    /// What a value is where these variables are known.
    pub fn datum(&self, graph: &Graph, datum: &Datum, locals: &Locals) -> Option<Value> {
        self.known(graph).datum(datum, locals)
    }

    fn known<'k>(&'k self, graph: &'k Graph) -> KnownNames<'k> {
        KnownNames { graph, bindings: &self.bindings, fixed: &self.fixed, set: &self.set }
    }

    /// Some step does one of these.
    pub fn does(&self, operations: &[Operation]) -> bool {
        self.uses.iter().any(|used| operations.contains(&used.operation))
    }

    /// What a step's word stands for.
    pub fn thing(&self, graph: &Graph, word: &str) -> Option<Thing> {
        match find(graph, &self.bindings, word) {
            Ok(Found::Thing(thing)) => Some(thing),
            _ => None,
        }
    }
}

/// All bodies of a graph. Those of jobs are found from the calls.
pub(super) fn bodies<'a>(graph: &'a Graph) -> Vec<Body<'a>> {
    let mut cast = Cast { graph, bodies: Vec::new(), known: BTreeMap::new() };
    for (number, process) in graph.processes.iter().enumerate() {
        cast.process(ProcessId(number as u32), process);
    }
    for (number, object) in graph.objects.iter().enumerate() {
        if let ObjectKind::Pool(pool) = &object.kind
            && let Some(target) = pool.initializer.as_ref().and_then(|name| graph.target_named(name))
        {
            cast.job(ObjectId(number as u32), (target, vec![None; graph.target(target).params.len()]));
        }
    }
    // Calls in bodies that somebody runs; the list grows while it is walked.
    let mut at = 0;
    while at < cast.bodies.len() {
        if !cast.bodies[at].runners.is_empty() && !cast.bodies[at].model {
            for (pool, key) in cast.bodies[at].calls.clone() {
                cast.job(pool, key);
            }
        }
        at += 1;
    }
    cast.bodies
}

/// What tells bodies of one target apart: what its names stand for, and what its values are known to be.
type Key = (TargetId, Bindings, BTreeMap<String, Value>);

struct Cast<'a> {
    graph: &'a Graph,
    bodies: Vec<Body<'a>>,
    known: BTreeMap<Key, usize>,
}

impl<'a> Cast<'a> {
    fn process(&mut self, id: ProcessId, process: &'a Process) {
        let runner = (process.instances() > 0).then_some(Actor::Process(id));
        match &process.body {
            Source::Target { target, args, .. } => {
                let Some(target) = self.graph.target_named(target) else { return };
                let bindings = bind(self.graph, self.graph.target(target), args, &Bindings::new());
                let fixed = self.fixed(target, args);
                self.target(target, bindings, fixed, runner);
            }
            Source::Steps(steps) => self.own(id, steps, runner, false),
            Source::Command(..) | Source::Shell(..) => {
                if let Some(steps) = &process.model {
                    self.own(id, steps, runner, true);
                }
            }
        }
    }

    fn own(&mut self, id: ProcessId, steps: &'a [Step], runner: Option<Actor>, model: bool) {
        let mut body = body(self.graph, steps, Bindings::new(), &BTreeMap::new());
        body.runners.extend(runner);
        body.owner = Some(id);
        body.model = model;
        self.bodies.push(body);
    }

    fn job(&mut self, pool: ObjectId, key: JobKey) {
        let target = self.graph.target(key.0);
        let bindings = target.params.iter().zip(&key.1).enumerate().map(|(i, (param, thing))| {
            let binding = match (param.kind, thing) {
                (_, Some(thing)) => Binding::Thing(*thing),
                (ParamKind::Object(kind), None) => Binding::Some(kind),
                (ParamKind::Process, None) => Binding::SomeProcess,
                (ParamKind::Value(_), None) => Binding::Value(i as u16),
            };
            (param.name.value.clone(), binding)
        });
        let bindings = bindings.collect();
        let at = self.target(key.0, bindings, BTreeMap::new(), Some(Actor::Worker(pool)));
        self.bodies[at].job = Some(key);
    }

    fn target(
        &mut self,
        id: TargetId,
        bindings: Bindings,
        fixed: BTreeMap<String, Value>,
        runner: Option<Actor>,
    ) -> usize {
        let key = (id, bindings, fixed);
        if let Some(at) = self.known.get(&key) {
            self.bodies[*at].runners.extend(runner);
            return *at;
        }
        let mut body = body(self.graph, &self.graph.target(id).steps, key.1.clone(), &key.2);
        body.runners.extend(runner);
        let at = self.bodies.len();
        self.known.insert(key, at);
        self.bodies.push(body);
        at
    }

    /// The parameters of value kinds whose argument is known now.
    fn fixed(&self, target: TargetId, args: &[Argument]) -> BTreeMap<String, Value> {
        let args = by_name(args);
        let value = |name: &Name| {
            let argument = args.get(name.value.as_str())?;
            let mut scope = ConstantScope { graph: self.graph };
            match compile_datum(&argument.value, &mut scope, &mut Bag::new())? {
                Operand::Constant(value) => Some(value),
                _ => None,
            }
        };
        let params = self.graph.target(target).params.iter();
        let fixed = params.filter_map(|param| match param.kind {
            ParamKind::Value(kind) => Some((param.name.value.clone(), bound(value(&param.name)?, kind)?)),
            ParamKind::Object(_) | ParamKind::Process => None,
        });
        fixed.collect()
    }
}

/// What the parameters of a target stand for; of an argument that means nothing, only the kind is known.
fn bind(graph: &Graph, target: &Target, args: &[Argument], outer: &Bindings) -> Bindings {
    let args = by_name(args);
    let thing = |name: &Name| {
        let argument = args.get(name.value.as_str())?;
        match find(graph, outer, argument.value.constant()?.as_str()?).ok()? {
            Found::Thing(thing) => Some(thing),
            _ => None,
        }
    };
    let bound = target.params.iter().enumerate().map(|(i, param)| {
        let binding = match param.kind {
            ParamKind::Value(_) => Binding::Value(i as u16),
            ParamKind::Object(kind) => thing(&param.name)
                .filter(|thing| is_of(graph, *thing, Some(kind)))
                .map_or(Binding::Some(kind), Binding::Thing),
            ParamKind::Process => thing(&param.name)
                .filter(|thing| is_of(graph, *thing, None))
                .map_or(Binding::SomeProcess, Binding::Thing),
        };
        (param.name.value.clone(), binding)
    });
    bound.collect()
}

/// Whether it is an object of this kind, or a process.
fn is_of(graph: &Graph, thing: Thing, kind: Option<Kind>) -> bool {
    match thing {
        Thing::Object(id) => kind == Some(graph.object(id).kind()),
        Thing::End(_) => kind == Some(Kind::Pipe),
        Thing::Process(_) => kind.is_none(),
    }
}

fn by_name(args: &[Argument]) -> HashMap<&str, &Argument> {
    args.iter().map(|argument| (argument.name.value.as_str(), argument)).collect()
}

fn body<'a>(graph: &'a Graph, steps: &'a [Step], bindings: Bindings, fixed: &BTreeMap<String, Value>) -> Body<'a> {
    let (mut all, mut set) = (Vec::new(), HashSet::new());
    for step in steps {
        step.walk(&mut |step| {
            all.push(step);
            set.extend(step.sets().map(|name| name.value.as_str()));
        });
    }
    let flow = { Flow::new(steps, &KnownNames { graph, bindings: &bindings, fixed, set: &set }) };
    let reached = flow.as_ref().map(|flow| {
        let reached = reached(flow, Care::Every);
        let steps = flow.ids().filter(|id| reached[id.index()]).filter_map(|id| match flow.node(id).act {
            Act::Step(step) => Some(std::ptr::from_ref(step)),
            _ => None,
        });
        let mut steps: Vec<*const Step> = steps.collect();
        steps.sort_unstable();
        steps
    });
    let (mut uses, mut calls) = (Vec::new(), Vec::new());
    for step in all {
        let reached = reached.as_ref().is_none_or(|reached| reached.binary_search(&std::ptr::from_ref(step)).is_ok());
        let one_of_several = matches!(&step.action, Action::WaitAny { on, .. } if on.len() > 1);
        for usage in step.usages() {
            let word = match usage.operation {
                Operation::Read => split_property(graph, &bindings, usage.name).0,
                _ => usage.name,
            };
            if let Ok(Found::Thing(thing)) = find(graph, &bindings, word) {
                let (verb, span) = (usage.verb, usage.name.span);
                let operation = match (thing, usage.operation) {
                    // A `for .. from` an end receives.
                    (Thing::End(_), Operation::Get) => Operation::Recv,
                    (_, operation) => operation,
                };
                uses.push(Use { thing, operation, verb, span, bounded: usage.bounded, one_of_several, reached });
            }
        }
        calls.extend(call(graph, &bindings, step));
    }
    let (fixed, countable) = (fixed.clone(), is_countable(&uses));
    let runners = BTreeSet::new();
    Body { steps, bindings, runners, model: false, owner: None, fixed, set, flow, uses, countable, job: None, calls }
}

/// Uses that are looked at in one body for all counts together.
const COUNTED_MAX: usize = 1_000_000;

fn is_countable(uses: &[Use]) -> bool {
    let counts = || uses.iter().map(|used| (used.thing, used.operation)).collect::<HashSet<_>>().len();
    uses.len() * uses.len() <= COUNTED_MAX || counts() * uses.len() <= COUNTED_MAX
}

/// The pool and the job, if the step hands one over.
fn call(graph: &Graph, bindings: &Bindings, step: &Step) -> Option<(ObjectId, JobKey)> {
    let (pool, target, args): (_, _, &[Argument]) = match &step.action {
        Action::Apply { pool, target, args, .. } => (pool, target, args),
        Action::Map { pool, target, .. } => (pool, target, &[]),
        _ => return None,
    };
    let Ok(Found::Thing(Thing::Object(pool))) = find(graph, bindings, pool) else { return None };
    if !matches!(graph.object(pool).kind, ObjectKind::Pool(_)) {
        return None;
    }
    let id = graph.target_named(target)?;
    let target = graph.target(id);
    let bound = bind(graph, target, args, bindings);
    let things = target.params.iter().map(|param| match bound.get(&param.name.value) {
        Some(Binding::Thing(thing)) => Some(*thing),
        _ => None,
    });
    Some((pool, (id, things.collect())))
}

/// What is known before anything runs: parameters that the body does not set.
struct KnownNames<'k> {
    graph: &'k Graph,
    bindings: &'k Bindings,
    fixed: &'k BTreeMap<String, Value>,
    set: &'k HashSet<&'k str>,
}

impl Known for KnownNames<'_> {
    fn expr(&self, expr: &Expr, locals: &Locals) -> Option<Value> {
        expr.compile(&mut KnownScope(self, locals), &mut Bag::new())?.constant().cloned()
    }

    fn datum(&self, datum: &Datum, locals: &Locals) -> Option<Value> {
        match compile_datum(datum, &mut KnownScope(self, locals), &mut Bag::new())? {
            Operand::Constant(value) => Some(value),
            _ => None,
        }
    }

    fn kind(&self, word: &str) -> Option<Kind> {
        match find(self.graph, self.bindings, word).ok()? {
            Found::Thing(Thing::Object(id)) => Some(self.graph.object(id).kind()),
            Found::Some(kind) => Some(kind),
            _ => None,
        }
    }
}

struct KnownScope<'s, 'k>(&'s KnownNames<'k>, &'s Locals);

impl Scope for KnownScope<'_, '_> {
    fn resolve(&mut self, name: &str, span: Span) -> Resolved {
        let KnownNames { graph, fixed, set, .. } = self.0;
        if let Some(value) = self.1.get(name) {
            return Resolved::Constant(value.clone());
        }
        if set.contains(name) {
            return Resolved::Slot(0);
        }
        match fixed.get(name) {
            Some(value) => Resolved::Constant(value.clone()),
            None => match (ConstantScope { graph }).resolve(name, span) {
                constant @ Resolved::Constant(_) => constant,
                _ => Resolved::Slot(0),
            },
        }
    }

    fn known(&self) -> Vec<String> {
        Vec::new()
    }
}
