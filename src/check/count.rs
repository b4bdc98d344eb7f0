//! How often something is surely done, where that can be told before anything runs.
//!
//! An answer is exact: every run in which nobody fails does it so often. Where it depends on a variable, an error or on
//! who is faster, there is none.
use super::body::Body;
use super::flow::Settled;
use super::study::{By, Study, Touch};
use super::wiring::Actor;
use crate::graph::{Action, After, ExitPattern, Operation, Process, ProcessId, Start, Step};
use crate::program::{ProcessRef, Thing, find_process};

/// What a process does to a thing in all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub process: ProcessId,
    /// By each of its threads, in each of its instances.
    pub each: u64,
    pub all: u64,
}

/// Starts that lead to starts; a longer chain is not followed.
const CHAIN_MAX: usize = 20;

/// Expectations of processes, and uses of things in a body, that are looked through time and again; of more nothing is
/// said.
const LOOKED_THROUGH_MAX: usize = 1000;

/// What each process does to the thing; `None` if of one of them that is not known.
pub(super) fn shares(study: &Study, thing: Thing, operation: Operation) -> Option<Vec<Share>> {
    let mut bodies: Vec<usize> = Vec::new();
    for touch in study.touches_by(thing, operation) {
        match touch.by {
            By::Body(number) if !bodies.contains(&number) => bodies.push(number),
            By::Body(_) => {}
            By::Command(_) => return None,
        }
    }
    let mut shares = Vec::new();
    for number in bodies {
        let body = &study.bodies[number];
        let each = times(study, body, thing, operation)?;
        for actor in &body.runners {
            let Actor::Process(process) = *actor else { return None };
            if !runs_to_its_end(study, process) {
                return None;
            }
            shares.push(Share { process, each, all: each.checked_mul(study.crowd_of(*actor))? });
        }
    }
    Some(shares)
}

/// How often the steps of the body do it, gone through once.
pub(super) fn times(study: &Study, body: &Body, thing: Thing, operation: Operation) -> Option<u64> {
    if !body.countable {
        return None;
    }
    Counter::new(study, body, thing, operation).block(body.steps)
}

/// Each instance is surely started, once, and nothing of the graph ends it before its steps do.
pub(super) fn runs_to_its_end(study: &Study, process: ProcessId) -> bool {
    starts(study, process, CHAIN_MAX) && !is_cut_short(study, process)
}

/// Somebody may end it, or it is started anew, or it is known to fail.
pub(super) fn is_cut_short(study: &Study, id: ProcessId) -> bool {
    let process = study.graph.process(id);
    let ends = |touch: &Touch| matches!(touch.operation, Operation::Terminate | Operation::Kill);
    process.restart.is_some()
        || process.timeout.is_some()
        || is_to_fail(study, process)
        || study.touches_of_process(id).any(|(_, touch)| ends(touch))
}

/// An expectation says that it ends otherwise than with 0, or may.
fn is_to_fail(study: &Study, process: &Process) -> bool {
    if study.graph.expect.as_ref().is_some_and(|expect| expect.processes.len() > LOOKED_THROUGH_MAX) {
        return true;
    }
    let expected = study.graph.expect.iter().flat_map(|expect| &expect.processes);
    let of_it = expected.filter(|(name, _)| {
        let name = name.value.as_str();
        name == process.name.value || name.strip_prefix(process.name.value.as_str()).is_some_and(|n| n.starts_with('-'))
    });
    let mut exits = of_it.filter_map(|(_, expected)| expected.exit.as_ref()).flat_map(|exit| &exit.value);
    exits.any(|exit| exit.value != ExitPattern::Code(0))
}

fn starts(study: &Study, id: ProcessId, chain: usize) -> bool {
    let process = study.graph.process(id);
    if chain == 0 || process.instances() == 0 {
        return false;
    }
    // Behind one that fails it is skipped.
    let skips = |after: &After| {
        !after.any_end
            && find_process(study.graph, &after.process).is_none_or(|before| is_cut_short(study, before.process))
    };
    if process.after.iter().any(skips) {
        return false;
    }
    if process.start == Start::Auto {
        return true;
    }
    let whole = Thing::Process(ProcessRef { process: id, instance: None });
    study.touches_by(whole, Operation::Start).any(|touch| {
        let By::Body(number) = touch.by else { return false };
        let body = &study.bodies[number];
        if body.uses.len() > LOOKED_THROUGH_MAX {
            return false;
        }
        let starter = |actor: &Actor| matches!(actor, Actor::Process(starter) if starts(study, *starter, chain - 1));
        body.runners.iter().any(starter) && times(study, body, whole, Operation::Start) == Some(1)
    })
}

/// Counts in the steps of one body.
pub(super) struct Counter<'s, 'a> {
    study: &'s Study<'a>,
    body: &'s Body<'a>,
    thing: Thing,
    operation: Operation,
}

impl<'s, 'a> Counter<'s, 'a> {
    pub fn new(study: &'s Study<'a>, body: &'s Body<'a>, thing: Thing, operation: Operation) -> Self {
        Counter { study, body, thing, operation }
    }

    pub fn block(&self, steps: &[Step]) -> Option<u64> {
        let mut sum: u64 = 0;
        let mut may_be_left = false;
        for step in steps {
            if may_be_left && self.is_in(step) {
                return None;
            }
            sum = sum.checked_add(self.step(step)?)?;
            may_be_left |= can_leave(step);
        }
        Some(sum)
    }

    /// Whether the step, or one in it, does it at all.
    pub fn is_in(&self, step: &Step) -> bool {
        let mut found = false;
        step.walk(&mut |step| found |= self.does(step));
        found
    }

    fn does(&self, step: &Step) -> bool {
        step.usages().any(|usage| {
            usage.operation == self.operation && self.body.thing(self.study.graph, usage.name) == Some(self.thing)
        })
    }

    /// The step itself, without those in it.
    fn own(&self, step: &Step) -> Option<u64> {
        let mut own: u64 = 0;
        for usage in step.usages() {
            if usage.operation == self.operation && self.body.thing(self.study.graph, usage.name) == Some(self.thing) {
                // It may give up, or takes as many as come.
                if usage.bounded || matches!(step.action, Action::ForFrom { .. }) {
                    return None;
                }
                own += 1;
            }
        }
        Some(own)
    }

    fn step(&self, step: &Step) -> Option<u64> {
        if step.bodies().is_empty() {
            return self.own(step).filter(|own| *own == 0 || self.body.flow.is_some());
        }
        if !self.is_in(step) {
            return Some(0);
        }
        let own = self.own(step)?;
        let settled = self.body.flow.as_ref()?.settled.get(&std::ptr::from_ref(step));
        let inner = match &step.action {
            Action::If { then, otherwise, .. } => match settled {
                Some(Settled::Branch(true)) => self.block(then)?,
                Some(Settled::Branch(false)) => self.block(otherwise)?,
                _ => self.block(then).filter(|then| self.block(otherwise) == Some(*then))?,
            },
            Action::Repeat { body, .. } | Action::ForIn { body, .. } => {
                let times = match settled {
                    Some(Settled::Times(times)) => *times,
                    Some(Settled::Items(items)) => items.as_list()?.len() as u64,
                    _ => return None,
                };
                if body.iter().any(can_leave) {
                    return None;
                }
                self.block(body)?.checked_mul(times)?
            }
            Action::With { body, .. } => self.block(body)?,
            Action::Try { body, handlers, otherwise, finally } => {
                let tried = [body, otherwise].into_iter().flatten();
                let caught = handlers.iter().flat_map(|handler| &handler.body);
                if !handlers.is_empty() && tried.clone().chain(caught).any(|step| self.is_in(step)) {
                    return None;
                }
                let last = self.block(finally)?;
                if tried.clone().any(can_leave) && tried.clone().any(|step| self.is_in(step)) {
                    return None;
                }
                self.block(body)?.checked_add(last)?
            }
            Action::While { .. } | Action::Loop { .. } | Action::ForFrom { .. } => return None,
            _ => 0,
        };
        own.checked_add(inner)
    }
}

/// Control can go from here to elsewhere than the next step, errors aside.
pub(super) fn can_leave(step: &Step) -> bool {
    fn leaves(step: &Step, in_loop: bool) -> bool {
        match &step.action {
            Action::Return(_) | Action::Exit(_) | Action::Raise { .. } => true,
            Action::Break | Action::Continue => !in_loop,
            _ => {
                let in_loop = in_loop || step.is_loop();
                step.bodies().into_iter().flatten().any(|step| leaves(step, in_loop))
            }
        }
    }
    leaves(step, false)
}
