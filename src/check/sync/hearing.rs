//! What a step hears of others: it goes on only when one of them has done something.
use crate::check::body::Body;
use crate::check::flow::{Act, Node, NodeId, Seen, trace};
use crate::check::study::{By, Study};
use crate::check::wiring::Actor;
use crate::graph::{Action, Kind, ObjectId, ObjectKind, Operation, Step, gives_up};
use crate::program::{ProcessRef, Thing};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Heard {
    /// It came through this, by this operation of somebody else.
    Through(Thing, Operation),
    Ended(ProcessRef),
    /// A call of this pool.
    Worked(ObjectId),
}

/// What is surely heard once the node has done its work, at whatever time; of calls the caller knows more.
pub(super) fn heard(study: &Study, body: &Body, node: &Node) -> Option<Heard> {
    let heard = heard_in_turn(study, body, node)?;
    let known = match heard {
        Heard::Through(Thing::Object(id), _) => match &study.graph.object(id).kind {
            // The first units are had for nothing.
            ObjectKind::Semaphore(semaphore) => semaphore.value == 0,
            // One item may be a token that goes round.
            ObjectKind::Queue(queue) => queue.items.len() <= 1,
            _ => true,
        },
        _ => true,
    };
    known.then_some(heard)
}

/// As [`heard`], by who has been here before.
fn heard_in_turn(study: &Study, body: &Body, node: &Node) -> Option<Heard> {
    let (Act::Step(step) | Act::Item(step)) = node.act else { return None };
    let is_item = matches!(node.act, Act::Item(_));
    let thing = |word: &str| body.thing(study.graph, word);
    let sent_to = |thing: Thing| match thing {
        Thing::End(end) => Heard::Through(Thing::End(end.peer()), Operation::Send),
        queue => Heard::Through(queue, Operation::Put),
    };
    match &step.action {
        Action::Get { queue, .. } => thing(queue).map(sent_to),
        Action::ForFrom { from, .. } if is_item => thing(from).map(sent_to),
        Action::Recv { end, .. } => thing(end).map(sent_to),
        Action::Wait { on, timeout, .. } if !gives_up(&None, timeout) => {
            let on = thing(on)?;
            (kind(study, on) == Some(Kind::Event)).then_some(Heard::Through(on, Operation::Set))
        }
        Action::Acquire { of, block, timeout, .. } if !gives_up(block, timeout) => {
            let of = thing(of)?;
            // One that is given back by others.
            (units(study, of)? <= 1).then_some(Heard::Through(of, Operation::Release))
        }
        Action::Join { of, timeout, .. } if !gives_up(&None, timeout) => thing(of).map(|of| match of {
            Thing::Process(process) => Heard::Ended(process),
            queue => Heard::Through(queue, Operation::TaskDone),
        }),
        _ => None,
    }
}

/// The barrier that is waited at.
pub(super) fn barrier(study: &Study, body: &Body, step: &Step) -> Option<ObjectId> {
    let Action::Wait { on, .. } = &step.action else { return None };
    match body.thing(study.graph, on)? {
        Thing::Object(id) if study.graph.object(id).kind() == Kind::Barrier => Some(id),
        _ => None,
    }
}

/// Whether `heard` came, or may have come, from `other`, whose doings at `site` are then over: having done what was
/// heard, it does not come there again before it hears in turn from `own`.
pub(super) fn is_over(study: &Study, heard: Heard, own: Actor, (other, site): (Actor, (usize, NodeId))) -> bool {
    let (thing, operation) = match heard {
        Heard::Ended(process) => return process.instance.is_none() && other == Actor::Process(process.process),
        Heard::Worked(pool) => return other == Actor::Worker(pool),
        Heard::Through(thing, operation) => (thing, operation),
    };
    let mut touches = study.touches_by(thing, operation).filter(|touch| study.is_by(touch.by, other)).peekable();
    if touches.peek().is_none() || (own == other && !is_token(study, thing, operation, own)) {
        return false;
    }
    let (number, at) = site;
    touches.all(|touch| touch.by != By::Body(number) || !comes_again(study, (thing, operation), own, (number, at)))
}

/// Whether there is a way from the operation in this body to the place that does not hear from `own`.
fn comes_again(
    study: &Study,
    (thing, operation): (Thing, Operation),
    own: Actor,
    (number, at): (usize, NodeId),
) -> bool {
    let body = &study.bodies[number];
    let Some(flow) = &body.flow else { return false };
    let hears = |node: &Node| {
        let by_own = |thing, operation| study.touches_by(thing, operation).any(|touch| study.is_by(touch.by, own));
        match heard_in_turn(study, body, node) {
            Some(Heard::Through(thing, operation)) => by_own(thing, operation),
            Some(Heard::Ended(process)) => own == Actor::Process(process.process),
            Some(Heard::Worked(_)) => false,
            // At a barrier one hears from all that come there.
            None => match node.act {
                Act::Step(step) => {
                    barrier(study, body, step).is_some_and(|barrier| by_own(Thing::Object(barrier), Operation::Wait))
                }
                _ => false,
            },
        }
    };
    let does = |id: &NodeId| match flow.node(*id).act {
        Act::Step(step) => step
            .usages()
            .any(|usage| usage.operation == operation && body.thing(study.graph, usage.name) == Some(thing)),
        _ => false,
    };
    flow.ids().filter(does).any(|id| {
        let judge = &mut |seen: NodeId, node: &Node| match () {
            () if seen == at => Seen::Found,
            () if hears(node) => Seen::Stop,
            () => Seen::GoOn,
        };
        trace(flow, id, &|_| None, judge).is_some()
    })
}

/// What several of one kind pass round among themselves tells something only if there is one of it.
fn is_token(study: &Study, thing: Thing, operation: Operation, own: Actor) -> bool {
    let at_first = match thing {
        Thing::Object(id) => match &study.graph.object(id).kind {
            ObjectKind::Queue(queue) => queue.items.len(),
            ObjectKind::Semaphore(semaphore) => semaphore.value as usize,
            _ => 0,
        },
        _ => 0,
    };
    let mut more = 0;
    for touch in study.touches_by(thing, operation).filter(|touch| !study.is_by(touch.by, own)) {
        more += match touch.by {
            By::Body(number) => sites(study, number, thing, operation),
            By::Command(_) => 2,
        };
    }
    at_first + more <= 1
}

/// The places of the body where this is done; one in a loop counts as two.
fn sites(study: &Study, number: usize, thing: Thing, operation: Operation) -> usize {
    fn block(
        study: &Study,
        number: usize,
        (thing, operation): (Thing, Operation),
        steps: &[Step],
        each: usize,
    ) -> usize {
        let body = &study.bodies[number];
        let of_step = |step: &Step| {
            let does = |usage: &crate::graph::Usage| {
                usage.operation == operation && body.thing(study.graph, usage.name) == Some(thing)
            };
            let own = step.usages().filter(|usage| does(usage)).count() * each;
            let each = if step.is_loop() { 2 } else { each };
            let inner = |steps: &[Step]| block(study, number, (thing, operation), steps, each);
            own + step.bodies().into_iter().map(inner).sum::<usize>()
        };
        steps.iter().map(of_step).sum()
    }
    let body = &study.bodies[number];
    let crowd: u64 = body.runners.iter().map(|actor| study.crowd_of(*actor)).sum();
    block(study, number, (thing, operation), body.steps, 1) * crowd.min(2) as usize
}

fn kind(study: &Study, thing: Thing) -> Option<Kind> {
    match thing {
        Thing::Object(id) => Some(study.graph.object(id).kind()),
        _ => None,
    }
}

/// Of a semaphore.
fn units(study: &Study, thing: Thing) -> Option<u32> {
    let Thing::Object(id) = thing else { return None };
    match &study.graph.object(id).kind {
        ObjectKind::Semaphore(semaphore) => Some(semaphore.value),
        _ => None,
    }
}
