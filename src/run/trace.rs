//! A run as it was: every step of every process, with when it began and ended.
use super::blame;
use super::record::Record;
use super::world::{NodeKind, World};
use crate::graph::Kind;
use crate::program::{Instr, Op, Outcome, Source, StepInfo, Thing};
use crate::shm::{How, SlotIndex, Traced};
use crate::value::Str;

/// Steps kept at most: further ones are counted.
pub const TRACE_STEPS_MAX: u64 = 1 << 20;

/// Times are nanoseconds since the run began.
#[derive(Clone, Debug, Default)]
pub struct RunTrace {
    pub graph: String,
    pub processes: Vec<TracedProcess>,
    /// In the order in which they began.
    pub steps: Vec<TracedStep>,
    /// Past [`TRACE_STEPS_MAX`].
    pub lost: u64,
    pub elapsed_ns: u64,
}

/// A process, or a worker of a pool, that did something.
#[derive(Clone, Debug)]
pub struct TracedProcess {
    pub name: Str,
    /// Its threads, if it has any.
    pub threads: u32,
    /// The last time, if it was started more than once; a worker has none.
    pub lifetime: Option<(u64, u64)>,
    pub exit: Option<i32>,
}

#[derive(Clone, Debug)]
pub struct TracedStep {
    /// Which of the processes, and which thread of it (from 0).
    pub process: usize,
    pub thread: u32,
    pub verb: &'static str,
    /// What it is done to: `tasks`, `chan.a`; empty where it touches nothing.
    pub object: String,
    /// The object's kind, `process`, or empty.
    pub kind: &'static str,
    /// `file:line`.
    pub place: Str,
    pub text: Str,
    pub begun_ns: u64,
    pub ended_ns: u64,
    /// `None`: it was under way to the end.
    pub how: Option<How>,
}

/// What was traced, if it was asked for.
pub(super) fn collect(world: &World, record: &Record, elapsed_ns: u64) -> Option<RunTrace> {
    let trace = world.trace.as_ref()?;
    let mut all =
        RunTrace { graph: world.plan.graph().name.clone(), lost: trace.lost(), elapsed_ns, ..Default::default() };
    // By node: its place among the processes.
    let mut places = vec![None; world.nodes.len()];
    for (number, node) in world.nodes.iter().enumerate() {
        let (threads, lifetime, exit) = match node.kind {
            NodeKind::Instance(instance) => {
                let of = &record.processes[instance];
                let lifetime = of.started_ns.map(|started| (started, of.ended_ns.unwrap_or(elapsed_ns)));
                (if world.process(instance).threaded { node.threads } else { 0 }, lifetime, of.exit)
            }
            NodeKind::Worker { .. } => (0, None, None),
            _ => continue,
        };
        places[number] = Some(all.processes.len());
        all.processes.push(TracedProcess { name: node.name.clone(), threads, lifetime, exit });
    }
    all.steps = trace.rows().filter_map(|row| step(world, &places, elapsed_ns, &row)).collect();
    all.steps.sort_by_key(|step| step.begun_ns);
    Some(all)
}

fn step(world: &World, places: &[Option<usize>], elapsed_ns: u64, row: &Traced) -> Option<TracedStep> {
    let node = world.node_of(row.actor)?;
    let program = blame::program(world, node, row.code)?;
    let instr = program.code.get(row.pc as usize)?;
    let info: &StepInfo = program.step_at(row.pc);
    let (object, kind) = match instr {
        Instr::Op(op) => op.thing().map_or_else(Default::default, |thing| named(world, thing)),
        _ => Default::default(),
    };
    let since = |ns: u64| ns.saturating_sub(world.begun_ns);
    Some(TracedStep {
        process: places[node.index()]?,
        thread: row.actor.0 - world.node(node).slots.start,
        verb: info.verb,
        object,
        kind,
        place: info.place.clone(),
        text: info.text.clone(),
        begun_ns: since(row.begun_ns),
        ended_ns: row.ended.map_or(elapsed_ns, |(ns, _)| since(ns)),
        how: row.ended.map(|(_, how)| how),
    })
}

/// The name in the graph, and what it is.
fn named(world: &World, thing: Thing) -> (String, &'static str) {
    let graph = world.plan.graph();
    match thing {
        Thing::Object(id) => (graph.object(id).name.value.clone(), graph.object(id).kind().name()),
        Thing::End(end) => {
            let object = graph.object(end.pipe);
            let crate::graph::ObjectKind::Pipe(pipe) = &object.kind else { return Default::default() };
            (format!("{}.{}", *object.name, *pipe.ends[usize::from(end.side)]), Kind::Pipe.name())
        }
        Thing::Process(process) => {
            let declared = graph.process(process.process);
            let name = match process.instance {
                Some(index) => declared.instance_name(index),
                None => declared.name.value.clone(),
            };
            (name, "process")
        }
    }
}

/// Begins a row for a step of `actor`, where the run is traced.
pub(super) fn begin(world: &World, actor: SlotIndex, code: u32, pc: u32) -> Option<crate::shm::Begun> {
    world.trace.as_ref()?.begin(actor, code, pc)
}

impl Outcome {
    pub(super) fn how(&self) -> How {
        match self {
            Outcome::Done(_) => How::Done,
            Outcome::TimedOut => How::TimedOut,
            Outcome::Ended => How::Ended,
            Outcome::Failed(_) => How::Failed,
        }
    }
}

impl Op {
    /// The one thing that it touches, if it is one.
    fn thing(&self) -> Option<Thing> {
        Some(match self {
            Op::Put { queue: of, .. }
            | Op::Get { queue: of, .. }
            | Op::TaskDone(of)
            | Op::JoinQueue { queue: of, .. }
            | Op::CloseQueue(of)
            | Op::Acquire { of, .. }
            | Op::Release(of)
            | Op::WaitEvent { event: of, .. }
            | Op::WaitBarrier { barrier: of, .. }
            | Op::WaitCondition { condition: of, .. }
            | Op::SetEvent(of)
            | Op::ClearEvent(of)
            | Op::Notify { condition: of, .. }
            | Op::AbortBarrier(of)
            | Op::ResetBarrier(of)
            | Op::ReadProperty { of, .. }
            | Op::ReadValue { of, .. }
            | Op::ReadArray { of, .. }
            | Op::Write { of, .. }
            | Op::Add { of, .. }
            | Op::Apply { pool: of, .. }
            | Op::Map { pool: of, .. } => Thing::Object(*of),
            Op::Next { from: Source::Queue(of), .. } => Thing::Object(*of),
            Op::Next { from: Source::End(end), .. }
            | Op::Send { end, .. }
            | Op::Recv { end, .. }
            | Op::CloseEnd(end)
            | Op::ReadPoll { end, .. } => Thing::End(*end),
            Op::ReadProcess { process, .. }
            | Op::Start(process)
            | Op::Terminate(process)
            | Op::Kill(process)
            | Op::JoinProcess { process, .. } => Thing::Process(*process),
            Op::Print { .. }
            | Op::Log { .. }
            | Op::Sleep(_)
            | Op::WaitAny { .. }
            | Op::ReadActiveChildren { .. }
            | Op::ReadClock { .. }
            | Op::Await { .. }
            | Op::Exec { .. } => return None,
        })
    }
}
