//! Which locks a body holds at each place.
//!
//! A condition is its lock: taking one is taking the other. A semaphore of one unit protects as a lock does, but anybody
//! may release it; one of more keeps only so many out.
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::check::body::Body;
use crate::check::flow::{Act, Analysis, Locals, Node, OwnerDied, Raise};
use crate::diag::Span;
use crate::expr::Expr;
use crate::graph::{Action, Graph, Name, ObjectId, ObjectKind, Operation, Step, gives_up};
use crate::program::{Bindings, Found, Thing, find};
use crate::value::Value;

/// What somebody takes who acquires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lock {
    /// A lock, a condition that has a lock of its own, or a semaphore.
    pub id: ObjectId,
    pub kind: LockKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LockKind {
    Plain,
    /// May be taken again by its holder.
    Recursive,
    /// A semaphore of one unit, given back by anybody.
    Unit,
    /// A semaphore that lets so many in.
    Units(u32),
}

impl LockKind {
    /// Whether who holds it is alone, and must give it back himself.
    pub fn has_holder(self) -> bool {
        matches!(self, LockKind::Plain | LockKind::Recursive)
    }
}

/// How many a semaphore lets in, if more than one: it protects nothing from others.
pub(super) fn units(graph: &Graph, id: ObjectId) -> Option<u32> {
    match &graph.object(id).kind {
        ObjectKind::Semaphore(semaphore) if semaphore.value > 1 => Some(semaphore.value),
        _ => None,
    }
}

/// The lock behind a lock, a condition or a semaphore that begins with units.
fn lock_of(graph: &Graph, bindings: &Bindings, name: &Name) -> Option<Lock> {
    let Ok(Found::Thing(Thing::Object(id))) = find(graph, bindings, name) else { return None };
    let named = match &graph.object(id).kind {
        ObjectKind::Condition(condition) => match &condition.lock {
            Some(name) => graph.object_named(name)?,
            // As Python's own, a condition's lock is recursive.
            None => return Some(Lock { id, kind: LockKind::Recursive }),
        },
        _ => id,
    };
    let kind = match &graph.object(named).kind {
        ObjectKind::Lock(lock) if lock.recursive => LockKind::Recursive,
        ObjectKind::Lock(_) => LockKind::Plain,
        ObjectKind::Semaphore(semaphore) => match semaphore.value {
            0 => return None,
            1 => LockKind::Unit,
            units => LockKind::Units(units),
        },
        _ => return None,
    };
    Some(Lock { id: named, kind })
}

/// More often is as if it were without end.
const OFTEN: u8 = 16;

#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Held {
    /// In the order taken, with the place.
    pub surely: Vec<(ObjectId, Span)>,
    /// With how often each may have been taken.
    maybe: BTreeMap<ObjectId, u8>,
    /// The variables that say whether a lock has been taken, and where.
    said: BTreeMap<String, (Lock, Span)>,
}

impl Held {
    /// The locks that are surely held, which keep everybody else out.
    pub fn alone(&self, graph: &Graph) -> BTreeSet<ObjectId> {
        self.surely.iter().map(|(id, _)| *id).filter(|id| units(graph, *id).is_none()).collect()
    }

    pub fn since(&self, lock: ObjectId) -> Option<Span> {
        self.surely.iter().find(|(id, _)| *id == lock).map(|(_, span)| *span)
    }

    /// Whether it can be held on some way here.
    pub fn can_hold(&self, lock: ObjectId) -> bool {
        self.maybe.contains_key(&lock)
    }

    fn take(&mut self, lock: Lock, place: Span, surely: bool) {
        let times = self.maybe.entry(lock.id).or_insert(0);
        *times = if lock.kind == LockKind::Recursive { (*times + 1).min(OFTEN) } else { 1 };
        if surely && self.since(lock.id).is_none() {
            self.surely.push((lock.id, place));
        }
    }

    fn give(&mut self, lock: Lock) {
        self.surely.retain(|(id, _)| *id != lock.id);
        self.said.retain(|_, (said, _)| said.id != lock.id);
        match self.maybe.get_mut(&lock.id) {
            Some(&mut OFTEN) => {}
            Some(times) if *times > 1 => *times -= 1,
            _ => drop(self.maybe.remove(&lock.id)),
        }
    }
}

/// What a step does to a lock.
pub(super) enum Effect<'a> {
    Takes {
        lock: Lock,
        name: &'a Name,
        /// It is not held for sure afterwards: the step says in a variable whether it is.
        perhaps: bool,
        /// It may give up.
        bounded: bool,
    },
    Gives(Lock),
}

pub(super) struct Locks<'s, 'a> {
    pub graph: &'a Graph,
    pub body: &'s Body<'a>,
}

impl<'a> Locks<'_, 'a> {
    /// Whether the body takes or gives any.
    pub fn any(&self) -> bool {
        if !self.body.does(&[Operation::Acquire, Operation::Release]) {
            return false;
        }
        let mut any = false;
        for step in self.body.steps {
            step.walk(&mut |step| any |= self.effect_of(step).is_some());
        }
        any
    }

    pub fn lock(&self, name: &Name) -> Option<Lock> {
        lock_of(self.graph, &self.body.bindings, name)
    }

    pub fn effect<'n>(&self, node: &Node<'n>) -> Option<Effect<'n>> {
        match node.act {
            Act::Step(step) => self.effect_of(step),
            Act::Release(step) => match &step.action {
                Action::With { of, .. } => Some(Effect::Gives(self.lock(of)?)),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn effect_of<'n>(&self, step: &'n Step) -> Option<Effect<'n>> {
        Some(match &step.action {
            Action::Acquire { of, block, timeout, into } => {
                let bounded = gives_up(block, timeout);
                Effect::Takes { lock: self.lock(of)?, name: of, perhaps: bounded && into.is_some(), bounded }
            }
            Action::With { of, .. } => Effect::Takes { lock: self.lock(of)?, name: of, perhaps: false, bounded: false },
            Action::Release { of } => Effect::Gives(self.lock(of)?),
            _ => return None,
        })
    }
}

impl Locks<'_, '_> {
    /// The condition is `side`: what that says of the locks.
    fn hear(&self, condition: &Expr, side: bool, held: &mut Held) {
        for (name, (lock, place)) in held.said.clone() {
            let were = |taken: bool| {
                let locals = Locals::from([(name.clone(), Value::Bool(taken))]);
                self.body.expr(self.graph, condition, &locals).and_then(|truth| truth.as_bool())
            };
            if were(false) == Some(!side) {
                held.take(lock, place, true);
            } else if were(true) == Some(!side) && held.since(lock.id).is_none() {
                held.maybe.remove(&lock.id);
            }
        }
    }
}

impl Analysis for Locks<'_, '_> {
    type State = Held;

    fn entry(&self) -> Held {
        Held::default()
    }

    fn join(&self, into: &mut Held, from: &Held) -> bool {
        let before = into.surely.len();
        into.surely.retain(|(id, _)| from.since(*id).is_some());
        let mut more = false;
        for (lock, times) in &from.maybe {
            let known = into.maybe.entry(*lock).or_insert(0);
            more |= *known < *times;
            *known = (*known).max(*times);
        }
        let said = into.said.len();
        into.said.retain(|name, known| from.said.get(name) == Some(known));
        more || before != into.surely.len() || said != into.said.len()
    }

    fn done(&self, node: &Node, held: &Held) -> Held {
        let mut held = held.clone();
        if let Act::Step(step) = node.act {
            step.sets().for_each(|name| {
                held.said.remove(name.value.as_str());
            });
        }
        match self.effect(node) {
            Some(Effect::Takes { lock, name, perhaps, .. }) => {
                held.take(lock, name.span, !perhaps);
                if let Act::Step(Step { action: Action::Acquire { into: Some(into), .. }, .. }) = node.act
                    && perhaps
                {
                    held.said.insert(into.value.clone(), (lock, name.span));
                }
            }
            Some(Effect::Gives(lock)) => held.give(lock),
            None => {}
        }
        let branch = match node.act {
            Act::Branch(step, side) => Some((step, side)),
            Act::Item(step) => Some((step, true)),
            _ => None,
        };
        if let Some((Step { action: Action::If { condition, .. } | Action::While { condition, .. }, .. }, side)) =
            branch
        {
            self.hear(condition, side, &mut held);
        }
        held
    }

    fn raised<'h>(&self, node: &Node, raise: &Raise, held: &'h Held) -> Cow<'h, Held> {
        let mut held = Cow::Borrowed(held);
        if raise.owner_died != OwnerDied::No
            && let Some(Effect::Takes { lock, name, .. }) = self.effect(node)
        {
            held.to_mut().take(lock, name.span, raise.owner_died == OwnerDied::Surely);
        }
        held
    }
}
