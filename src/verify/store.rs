//! All states found so far, exactly, each once, with the step that led there first.
use super::moves::Label;

const EMPTY: u32 = u32::MAX;

pub(super) struct Store {
    width: usize,
    rows: Vec<u32>,
    /// Open addressing with linear probing; at most half full.
    table: Vec<u32>,
    parents: Vec<u32>,
    labels: Vec<(u16, u16)>,
}

impl Store {
    pub fn new(width: usize) -> Store {
        Store { width, rows: Vec::new(), table: vec![EMPTY; 1 << 12], parents: Vec::new(), labels: Vec::new() }
    }

    /// The number of a state; `true` if it is new, and then `parent` and `label` say how it was found.
    pub fn insert(&mut self, row: &[u32], parent: u32, label: Label) -> (u32, bool) {
        debug_assert_eq!(row.len(), self.width);
        let mask = self.table.len() - 1;
        let mut at = hash(row) as usize & mask;
        loop {
            match self.table[at] {
                EMPTY => break,
                known if self.row(known) == row => return (known, false),
                _ => at = (at + 1) & mask,
            }
        }
        let number = self.parents.len() as u32;
        self.table[at] = number;
        self.rows.extend_from_slice(row);
        self.parents.push(parent);
        self.labels.push((label.actor, label.choice));
        if self.parents.len() * 2 > self.table.len() {
            self.grow();
        }
        (number, true)
    }

    pub fn find(&self, row: &[u32]) -> Option<u32> {
        let mask = self.table.len() - 1;
        let mut at = hash(row) as usize & mask;
        loop {
            match self.table[at] {
                EMPTY => return None,
                known if self.row(known) == row => return Some(known),
                _ => at = (at + 1) & mask,
            }
        }
    }

    pub fn row(&self, number: u32) -> &[u32] {
        &self.rows[number as usize * self.width..][..self.width]
    }

    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// How many bytes it takes.
    pub fn bytes(&self) -> u64 {
        let states = self.parents.capacity() * 8;
        ((self.rows.capacity() + self.table.capacity()) * 4 + states) as u64
    }

    /// The steps from the first state to this one: actor and choice.
    pub fn path(&self, mut number: u32) -> Vec<(u16, u16)> {
        let mut path = Vec::new();
        while number != 0 {
            path.push(self.labels[number as usize]);
            number = self.parents[number as usize];
        }
        path.reverse();
        path
    }

    fn grow(&mut self) {
        let mask = self.table.len() * 2 - 1;
        let mut table = vec![EMPTY; mask + 1];
        for number in 0..self.parents.len() as u32 {
            let mut at = hash(self.row(number)) as usize & mask;
            while table[at] != EMPTY {
                at = (at + 1) & mask;
            }
            table[at] = number;
        }
        self.table = table;
    }
}

fn hash(row: &[u32]) -> u64 {
    let mut hash = 0x51_7C_C1_B7_27_22_0A_95_u64;
    for pair in row.chunks(2) {
        let word = u64::from(pair[0]) | u64::from(*pair.get(1).unwrap_or(&0)) << 32;
        let product = u128::from(hash ^ word) * 0x9E37_79B9_7F4A_7C15_u128;
        hash = (product >> 64) as u64 ^ product as u64;
    }
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: Label = Label { actor: 1, choice: 2, flag: 0 };

    #[test]
    fn each_state_is_kept_once_and_found_again_after_the_table_has_grown() {
        let mut store = Store::new(3);
        for n in 0..20_000u32 {
            assert_eq!(store.insert(&[n, n / 2, 7], n.saturating_sub(1), LABEL), (n, true));
        }
        for n in 0..20_000 {
            assert_eq!(store.insert(&[n, n / 2, 7], 0, LABEL), (n, false));
            assert_eq!(store.find(&[n, n / 2, 7]), Some(n));
        }
        assert_eq!(store.find(&[1, 1, 1]), None);
        assert_eq!(store.path(3), [(1, 2); 3]);
    }
}
