//! Which steps bring somebody to a `for .. from` of a queue that is fed by those who take from it.
//!
//! Whoever waits there when one of them hears of the end of the queue hears of it, too. So it matters who has come there
//! by then; and one comes there at the end of the step before, whatever that is.
use super::body::Body;
use super::system::{Role, System};
use crate::graph::ObjectId;
use crate::program::{Instr, Op, Pc, ProcessRef, Source};
use std::collections::{BTreeMap, BTreeSet};

type Queues = BTreeSet<ObjectId>;

pub(super) struct Approaches {
    /// By body and instruction: the queues that one may come to when its operation is done.
    at: Vec<Vec<Queues>>,
    /// By body: those that one may come to at its beginning.
    first: Vec<Queues>,
    /// By barrier or event: those that who waits for it may come to.
    freed: BTreeMap<ObjectId, Queues>,
}

impl Approaches {
    pub fn new(system: &System) -> Approaches {
        let count = system.bodies.len();
        let mut approaches =
            Approaches { at: vec![Vec::new(); count], first: vec![Queues::new(); count], freed: BTreeMap::new() };
        let is_fed = |queue: &usize| system.is_fed(*queue);
        if !(0..system.layout.objects.len()).any(|place| is_fed(&place)) {
            return approaches;
        }
        for (number, body) in system.bodies.iter().enumerate() {
            let Some(body) = body else { continue };
            let is_job = number >= system.plan.graph().processes.len();
            approaches.first[number] = reached(system, body, is_job, vec![0]);
            for pc in 0..body.program.code.len() as Pc {
                let queues = match body.op(pc) {
                    Some(_) => reached(system, body, is_job, after(body, is_job, pc)),
                    None => Queues::new(),
                };
                if let Some(Op::WaitBarrier { barrier: of, .. } | Op::WaitEvent { event: of, .. }) = body.op(pc) {
                    approaches.freed.entry(*of).or_default().extend(&queues);
                }
                approaches.at[number].push(queues);
            }
        }
        approaches
    }

    /// By an operation of a body: where its actor may come to, and those whom it lets go on in the same step.
    pub fn by_op(&self, number: usize, pc: Pc, op: &Op) -> Queues {
        let mut all = self.at[number].get(pc as usize).cloned().unwrap_or_default();
        match op {
            Op::WaitBarrier { barrier: of, .. } | Op::AbortBarrier(of) | Op::ResetBarrier(of) | Op::SetEvent(of) => {
                all.extend(self.by_freeing(*of))
            }
            Op::Start(ProcessRef { process, .. }) => all.extend(&self.first[process.index()]),
            _ => {}
        }
        all
    }

    /// Of those who wait for this barrier or event.
    pub fn by_freeing(&self, of: ObjectId) -> impl Iterator<Item = &ObjectId> {
        self.freed.get(&of).into_iter().flatten()
    }

    /// By an actor that begins, without anybody's operation: after others, once more, or with a call.
    pub fn by_beginning(&self, system: &System, actor: usize) -> Queues {
        let instance = &system.instances[system.actors[actor].instance];
        let bodies: Vec<usize> = match instance.role {
            Role::Worker(pool) => {
                let initializer = system.plan.initializer(pool).map(|job| system.job(job));
                initializer.into_iter().chain(system.jobs_of(pool)).collect()
            }
            Role::Process(_) if instance.after.is_empty() && instance.restarts == 0 => Vec::new(),
            Role::Process(_) => system.actors[actor].body.into_iter().collect(),
        };
        bodies.into_iter().flat_map(|body| &self.first[body]).copied().collect()
    }
}

/// Where control goes after an instruction. A call that is over may be followed by the next one of its chunk.
fn after(body: &Body, is_job: bool, pc: Pc) -> Vec<Pc> {
    let again = is_job && body.edges.next[pc as usize].is_empty();
    body.edges.all(pc).chain(again.then_some(0)).collect()
}

/// The queues that one comes to from these instructions with no step between.
fn reached(system: &System, body: &Body, is_job: bool, mut ways: Vec<Pc>) -> Queues {
    let (mut queues, mut seen) = (Queues::new(), BTreeSet::new());
    while let Some(pc) = ways.pop() {
        if !seen.insert(pc) {
            continue;
        }
        match &body.program.code[pc as usize] {
            Instr::Op(op) => match op.as_ref() {
                Op::Next { from: Source::Queue(queue), .. } if system.is_fed(system.layout.place(*queue)) => {
                    queues.insert(*queue);
                }
                // Where nobody looks these are no steps.
                Op::Print { .. } | Op::Log { .. } | Op::Sleep(_) => ways.extend(after(body, is_job, pc)),
                _ => {}
            },
            _ => ways.extend(after(body, is_job, pc)),
        }
    }
    queues
}
