//! A set of small numbers. Up to sixty-four of them take no memory of their own, as most bodies have few variables.

#[derive(Clone, Default)]
pub(super) struct Numbers {
    /// Of the numbers below 64.
    first: u64,
    /// Of all others, sixty-four a word.
    others: Vec<u64>,
}

impl Numbers {
    pub fn has(&self, number: usize) -> bool {
        let word = match (number / 64).checked_sub(1) {
            None => Some(&self.first),
            Some(at) => self.others.get(at),
        };
        word.is_some_and(|word| word & bit(number) != 0)
    }

    pub fn add(&mut self, number: usize) {
        match (number / 64).checked_sub(1) {
            None => self.first |= bit(number),
            Some(at) => {
                if self.others.len() <= at {
                    self.others.resize(at + 1, 0);
                }
                self.others[at] |= bit(number);
            }
        }
    }

    /// Takes in what `other` has. Whether it changes anything.
    pub fn either(&mut self, other: &Numbers) -> bool {
        if self.others.len() < other.others.len() {
            self.others.resize(other.others.len(), 0);
        }
        let mut changed = other.first & !self.first != 0;
        self.first |= other.first;
        for (word, more) in self.others.iter_mut().zip(&other.others) {
            changed |= more & !*word != 0;
            *word |= more;
        }
        changed
    }

    /// Keeps what `other` has too. Whether it changes anything.
    pub fn both(&mut self, other: &Numbers) -> bool {
        let mut changed = self.first & !other.first != 0;
        self.first &= other.first;
        for (word, other) in self.others.iter_mut().zip(other.others.iter().chain(std::iter::repeat(&0))) {
            changed |= *word & !other != 0;
            *word &= other;
        }
        changed
    }
}

fn bit(number: usize) -> u64 {
    1 << (number % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(all: &[usize]) -> Numbers {
        let mut numbers = Numbers::default();
        all.iter().for_each(|number| numbers.add(*number));
        numbers
    }

    fn members(numbers: &Numbers) -> Vec<usize> {
        (0..300).filter(|number| numbers.has(*number)).collect()
    }

    #[test]
    fn few_and_many_are_joined_alike() {
        let (mut a, b) = (of(&[0, 63, 64, 200]), of(&[63, 65, 200]));
        assert!(a.either(&b));
        assert!(!a.either(&b));
        assert_eq!(members(&a), [0, 63, 64, 65, 200]);
        assert!(a.both(&b));
        assert!(!a.both(&b));
        assert_eq!(members(&a), [63, 65, 200]);
        assert!(a.both(&of(&[63])));
        assert_eq!(members(&a), [63]);
    }
}
