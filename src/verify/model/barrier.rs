//! A barrier: parties gather, and go on together.
//!
//! Who waits in it knows its index; the caller lets all who wait go when the round is complete or broken.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Barrier {
    parties: u32,
    waiting: u32,
    broken: bool,
    /// Whose death broke it: a number that the caller chooses.
    dead: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It waits; its index in this round.
    Waits(u32),
    /// It was the last: all who wait go on with their index, and it with this one.
    Completes(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl Barrier {
    pub fn new(parties: u32) -> Self {
        Barrier { parties: parties.max(1), waiting: 0, broken: false, dead: None }
    }

    pub fn arrive(&mut self) -> Result<Arrival, Broken> {
        if self.broken {
            return Err(Broken);
        }
        if self.waiting + 1 == self.parties {
            self.waiting = 0;
            return Ok(Arrival::Completes(self.parties - 1));
        }
        self.waiting += 1;
        Ok(Arrival::Waits(self.waiting - 1))
    }

    /// `abort`, a waiter's timeout, the death of `dead`: all who wait fail, and all who come, until a reset.
    pub fn break_now(&mut self, dead: Option<u32>) {
        self.waiting = 0;
        self.broken = true;
        self.dead = dead;
    }

    /// All who wait fail; it gathers anew.
    pub fn reset(&mut self) {
        self.waiting = 0;
        self.broken = false;
        self.dead = None;
    }

    pub fn parties(&self) -> u32 {
        self.parties
    }

    pub fn n_waiting(&self) -> u32 {
        self.waiting
    }

    pub fn broken(&self) -> bool {
        self.broken
    }

    pub fn dead(&self) -> Option<u32> {
        self.dead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_to_arrive_completes_the_round_and_the_next_begins() {
        let mut barrier = Barrier::new(2);
        for _ in 0..2 {
            assert_eq!(barrier.arrive(), Ok(Arrival::Waits(0)));
            assert_eq!(barrier.n_waiting(), 1);
            assert_eq!(barrier.arrive(), Ok(Arrival::Completes(1)));
        }
        assert_eq!(barrier.n_waiting(), 0);
    }

    #[test]
    fn a_broken_barrier_fails_until_it_is_reset() {
        let mut barrier = Barrier::new(2);
        barrier.arrive().unwrap();
        barrier.break_now(Some(7));
        assert_eq!(barrier.arrive(), Err(Broken));
        assert_eq!(barrier.dead(), Some(7));
        barrier.reset();
        assert_eq!(barrier.dead(), None);
        assert_eq!(barrier.arrive(), Ok(Arrival::Waits(0)));
    }
}
