//! The states whose steps are still to be taken, the nearest first.
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Frontier {
    /// By depth. There are never many depths at once: as many as a chain may have steps.
    layers: BTreeMap<u32, Vec<u32>>,
    /// Of the first layer so many are taken.
    taken: usize,
    waiting: usize,
}

impl Frontier {
    pub fn add(&mut self, number: u32, depth: u32) {
        if self.taken > 0 && self.layers.first_key_value().is_some_and(|(first, _)| *first > depth) {
            self.drop_taken();
        }
        self.layers.entry(depth).or_default().push(number);
        self.waiting += 1;
    }

    /// Takes up to so many of the nearest; their depth, if there are any.
    pub fn take(&mut self, count: usize, into: &mut Vec<u32>) -> Option<u32> {
        into.clear();
        let mut first = self.layers.first_entry()?;
        let depth = *first.key();
        let layer = first.get_mut();
        let end = layer.len().min(self.taken + count);
        into.extend_from_slice(&layer[self.taken..end]);
        self.taken = end;
        self.waiting -= into.len();
        if end == layer.len() {
            first.remove();
            self.taken = 0;
        }
        Some(depth)
    }

    fn drop_taken(&mut self) {
        if let Some(mut first) = self.layers.first_entry() {
            first.get_mut().drain(..self.taken);
        }
        self.taken = 0;
    }

    pub fn len(&self) -> usize {
        self.waiting
    }

    /// In bytes.
    pub fn bytes(&self) -> u64 {
        self.layers.values().map(|layer| layer.capacity() as u64 * 4).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first_also_when_nearer_ones_are_found_later() {
        let mut frontier = Frontier::default();
        let mut taken = Vec::new();
        for (number, depth) in [(1, 7), (2, 3), (3, 7), (4, 7)] {
            frontier.add(number, depth);
        }
        assert_eq!((frontier.take(9, &mut taken), &taken[..]), (Some(3), &[2][..]));
        assert_eq!((frontier.take(1, &mut taken), &taken[..]), (Some(7), &[1][..]));
        frontier.add(5, 4);
        assert_eq!(frontier.len(), 3);
        assert_eq!((frontier.take(9, &mut taken), &taken[..]), (Some(4), &[5][..]));
        assert_eq!((frontier.take(9, &mut taken), &taken[..]), (Some(7), &[3, 4][..]));
        assert_eq!((frontier.take(9, &mut taken), frontier.len()), (None, 0));
    }
}
