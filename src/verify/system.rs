//! A plan as the explorer sees it: who acts, in which body, on what; fixed while it explores.
use super::body::Body;
use super::layout::{Layout, Place};
use super::payload::Payloads;
use super::sinks::Sink;
use super::watch::Rule;
use crate::check::{Actor as Wired, Plan};
use crate::diag::Span;
use crate::expr::Me;
use crate::graph::{
    Body as Written, ExitPattern, Graph, ObjectId, ObjectKind, Operation, OutcomeKind, Process, ProcessId, Start,
};
use crate::program::{End, JobId, Op, Thing};
use crate::value::Str;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How the clock goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Time {
    /// An exact clock that goes on only when nothing else can happen.
    Ideal,
    /// A timer may fire at any later moment, and sleeps order nothing.
    Any,
}

pub(super) struct System<'p> {
    pub plan: &'p Plan,
    pub time: Time,
    /// Of the processes, by their numbers, then of the jobs. A command without a model has an empty one.
    pub bodies: Vec<Option<Body<'p>>>,
    pub actors: Vec<Actor>,
    /// Processes, then the workers of the pools.
    pub instances: Vec<Instance>,
    pub layout: Layout,
    pub rules: Vec<Rule>,
    /// The rules on lines of several actors; their watches are part of the state.
    pub shared_rules: Vec<usize>,
    /// Actors that may change places: consecutive, at least two.
    pub groups: Vec<Range<usize>>,
    /// By object, whether an event that somebody clears.
    pub cleared: Vec<bool>,
    /// By place of a queue: somebody who takes from it with `for .. from` puts into it, too.
    fed: Vec<bool>,
    /// By barrier's object, whether the index of arrival is looked at.
    pub indexed: Vec<bool>,
    pub reads_clock: bool,
    /// Where it is looked at how long the run takes: no moment past this one matters to that.
    pub elapsed_max_ns: Option<u64>,
    /// Additions to a cell of whole numbers are taken to come to the same in every order.
    pub commute: bool,
    /// Where items are not told apart.
    pub payloads: Option<Payloads>,
}

/// How a plan is looked at.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub time: Time,
    /// First actors of those that seemed interchangeable and turned out to print what tells them apart.
    pub apart: BTreeSet<usize>,
    /// See [`System::commute`].
    pub commute: bool,
    /// Do not tell items apart that nobody decides by.
    pub opaque: bool,
    /// Look at how long the run takes. The time is part of a state then.
    pub elapsed: bool,
    /// Queues with another bound than the declared one; 0 is none.
    pub maxsizes: BTreeMap<ObjectId, u64>,
}

impl From<Time> for View {
    fn from(time: Time) -> View {
        View { time, apart: BTreeSet::new(), commute: true, opaque: false, elapsed: false, maxsizes: BTreeMap::new() }
    }
}

/// What runs one body at a time: a process, a thread, a worker of a pool.
pub(super) struct Actor {
    pub name: Str,
    pub me: Me,
    pub instance: usize,
    /// Into `bodies`; a worker has none of its own.
    pub body: Option<usize>,
    /// Actors of one class have the same future in the same state.
    pub class: u32,
    /// Of stdout and stderr.
    pub sinks: [Vec<Sink>; 2],
    /// Whether what it prints to stdout and stderr has its place among the lines of others.
    pub ordered: [bool; 2],
    /// Whether printing is a step: the line has its place, or the actor may be ended before it comes to it.
    pub prints: [bool; 2],
    /// Somebody else may end it on its way.
    pub is_cut_short: bool,
}

pub(super) struct Instance {
    pub name: Str,
    pub role: Role,
    pub actors: Range<usize>,
    pub daemon: bool,
    pub manual: bool,
    /// Who must have ended first, and whether any end will do.
    pub after: Vec<(usize, bool)>,
    pub restarts: u32,
    pub backoff_ns: u64,
    pub timeout_ns: Option<u64>,
    /// The ends that `expect` allows; `None` where it says nothing.
    pub exits: Option<(Vec<ExitPattern>, Span)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Process(ProcessId),
    Worker(ObjectId),
}

impl<'p> System<'p> {
    pub fn new(plan: &'p Plan, time: Time) -> System<'p> {
        System::of(plan, &time.into())
    }

    pub fn of(plan: &'p Plan, view: &View) -> System<'p> {
        let graph = plan.graph();
        let processes = (0..graph.processes.len()).map(|number| plan.program(ProcessId(number as u32)).map(Body::new));
        let bodies: Vec<Option<Body>> = processes.chain(plan.jobs().iter().map(|job| Some(Body::new(job)))).collect();
        let mut system = System {
            plan,
            time: view.time,
            bodies,
            actors: Vec::new(),
            instances: Vec::new(),
            layout: Layout::new(graph),
            rules: Vec::new(),
            shared_rules: Vec::new(),
            groups: Vec::new(),
            cleared: vec![false; graph.objects.len()],
            fed: Vec::new(),
            indexed: vec![false; graph.objects.len()],
            reads_clock: false,
            elapsed_max_ns: elapsed_max_ns(graph).filter(|_| view.elapsed),
            commute: view.commute && super::commute::is_possible(plan),
            payloads: None,
        };
        for op in system.bodies.iter().flatten().flat_map(|body| body.ops().map(|(_, op)| op).collect::<Vec<_>>()) {
            match op {
                Op::ClearEvent(event) => system.cleared[event.index()] = true,
                Op::WaitBarrier { barrier, into: Some(_), .. } => system.indexed[barrier.index()] = true,
                Op::ReadClock { .. } => system.reads_clock = true,
                _ => {}
            }
        }
        system.cap_semaphores();
        for (queue, maxsize) in &view.maxsizes {
            system.layout.limit(*queue, *maxsize);
        }
        system.add_processes();
        system.add_workers();
        system.fed = (0..system.layout.objects.len()).map(|place| system.feeds_itself(place)).collect();
        system.watch_lines();
        system.find_groups(&view.apart);
        if view.opaque {
            system.payloads = Payloads::new(&system);
        }
        system
    }

    fn add_processes(&mut self) {
        let graph = self.plan.graph();
        let ops = self.bodies.iter().flatten().flat_map(Body::ops);
        let signals = ops.filter(|(_, op)| matches!(op, Op::Terminate(_) | Op::Kill(_)));
        let signalled: BTreeSet<ProcessId> = signals.flat_map(|(_, op)| processes(op)).map(|of| of.process).collect();
        for (number, instance) in self.plan.instances().iter().enumerate() {
            let process = graph.process(instance.process);
            let target = match &process.body {
                Written::Target { target, .. } => target.value.as_str(),
                _ => "",
            };
            let begin = self.actors.len();
            let threads = if process.threaded { process.threads.value } else { 1 };
            for thread in 1..=threads {
                let name = match process.threaded {
                    true => Str::from(format!("{}.{thread}", instance.name)),
                    false => Str::from(instance.name.as_str()),
                };
                let body = instance.process.index();
                self.actors.push(Actor {
                    me: Me { name: name.clone(), index: i64::from(instance.index), target: Str::from(target) },
                    name,
                    instance: number,
                    body: self.bodies[body].is_some().then_some(body),
                    class: self.actors.len() as u32,
                    sinks: [Vec::new(), Vec::new()],
                    ordered: [false; 2],
                    prints: [false; 2],
                    is_cut_short: process.daemon
                        || threads > 1
                        || process.timeout.is_some()
                        || signalled.contains(&instance.process),
                });
            }
            let after = process.after.iter().flat_map(|after| {
                let named = crate::program::find_process(graph, &after.process);
                let instances = named.map_or(0..0, |named| self.plan.instances_of(named));
                instances.map(|first| (first, after.any_end)).collect::<Vec<_>>()
            });
            let restart = process.restart.as_ref();
            self.instances.push(Instance {
                name: Str::from(instance.name.as_str()),
                role: Role::Process(instance.process),
                actors: begin..self.actors.len(),
                daemon: process.daemon,
                manual: process.start == Start::Manual,
                after: after.collect(),
                restarts: restart.map_or(0, |restart| restart.max),
                backoff_ns: restart.map_or(0, |restart| nanoseconds(restart.backoff)),
                timeout_ns: process.timeout.map(nanoseconds),
                exits: None,
            });
        }
        let Some(expect) = &graph.expect else { return };
        for (name, expected) in &expect.processes {
            let Some(named) = crate::program::find_process(graph, name) else { continue };
            if let Some(exits) = &expected.exit {
                let patterns: Vec<ExitPattern> = exits.value.iter().map(|exit| exit.value).collect();
                for instance in self.plan.instances_of(named) {
                    self.instances[instance].exits = Some((patterns.clone(), exits.span));
                }
            }
        }
    }

    fn add_workers(&mut self) {
        for (number, object) in self.plan.graph().objects.iter().enumerate() {
            let ObjectKind::Pool(pool) = &object.kind else { continue };
            for worker in 1..=pool.processes.value {
                let name = Str::from(format!("{}-{worker}", *object.name));
                let begin = self.actors.len();
                self.actors.push(Actor {
                    me: Me { name: name.clone(), index: i64::from(worker), target: Str::EMPTY },
                    name: name.clone(),
                    instance: self.instances.len(),
                    body: None,
                    class: begin as u32,
                    sinks: [Vec::new(), Vec::new()],
                    ordered: [false; 2],
                    prints: [false; 2],
                    is_cut_short: true,
                });
                self.instances.push(Instance {
                    name,
                    role: Role::Worker(ObjectId(number as u32)),
                    actors: begin..begin + 1,
                    daemon: true,
                    manual: false,
                    after: Vec::new(),
                    restarts: 0,
                    backoff_ns: 0,
                    timeout_ns: None,
                    exits: None,
                });
            }
        }
    }

    pub fn is_fed(&self, place: Place) -> bool {
        self.fed[place]
    }

    fn feeds_itself(&self, place: Place) -> bool {
        let (id, _) = self.layout.owners[place];
        let thing = Thing::Object(id);
        let putters = self.wired(thing, Operation::Put);
        matches!(self.plan.graph().object(id).kind, ObjectKind::Queue(_))
            && self.wired(thing, Operation::Get).iter().any(|taker| putters.contains(taker))
    }

    /// A command without a model.
    pub fn is_opaque(&self, actor: usize) -> bool {
        self.actors[actor].body.is_none()
            && matches!(self.instances[self.actors[actor].instance].role, Role::Process(_))
    }

    /// The bodies that a pool's workers may run.
    pub fn jobs_of(&self, pool: ObjectId) -> impl Iterator<Item = usize> + '_ {
        self.plan.wiring().jobs_of(pool).map(|job| self.job(job))
    }

    /// Workers that are replaced may be known by their numbers: to themselves, and to whoever is told that one has ended.
    pub fn tells_workers_apart(&self, pool: ObjectId) -> bool {
        let jobs = self.plan.initializer(pool).map(|job| self.job(job)).into_iter().chain(self.jobs_of(pool));
        jobs.filter_map(|job| self.bodies[job].as_ref())
            .any(|body| body.knows_itself || body.takes_chances || body.exits)
    }

    pub fn job(&self, job: JobId) -> usize {
        self.plan.graph().processes.len() + job.0 as usize
    }

    pub fn body(&self, number: usize) -> &Body<'p> {
        self.bodies[number].as_ref().expect("what runs has a body")
    }

    /// The instances that may do this.
    pub fn wired(&self, thing: Thing, operation: Operation) -> Vec<usize> {
        let mut all = BTreeSet::new();
        for actor in self.plan.wiring().actors(thing, operation) {
            let role = match actor {
                Wired::Process(process) => Role::Process(process),
                Wired::Worker(pool) => Role::Worker(pool),
            };
            all.extend((0..self.instances.len()).filter(|instance| self.instances[*instance].role == role));
        }
        all.into_iter().collect()
    }

    /// The instances that have this end of a pipe.
    pub fn holders(&self, end: End) -> Vec<usize> {
        let operations = [Operation::Send, Operation::Recv, Operation::Get, Operation::Close, Operation::Wait];
        let read = [Operation::Read];
        let all = operations.iter().chain(&read).flat_map(|operation| self.wired(Thing::End(end), *operation));
        all.collect::<BTreeSet<usize>>().into_iter().collect()
    }

    pub fn expected_outcome(&self) -> OutcomeKind {
        let outcome = self.plan.graph().expect.as_ref().and_then(|expect| expect.outcome.as_ref());
        outcome.map_or(OutcomeKind::Completed, |outcome| outcome.value)
    }

    pub fn has_timers(&self) -> bool {
        let timed = self.instances.iter().any(|instance| instance.timeout_ns.is_some());
        let barriers = self.plan.graph().objects.iter();
        let barriers = barriers.filter(|object| matches!(&object.kind, ObjectKind::Barrier(b) if b.timeout.is_some()));
        let ops = self.bodies.iter().flatten().flat_map(Body::ops);
        timed
            || barriers.count() > 0
            || self.plan.graph().timeout.is_some()
            || self.instances.iter().any(|instance| instance.restarts > 0)
            || ops.into_iter().any(|(_, op)| super::access::is_timed(op) || matches!(op, Op::Sleep(_)))
    }
}

/// The processes that an operation names.
pub(super) fn processes(op: &Op) -> Vec<crate::program::ProcessRef> {
    match op {
        Op::ReadProcess { process, .. }
        | Op::Start(process)
        | Op::Terminate(process)
        | Op::Kill(process)
        | Op::JoinProcess { process, .. } => vec![*process],
        Op::WaitAny { on, .. } => on
            .iter()
            .filter_map(|waitee| match waitee.what {
                crate::program::WaiteeKind::Process(process) => Some(process),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Some room past what is expected, so that the true figure can be told. How long a command takes nobody knows.
pub(super) fn elapsed_max_ns(graph: &Graph) -> Option<u64> {
    let elapsed = graph.expect.as_ref()?.elapsed.as_ref()?;
    let bounds = [elapsed.min, elapsed.max].into_iter().flatten().map(nanoseconds);
    let most = bounds.max().filter(|_| !graph.processes.iter().any(Process::is_external))?;
    Some(most.saturating_mul(4).saturating_add(1_000_000_000))
}

pub(super) fn nanoseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
