//! Whether two places can be at the same time.
//!
//! They cannot when one waits for the end of the other (`after`, `join`), has not started it yet, has heard that it is past
//! that (got an item that it put afterwards, waited for an event that it sets), or a barrier stands between them. Hearing
//! is not proof, so this only ever silences a warning.
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::alone::{Alone, OF_REPLICA, alone};
use super::hearing::{Heard, barrier, heard, is_over};
use crate::check::body::Body;
use crate::check::flow::{Act, Analysis, Care, Node, NodeId, solve};
use crate::check::study::Study;
use crate::check::wiring::Actor;
use crate::graph::{Action, ObjectId, Operation, Start};
use crate::program::Thing;

/// More of them are not asked one by one.
const RUNNERS_MAX: usize = 64;

/// Waits at a barrier that are told apart.
const PHASES_MAX: u32 = 64;

#[derive(Clone, PartialEq, Eq, Default)]
struct Past {
    /// What surely has been waited for.
    heard: BTreeSet<Heard>,
    /// Who may have been started, or given something to do.
    started: BTreeSet<Actor>,
    /// How often each barrier has been waited at; `None` where that depends on the way.
    phases: BTreeMap<ObjectId, Option<u32>>,
}

impl Past {
    fn phase(&self, barrier: ObjectId) -> Option<u32> {
        self.phases.get(&barrier).copied().unwrap_or(Some(0))
    }
}

struct Pasts<'s, 'a> {
    study: &'s Study<'a>,
    body: &'s Body<'a>,
}

/// What is behind each node of the bodies that were asked for.
pub(super) struct Meeting<'s, 'a> {
    study: &'s Study<'a>,
    pasts: RefCell<BTreeMap<usize, Rc<Vec<Option<Past>>>>>,
    alone: RefCell<BTreeMap<usize, Rc<Alone>>>,
}

/// A place in a body.
#[derive(Clone, Copy)]
pub(super) struct Site {
    /// An index into the study's bodies.
    pub body: usize,
    pub node: NodeId,
}

/// Somebody at a place, with what is behind him.
#[derive(Clone, Copy)]
struct Standing<'p> {
    site: Site,
    actor: Actor,
    past: &'p Past,
}

impl<'s, 'a> Meeting<'s, 'a> {
    pub fn new(study: &'s Study<'a>) -> Self {
        Meeting { study, pasts: RefCell::default(), alone: RefCell::default() }
    }

    /// Whether two different runners can be at these places at the same time.
    pub fn can_meet(&self, a: Site, b: Site) -> bool {
        let runners = |site: Site| self.study.bodies[site.body].runners.iter().take(RUNNERS_MAX);
        runners(a).any(|x| runners(b).any(|y| self.can_meet_as((a, *x), (b, *y))))
    }

    /// As [`Meeting::can_meet`], of these two.
    pub fn can_meet_as(&self, (a, x): (Site, Actor), (b, y): (Site, Actor)) -> bool {
        if a.body == b.body && self.is_for_one(a, b, x == y) {
            return false;
        }
        let (of_a, of_b) = (self.pasts(a.body), self.pasts(b.body));
        match (&of_a[a.node.index()], &of_b[b.node.index()]) {
            (Some(past_a), Some(past_b)) => can_meet(
                self.study,
                Standing { site: a, actor: x, past: past_a },
                Standing { site: b, actor: y, past: past_b },
            ),
            // Where control never comes, nobody is met.
            _ => false,
        }
    }

    /// Only one of those who run this body comes to either place.
    fn is_for_one(&self, a: Site, b: Site, same_process: bool) -> bool {
        let (study, body) = (self.study, &self.study.bodies[a.body]);
        let Some(flow) = &body.flow else { return false };
        let made = self.alone.borrow_mut().entry(a.body).or_insert_with(|| Rc::new(alone(study, body))).clone();
        if made.is_empty() {
            return false;
        }
        let at = |site: Site| match flow.node(site.node).act {
            Act::Step(step) => made.get(&std::ptr::from_ref(step)),
            _ => None,
        };
        let (Some(of_a), Some(of_b)) = (at(a), at(b)) else { return false };
        let threaded = |actor: &Actor| matches!(actor, Actor::Process(id) if *study.graph.process(*id).threads > 1);
        let replica = same_process && !body.runners.iter().any(threaded);
        of_a.intersection(of_b).any(|equation| replica || !equation.starts_with(OF_REPLICA))
    }

    fn pasts(&self, number: usize) -> Rc<Vec<Option<Past>>> {
        let mut pasts = self.pasts.borrow_mut();
        let made = pasts.entry(number).or_insert_with(|| {
            let (study, body) = (self.study, &self.study.bodies[number]);
            Rc::new(match &body.flow {
                Some(flow) => solve(flow, &Pasts { study, body }, Care::Known),
                None => Vec::new(),
            })
        });
        made.clone()
    }
}

impl Analysis for Pasts<'_, '_> {
    type State = Past;

    fn entry(&self) -> Past {
        Past::default()
    }

    fn join(&self, into: &mut Past, from: &Past) -> bool {
        let before = (into.heard.len(), into.started.len(), into.phases.clone());
        into.heard.retain(|heard| from.heard.contains(heard));
        into.started.extend(&from.started);
        let barriers: Vec<ObjectId> = into.phases.keys().chain(from.phases.keys()).copied().collect();
        for barrier in barriers {
            let phase = into.phase(barrier).filter(|phase| from.phase(barrier) == Some(*phase));
            into.phases.insert(barrier, phase);
        }
        before != (into.heard.len(), into.started.len(), into.phases.clone())
    }

    fn done(&self, node: &Node, past: &Past) -> Past {
        let mut past = past.clone();
        past.heard.extend(heard(self.study, self.body, node));
        let Act::Step(step) = node.act else { return past };
        if let Some(barrier) = barrier(self.study, self.body, step) {
            let phase = past.phase(barrier).map(|phase| phase + 1).filter(|phase| *phase < PHASES_MAX);
            past.phases.insert(barrier, phase);
        }
        let thing = |word: &str| self.body.thing(self.study.graph, word);
        match &step.action {
            Action::Apply { pool, asynchronous, .. } | Action::Map { pool, asynchronous, .. } => {
                if let Some(Thing::Object(pool)) = thing(pool) {
                    past.started.insert(Actor::Worker(pool));
                    past.heard.remove(&Heard::Worked(pool));
                    past.heard.extend((!asynchronous).then_some(Heard::Worked(pool)));
                }
            }
            Action::Await { timeout: None, .. } => {
                // Which pool it was of is not known; one that was asked.
                let pools = past.started.iter().filter_map(|actor| match actor {
                    Actor::Worker(pool) => Some(Heard::Worked(*pool)),
                    Actor::Process(_) => None,
                });
                past.heard.extend(pools);
            }
            Action::Start { process } => {
                if let Some(Thing::Process(process)) = thing(process) {
                    past.started.insert(Actor::Process(process.process));
                }
            }
            _ => {}
        }
        past
    }
}

fn can_meet(study: &Study, a: Standing, b: Standing) -> bool {
    if a.actor == b.actor {
        if study.crowd_of(a.actor) < 2 {
            return false;
        }
    } else if let (Actor::Process(x), Actor::Process(y)) = (a.actor, b.actor)
        && study.order.apart(x, y)
    {
        return false;
    }
    let same_place = a.site.body == b.site.body && a.site.node == b.site.node;
    if !same_place && (is_between(study, a, b)) {
        return false;
    }
    if has_heard(study, a, b) || has_heard(study, b, a) {
        return false;
    }
    a.actor == b.actor || !(not_yet(study, a.past, a.actor, b.actor) || not_yet(study, b.past, b.actor, a.actor))
}

/// A barrier at which both wait lets them through at different times, as far as one can tell.
fn is_between(study: &Study, a: Standing, b: Standing) -> bool {
    let mut barriers = a.past.phases.keys().chain(b.past.phases.keys());
    barriers.any(|barrier| {
        let waits = |actor: Actor| {
            study.touches_by(Thing::Object(*barrier), Operation::Wait).any(|touch| study.is_by(touch.by, actor))
        };
        let (of_a, of_b) = (a.past.phase(*barrier), b.past.phase(*barrier));
        (of_a.is_none() || of_a != of_b) && waits(a.actor) && waits(b.actor)
    })
}

/// Something has been waited for that the other did when it was past its place.
fn has_heard(study: &Study, own: Standing, other: Standing) -> bool {
    let site = (other.site.body, other.site.node);
    own.past.heard.iter().any(|heard| is_over(study, *heard, own.actor, (other.actor, site)))
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
