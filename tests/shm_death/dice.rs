//! Random numbers whose seed is known.

pub struct Dice(u64);

impl Dice {
    /// From `MPGRAPH_STORM_SEED`, else from the clock. The seed is in every message of a failure.
    pub fn new() -> (Dice, u64) {
        let given = std::env::var("MPGRAPH_STORM_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(mpgraph::shm::now_ns) | 1;
        (Dice(seed), seed)
    }

    /// From 0 to below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}
