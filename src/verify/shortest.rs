//! The shortest path to something wrong, and of several the one with the fewest changes from one process to another.
//!
//! The reduced search finds every end by a path as short as any; but what a single step shows may stand a few steps
//! later on its paths than it has to. So what was found is looked for once more, with nothing left out and with the
//! real names: layer by layer, each state with each actor that may have come there last. That is exact; where it
//! would take too much, the path of the search is cut and put in order instead: see `switches`.
use super::found::Wrong;
use super::moves::Moves;
use super::path::Event;
use super::world::{Row, World};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::rc::Rc;

/// More than this is not looked at for one finding.
const NODES_MAX: usize = 30_000;

/// Nobody has taken a step yet.
const NOBODY: usize = usize::MAX;

/// A state, and who came there last.
struct Node {
    row: Rc<Row>,
    last: usize,
    switches: u32,
    parent: u32,
    /// The step that led here.
    actor: usize,
    choice: u16,
}

/// Where it shows: after a step from a node, or at the node itself.
struct Hit {
    switches: u32,
    node: u32,
    step: Option<(usize, u16)>,
    what: Wrong,
}

impl World<'_, '_> {
    /// A path of at most so many steps to something like this, as short as any and with as few changes as any; and what
    /// exactly it shows. `None`: too large.
    pub(super) fn shortest(&mut self, what: &Wrong, steps_max: usize) -> Option<(Vec<Event>, Wrong)> {
        let first = Rc::new(self.initial());
        let mut moves = Moves::new(first.len());
        let mut depths: HashMap<Rc<Row>, usize> = HashMap::from([(first.clone(), 0)]);
        let mut nodes = vec![Node { row: first, last: NOBODY, switches: 0, parent: 0, actor: 0, choice: 0 }];
        let mut layer = 0..1;
        for depth in 0..=steps_max {
            let mut hits = Vec::new();
            let mut known: HashMap<(Rc<Row>, usize), u32> = HashMap::new();
            for at in layer.clone() {
                moves.clear();
                let row = nodes[at].row.clone();
                self.every_move(&row, &mut moves);
                if moves.is_empty() {
                    let shown = self.judge(&row).into_iter().find(|shown| shown.is_like(what));
                    let hit = |what| Hit { switches: nodes[at].switches, node: at as u32, step: None, what };
                    hits.extend(shown.map(hit));
                }
                let count = if depth < steps_max { moves.len() } else { 0 };
                for number in 0..count {
                    let label = moves.labels[number];
                    let actor = usize::from(label.actor);
                    let (last, from) = (nodes[at].last, nodes[at].switches);
                    // The clock is nobody.
                    let runner = actor >= self.system.actors.len();
                    let switches = from + u32::from(!runner && last != NOBODY && last != actor);
                    let after = Rc::new(moves.row(number).to_vec());
                    if let Some(what) = self.shown(label.flag, &after, what) {
                        hits.push(Hit { switches, node: at as u32, step: Some((actor, label.choice)), what });
                    }
                    match depths.entry(after.clone()) {
                        Entry::Occupied(found) if *found.get() <= depth => continue,
                        Entry::Occupied(_) => {}
                        Entry::Vacant(new) => {
                            new.insert(depth + 1);
                        }
                    }
                    let last = if runner { last } else { actor };
                    let node =
                        Node { row: after.clone(), last, switches, parent: at as u32, actor, choice: label.choice };
                    match known.entry((after, last)) {
                        Entry::Occupied(found) => {
                            let found = &mut nodes[*found.get() as usize];
                            if switches < found.switches {
                                *found = node;
                            }
                        }
                        Entry::Vacant(new) => {
                            new.insert(nodes.len() as u32);
                            nodes.push(node);
                        }
                    }
                }
                if nodes.len() > NODES_MAX {
                    return None;
                }
            }
            if let Some(hit) = hits.into_iter().min_by_key(|hit| hit.switches) {
                return Some((self.events_to(&nodes, &hit)?, hit.what));
            }
            layer = layer.end..nodes.len();
        }
        None
    }

    /// All steps from a state.
    fn every_move(&mut self, row: &[u32], moves: &mut Moves) {
        if self.is_timed_out(row) {
            return;
        }
        for actor in 0..self.system.actors.len() {
            self.moves(row, actor, moves);
        }
        self.end_run(row, moves);
        if moves.is_empty() {
            self.tick(row, moves);
        }
    }

    /// What a step shows, if it is something like this.
    pub(super) fn shown(&self, flag: u32, after: &[u32], what: &Wrong) -> Option<Wrong> {
        match what {
            Wrong::Flag(_) if flag != 0 => {
                let shown = Wrong::Flag(self.flags.get(flag - 1).as_ref().clone());
                shown.is_like(what).then_some(shown)
            }
            Wrong::Line { rule } => self.failed_rules(after).contains(rule).then(|| what.clone()),
            _ => None,
        }
    }

    fn events_to(&mut self, nodes: &[Node], hit: &Hit) -> Option<Vec<Event>> {
        let mut steps: Vec<(usize, u16)> = hit.step.into_iter().collect();
        let mut at = hit.node as usize;
        while at != 0 {
            steps.push((nodes[at].actor, nodes[at].choice));
            at = nodes[at].parent as usize;
        }
        let mut row = self.initial();
        let mut moves = Moves::telling(row.len());
        let mut events = Vec::new();
        for (actor, choice) in steps.into_iter().rev() {
            let event = self.take(&row, actor, choice, &mut moves)?;
            row.clone_from(&event.after);
            events.push(event);
        }
        Some(events)
    }
}
