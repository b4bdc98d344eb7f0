//! `order/close-call`: a wait gives up at the very time at which, by the sleeps before both, the other acts.
//!
//! Told only where both times are known to the end, and are the same but for a twentieth of the patience.
//!
//! Bad: `wait: ready` with `timeout: 1s`, and `sleep: 1s` before `set: ready`. Good: a timeout of 5s, or none.
use crate::check::body::Body;
use crate::check::flow::{Locals, Settled};
use crate::check::study::{By, Study, Touch};
use crate::check::wiring::Actor;
use crate::diag::{Bag, Code, Finding, Span};
use crate::graph::{Action, Datum, Kind, ObjectKind, Operation, ProcessId, Start, Step};
use crate::program::{ProcessRef, Thing, duration_ns};

/// Of how many parts of the patience one may be missing or too much.
const PARTS: i64 = 20;

/// Starts that lead to starts; a longer chain is not followed.
const CHAIN_MAX: usize = 10;

pub(in crate::check) fn close_call(study: &Study, bag: &mut Bag) {
    if study.is_wrong_on_purpose() {
        return;
    }
    for (number, body) in study.running().filter(|(_, body)| !body.model) {
        for (at, step) in body.steps.iter().enumerate() {
            let Some((thing, operation, timeout)) = patient(study, body, step) else { continue };
            let Some(patience) = nanoseconds(study, body, timeout).filter(|patience| *patience > 0) else { continue };
            let Some((acts, provider)) = only_provider(study, thing, operation) else { continue };
            for actor in &body.runners {
                let Actor::Process(waiter) = *actor else { continue };
                let Some(begins) = time_of(study, waiter, (number, at), CHAIN_MAX) else { continue };
                let gives_up = begins.saturating_add(patience);
                if waiter == provider || gives_up.abs_diff(acts.0).saturating_mul(PARTS as u64) > patience as u64 {
                    continue;
                }
                let message = format!(
                    "`{}` gives up here at the very time at which `{}` does its `{}`: which comes first is open",
                    study.graph.process(waiter).name.value,
                    study.graph.process(provider).name.value,
                    acts.1.verb
                );
                let finding = Finding::new(Code::OrderCloseCall, timeout.span(), message, "gives up after this time");
                let finding = finding.also(acts.1.span, "at the same time");
                bag.add(finding.help("wait considerably longer, or shorter, or without a timeout"));
                break;
            }
        }
    }
}

/// What the step waits for with a timeout that makes a difference, and how it comes.
fn patient<'n>(study: &Study, body: &Body, step: &'n Step) -> Option<(Thing, Operation, &'n Datum)> {
    let (word, into, timeout) = match &step.action {
        Action::Wait { on, into, timeout } => (on, into, timeout),
        Action::Get { queue, timeout, into, block: None } => (queue, into, timeout),
        Action::Recv { end, timeout, into, .. } => (end, into, timeout),
        _ => return None,
    };
    let timeout = timeout.as_ref()?;
    match body.thing(study.graph, word)? {
        Thing::End(end) => Some((Thing::End(end.peer()), Operation::Send, timeout)),
        thing @ Thing::Object(id) => match &study.graph.object(id).kind {
            ObjectKind::Queue(queue) if queue.items.is_empty() => Some((thing, Operation::Put, timeout)),
            ObjectKind::Event(event) if !event.set => {
                let asks = body.uses.iter().any(|used| used.thing == thing && used.operation == Operation::Read);
                (into.is_some() || asks).then_some((thing, Operation::Set, timeout))
            }
            _ => None,
        },
        Thing::Process(_) => None,
    }
}

/// The one place that provides it, with its time.
fn only_provider<'s>(study: &'s Study, thing: Thing, operation: Operation) -> Option<((i64, &'s Touch), ProcessId)> {
    let mut touches = study.touches_by(thing, operation);
    let (touch, None) = (touches.next()?, touches.next()) else { return None };
    let By::Body(number) = touch.by else { return None };
    let body = &study.bodies[number];
    let mut runners = body.runners.iter();
    let (Some(Actor::Process(process)), None) = (runners.next().copied(), runners.next()) else { return None };
    if study.crowd_of(Actor::Process(process)) != 1 {
        return None;
    }
    let at = body.steps.iter().position(|step| does(step, touch.span))?;
    Some(((time_of(study, process, (number, at), CHAIN_MAX)?, touch), process))
}

fn does(step: &Step, word: Span) -> bool {
    step.usages().any(|usage| usage.name.span == word)
}

/// When the process comes to that step of its body, in nanoseconds from the beginning of the run.
fn time_of(study: &Study, id: ProcessId, (number, at): (usize, usize), chain: usize) -> Option<i64> {
    let process = study.graph.process(id);
    if !process.after.is_empty() || process.restart.is_some() || chain == 0 {
        return None;
    }
    let starts = match process.start {
        Start::Auto => 0,
        Start::Manual => {
            let whole = Thing::Process(ProcessRef { process: id, instance: None });
            let mut touches = study.touches_by(whole, Operation::Start);
            let (touch, None) = (touches.next()?, touches.next()) else { return None };
            let By::Body(by) = touch.by else { return None };
            let starter = &study.bodies[by];
            let Actor::Process(runner) = *starter.runners.first()? else { return None };
            let step = starter.steps.iter().position(|step| does(step, touch.span))?;
            time_of(study, runner, (by, step), chain - 1)?
        }
    };
    let body = &study.bodies[number];
    body.steps[..at].iter().try_fold(starts, |time, step| time.checked_add(lasts(study, body, step)?))
}

/// How long a step takes that waits for nobody, computing aside.
fn lasts(study: &Study, body: &Body, step: &Step) -> Option<i64> {
    let all = |steps: &[Step]| steps.iter().try_fold(0_i64, |time, step| time.checked_add(lasts(study, body, step)?));
    let settled = || body.flow.as_ref()?.settled.get(&std::ptr::from_ref(step));
    match &step.action {
        Action::Sleep(time) => nanoseconds(study, body, time).map(|time| time.max(0)),
        Action::Print { .. }
        | Action::Log { .. }
        | Action::Let(_)
        | Action::Set { .. }
        | Action::Clear { .. }
        | Action::Read { .. }
        | Action::Write { .. }
        | Action::Add { .. }
        | Action::Start { .. }
        | Action::Send { .. }
        | Action::TaskDone { .. }
        | Action::Pass => Some(0),
        Action::Put { queue, .. } => match body.thing(study.graph, queue)? {
            Thing::Object(id) => match &study.graph.object(id).kind {
                ObjectKind::Queue(queue) if queue.maxsize == 0 => Some(0),
                _ => None,
            },
            _ => None,
        },
        Action::Release { of } => match body.thing(study.graph, of)? {
            Thing::Object(id) if study.graph.object(id).kind() == Kind::Semaphore => Some(0),
            _ => None,
        },
        Action::If { then, otherwise, .. } => match settled()? {
            Settled::Branch(true) => all(then),
            Settled::Branch(false) => all(otherwise),
            _ => None,
        },
        Action::Repeat { body: steps, .. } | Action::ForIn { body: steps, .. } => {
            let times = match settled()? {
                Settled::Times(times) => *times,
                Settled::Items(items) => items.as_list()?.len() as u64,
                _ => return None,
            };
            all(steps)?.checked_mul(i64::try_from(times).ok()?)
        }
        _ => None,
    }
}

fn nanoseconds(study: &Study, body: &Body, datum: &Datum) -> Option<i64> {
    duration_ns(&body.datum(study.graph, datum, &Locals::new())?)
}
