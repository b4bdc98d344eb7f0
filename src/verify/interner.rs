//! Each different thing once, under a number.
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::rc::Rc;

pub(super) struct Interner<T> {
    numbers: HashMap<Rc<T>, u32, BuildHasherDefault<Mixer>>,
    things: Vec<Rc<T>>,
}

impl<T: Eq + Hash> Interner<T> {
    pub fn new() -> Self {
        Interner { numbers: HashMap::default(), things: Vec::new() }
    }

    /// The number of the thing; `true` if it is new.
    pub fn number(&mut self, thing: T) -> (u32, bool) {
        if let Some(number) = self.numbers.get(&thing) {
            return (*number, false);
        }
        let number = u32::try_from(self.things.len()).expect("memory ends before the numbers do");
        let thing = Rc::new(thing);
        self.things.push(thing.clone());
        self.numbers.insert(thing, number);
        (number, true)
    }

    pub fn get(&self, number: u32) -> &Rc<T> {
        &self.things[number as usize]
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
