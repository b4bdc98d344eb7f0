//! What goes round for ever: circles that nothing leads out of, found when all else has been seen.
use super::batch::Batch;
use super::explore::Search;
use super::found::Wrong;
use super::moves::Moves;
use super::store::Mark;

impl Search<'_, '_, '_> {
    /// Where it leads, state by state, as it was explored.
    fn graph(&mut self) -> Vec<Vec<u32>> {
        let mut batch = Batch::new(self.world.width());
        let mut edges = Vec::with_capacity(self.store.len());
        for number in 0..self.store.len() as u32 {
            batch.states.clear();
            batch.states.push(number);
            self.collect(&mut batch);
            if self.over_limit(0) {
                return Vec::new();
            }
            edges.push(batch.leads_to(self.store.is(number, Mark::Widened)).filter_map(|row| self.find(row)).collect());
        }
        edges
    }

    /// The states in circles that nothing leads out of; none if a limit is reached first.
    pub(super) fn stuck(&mut self) -> Vec<u32> {
        let edges = self.graph();
        super::circles::closed(&edges)
    }

    /// Lets the clock go on in these states; `false` if it has nowhere to go, or has gone on in all of them.
    pub(super) fn hurry(&mut self, stuck: &[u32]) -> bool {
        let mut moves = Moves::new(self.world.width());
        let mut hurried = false;
        for number in stuck {
            if self.store.is(*number, Mark::Hurried) {
                continue;
            }
            self.store.mark(*number, Mark::Hurried);
            moves.clear();
            let row = self.row(*number).to_vec();
            self.world.tick(&row, &mut moves);
            hurried |= !moves.is_empty();
            for at in 0..moves.len() {
                self.sort(moves.row_mut(at));
                let hash = self.hash(moves.row(at));
                self.take(*number, &moves, at, hash, 1);
            }
        }
        hurried
    }

    pub(super) fn report_endless(&mut self, stuck: &[u32]) {
        if let Some(first) = stuck.iter().min_by_key(|number| self.store.depth(**number))
            && (self.only_stuck || self.world.system.expected_outcome() != crate::graph::OutcomeKind::Timeout)
        {
            let row = self.row(*first).to_vec();
            self.note(Wrong::Endless, *first, None, row);
        }
    }
}
