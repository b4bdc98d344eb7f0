//! Values that are read, and written again with something computed from that.
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::held::{Effect, Held, Locks};
use super::meeting::Site;
use crate::check::body::Use;
use crate::check::flow::{Act, Analysis, Care, Locals, Node, Raise, solve};
use crate::check::study::Study;
use crate::diag::Span;
use crate::graph::{Action, Datum, Name, ObjectId, Operation, Step};
use crate::program::{Found, Thing, find};

/// A value, or what of an array: a cell, or `None` for the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    pub object: ObjectId,
    pub index: Option<i64>,
}

impl Cell {
    pub fn overlaps(self, other: Cell) -> bool {
        self.object == other.object && (self.index.is_none() || other.index.is_none() || self.index == other.index)
    }
}

/// A change of a value that depends on what it was.
pub(super) struct Change {
    pub cell: Cell,
    /// Where it was read, if by a step of its own: then somebody may come in between.
    pub read: Option<Span>,
    pub write: Span,
    /// What is held from the read to the write.
    pub locks: BTreeSet<ObjectId>,
    pub at: Site,
}

/// All changes that somebody makes of what somebody writes: what is only added to loses nothing.
pub(super) fn changes(study: &Study) -> Vec<Change> {
    let bodies = || study.running().filter(|(_, body)| !body.model);
    let writes = |used: &&Use| used.operation == Operation::Write;
    let written: BTreeSet<Thing> =
        bodies().flat_map(|(_, body)| body.uses.iter().filter(writes)).map(|used| used.thing).collect();
    let changes =
        |used: &Use| matches!(used.operation, Operation::Write | Operation::Add) && written.contains(&used.thing);
    let changing = bodies().filter(|(_, body)| body.uses.iter().any(changes));
    let mut changes = Vec::new();
    for (number, body) in changing {
        let Some(flow) = &body.flow else { continue };
        let origins = Origins { locks: Locks { graph: study.graph, body } };
        let known = solve(flow, &origins, Care::Known);
        for id in flow.ids() {
            let (Act::Step(step), Some(known)) = (flow.node(id).act, &known[id.index()]) else { continue };
            let at = Site { body: number, node: id };
            let change = |cell, read, write, locks| Change { cell, read, write, locks, at };
            match &step.action {
                Action::Write { of, value, index } => {
                    let Some(cell) = origins.cell(of, index.as_ref()) else { continue };
                    for (origin, locks) in known.of_datum(value) {
                        if origin.cell.overlaps(cell) {
                            changes.push(change(cell, Some(origin.read), of.span, locks));
                        }
                    }
                }
                Action::Add { of, index, .. } => {
                    let Some(cell) = origins.cell(of, index.as_ref()) else { continue };
                    let locks = known.held.alone(study.graph);
                    changes.push(change(cell, None, of.span, locks));
                }
                _ => {}
            }
        }
    }
    changes
}

/// Where a variable's value comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Origin {
    cell: Cell,
    read: Span,
}

/// With the locks that have been held ever since.
type From = BTreeMap<Origin, BTreeSet<ObjectId>>;

#[derive(Clone, PartialEq, Eq, Default)]
struct Known {
    held: Held,
    variables: BTreeMap<String, From>,
}

impl Known {
    fn of_datum(&self, datum: &Datum) -> From {
        let mut reads = Vec::new();
        datum.reads(&mut reads);
        let mut from = From::new();
        for (name, _) in reads {
            if let Some(of_name) = self.variables.get(name) {
                merge(&mut from, of_name);
            }
        }
        from
    }

    fn set(&mut self, name: &Name, from: From) {
        if from.is_empty() {
            self.variables.remove(name.value.as_str());
        } else {
            self.variables.insert(name.value.clone(), from);
        }
    }

    fn lose(&mut self, lock: ObjectId) {
        for from in self.variables.values_mut() {
            from.values_mut().for_each(|locks| {
                locks.remove(&lock);
            });
        }
    }
}

/// Whether it changes anything.
fn merge(into: &mut From, from: &From) -> bool {
    let mut changed = false;
    for (origin, locks) in from {
        match into.get_mut(origin) {
            Some(known) => {
                let before = known.len();
                known.retain(|lock| locks.contains(lock));
                changed |= known.len() != before;
            }
            None => {
                into.insert(*origin, locks.clone());
                changed = true;
            }
        }
    }
    changed
}

struct Origins<'s, 'a> {
    locks: Locks<'s, 'a>,
}

impl Origins<'_, '_> {
    /// `None` where it is not known before the run.
    fn cell(&self, of: &str, index: Option<&Datum>) -> Option<Cell> {
        let Ok(Found::Thing(Thing::Object(object))) = find(self.locks.graph, &self.locks.body.bindings, of) else {
            return None;
        };
        match index {
            None => Some(Cell { object, index: None }),
            Some(index) => {
                let index = self.locks.body.datum(self.locks.graph, index, &Locals::new())?;
                Some(Cell { object, index: Some(index.as_int()?) })
            }
        }
    }

    fn step(&self, step: &Step, known: &mut Known) {
        match &step.action {
            Action::Read { of, into: Some(into), index } => {
                let mut from = From::new();
                if let Some(cell) = self.cell(of, index.as_ref()) {
                    let locks = known.held.alone(self.locks.graph);
                    from.insert(Origin { cell, read: of.span }, locks);
                }
                known.set(into, from);
            }
            Action::Let(pairs) => {
                for (name, value) in pairs {
                    let from = known.of_datum(value);
                    known.set(name, from);
                }
            }
            // While it waits, the lock is free.
            Action::Wait { on, .. } => {
                if let Some(lock) = self.locks.lock(on) {
                    known.lose(lock.id);
                }
            }
            Action::ForIn { .. } | Action::ForFrom { .. } => {}
            _ => step.sets().for_each(|name| known.set(name, From::new())),
        }
    }
}

impl Analysis for Origins<'_, '_> {
    type State = Known;

    fn entry(&self) -> Known {
        Known::default()
    }

    fn join(&self, into: &mut Known, from: &Known) -> bool {
        let mut changed = self.locks.join(&mut into.held, &from.held);
        for (name, more) in &from.variables {
            match into.variables.get_mut(name) {
                Some(known) => changed |= merge(known, more),
                None => {
                    into.variables.insert(name.clone(), more.clone());
                    changed = true;
                }
            }
        }
        changed
    }

    fn done(&self, node: &Node, known: &Known) -> Known {
        let mut known = Known { held: self.locks.done(node, &known.held), variables: known.variables.clone() };
        if let Some(Effect::Gives(lock)) = self.locks.effect(node) {
            known.lose(lock.id);
        }
        match node.act {
            Act::Step(step) => self.step(step, &mut known),
            Act::Item(step) => {
                if let Action::ForIn { variable, list, .. } = &step.action {
                    let from = known.of_datum(list);
                    known.set(variable, from);
                }
            }
            _ => {}
        }
        known
    }

    fn raised<'k>(&self, node: &Node, raise: &Raise, known: &'k Known) -> Cow<'k, Known> {
        match self.locks.raised(node, raise, &known.held) {
            Cow::Borrowed(_) => Cow::Borrowed(known),
            Cow::Owned(held) => Cow::Owned(Known { held, variables: known.variables.clone() }),
        }
    }
}
