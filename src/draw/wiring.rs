//! The picture of a plan: who has to do with what, and which way things go.
use std::collections::BTreeMap;

use super::{Arrow, Heads, Node, Picture, Shape};
use crate::check::{Plan, Uses};
use crate::graph::{Kind, ObjectId, ObjectKind, Operation, PipeMode, Process, ProcessId, Start};
use crate::program::Thing;

/// Objects come first, so that a process's place follows from its number.
pub fn picture(plan: &Plan) -> Picture {
    let graph = plan.graph();
    let mut nodes: Vec<Node> = graph
        .objects
        .iter()
        .map(|object| Node {
            name: object.name.value.clone(),
            about: about_object(&object.kind),
            replicas: None,
            shape: Shape::Object(object.kind()),
        })
        .collect();
    nodes.extend(graph.processes.iter().map(|process| Node {
        name: process.name.value.clone(),
        about: about_process(process),
        replicas: process.replicas.as_ref().map(|replicas| replicas.value),
        shape: if process.is_external() { Shape::Command } else { Shape::Steps },
    }));
    Picture { name: graph.name.clone(), nodes, arrows: Arrows::of(plan).finish() }
}

fn about_object(kind: &ObjectKind) -> String {
    let mut words = vec![kind.kind().name().to_owned()];
    match kind {
        ObjectKind::Queue(queue) => {
            words.extend((queue.maxsize > 0).then(|| format!("maxsize {}", queue.maxsize)));
            words.extend(queue.joinable.then(|| "joinable".into()));
            words.extend((!queue.items.is_empty()).then(|| format!("{} items", queue.items.len())));
        }
        ObjectKind::Pipe(pipe) => {
            words.extend((!pipe.duplex).then(|| "one way".into()));
            words.extend((pipe.mode == PipeMode::Bytes).then(|| "bytes".into()));
        }
        ObjectKind::Event(event) => words.extend(event.set.then(|| "set".into())),
        ObjectKind::Barrier(barrier) => words.push(format!("parties {}", barrier.parties.value)),
        ObjectKind::Lock(lock) => words.extend(lock.recursive.then(|| "recursive".into())),
        ObjectKind::Semaphore(semaphore) => {
            words.push(format!("value {}", semaphore.value));
            words.extend(semaphore.bounded.then(|| "bounded".into()));
        }
        ObjectKind::Condition(_) => {}
        ObjectKind::Value(cell) => words.push(cell.scalar.name().into()),
        ObjectKind::Array(array) => words.push(format!("{} of {}", array.initial.len(), array.scalar.name())),
        ObjectKind::Pool(pool) => words.push(format!("processes {}", pool.processes.value)),
    }
    words.join(", ")
}

fn about_process(process: &Process) -> String {
    let mut words = Vec::new();
    words.extend(process.is_external().then(|| "command".to_owned()));
    words.extend(process.replicas.as_ref().map(|replicas| format!("replicas {}", replicas.value)));
    words.extend(process.threaded.then(|| format!("threads {}", process.threads.value)));
    words.extend(process.daemon.then(|| "daemon".into()));
    words.extend((process.start == Start::Manual).then(|| "manual".into()));
    words.extend(process.restart.is_some().then(|| "restart".into()));
    words.join(", ")
}

/// Which way something goes when this is done to an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// From the object to who does it.
    Out,
    /// Into the object.
    In,
    /// They meet there.
    Both,
    /// Nothing goes anywhere: it follows from another operation.
    Neither,
}

fn way(operation: Operation, kind: Option<Kind>) -> Way {
    match operation {
        Operation::Wait if matches!(kind, Some(Kind::Barrier | Kind::Condition)) => Way::Both,
        Operation::Acquire | Operation::Release if matches!(kind, Some(Kind::Lock | Kind::Condition)) => Way::Both,
        Operation::Get | Operation::Recv | Operation::Read | Operation::Wait | Operation::Acquire | Operation::Join => {
            Way::Out
        }
        Operation::TaskDone | Operation::Close => Way::Neither,
        Operation::Add => Way::Both,
        _ => Way::In,
    }
}

/// What stands at the arrow between a doer and a thing.
#[derive(Default)]
struct Between {
    labels: Vec<String>,
    ways: Vec<Way>,
}

/// The arrows by doer and thing, both as places among the nodes.
struct Arrows<'p> {
    plan: &'p Plan,
    between: BTreeMap<(usize, usize), Between>,
    dashed: Vec<Arrow>,
}

impl<'p> Arrows<'p> {
    fn of(plan: &'p Plan) -> Arrows<'p> {
        let mut all = Arrows { plan, between: BTreeMap::new(), dashed: Vec::new() };
        let graph = plan.graph();
        for number in 0..graph.processes.len() as u32 {
            let process = ProcessId(number);
            all.add(all.of_process(process), plan.wiring().uses(process));
        }
        for (number, object) in graph.objects.iter().enumerate() {
            let pool = ObjectId(number as u32);
            for job in plan.wiring().jobs_of(pool) {
                all.add(number, plan.wiring().job_uses(job));
            }
            if let ObjectKind::Condition(condition) = &object.kind
                && let Some(lock) = condition.lock.as_ref().and_then(|lock| graph.object_named(&lock.value))
            {
                all.dash(number, lock.index(), "lock", Heads::None);
            }
        }
        for (number, process) in graph.processes.iter().enumerate() {
            let to = all.of_process(ProcessId(number as u32));
            for after in &process.after {
                let Some(before) = graph.process_named(&after.process.value) else { continue };
                all.dash(all.of_process(before), to, if after.any_end { "after: exited" } else { "after" }, Heads::One);
            }
        }
        all
    }

    fn of_process(&self, process: ProcessId) -> usize {
        self.plan.graph().objects.len() + process.index()
    }

    fn add(&mut self, doer: usize, uses: &Uses) {
        for (thing, operation) in uses {
            let (place, kind, end) = match *thing {
                Thing::Object(object) => (object.index(), Some(self.plan.graph().object(object).kind()), None),
                Thing::End(end) => {
                    let ObjectKind::Pipe(pipe) = &self.plan.graph().object(end.pipe).kind else { continue };
                    (end.pipe.index(), Some(Kind::Pipe), Some(pipe.ends[usize::from(end.side)].value.as_str()))
                }
                Thing::Process(process) => (self.of_process(process.process), None, None),
            };
            let label = match end {
                Some(end) => format!("{end}.{}", operation.name()),
                None => operation.name().to_owned(),
            };
            let between = self.between.entry((doer, place)).or_default();
            if !between.labels.contains(&label) {
                between.labels.push(label);
            }
            between.ways.push(way(*operation, kind));
        }
    }

    fn dash(&mut self, from: usize, to: usize, label: &str, heads: Heads) {
        self.dashed.push(Arrow { from, to, label: label.into(), heads, dashed: true });
    }

    fn finish(self) -> Vec<Arrow> {
        let solid = self.between.into_iter().map(|((doer, place), between)| {
            let goes = |way| between.ways.iter().any(|of| *of == way || *of == Way::Both);
            let (from, to, heads) = match (goes(Way::In), goes(Way::Out)) {
                (true, true) => (doer, place, Heads::Both),
                (false, true) => (place, doer, Heads::One),
                (_, false) => (doer, place, Heads::One),
            };
            Arrow { from, to, label: between.labels.join(", "), heads, dashed: false }
        });
        solid.chain(self.dashed).collect()
    }
}
