//! States as they are kept: interchangeable actors in order, and told apart by their keys.
use super::explore::Search;
use super::store::{Origin, hash};

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

    pub(super) fn insert(&mut self, row: &[u32], hash: u64, origin: Origin) -> (u32, bool) {
        if !self.erases {
            return self.store.insert(row, hash, origin);
        }
        self.whole(row);
        self.store.insert(&self.kept, hash, origin)
    }

    /// A state was found again, by a shorter path.
    pub(super) fn come_nearer(&mut self, number: u32, row: &[u32], origin: Origin) {
        if !self.erases {
            return self.store.come_nearer(number, row, origin);
        }
        self.whole(row);
        self.store.come_nearer(number, &self.kept, origin);
    }

    /// What is kept of a state: its key, and what stands for it.
    fn whole(&mut self, row: &[u32]) {
        self.kept.clear();
        self.world.key(row, &mut self.kept);
        self.kept.extend_from_slice(row);
    }
}
