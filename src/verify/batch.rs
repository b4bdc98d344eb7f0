//! Some states at a time: what one waits for from memory comes while the others are worked on.
use super::explore::Search;
use super::moves::Moves;
use std::ops::Range;

/// Some states of one depth, and their steps.
pub(super) struct Batch {
    /// The numbers of the states.
    pub states: Range<u32>,
    moves: Moves,
    /// By state, which of the moves are its own.
    of: Vec<Range<usize>>,
    /// By state, whether fewer steps seem enough.
    reduced: Vec<bool>,
    /// By move, whether it is among those.
    chosen: Vec<bool>,
    hashes: Vec<u64>,
    row: Vec<u32>,
    can_move: Vec<bool>,
    actors: Vec<bool>,
}

impl Batch {
    pub fn new(width: usize) -> Batch {
        Batch {
            states: 0..0,
            moves: Moves::new(width),
            of: Vec::new(),
            reduced: Vec::new(),
            chosen: Vec::new(),
            hashes: Vec::new(),
            row: Vec::new(),
            can_move: Vec::new(),
            actors: Vec::new(),
        }
    }

    fn clear(&mut self) {
        self.moves.clear();
        self.of.clear();
        self.reduced.clear();
        self.chosen.clear();
        self.hashes.clear();
    }
}

impl Search<'_, '_, '_> {
    /// Finds the steps of some states, until a limit is reached.
    pub(super) fn collect(&mut self, batch: &mut Batch) {
        batch.clear();
        let mut asked = 0;
        for number in batch.states.clone() {
            asked ^= self.world.ask_ahead(self.row(number));
        }
        for number in batch.states.clone() {
            batch.row.clear();
            batch.row.extend_from_slice(self.row(number));
            let first = batch.moves.len();
            let hurried = self.hurried[number as usize];
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
        for (at, number) in batch.states.clone().enumerate() {
            let moves = batch.of[at].clone();
            if moves.is_empty() {
                let row = self.row(number).to_vec();
                self.finish(number, &row);
                continue;
            }
            let mut back = false;
            for chosen in moves.clone().filter(|at| batch.chosen[*at]) {
                back |= self.take(number, &batch.moves, chosen, batch.hashes[chosen]);
            }
            if back && batch.reduced[at] {
                self.widened[number as usize] = true;
                for other in moves.filter(|at| !batch.chosen[*at]) {
                    self.take(number, &batch.moves, other, batch.hashes[other]);
                }
            }
            self.cyclic |= back;
            if self.limit.is_some() {
                return;
            }
        }
    }
}
