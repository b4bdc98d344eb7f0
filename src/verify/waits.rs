//! Who waits for what when nothing can move, and who would have to act.
use super::block::{Life, Phase};
use super::layout::is_lock;
use super::system::Role;
use super::world::World;
use crate::diag::Span;
use crate::graph::ObjectId;
use crate::program::{ProcessRef, Request, Source};
use crate::value::Str;

/// One that cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub process: Str,
    /// Where it stands; of one that has not started, its name.
    pub span: Span,
    pub place: Str,
    /// The step as written.
    pub step: Str,
    /// What it waits for: `` the lock `a` ``.
    pub what: String,
    /// Those who would have to act, by name.
    pub on: Vec<Str>,
    /// It is part of a circle, and does not merely hang on one.
    pub in_cycle: bool,
}

impl World<'_, '_> {
    /// All that wait in a state in which nothing can move.
    pub fn waiting(&self, row: &[u32]) -> Vec<Waiting> {
        let actors = self.system.actors.len();
        let stuck: Vec<usize> = (0..actors).filter(|actor| self.is_stuck(row, *actor)).collect();
        let edges: Vec<Vec<usize>> = (0..actors)
            .map(|actor| if stuck.contains(&actor) { self.waits_on(row, actor) } else { Vec::new() })
            .collect();
        let reaches_itself = |start: usize| {
            let mut seen = vec![false; actors];
            let mut work = edges[start].clone();
            while let Some(next) = work.pop() {
                if next == start {
                    return true;
                }
                if !std::mem::replace(&mut seen[next], true) {
                    work.extend(&edges[next]);
                }
            }
            false
        };
        stuck
            .into_iter()
            .map(|actor| {
                let (span, place, step) = self.stands(row, actor);
                Waiting {
                    process: self.system.actors[actor].name.clone(),
                    span,
                    place,
                    step,
                    what: self.waited_for(row, actor),
                    on: edges[actor].iter().map(|other| self.system.actors[*other].name.clone()).collect(),
                    in_cycle: reaches_itself(actor),
                }
            })
            .collect()
    }

    /// It is no daemon and no worker, and has not ended.
    fn is_stuck(&self, row: &[u32], actor: usize) -> bool {
        let block = self.block(row, actor);
        let instance = &self.system.instances[self.system.actors[actor].instance];
        let idle = matches!(instance.role, Role::Worker(_)) && block.machine.is_none();
        !block.is_over() && block.life != Life::Dormant && !idle
    }

    /// Where an actor stands: the step it is in, or its declaration.
    pub fn stands(&self, row: &[u32], actor: usize) -> (Span, Str, Str) {
        let block = self.block(row, actor);
        if let Some(machine) = &block.machine {
            let info = self.system.body(block.body as usize).program.step_at(machine.pc());
            return (info.span, info.place.clone(), info.text.clone());
        }
        let plan = self.system.plan;
        match self.system.instances[self.system.actors[actor].instance].role {
            Role::Process(process) => {
                let declared = plan.graph().process(process);
                (declared.name.span, Str::from(plan.sources().place(declared.name.span)), Str::EMPTY)
            }
            Role::Worker(pool) => {
                let declared = plan.graph().object(pool);
                (declared.name.span, Str::from(plan.sources().place(declared.name.span)), Str::EMPTY)
            }
        }
    }

    /// Who could let it go on, among those who have not ended.
    fn waits_on(&self, row: &[u32], actor: usize) -> Vec<usize> {
        let block = self.block(row, actor);
        let actors = 0..self.system.actors.len();
        let request = self.asks(row[actor]);
        let lock = match request {
            Some(Request::Acquire { of, .. }) if is_lock(self.system.plan.graph(), *of) => Some(*of),
            Some(Request::WaitCondition { condition, .. }) => match block.phase {
                Phase::Asleep(sleeper) if sleeper.leaving => Some(*condition),
                _ => None,
            },
            _ => None,
        };
        if let Some(lock) = lock {
            let place = self.system.layout.place(lock);
            return actors.filter(|other| self.block(row, *other).holds.depth(place) > 0).collect();
        }
        let unfinished = |of: ProcessRef| {
            let all = self.actors_of(of);
            all.filter(|other| !self.block(row, *other).is_over()).collect()
        };
        match request {
            Some(Request::JoinProcess { process, .. }) => return unfinished(*process),
            None if block.life == Life::Queued => {
                let instance = &self.system.instances[self.system.actors[actor].instance];
                let firsts = instance.after.iter().flat_map(|(first, _)| self.system.instances[*first].actors.clone());
                return firsts.filter(|other| !self.block(row, *other).is_over()).collect();
            }
            _ => {}
        }
        let Some(machine) = &block.machine else { return Vec::new() };
        let mut enables = self.footprint.none();
        for access in self.footprint.at(block.body as usize, machine.pc()) {
            enables.extend(self.footprint.enables(*access));
        }
        let may_act = |other: &usize| {
            let them = self.block(row, *other);
            let future = match &them.machine {
                Some(machine) => self.footprint.future(them.body as usize, machine.pc()),
                None => self.footprint.whole(*other),
            };
            let exits = self.footprint.exit(*other).iter().any(|access| enables.contains(*access));
            *other != actor && !them.is_over() && (future.meets(&enables) || exits)
        };
        actors.filter(may_act).collect()
    }

    fn waited_for(&self, row: &[u32], actor: usize) -> String {
        let graph = self.system.plan.graph();
        let name = |id: ObjectId| {
            let object = graph.object(id);
            format!("the {} `{}`", object.kind().name(), *object.name)
        };
        let end = |end: crate::program::End| format!("a message at `{}`", self.end_name(end));
        let Some(request) = self.asks(row[actor]) else {
            return "others to end first".into();
        };
        match request {
            Request::Put { queue, .. } => format!("room in {}", name(*queue)),
            Request::Get { queue, .. } => format!("an item of {}", name(*queue)),
            Request::Next { from: Source::Queue(queue) } => format!("an item of {}, or its end", name(*queue)),
            Request::Next { from: Source::End(of) } | Request::Recv { end: of, .. } => end(*of),
            Request::Send { end: of, .. } => format!("room behind `{}`", self.end_name(*of)),
            Request::JoinQueue { queue, .. } => format!("all tasks of {} to be done", name(*queue)),
            Request::Acquire { of, .. } => name(*of),
            Request::WaitEvent { event, .. } => name(*event),
            Request::WaitBarrier { barrier, .. } => format!("the other parties of {}", name(*barrier)),
            Request::WaitCondition { condition, .. } => format!("a notification of {}", name(*condition)),
            Request::JoinProcess { process, .. } => format!("the end of `{}`", *graph.process(process.process).name),
            Request::Await { .. } => "the results of its calls".into(),
            Request::WaitAny { on, .. } => {
                let all: Vec<String> = on.iter().map(|waitee| format!("`{}`", waitee.name)).collect();
                format!("one of {}", all.join(", "))
            }
            _ => "nothing that could come".into(),
        }
    }

    pub fn end_name(&self, end: crate::program::End) -> String {
        let object = self.system.plan.graph().object(end.pipe);
        match &object.kind {
            crate::graph::ObjectKind::Pipe(pipe) => format!("{}.{}", *object.name, *pipe.ends[usize::from(end.side)]),
            _ => object.name.value.clone(),
        }
    }
}
