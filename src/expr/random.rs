//! The random numbers of one process: few bits of state, so that states that hold it are cheap to clone and compare.
//!
//! The same seed and the same name give the same numbers on every machine and in every version: the algorithm is part of
//! the language. It is SplitMix64 (Steele, Lea, Flood 2014), which passes the usual batteries and is no cryptography.

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The generator of the process `name` in a graph with this seed.
    #[inline]
    pub fn new(seed: u64, name: impl AsRef<[u8]>) -> Random {
        // FNV-1a over the name, begun at the mixed seed: every process has numbers of its own.
        let state = name.as_ref().iter().fold(mix(seed ^ 0xCBF2_9CE4_8422_2325), |h, byte| {
            (h ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        Random { state: mix(state) }
    }

    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// A number from `low` to `high`, both included, each equally likely. `low` must not be above `high`.
    pub fn int(&mut self, low: i64, high: i64) -> i64 {
        assert!(low <= high, "an empty range has no number");
        let width = high.wrapping_sub(low) as u64;
        let Some(count) = width.checked_add(1) else { return self.next_u64() as i64 };
        // Lemire 2019: the high half of a product, drawn again in the few cases that would favour some numbers.
        let unfair = count.wrapping_neg() % count;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(count);
            if product as u64 >= unfair {
                return low.wrapping_add((product >> 64) as i64);
            }
        }
    }

    /// At least 0 and less than 1, a multiple of 2^-53.
    pub fn float(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// One of the 62 ASCII letters and digits.
    pub fn letter(&mut self) -> char {
        const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        char::from(LETTERS[self.int(0, 61) as usize])
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_name_give_the_same_numbers_and_others_give_others() {
        let draw = |seed, name| Random::new(seed, name).next_u64();
        assert_eq!(draw(0, "main"), draw(0, "main"));
        assert_ne!(draw(0, "main"), draw(1, "main"));
        assert_ne!(draw(0, "worker-1"), draw(0, "worker-2"));
    }

    #[test]
    fn numbers_stay_in_their_range_and_reach_both_ends() {
        let mut random = Random::new(7, "test");
        let mut seen = [0; 6];
        for _ in 0..6000 {
            seen[random.int(1, 6) as usize - 1] += 1;
            assert!((0.0..1.0).contains(&random.float()));
        }
        assert!(seen.iter().all(|&n| (850..1150).contains(&n)), "{seen:?}");
        assert_eq!(random.int(5, 5), 5);
        let _ = random.int(i64::MIN, i64::MAX);
        assert!(random.int(i64::MIN, i64::MIN + 1) < i64::MIN + 2);
    }
}
