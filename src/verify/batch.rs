//! Some states at a time: what one waits for from memory comes while the others are worked on.
use super::chain::Walk;
use super::explore::Search;
use super::moves::Moves;
use super::store::Mark;
use std::ops::Range;

/// Some states of one depth, and their steps.
pub(super) struct Batch {
    /// The numbers of the states.
    pub states: Vec<u32>,
    /// Steps, and the states behind the chains that they begin.
    moves: Moves,
    /// By state, which of the moves are its own.
    of: Vec<Range<usize>>,
    /// By state, whether fewer steps seem enough.
    reduced: Vec<bool>,
    /// By move, whether it is among those.
    chosen: Vec<bool>,
    /// By move, how many steps it leads on.
    steps: Vec<u32>,
    hashes: Vec<u64>,
    row: Vec<u32>,
    can_move: Vec<bool>,
    actors: Vec<bool>,
    walk: Walk,
}

impl Batch {
    pub fn new(width: usize) -> Batch {
        Batch {
            states: Vec::new(),
            moves: Moves::new(width),
            of: Vec::new(),
            reduced: Vec::new(),
            chosen: Vec::new(),
            steps: Vec::new(),
            hashes: Vec::new(),
            row: Vec::new(),
            can_move: Vec::new(),
            actors: Vec::new(),
            walk: Walk::new(width),
        }
    }

    /// The states behind the chosen steps, or behind all.
    pub fn leads_to(&self, all: bool) -> impl Iterator<Item = &[u32]> {
        (0..self.moves.len()).filter(move |at| all || self.chosen[*at]).map(|at| self.moves.row(at))
    }

    fn clear(&mut self) {
        self.moves.clear();
        self.of.clear();
        self.reduced.clear();
        self.chosen.clear();
        self.steps.clear();
        self.hashes.clear();
    }
}

impl Search<'_, '_, '_> {
    /// Finds the steps of some states, until a limit is reached.
    pub(super) fn collect(&mut self, batch: &mut Batch) {
        batch.clear();
        let mut asked = 0;
        for number in &batch.states {
            asked ^= self.world.ask_ahead(self.row(*number));
        }
        for number in batch.states.clone() {
            batch.row.clear();
            batch.row.extend_from_slice(self.row(number));
            let first = batch.moves.len();
            let hurried = self.store.is(number, Mark::Hurried);
            let free = self.all_moves(&batch.row, &mut batch.moves, &mut batch.can_move, hurried);
            if self.limit.is_some() {
                return;
            }
            let moves = first..batch.moves.len();
            let reduced =
                free && !hurried && !moves.is_empty() && self.choose(&batch.row, &batch.can_move, &mut batch.actors);
            for at in moves.clone() {
                batch.chosen.push(!reduced || batch.actors[batch.moves.labels[at].actor as usize]);
                self.world.mind_sums(&batch.row, batch.moves.row(at));
                self.sort(batch.moves.row_mut(at));
                batch.steps.push(1);
            }
            let mut chosen = moves.clone().filter(|at| batch.chosen[*at]);
            if self.skips
                && let (Some(only), None) = (chosen.next(), chosen.next())
                && batch.moves.labels[only].flag == 0
            {
                batch.row.copy_from_slice(batch.moves.row(only));
                batch.steps[only] += self.go_along(&mut batch.row, &mut batch.walk);
                batch.moves.row_mut(only).copy_from_slice(&batch.row);
            }
            for at in moves.clone() {
                let hash = self.hash(batch.moves.row(at));
                asked ^= self.store.ask_ahead(hash);
                batch.hashes.push(hash);
            }
            batch.of.push(moves);
            batch.reduced.push(reduced);
        }
        std::hint::black_box(asked);
    }

    /// Takes the steps from some states.
    pub(super) fn expand(&mut self, batch: &mut Batch) {
        let mut asked = 0;
        for hash in &batch.hashes {
            asked ^= self.store.ask_for_row(*hash);
        }
        std::hint::black_box(asked);
        for (at, number) in batch.states.iter().copied().enumerate() {
            self.store.mark(number, Mark::Expanded);
            let moves = batch.of[at].clone();
            self.notice(number);
            if moves.is_empty() {
                self.finish(number);
                continue;
            }
            let mut back = false;
            for chosen in moves.clone().filter(|at| batch.chosen[*at]) {
                if self.limit.is_some() {
                    return;
                }
                back |= self.take(number, &batch.moves, chosen, batch.hashes[chosen], batch.steps[chosen]);
            }
            if back && batch.reduced[at] {
                self.store.mark(number, Mark::Widened);
                for other in moves.filter(|at| !batch.chosen[*at]) {
                    if self.limit.is_some() {
                        return;
                    }
                    self.take(number, &batch.moves, other, batch.hashes[other], 1);
                }
            }
            self.cyclic |= back;
            if back {
                self.circle = self.circle.min(self.store.depth(number));
            }
            if self.limit.is_some() {
                return;
            }
        }
    }
}
