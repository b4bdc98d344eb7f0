//! What the rules ask of a graph: who touches what, where, and how many of them there are.
use std::collections::{BTreeMap, BTreeSet};

use super::body::{self, Body, JobKey};
use super::names::Doubt;
use super::order::Order;
use super::permit::permit;
use super::wiring::{Actor, Uses, Wiring};
use crate::diag::{Bag, Finding, Sources, Span};
use crate::graph::{
    Action, Body as ProcessBody, ExitPattern, Graph, Name, ObjectId, ObjectKind, Operation, OutcomeKind, Process,
    ProcessId, Stdin, Stdout, Step,
};
use crate::program::{Bindings, Found, JobId, ProcessRef, Thing, find, find_process};

pub(super) struct Study<'a> {
    pub graph: &'a Graph,
    pub sources: &'a Sources,
    pub bodies: Vec<Body<'a>>,
    pub order: Order,
    doubt: Doubt,
    touches: BTreeMap<Thing, Vec<Touch>>,
}

/// Uses that are shown with a finding.
const SHOWN_MAX: usize = 20;

/// Somebody who runs does something to a thing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touch {
    pub operation: Operation,
    /// As it is written: the verb, the operation of a `uses`, the stream.
    pub verb: &'static str,
    pub span: Span,
    /// It does not wait for ever.
    pub bounded: bool,
    /// It is one of several things waited for.
    pub one_of_several: bool,
    /// Control can come here.
    pub reached: bool,
    pub by: By,
}

/// Whose doing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    /// An index into the bodies.
    Body(usize),
    Command(ProcessId),
}

impl<'a> Study<'a> {
    pub fn new(graph: &'a Graph, sources: &'a Sources, doubt: Doubt) -> Study<'a> {
        let bodies = body::bodies(graph);
        let mut study = Study { graph, sources, order: Order::new(graph), bodies, doubt, touches: BTreeMap::new() };
        study.note();
        study
    }

    fn note(&mut self) {
        for (number, body) in self.bodies.iter().enumerate() {
            if body.model || body.runners.is_empty() {
                continue;
            }
            for used in &body.uses {
                let (operation, verb, span) = (used.operation, used.verb, used.span);
                let (bounded, one_of_several, reached) = (used.bounded, used.one_of_several, used.reached);
                let touch = Touch { operation, verb, span, bounded, one_of_several, reached, by: By::Body(number) };
                self.touches.entry(used.thing).or_default().push(touch);
            }
        }
        for (number, process) in self.graph.processes.iter().enumerate() {
            let id = ProcessId(number as u32);
            if process.instances() == 0 {
                continue;
            }
            let listed = process.uses.iter().flatten().filter(|_| process.is_external());
            for entry in listed {
                let Ok(permit) = permit(self.graph, entry) else { continue };
                for operation in permit.operations {
                    self.command_touch(id, permit.thing, operation, operation.name(), entry.span);
                }
            }
            for (name, operation, stream) in streams(self.graph, process) {
                if let Ok(Found::Thing(thing)) = find(self.graph, &Bindings::new(), name) {
                    self.command_touch(id, thing, operation, stream, name.span);
                }
            }
        }
    }

    fn command_touch(&mut self, by: ProcessId, thing: Thing, operation: Operation, verb: &'static str, span: Span) {
        // What a command does, and whether it waits, nobody knows.
        let touch =
            Touch { operation, verb, span, bounded: true, one_of_several: false, reached: true, by: By::Command(by) };
        self.touches.entry(thing).or_default().push(touch);
    }

    /// All that is done to this, by bodies in order, then by commands.
    pub fn touches(&self, thing: Thing) -> &[Touch] {
        self.touches.get(&thing).map_or(&[], Vec::as_slice)
    }

    pub fn touches_by(&self, thing: Thing, operation: Operation) -> impl Iterator<Item = &Touch> + Clone {
        self.touches(thing).iter().filter(move |touch| touch.operation == operation)
    }

    /// All that is done to a process or one of its instances.
    pub fn touches_of_process(&self, process: ProcessId) -> impl Iterator<Item = (ProcessRef, &Touch)> {
        let from = Thing::Process(ProcessRef { process, instance: None });
        let to = Thing::Process(ProcessRef { process, instance: Some(u32::MAX) });
        self.touches.range(from..=to).flat_map(|(thing, touches)| {
            let Thing::Process(meant) = *thing else { unreachable!("the range holds processes only") };
            touches.iter().map(move |touch| (meant, touch))
        })
    }

    /// Whether it means something that nobody does this: names are not lost that could be meant for it.
    pub fn is_certain(&self, object: ObjectId) -> bool {
        self.doubt.complete && !self.doubt.objects.contains(&object)
    }

    /// Whether it is as it was declared, and not as a default where that could not be read.
    pub fn is_sound(&self, object: ObjectId) -> bool {
        self.doubt.is_sound(object)
    }

    /// Declarations are missing: that a name is not declared means nothing.
    pub fn may_be_declared(&self) -> bool {
        self.doubt.undeclared
    }

    pub fn is_certain_process(&self, process: ProcessId) -> bool {
        self.doubt.complete && !self.doubt.processes.contains(&process)
    }

    /// Whether this place is in a body in which something was left out.
    pub fn is_broken(&self, place: Span) -> bool {
        self.doubt.is_broken(place)
    }

    /// How many of them can run at the same time. Threads count as well as processes.
    pub fn crowd_of(&self, actor: Actor) -> u64 {
        match actor {
            Actor::Process(process) => {
                let process = self.graph.process(process);
                u64::from(process.instances()) * u64::from(*process.threads)
            }
            Actor::Worker(pool) => u64::from(self.pool_size(pool)),
        }
    }

    /// As [`Study::crowd_of`], but a process with threads is one.
    pub fn processes_of(&self, actor: Actor) -> u64 {
        match actor {
            Actor::Process(process) => u64::from(self.graph.process(process).instances()),
            Actor::Worker(pool) => u64::from(self.pool_size(pool)),
        }
    }

    /// The workers that can be at work at the same time.
    fn pool_size(&self, pool: ObjectId) -> u32 {
        match &self.graph.object(pool).kind {
            ObjectKind::Pool(kind) if kind.initializer.is_none() && self.is_asked_one_by_one(pool) => 1,
            ObjectKind::Pool(kind) => *kind.processes,
            _ => 0,
        }
    }

    /// One process alone hands it its calls, and waits for each.
    fn is_asked_one_by_one(&self, pool: ObjectId) -> bool {
        let mut calls = self.touches_by(Thing::Object(pool), Operation::Apply);
        let callers = |touch: &Touch| self.actors(touch.by);
        let Some(first) = calls.clone().next().and_then(|touch| callers(touch).first().copied()) else { return false };
        matches!(first, Actor::Process(_))
            && self.crowd_of(first) == 1
            && calls.all(|touch| touch.verb == "apply" && callers(touch) == [first])
    }

    /// A process of the graph is to hang, or to be stopped by the clock.
    pub fn is_wrong_on_purpose(&self) -> bool {
        let outcome = self.graph.expect.as_ref().and_then(|expect| expect.outcome.as_ref());
        outcome.is_some_and(|outcome| outcome.value != OutcomeKind::Completed)
    }

    /// The model of some command does this, whether or not its `uses` lists it: if not, that is reported.
    pub fn is_in_a_model(&self, thing: Thing, operation: Operation) -> bool {
        let does = |used: &body::Use| used.thing == thing && used.operation == operation;
        self.bodies.iter().any(|body| body.model && body.uses.iter().any(does))
    }

    /// An end other than with 0 is expected of it, or of one of its instances.
    pub fn may_fail(&self, process: ProcessId) -> bool {
        let expected = self.graph.expect.iter().flat_map(|expect| &expect.processes);
        let of = |name: &Name| find_process(self.graph, name).is_some_and(|found| found.process == process);
        let mut exits = expected.filter(|(name, _)| of(name)).filter_map(|(_, expected)| expected.exit.as_ref());
        exits.any(|exit| exit.value.iter().any(|pattern| pattern.value != ExitPattern::Code(0)))
    }

    /// Somebody surely ends it by a signal, whatever it waits for.
    pub fn is_ended(&self, process: ProcessId) -> bool {
        self.touches_of_process(process).any(|(whom, touch)| {
            let By::Body(number) = touch.by else { return false };
            whom.instance.is_none()
                && matches!(touch.operation, Operation::Terminate | Operation::Kill)
                && touch.reached
                && self.bodies[number].steps.iter().any(|step| {
                    matches!(step.action, Action::Terminate { .. } | Action::Kill { .. })
                        && step.usages().any(|usage| usage.name.span == touch.span)
                })
        })
    }

    /// All who wait there are ended by a signal.
    pub fn are_ended<'t>(&self, mut touches: impl Iterator<Item = &'t Touch>) -> bool {
        touches.all(|touch| {
            self.actors(touch.by).iter().all(|actor| match actor {
                Actor::Process(process) => self.is_ended(*process),
                Actor::Worker(_) => false,
            })
        })
    }

    /// Those who run it.
    pub fn actors(&self, by: By) -> Vec<Actor> {
        match by {
            By::Command(process) => vec![Actor::Process(process)],
            By::Body(number) => self.bodies[number].runners.iter().copied().collect(),
        }
    }

    pub fn is_by(&self, by: By, actor: Actor) -> bool {
        match by {
            By::Command(process) => actor == Actor::Process(process),
            By::Body(number) => self.bodies[number].runners.contains(&actor),
        }
    }

    /// For messages.
    pub fn actor_name(&self, actor: Actor) -> String {
        match actor {
            Actor::Process(process) => format!("`{}`", self.graph.process(process).name.value),
            Actor::Worker(pool) => format!("a worker of `{}`", self.graph.object(pool).name.value),
        }
    }

    pub fn actor_span(&self, actor: Actor) -> Span {
        match actor {
            Actor::Process(process) => self.graph.process(process).name.span,
            Actor::Worker(pool) => self.graph.object(pool).name.span,
        }
    }

    /// The bodies whose rules are about running: somebody runs them.
    pub fn running(&self) -> impl Iterator<Item = (usize, &Body<'a>)> {
        self.bodies.iter().enumerate().filter(|(_, body)| !body.runners.is_empty())
    }

    /// All blocks of steps as written, each once.
    pub fn written(&self) -> Vec<&'a [Step]> {
        let models = self.graph.processes.iter().filter_map(|process| process.model.as_deref());
        self.written_by_author().into_iter().chain(models).collect()
    }

    /// Those that are run: without the models.
    pub fn written_by_author(&self) -> Vec<&'a [Step]> {
        let targets = self.graph.targets.iter().map(|target| target.steps.as_slice());
        let own = self.graph.processes.iter().filter_map(|process| match &process.body {
            ProcessBody::Steps(steps) => Some(steps.as_slice()),
            _ => None,
        });
        targets.chain(own).collect()
    }

    /// The wiring, with the jobs numbered by `id`.
    pub fn wiring(&self, jobs: usize, id: impl Fn(&JobKey) -> Option<JobId>) -> Wiring {
        let mut processes = vec![Uses::new(); self.graph.processes.len()];
        for (thing, touches) in &self.touches {
            for touch in touches {
                for actor in self.actors(touch.by) {
                    if let Actor::Process(process) = actor {
                        processes[process.index()].insert((*thing, touch.operation));
                    }
                }
            }
        }
        let mut done = vec![Uses::new(); jobs];
        let mut pools: BTreeMap<ObjectId, BTreeSet<JobId>> = BTreeMap::new();
        for body in &self.bodies {
            if let Some(job) = body.job.as_ref().and_then(&id) {
                done[job.0 as usize].extend(body.uses.iter().map(|used| (used.thing, used.operation)));
                for actor in &body.runners {
                    if let Actor::Worker(pool) = actor {
                        pools.entry(*pool).or_default().insert(job);
                    }
                }
            }
        }
        Wiring::new(processes, done, pools)
    }

    /// As it is written outside of targets.
    pub fn name_of(&self, thing: Thing) -> String {
        match thing {
            Thing::Object(id) => self.graph.object(id).name.value.clone(),
            Thing::End(end) => {
                let object = self.graph.object(end.pipe);
                match &object.kind {
                    ObjectKind::Pipe(pipe) => {
                        format!("{}.{}", object.name.value, pipe.ends[usize::from(end.side)].value)
                    }
                    _ => object.name.value.clone(),
                }
            }
            Thing::Process(ProcessRef { process, instance }) => {
                let process = self.graph.process(process);
                instance.map_or(process.name.value.clone(), |index| process.instance_name(index))
            }
        }
    }

    /// Adds the uses as further labels, each place once.
    pub fn show<'t>(&self, mut finding: Finding, touches: impl IntoIterator<Item = &'t Touch>) -> Finding {
        let mut places: Vec<(Span, &str)> = touches.into_iter().map(|touch| (touch.span, touch.verb)).collect();
        places.sort_unstable();
        places.dedup();
        let all = places.len();
        for (at, (span, verb)) in places.into_iter().take(SHOWN_MAX).enumerate() {
            if finding.labels.iter().all(|label| label.span != span) {
                let more = match all - at - 1 {
                    left if at + 1 == SHOWN_MAX && left > 0 => format!(", and at {left} more places"),
                    _ => String::new(),
                };
                finding = finding.also(span, format!("`{verb}` here{more}"));
            }
        }
        finding
    }
}

/// What a process's standard streams are connected to, and what it does to it.
pub(super) fn streams<'g>(graph: &Graph, process: &'g Process) -> Vec<(&'g Name, Operation, &'static str)> {
    let mut found = Vec::new();
    match &process.stdin {
        Stdin::Queue { queue, .. } => {
            found.push((queue, Operation::Get, "stdin"));
            let joinable = graph
                .object_named(queue)
                .is_some_and(|id| matches!(&graph.object(id).kind, ObjectKind::Queue(queue) if queue.joinable));
            if joinable {
                found.push((queue, Operation::TaskDone, "stdin"));
            }
        }
        Stdin::Pipe(end) => found.push((end, Operation::Recv, "stdin")),
        Stdin::Inherit | Stdin::Null | Stdin::File(..) => {}
    }
    for (stream, verb) in [(&process.stdout, "stdout"), (&process.stderr, "stderr")] {
        match stream {
            Stdout::Queue { queue, .. } => found.push((queue, Operation::Put, verb)),
            Stdout::Pipe(end) => found.push((end, Operation::Send, verb)),
            Stdout::Captured | Stdout::Inherit | Stdout::Null | Stdout::File(..) => {}
        }
    }
    found
}

/// Only the first finding of a rule at a place is kept: bodies share steps.
pub(super) fn once_each(findings: Bag) -> Bag {
    let mut seen = BTreeSet::new();
    let mut kept = Bag::new();
    for finding in findings {
        if seen.insert((finding.code, finding.primary().span)) {
            kept.add(finding);
        }
    }
    kept
}
