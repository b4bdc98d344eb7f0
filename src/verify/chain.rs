//! Chains: states with one step only. Of a chain the first state is kept and the one behind its end, none between.
//!
//! Such a state has nothing to choose, so whoever comes to it comes to the end; and who wants to know the way there
//! (for a trace, or to look for circles) takes the same steps again. States in which something shows are no part of a
//! chain. A circle has a state that is kept, as a chain has an end after [`CHAIN_MAX`] steps; and as always, the step that
//! closes it widens the state that it comes from.
use super::explore::Search;
use super::limits::Limits;
use super::moves::{Label, Moves};
use super::store::Mark;
use super::world::Row;

/// Longer chains are cut.
const CHAIN_MAX: u32 = 200;

/// After so many steps it looks whether a limit is reached.
const STRETCH: u32 = 10;

/// What it takes to go along.
pub(super) struct Walk {
    moves: Moves,
    can_move: Vec<bool>,
    chosen: Vec<bool>,
}

impl Walk {
    pub fn new(width: usize) -> Walk {
        Walk { moves: Moves::new(width), can_move: Vec::new(), chosen: Vec::new() }
    }
}

impl Search<'_, '_, '_> {
    /// Goes on from a state that one step led to, the only one, until there is something to choose, nothing more to do,
    /// or a state that is kept already; the number of steps.
    pub(super) fn go_along(&mut self, row: &mut Row, walk: &mut Walk) -> u32 {
        for steps in 0..CHAIN_MAX {
            let over = steps % STRETCH == STRETCH - 1 && self.over_limit(0);
            if over || self.find(row).is_some() || self.one_step(row, walk).is_none() {
                return steps;
            }
        }
        CHAIN_MAX
    }

    /// Takes the step from a state if there is only one that has to be taken, and nothing shows there.
    fn one_step(&mut self, row: &mut Row, walk: &mut Walk) -> Option<Label> {
        if self.shows(row) {
            return None;
        }
        walk.moves.clear();
        let free = self.all_moves(row, &mut walk.moves, &mut walk.can_move, false);
        if self.limit.is_some() {
            return None;
        }
        let reduced = free && walk.moves.len() > 1 && self.choose(row, &walk.can_move, &mut walk.chosen);
        let is_chosen = |at: &usize| !reduced || walk.chosen[walk.moves.labels[*at].actor as usize];
        let mut chosen = (0..walk.moves.len()).filter(is_chosen);
        let (Some(only), None) = (chosen.next(), chosen.next()) else { return None };
        let label = walk.moves.labels[only];
        if label.flag != 0 {
            return None;
        }
        self.world.mind_sums(row, walk.moves.row(only));
        row.copy_from_slice(walk.moves.row(only));
        self.sort(row);
        Some(label)
    }

    /// The steps from the first state to this one: actor and choice.
    pub(super) fn path(&mut self, mut number: u32) -> Vec<(u16, u16)> {
        let (limits, limit) = (std::mem::replace(&mut self.limits, Limits::NONE), self.limit.take());
        let mut walk = Walk::new(self.world.width());
        let mut path = Vec::new();
        while number != 0 {
            let (parent, label) = self.store.origin(number);
            let steps = self.store.depth(number) - self.store.depth(parent);
            let from = path.len();
            path.push(label);
            if steps > 1 {
                self.along(parent, label, steps - 1, &mut walk, &mut path);
            }
            path[from..].reverse();
            number = parent;
        }
        path.reverse();
        (self.limits, self.limit) = (limits, limit);
        path
    }

    /// Adds the steps of the chain that begins with this step.
    fn along(
        &mut self,
        parent: u32,
        (actor, choice): (u16, u16),
        steps: u32,
        walk: &mut Walk,
        path: &mut Vec<(u16, u16)>,
    ) {
        let mut row = self.row(parent).to_vec();
        walk.moves.clear();
        self.all_moves(&row, &mut walk.moves, &mut walk.can_move, self.store.is(parent, Mark::Hurried));
        let is_first = |label: &Label| (label.actor, label.choice) == (actor, choice);
        let first = walk.moves.labels.iter().position(is_first).expect("the step was taken before");
        row.copy_from_slice(walk.moves.row(first));
        self.sort(&mut row);
        for _ in 0..steps {
            let label = self.one_step(&mut row, walk).expect("the chain was gone along before");
            path.push((label.actor, label.choice));
        }
    }
}
