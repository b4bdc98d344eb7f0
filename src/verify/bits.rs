//! A set of small numbers.

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// Room for the numbers below `count`.
    pub fn new(count: usize) -> Bits {
        Bits { words: vec![0; count.div_ceil(64)] }
    }

    pub fn insert(&mut self, number: usize) {
        self.words[number / 64] |= 1 << (number % 64);
    }

    pub fn remove(&mut self, number: usize) {
        self.words[number / 64] &= !(1 << (number % 64));
    }

    pub fn contains(&self, number: usize) -> bool {
        self.words[number / 64] & (1 << (number % 64)) != 0
    }

    /// True if that made it larger.
    pub fn extend(&mut self, other: &Bits) -> bool {
        let mut grown = false;
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            grown |= *more & !*word != 0;
            *word |= more;
        }
        grown
    }

    pub fn clear(&mut self) {
        self.words.fill(0);
    }

    /// Those that are not in the other.
    pub fn without<'a>(&'a self, other: &'a Bits) -> impl Iterator<Item = usize> + 'a {
        let words = self.words.iter().zip(&other.words).enumerate();
        words.flat_map(|(at, (word, others))| ones(at, word & !others))
    }

    pub fn meets(&self, other: &Bits) -> bool {
        self.words.iter().zip(&other.words).any(|(a, b)| a & b != 0)
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| ones(at, *word))
    }
}

/// The numbers in the word at this place.
fn ones(at: usize, mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(at * 64 + bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut bits = Bits::new(130);
        for number in [0, 63, 64, 129] {
            bits.insert(number);
        }
        bits.remove(63);
        assert_eq!(bits.iter().collect::<Vec<_>>(), [0, 64, 129]);
        let mut other = Bits::new(130);
        assert!(!bits.meets(&other));
        assert!(other.extend(&bits));
        assert!(!other.extend(&bits));
        assert!(bits.meets(&other) && bits.contains(129) && !bits.contains(1));
        other.remove(64);
        assert_eq!(bits.without(&other).collect::<Vec<_>>(), [64]);
    }
}
