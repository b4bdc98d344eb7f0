//! `sync/task-done`: somebody waits until every item of a queue is marked done, and a process that takes items has a path
//! on which it does not mark one.
//!
//! A process that ends with the last item unmarked is left alone where whoever joins the queue puts that item afterwards,
//! as one does to tell the workers to end.
//!
//! Bad: `get: tasks` and `continue` before `task_done: tasks`. Good: `task_done: tasks` on every path.
use std::collections::{HashMap, HashSet};

use crate::check::body::{Body, Use};
use crate::check::flow::{Act, Care, Flow, Node, NodeId, Seen, reached, trace};
use crate::check::study::{By, Study};
use crate::diag::{Bag, Code, Finding, Span};
use crate::graph::{Action, Name, ObjectId, ObjectKind, Operation, Step};
use crate::program::{Found, Thing, find};

pub(in crate::check) fn task_done(study: &Study, bag: &mut Bag) {
    for (number, object) in study.graph.objects.iter().enumerate() {
        let id = ObjectId(number as u32);
        let thing = Thing::Object(id);
        if !matches!(&object.kind, ObjectKind::Queue(queue) if queue.joinable) || !study.is_certain(id) {
            continue;
        }
        let joins: Vec<_> = study
            .touches_by(thing, Operation::Join)
            .filter(|touch| touch.reached && matches!(touch.by, By::Body(_)))
            .collect();
        let Some(join) = joins.iter().map(|touch| touch.span).min() else { continue };
        let tasks = Tasks { study, queue: id };
        let ends_well = joins.iter().all(|touch| match touch.by {
            By::Body(body) => tasks.puts_after_join(&study.bodies[body]),
            By::Command(_) => true,
        });
        for (at, body) in study.running().filter(|(_, body)| !body.model) {
            let marks = |by: &By| match by {
                By::Body(body) => *body != at,
                By::Command(_) => true,
            };
            // Others may mark what this one takes and hands on.
            if body.uses.iter().any(hands_on)
                && !body.uses.iter().any(|used| used.thing == thing && used.operation == Operation::TaskDone)
                && study.touches_by(thing, Operation::TaskDone).any(|touch| marks(&touch.by))
            {
                continue;
            }
            for (taken, how) in tasks.unmarked(body, ends_well) {
                let name = &object.name;
                let message = format!(
                    "an item of `{}` is taken here, and {how} without `task_done`: who joins the queue waits for ever",
                    name.value
                );
                let finding = Finding::new(Code::SyncTaskDone, taken, message, "not marked done on every way");
                let finding = finding.also(join, "waits until all are done");
                bag.add(finding.help(format!("add `task_done: {}` on every way", name.value)));
            }
        }
    }
}

/// Whether others can learn of it.
fn hands_on(used: &Use) -> bool {
    use Operation::*;
    matches!(used.operation, Put | Send | Write | Add | Set | Release | Notify | Apply | Start)
}

/// The loops that items are taken and marked in.
#[derive(Default)]
struct Loops {
    /// For each step that takes one the innermost loop around it.
    taken: HashMap<*const Step, Option<*const Step>>,
    /// All loops around a `task_done`.
    marked: HashSet<*const Step>,
}

struct Tasks<'s, 'a> {
    study: &'s Study<'a>,
    queue: ObjectId,
}

impl Tasks<'_, '_> {
    fn is(&self, body: &Body, name: &Name) -> bool {
        find(self.study.graph, &body.bindings, name) == Ok(Found::Thing(Thing::Object(self.queue)))
    }

    fn is_redelivered(&self) -> bool {
        matches!(&self.study.graph.object(self.queue).kind, ObjectKind::Queue(queue) if queue.redeliver)
    }

    /// Where an item is taken and can get lost, and how.
    fn unmarked(&self, body: &Body, ends_well: bool) -> Vec<(Span, &'static str)> {
        let Some(flow) = &body.flow else { return Vec::new() };
        let takes =
            body.uses.iter().any(|used| used.thing == Thing::Object(self.queue) && used.operation == Operation::Get);
        if !takes {
            return Vec::new();
        }
        let reached = reached(flow, Care::Known);
        let loops = self.loops(body);
        // Who takes several and marks several is followed to the end only.
        let one_by_one = |step: &Step| {
            let own = loops.taken.get(&std::ptr::from_ref(step)).copied().flatten();
            loops.marked.is_empty() || own.is_some_and(|own| loops.marked.contains(&own))
        };
        let mut found = Vec::new();
        for id in flow.ids().filter(|id| reached[id.index()]) {
            let Some(name) = self.taken(body, flow.node(id)) else { continue };
            let again = |node: &Node| {
                matches!(flow.node(id).act, Act::Step(step) | Act::Item(step)
                    if matches!(node.act, Act::Step(other) if std::ptr::eq(step, other)) && one_by_one(step))
            };
            let end = trace(flow, id, &|_| None, &mut |_, node: &Node| match self.judge(body, node, ends_well) {
                Seen::GoOn if again(node) => Seen::Found,
                seen => seen,
            });
            if let Some(end) = end {
                found.push((name.span, how(flow, end)));
            }
        }
        found
    }

    fn loops(&self, body: &Body) -> Loops {
        let mut loops = Loops::default();
        self.note(body, body.steps, &mut Vec::new(), &mut loops);
        loops
    }

    fn note(&self, body: &Body, steps: &[Step], around: &mut Vec<*const Step>, loops: &mut Loops) {
        for step in steps {
            let own = std::ptr::from_ref(step);
            if step.is_loop() {
                around.push(own);
            }
            match &step.action {
                Action::Get { queue: from, .. } | Action::ForFrom { from, .. } if self.is(body, from) => {
                    loops.taken.insert(own, around.last().copied());
                }
                Action::TaskDone { queue } if self.is(body, queue) => loops.marked.extend(around.iter()),
                _ => {}
            }
            step.bodies().into_iter().for_each(|steps| self.note(body, steps, around, loops));
            if step.is_loop() {
                around.pop();
            }
        }
    }

    fn judge(&self, body: &Body, node: &Node, ends_well: bool) -> Seen {
        match node.act {
            Act::End | Act::Exit if ends_well => Seen::Stop,
            // Of one that dies it comes back.
            Act::Step(Step { action: Action::Exit(Some(code)), .. })
                if self.is_redelivered() && code.constant().and_then(|code| code.as_int()) != Some(0) =>
            {
                Seen::Stop
            }
            Act::End | Act::Exit => Seen::Found,
            Act::Died => Seen::Stop,
            Act::Step(Step { action: Action::TaskDone { queue }, .. }) if self.is(body, queue) => Seen::Stop,
            _ => Seen::GoOn,
        }
    }

    /// The queue's word, if the node has just taken an item.
    fn taken<'n>(&self, body: &Body, node: &Node<'n>) -> Option<&'n Name> {
        match node.act {
            Act::Step(Step { action: Action::Get { queue: from, .. }, .. })
            | Act::Item(Step { action: Action::ForFrom { from, .. }, .. })
                if self.is(body, from) =>
            {
                Some(from)
            }
            _ => None,
        }
    }

    /// Every `join` of the queue in this body has a `put` into it behind it.
    fn puts_after_join(&self, body: &Body) -> bool {
        let Some(flow) = &body.flow else { return true };
        let joins = |id: &NodeId| matches!(flow.node(*id).act, Act::Step(Step { action: Action::Join { of, .. }, .. }) if self.is(body, of));
        flow.ids().filter(joins).all(|id| {
            let puts = &mut |_, node: &Node| match node.act {
                Act::Step(Step { action: Action::Put { queue, .. }, .. }) if self.is(body, queue) => Seen::Found,
                _ => Seen::GoOn,
            };
            trace(flow, id, &|_| None, puts).is_some()
        })
    }
}

fn how(flow: &Flow, end: NodeId) -> &'static str {
    match flow.node(end).act {
        Act::End => "the steps can end",
        Act::Exit => "the process can end by `exit`",
        _ => "the next can be taken",
    }
}
