//! States as they are kept: interchangeable actors in order, and told apart by their keys.
use super::explore::Search;
use super::moves::Label;
use super::store::hash;

impl Search<'_, '_, '_> {
    /// Interchangeable actors stand in order.
    pub(super) fn sort(&self, row: &mut [u32]) {
        if self.symmetric {
            for group in &self.world.system.groups {
                let part = &mut row[group.clone()];
                match self.erases {
                    true => part.sort_unstable_by_key(|block| self.world.rank(*block)),
                    false => part.sort_unstable(),
                }
            }
        }
    }

    /// A state by its number, with its items.
    pub(super) fn row(&self, number: u32) -> &[u32] {
        let row = self.store.row(number);
        &row[row.len() - self.world.width()..]
    }

    pub(super) fn find(&mut self, row: &[u32]) -> Option<u32> {
        if !self.erases {
            return self.store.find(row);
        }
        self.kept.clear();
        self.world.key(row, &mut self.kept);
        self.store.find(&self.kept)
    }

    pub(super) fn hash(&mut self, row: &[u32]) -> u64 {
        if !self.erases {
            return hash(row);
        }
        self.kept.clear();
        self.world.key(row, &mut self.kept);
        hash(&self.kept)
    }

    pub(super) fn insert(&mut self, row: &[u32], hash: u64, from: u32, label: Label) -> (u32, bool) {
        if !self.erases {
            return self.store.insert(row, hash, from, label);
        }
        self.kept.clear();
        self.world.key(row, &mut self.kept);
        self.kept.extend_from_slice(row);
        self.store.insert(&self.kept, hash, from, label)
    }
}
