//! What steps on one object do, by the block that takes the step and the object it is taken on: computed once.
use super::moves::Lines;
use std::rc::Rc;

/// What a step does to its actor and to one object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Effect {
    pub block: u32,
    pub object: u32,
    /// What the shared watches see.
    pub lines: Lines,
    /// 0, or the number of a flag and 1.
    pub flag: u32,
}

/// In what situation: a block, an object, and one thing more that the answer depends on.
pub(super) type Situation = (u32, u32, bool);

/// Open addressing with linear probing; at most half full. Few steps print or raise a flag: those keep that elsewhere.
pub(super) struct Effects {
    entries: Vec<Entry>,
    len: usize,
    rest: Vec<(Lines, u32)>,
    pub nothing: Lines,
}

#[derive(Clone, Copy)]
struct Entry {
    block: u32,
    /// With the third of a situation as its lowest bit.
    object: u32,
    to_block: u32,
    to_object: u32,
    /// Past the first of `rest`; 0 is none.
    rest: u32,
}

/// No block has this number: in `block` an entry is free, in `to_block` the step has to wait.
const NONE: u32 = u32::MAX;
const FREE: Entry = Entry { block: NONE, object: 0, to_block: NONE, to_object: 0, rest: 0 };

impl Effects {
    pub fn new() -> Effects {
        Effects { entries: vec![FREE; 1 << 10], len: 0, rest: Vec::new(), nothing: Rc::new([]) }
    }

    /// `None`: not known yet; `Some(None)`: it has to wait.
    pub fn get(&self, situation: Situation) -> Option<Option<Effect>> {
        let entry = &self.entries[self.find(situation)];
        if entry.block == NONE {
            return None;
        }
        if entry.to_block == NONE {
            return Some(None);
        }
        let (lines, flag) = match entry.rest {
            0 => (self.nothing.clone(), 0),
            at => self.rest[at as usize - 1].clone(),
        };
        Some(Some(Effect { block: entry.to_block, object: entry.to_object, lines, flag }))
    }

    pub fn insert(&mut self, situation: Situation, effect: Option<&Effect>) {
        if (self.len + 1) * 2 > self.entries.len() {
            self.grow();
        }
        let at = self.find(situation);
        let (block, object) = (situation.0, packed(situation));
        self.entries[at] = match effect {
            None => Entry { block, object, ..FREE },
            Some(effect) => {
                let plain = effect.lines.is_empty() && effect.flag == 0;
                if !plain {
                    self.rest.push((effect.lines.clone(), effect.flag));
                }
                let rest = if plain { 0 } else { self.rest.len() as u32 };
                Entry { block, object, to_block: effect.block, to_object: effect.object, rest }
            }
        };
        self.len += 1;
    }

    /// Has memory bring what is soon to be asked for. The number means nothing.
    pub fn ask_ahead(&self, situation: Situation) -> u32 {
        self.entries[hash(situation.0, packed(situation)) & (self.entries.len() - 1)].block
    }

    /// Where the situation stands, or would.
    fn find(&self, situation: Situation) -> usize {
        let (block, object) = (situation.0, packed(situation));
        let mask = self.entries.len() - 1;
        let mut at = hash(block, object) & mask;
        loop {
            let entry = &self.entries[at];
            if entry.block == NONE || entry.block == block && entry.object == object {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mask = self.entries.len() * 2 - 1;
        let old = std::mem::replace(&mut self.entries, vec![FREE; mask + 1]);
        for entry in old.into_iter().filter(|entry| entry.block != NONE) {
            let mut at = hash(entry.block, entry.object) & mask;
            while self.entries[at].block != NONE {
                at = (at + 1) & mask;
            }
            self.entries[at] = entry;
        }
    }

    /// How many bytes they take.
    pub fn bytes(&self) -> u64 {
        (self.entries.capacity() * size_of::<Entry>() + self.rest.capacity() * size_of::<(Lines, u32)>()) as u64
    }
}

fn packed((_, object, more): Situation) -> u32 {
    object << 1 | u32::from(more)
}

fn hash(block: u32, object: u32) -> usize {
    let product = (u64::from(block) << 32 | u64::from(object)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (product >> 24) as usize ^ (product >> 50) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_found_again_after_the_table_has_grown() {
        let mut effects = Effects::new();
        let of = |n: u32| match n % 3 {
            0 => None,
            kind => Some(Effect { block: n, object: n + 1, lines: Rc::new([]), flag: kind - 1 }),
        };
        for n in 0..5000 {
            assert_eq!(effects.get((n, n / 7, n % 2 == 0)), None);
            effects.insert((n, n / 7, n % 2 == 0), of(n).as_ref());
        }
        for n in 0..5000 {
            assert_eq!(effects.get((n, n / 7, n % 2 == 0)), Some(of(n)));
            assert_eq!(effects.get((n, n / 7, n % 2 != 0)), None);
        }
    }
}
