//! A path of the search, taken again step by step with the real names.
//!
//! The search keeps interchangeable actors in order, so its paths speak of places in that order. Taken again, each
//! place is given to the actor that stands there.
use super::moves::{Moves, Told};
use super::world::{Row, World};

/// One step of a path.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// Past the last: the runner.
    pub actor: usize,
    pub choice: u16,
    pub told: Told,
    /// Of what it shows, as in a [`Label`](super::moves::Label).
    pub flag: u32,
    pub before: Row,
    pub after: Row,
}

impl World<'_, '_> {
    /// The steps of a path from the first state. `symmetric`: as the search was.
    pub fn retrace(&mut self, path: &[(u16, u16)], symmetric: bool) -> Vec<Event> {
        let mut row = self.initial();
        let mut events = Vec::new();
        let mut moves = Moves::telling(row.len());
        let mut order: Vec<usize> = (0..self.system.actors.len()).collect();
        self.reorder(&row, &mut order, symmetric);
        for (place, choice) in path {
            let place = usize::from(*place);
            let actor = order.get(place).copied().unwrap_or(place);
            let event = self.take(&row, actor, *choice, &mut moves);
            // The threads of a process start together, and the first of them does it, whoever stands in its place.
            let event = event.or_else(|| self.take(&row, place, *choice, &mut moves));
            let event = event.expect("a path can be taken again");
            row.clone_from(&event.after);
            self.reorder(&row, &mut order, symmetric);
            events.push(event);
        }
        events
    }

    /// One step of one actor, or of the runner.
    pub fn take(&mut self, row: &Row, actor: usize, choice: u16, moves: &mut Moves) -> Option<Event> {
        moves.clear();
        if actor < self.system.actors.len() {
            self.moves(row, actor, moves);
        } else {
            self.end_run(row, moves);
            self.tick(row, moves);
        }
        let number = moves.labels.iter().position(|label| label.choice == choice)?;
        let told = moves.told.as_ref().expect("these moves tell")[number].clone();
        let flag = moves.labels[number].flag;
        Some(Event { actor, choice, told, flag, before: row.clone(), after: moves.row(number).to_vec() })
    }

    /// Who stands where when the interchangeable are in order. Whose blocks are equal may stand for one another.
    fn reorder(&self, row: &[u32], order: &mut [usize], symmetric: bool) {
        if symmetric {
            for group in &self.system.groups {
                let part = &mut order[group.clone()];
                part.sort_by_key(|actor| self.rank(row[*actor]));
            }
        }
    }
}
