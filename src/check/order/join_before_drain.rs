//! `order/join-before-drain`: a process waits for the end of another that still has to put more into a queue than it
//! holds, and takes nothing out of it before.
//!
//! The one waits for the end, the other for room. Without a bound the items just lie there, and nothing is said.
//!
//! Bad: `maxsize: 2`, a child that puts three, and a parent with `join: child` before its gets. Good: get, then join.
use crate::check::body::Body;
use crate::check::count::{runs_to_its_end, shares};
use crate::check::flow::{Act, Flow, Node, NodeId, Seen, trace};
use crate::check::study::{By, Study, Touch};
use crate::check::wiring::Actor;
use crate::diag::{Bag, Code, Finding};
use crate::graph::{Action, ObjectId, ObjectKind, Operation, ProcessId, gives_up};
use crate::program::Thing;

pub(in crate::check) fn join_before_drain(study: &Study, bag: &mut Bag) {
    if study.is_wrong_on_purpose() {
        return;
    }
    for (number, object) in study.graph.objects.iter().enumerate() {
        let id = ObjectId(number as u32);
        let ObjectKind::Queue(queue) = &object.kind else { continue };
        let thing = Thing::Object(id);
        if queue.maxsize == 0 || !study.is_certain(id) {
            continue;
        }
        let Some((taker, body)) = only_taker(study, thing) else { continue };
        let Some(shares) = shares(study, thing, Operation::Put) else { continue };
        for share in shares.iter().filter(|share| share.process != taker) {
            let items = queue.items.len() as u64 + share.all;
            if items <= queue.maxsize {
                continue;
            }
            let Some(join) = joins_first(study, &study.bodies[body], share.process, thing) else { continue };
            let (child, parent) = (&study.graph.process(share.process).name, &study.graph.process(taker).name);
            let message = format!(
                "`{}` waits for the end of `{}`, which needs room for {items} items in `{}`; it holds {}, and none is \
                 taken before",
                parent.value, child.value, object.name.value, queue.maxsize
            );
            let finding = Finding::new(Code::OrderJoinBeforeDrain, join.span, message, "waits here");
            let finding = finding.also(object.name.span, format!("holds {}", queue.maxsize));
            let own = |touch: &&Touch| study.is_by(touch.by, Actor::Process(share.process));
            let uses = study.touches_by(thing, Operation::Put).filter(own);
            let uses = uses.chain(study.touches_by(thing, Operation::Get));
            let help = format!("take the items out of `{}` first, and join then", object.name.value);
            bag.add(study.show(finding, uses).help(help));
        }
    }
}

/// The one process that takes from the queue, with its body.
fn only_taker(study: &Study, thing: Thing) -> Option<(ProcessId, usize)> {
    let mut found = None;
    for touch in study.touches_by(thing, Operation::Get) {
        let By::Body(body) = touch.by else { return None };
        for actor in &study.bodies[body].runners {
            let Actor::Process(process) = *actor else { return None };
            let known = found.get_or_insert((process, body));
            if *known != (process, body) || study.crowd_of(*actor) != 1 {
                return None;
            }
        }
    }
    found.filter(|(process, _)| runs_to_its_end(study, *process))
}

/// The word of a `join` of the child that stands before every `get`.
fn joins_first<'n>(study: &Study, body: &Body<'n>, child: ProcessId, queue: Thing) -> Option<&'n crate::graph::Name> {
    let flow = body.flow.as_ref()?;
    let joined = |node: &Node<'n>| match node.act {
        Act::Step(step) => match &step.action {
            Action::Join { of, timeout, .. } if !gives_up(&None, timeout) => match body.thing(study.graph, of) {
                Some(Thing::Process(process)) if process.process == child && process.instance.is_none() => Some(of),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    let takes = |node: &Node<'_>| match node.act {
        Act::Step(step) => step
            .usages()
            .any(|usage| usage.operation == Operation::Get && body.thing(study.graph, usage.name) == Some(queue)),
        _ => false,
    };
    let joins: Vec<NodeId> = flow.ids().filter(|id| joined(flow.node(*id)).is_some()).collect();
    let judge = &mut |at: NodeId, node: &Node| match () {
        () if joins.contains(&at) => Seen::Stop,
        () if takes(node) => Seen::Found,
        () if at == Flow::END || at == Flow::EXIT => Seen::Found,
        () => Seen::GoOn,
    };
    // Nothing is taken, and the end is not come to, but by a join.
    if joins.is_empty() || trace(flow, Flow::ENTRY, &|_| None, judge).is_some() {
        return None;
    }
    joined(flow.node(*joins.first()?))
}
