//! The same path with fewer changes from one process to another.
//!
//! Steps that do not concern one another may change places. So a process goes on as long as its next step does not
//! need one of another that has not come yet.
use super::access::{Kind, Resource};
use super::found::Wrong;
use super::moves::Moves;
use super::path::Event;
use super::world::{Row, World};
use std::collections::BTreeSet;

impl World<'_, '_> {
    /// The events of a path, in an order with as few changes between actors as a greedy choice gives; the same events
    /// if that would end elsewhere.
    pub fn with_few_switches(&mut self, events: Vec<Event>) -> Vec<Event> {
        let Some(first) = events.first() else { return events };
        let start = first.before.clone();
        let end = events.last().map(|event| event.after.clone());
        let needs = self.needs(&events);
        let order = greedy(&events, &needs);
        match self.take_in_order(&start, &events, &order) {
            Some(better)
                if better.last().map(|event| event.after.clone()) == end && switches(&better) < switches(&events) =>
            {
                better
            }
            _ => events,
        }
    }

    /// Of what the last step shows, only the steps that it must follow; all of them if it would not show then.
    pub fn cut_to_what_shows(&mut self, events: Vec<Event>, what: &Wrong) -> Vec<Event> {
        let (Some(last), Wrong::Flag(_) | Wrong::Line { .. }) = (events.len().checked_sub(1), what) else {
            return events;
        };
        let needs = self.needs(&events);
        let mut needed = vec![false; events.len()];
        needed[last] = true;
        for at in (0..events.len()).rev() {
            if needed[at] {
                needs[at].iter().for_each(|before| needed[*before] = true);
            }
        }
        let order: Vec<usize> = (0..events.len()).filter(|at| needed[*at]).collect();
        let start = events[0].before.clone();
        match self.take_in_order(&start, &events, &order) {
            Some(fewer) if fewer.last().is_some_and(|event| self.shown(event.flag, &event.after, what).is_some()) => {
                fewer
            }
            _ => events,
        }
    }

    /// For each event those before it that it must follow.
    fn needs(&self, events: &[Event]) -> Vec<Vec<usize>> {
        let touched: Vec<BTreeSet<(Resource, bool)>> = events.iter().map(|event| self.touched(event)).collect();
        let mut needs = Vec::new();
        for (at, event) in events.iter().enumerate() {
            let follows = |before: &usize| {
                let other = &events[*before];
                let runner = self.system.actors.len();
                let shares = touched[*before].iter().any(|(resource, reads)| {
                    touched[at].iter().any(|(own, own_reads)| own == resource && !(*reads && *own_reads))
                });
                let woke = other.told.also.iter().any(|(actor, _)| *actor == event.actor)
                    || event.told.also.iter().any(|(actor, _)| *actor == other.actor);
                other.actor == event.actor || other.actor == runner || event.actor == runner || shares || woke
            };
            needs.push((0..at).filter(follows).collect());
        }
        needs
    }

    /// What an event touches, and whether it only looks.
    fn touched(&self, event: &Event) -> BTreeSet<(Resource, bool)> {
        let mut all = BTreeSet::new();
        let Some(block) = event.before.get(event.actor).filter(|_| event.actor < self.system.actors.len()) else {
            return all;
        };
        let block = self.blocks.get(*block);
        let accesses = match &block.machine {
            Some(machine) if block.rare.doom.is_none() => self.footprint.at(block.body as usize, machine.pc()).to_vec(),
            _ => self.footprint.exit(event.actor).to_vec(),
        };
        for access in accesses {
            let (resource, kind) = self.footprint.access(access);
            all.insert((resource, matches!(kind, Kind::Read | Kind::Look)));
        }
        all
    }

    fn take_in_order(&mut self, start: &Row, events: &[Event], order: &[usize]) -> Option<Vec<Event>> {
        let mut row = start.clone();
        let mut moves = Moves::telling(row.len());
        let mut taken = Vec::new();
        for at in order {
            let old = &events[*at];
            let event = self.take(&row, old.actor, old.choice, &mut moves)?;
            if event.told.what != old.told.what {
                return None;
            }
            row.clone_from(&event.after);
            taken.push(event);
        }
        Some(taken)
    }
}

fn switches(events: &[Event]) -> usize {
    events.windows(2).filter(|pair| pair[0].actor != pair[1].actor).count()
}

/// From every first actor on, the order in which the running one goes on as long as it can; the best of them.
fn greedy(events: &[Event], needs: &[Vec<usize>]) -> Vec<usize> {
    let actors: BTreeSet<usize> = events.iter().map(|event| event.actor).collect();
    let orders = actors.into_iter().map(|first| {
        let mut taken = vec![false; events.len()];
        let mut order = Vec::new();
        let mut current = first;
        while order.len() < events.len() {
            let ready = |at: &usize| !taken[*at] && needs[*at].iter().all(|before| taken[*before]);
            let own = (0..events.len()).find(|at| events[*at].actor == current && ready(at));
            // The last event stays the last: it shows what is wrong.
            let last = events.len() - 1;
            let other = |at: &usize| ready(at) && (*at != last || order.len() == last);
            let Some(next) =
                own.filter(|at| *at != last || order.len() == last).or_else(|| (0..events.len()).find(other))
            else {
                break;
            };
            taken[next] = true;
            current = events[next].actor;
            order.push(next);
        }
        order
    });
    let cost = |order: &Vec<usize>| {
        let switches = order.windows(2).filter(|pair| events[pair[0]].actor != events[pair[1]].actor).count();
        (events.len() - order.len(), switches)
    };
    orders.min_by_key(cost).unwrap_or_default()
}
