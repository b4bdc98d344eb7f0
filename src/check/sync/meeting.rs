//! Whether two places can be at the same time.
//!
//! They cannot when one waits for the end of the other (`after`, `join`), has not started it yet, or has heard of it: got
//! an item that it put, waited for an event that it sets. Hearing is not proof, so this only ever silences a warning.
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::check::body::Body;
use crate::check::flow::{Act, Analysis, Care, Node, NodeId, solve};
use crate::check::study::Study;
use crate::check::wiring::Actor;
use crate::graph::{Action, Graph, ObjectId, ObjectKind, Operation, Start};
use crate::program::{Found, ProcessRef, Thing, find};

/// More of them are not asked one by one.
const RUNNERS_MAX: usize = 64;

#[derive(Clone, PartialEq, Eq, Default)]
struct Past {
    /// What surely has been waited for.
    heard: BTreeSet<Heard>,
    /// Who may have been started, or given something to do.
    started: BTreeSet<Actor>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Heard {
    /// It came through this, by this operation of somebody else.
    Through(Thing, Operation),
    Ended(ProcessRef),
    /// A call of this pool.
    Worked(ObjectId),
}

struct Pasts<'s, 'a> {
    graph: &'a Graph,
    body: &'s Body<'a>,
}

/// What is behind each node of the bodies that were asked for.
pub(super) struct Meeting<'s, 'a> {
    study: &'s Study<'a>,
    pasts: RefCell<BTreeMap<usize, Rc<Vec<Option<Past>>>>>,
}

/// A place in a body.
#[derive(Clone, Copy)]
pub(super) struct Site {
    /// An index into the study's bodies.
    pub body: usize,
    pub node: NodeId,
}

impl<'s, 'a> Meeting<'s, 'a> {
    pub fn new(study: &'s Study<'a>) -> Self {
        Meeting { study, pasts: RefCell::default() }
    }

    /// Whether two different runners can be at these places at the same time.
    pub fn can_meet(&self, a: Site, b: Site) -> bool {
        let runners = |site: Site| self.study.bodies[site.body].runners.iter().take(RUNNERS_MAX);
        runners(a).any(|x| runners(b).any(|y| self.can_meet_as((a, *x), (b, *y))))
    }

    /// As [`Meeting::can_meet`], of these two.
    pub fn can_meet_as(&self, (a, x): (Site, Actor), (b, y): (Site, Actor)) -> bool {
        let (of_a, of_b) = (self.pasts(a.body), self.pasts(b.body));
        match (&of_a[a.node.index()], &of_b[b.node.index()]) {
            (Some(a), Some(b)) => can_meet(self.study, (a, x), (b, y)),
            // Where control never comes, nobody is met.
            _ => false,
        }
    }

    fn pasts(&self, number: usize) -> Rc<Vec<Option<Past>>> {
        let mut pasts = self.pasts.borrow_mut();
        let made = pasts.entry(number).or_insert_with(|| {
            let (graph, body) = (self.study.graph, &self.study.bodies[number]);
            Rc::new(match &body.flow {
                Some(flow) => solve(flow, &Pasts { graph, body }, Care::Known),
                None => Vec::new(),
            })
        });
        made.clone()
    }
}

impl Pasts<'_, '_> {
    fn thing(&self, word: &str) -> Option<Thing> {
        match find(self.graph, &self.body.bindings, word) {
            Ok(Found::Thing(thing)) => Some(thing),
            _ => None,
        }
    }
}

impl Analysis for Pasts<'_, '_> {
    type State = Past;

    fn entry(&self) -> Past {
        Past::default()
    }

    fn join(&self, into: &mut Past, from: &Past) -> bool {
        let before = (into.heard.len(), into.started.len());
        into.heard.retain(|heard| from.heard.contains(heard));
        into.started.extend(&from.started);
        before != (into.heard.len(), into.started.len())
    }

    fn done(&self, node: &Node, past: &Past) -> Past {
        let (Act::Step(step) | Act::Item(step)) = node.act else { return past.clone() };
        let mut past = past.clone();
        let is_item = matches!(node.act, Act::Item(_));
        let heard = match &step.action {
            Action::Get { queue, .. } => self.thing(queue).map(|queue| Heard::Through(queue, Operation::Put)),
            Action::ForFrom { from, .. } if is_item => self.thing(from).map(|from| match from {
                Thing::End(end) => Heard::Through(Thing::End(end.peer()), Operation::Send),
                queue => Heard::Through(queue, Operation::Put),
            }),
            Action::Recv { end, .. } => match self.thing(end) {
                Some(Thing::End(end)) => Some(Heard::Through(Thing::End(end.peer()), Operation::Send)),
                _ => None,
            },
            Action::Wait { on, timeout: None, .. } => match self.thing(on) {
                Some(Thing::Object(id)) if matches!(self.graph.object(id).kind, ObjectKind::Event(_)) => {
                    Some(Heard::Through(Thing::Object(id), Operation::Set))
                }
                _ => None,
            },
            Action::Acquire { of, block: None, timeout: None, .. } => match self.thing(of) {
                // One that is given back by others.
                Some(Thing::Object(id)) if matches!(self.graph.object(id).kind, ObjectKind::Semaphore(_)) => {
                    Some(Heard::Through(Thing::Object(id), Operation::Release))
                }
                _ => None,
            },
            Action::Join { of, timeout: None, .. } => self.thing(of).map(|of| match of {
                Thing::Process(process) => Heard::Ended(process),
                queue => Heard::Through(queue, Operation::TaskDone),
            }),
            Action::Apply { pool, asynchronous, .. } | Action::Map { pool, asynchronous, .. } => {
                match self.thing(pool) {
                    Some(Thing::Object(pool)) => {
                        past.started.insert(Actor::Worker(pool));
                        past.heard.remove(&Heard::Worked(pool));
                        (!asynchronous).then_some(Heard::Worked(pool))
                    }
                    _ => None,
                }
            }
            Action::Await { timeout: None, .. } => {
                // Which pool it was of is not known; one that was asked.
                let pools = past.started.iter().filter_map(|actor| match actor {
                    Actor::Worker(pool) => Some(Heard::Worked(*pool)),
                    Actor::Process(_) => None,
                });
                past.heard.extend(pools);
                None
            }
            Action::Start { process } => {
                if let Some(Thing::Process(process)) = self.thing(process) {
                    past.started.insert(Actor::Process(process.process));
                }
                None
            }
            _ => None,
        };
        past.heard.extend(heard);
        past
    }
}

fn can_meet(study: &Study, (a, x): (&Past, Actor), (b, y): (&Past, Actor)) -> bool {
    if x == y {
        return study.crowd_of(x) >= 2 && !has_heard(study, a, x) && !has_heard(study, b, y);
    }
    if let (Actor::Process(x), Actor::Process(y)) = (x, y)
        && study.order.apart(x, y)
    {
        return false;
    }
    !(has_heard(study, a, y) || has_heard(study, b, x) || not_yet(study, a, x, y) || not_yet(study, b, y, x))
}

/// Something has been waited for that `other` did.
fn has_heard(study: &Study, past: &Past, other: Actor) -> bool {
    past.heard.iter().any(|heard| match *heard {
        Heard::Ended(process) => process.instance.is_none() && other == Actor::Process(process.process),
        Heard::Worked(pool) => other == Actor::Worker(pool),
        Heard::Through(thing, operation) => {
            let mut touches = study.touches_by(thing, operation);
            touches.any(|touch| study.is_by(touch.by, other))
        }
    })
}

/// `own` has not started `other`, and nobody else does.
fn not_yet(study: &Study, past: &Past, own: Actor, other: Actor) -> bool {
    if past.started.contains(&other) {
        return false;
    }
    let alone = |by| study.actors(by).iter().all(|actor| *actor == own) && study.crowd_of(own) == 1;
    match other {
        Actor::Process(process) => {
            study.graph.process(process).start == Start::Manual
                && study
                    .touches_of_process(process)
                    .filter(|(_, touch)| touch.operation == Operation::Start)
                    .all(|(_, touch)| alone(touch.by))
        }
        Actor::Worker(pool) => study.touches_by(Thing::Object(pool), Operation::Apply).all(|touch| alone(touch.by)),
    }
}
