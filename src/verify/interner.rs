//! Each different thing once, under a number.
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::rc::Rc;

/// Open addressing with linear probing, at most two thirds full. What is in it is hashed once: the table grows by the hashes
/// that stand in it.
pub(super) struct Interner<T> {
    things: Vec<Rc<T>>,
    table: Vec<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    hash: u32,
    number: u32,
}

const FREE: Entry = Entry { hash: 0, number: u32::MAX };

impl<T: Eq + Hash> Interner<T> {
    pub fn new() -> Self {
        Interner { things: Vec::new(), table: vec![FREE; 16] }
    }

    /// The number of the thing; `true` if it is new.
    pub fn number(&mut self, thing: T) -> (u32, bool) {
        let hash = BuildHasherDefault::<Mixer>::default().hash_one(&thing) as u32;
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        while self.table[at].number != FREE.number {
            let Entry { hash: other, number } = self.table[at];
            if other == hash && *self.things[number as usize] == thing {
                return (number, false);
            }
            at = (at + 1) & mask;
        }
        let number = self.things.len() as u32;
        assert!(number < FREE.number, "memory ends before the numbers do");
        self.things.push(Rc::new(thing));
        self.table[at] = Entry { hash, number };
        if self.things.len() * 3 > self.table.len() * 2 {
            self.grow();
        }
        (number, true)
    }

    pub fn get(&self, number: u32) -> &Rc<T> {
        &self.things[number as usize]
    }

    fn grow(&mut self) {
        let mask = self.table.len() * 2 - 1;
        let old = std::mem::replace(&mut self.table, vec![FREE; mask + 1]);
        for entry in old.into_iter().filter(|entry| entry.number != FREE.number) {
            let mut at = entry.hash as usize & mask;
            while self.table[at].number != FREE.number {
                at = (at + 1) & mask;
            }
            self.table[at] = entry;
        }
    }
}

/// A map from few small numbers.
pub(super) type Memo<K, V> = HashMap<K, V, BuildHasherDefault<Mixer>>;

/// A fast hash of short keys, for tables that nobody attacks: a multiplication and a rotation a word.
#[derive(Clone, Copy, Default)]
pub(super) struct Mixer(u64);

const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

impl Mixer {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(MULTIPLIER);
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word) ^ (chunk.len() as u64) << 56);
        }
    }

    fn write_u8(&mut self, n: u8) {
        self.add(n.into());
    }

    fn write_u32(&mut self, n: u32) {
        self.add(n.into());
    }

    fn write_u64(&mut self, n: u64) {
        self.add(n);
    }

    fn write_usize(&mut self, n: usize) {
        self.add(n as u64);
    }

    fn finish(&self) -> u64 {
        let mixed = self.0 ^ (self.0 >> 32);
        mixed.wrapping_mul(MULTIPLIER).rotate_left(20)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_things_have_one_number_however_many_there_are() {
        let mut interner = Interner::new();
        for round in 0..2 {
            for n in 0..5000u32 {
                assert_eq!(interner.number(format!("thing {n}")), (n, round == 0));
            }
        }
        assert_eq!(**interner.get(77), "thing 77");
    }
}
