//! A way back: from a state that nothing leads out of, steps that lead to it again.
use super::moves::Moves;
use super::path::Event;
use super::world::{Row, World};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// States looked at for it at most.
const STATES_MAX: usize = 100_000;

impl World<'_, '_> {
    /// The shortest circle through this state, as steps with the real names; none if it is too long to be found.
    pub(super) fn circle(&mut self, start: &Row) -> Vec<Event> {
        let mut from: HashMap<Row, (Row, usize, u16)> = HashMap::new();
        let mut queue = vec![start.clone()];
        let mut moves = Moves::new(start.len());
        let mut next = 0;
        while next < queue.len() && queue.len() < STATES_MAX {
            let row = queue[next].clone();
            next += 1;
            moves.clear();
            for actor in 0..self.system.actors.len() {
                self.moves(&row, actor, &mut moves);
            }
            // The clock goes on in a circle of those who never wait, too.
            self.tick(&row, &mut moves);
            for number in 0..moves.len() {
                let label = moves.labels[number];
                let to = moves.row(number).to_vec();
                let back = to == *start;
                if let Entry::Vacant(new) = from.entry(to.clone()) {
                    new.insert((row.clone(), usize::from(label.actor), label.choice));
                    queue.push(to);
                }
                if back {
                    return self.events_back(start, &from);
                }
            }
        }
        Vec::new()
    }

    fn events_back(&mut self, start: &Row, from: &HashMap<Row, (Row, usize, u16)>) -> Vec<Event> {
        let mut steps = Vec::new();
        let mut at = start;
        loop {
            let (before, actor, choice) = &from[at];
            steps.push((before, *actor, *choice));
            at = before;
            if at == start {
                break;
            }
        }
        let mut moves = Moves::telling(start.len());
        let taken = steps.into_iter().rev().map(|(row, actor, choice)| self.take(row, actor, choice, &mut moves));
        taken.collect::<Option<Vec<Event>>>().unwrap_or_default()
    }
}
