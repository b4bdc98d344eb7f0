//! A semaphore: units to take. A bounded one has no more than it began with, and gets back what the dead had taken.
//!
//! `balance` is what a process has taken more than it gave, below zero if others took for it.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Semaphore {
    value: u32,
    bound: Option<u32>,
    /// Past it units are not counted.
    cap: u32,
}

/// The value is at its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AboveBound;

impl Semaphore {
    pub fn new(value: u32, bounded: bool) -> Self {
        Semaphore { value, bound: bounded.then_some(value), cap: u32::MAX }
    }

    /// More than `enough` units nobody could take: it makes no difference how many more there are.
    pub fn cap(&mut self, enough: u32) {
        self.cap = enough;
        self.value = self.value.min(enough);
    }

    pub fn is_capped(&self) -> bool {
        self.cap < u32::MAX
    }

    /// `false`: none is left, it waits.
    pub fn acquire(&mut self, balance: &mut i32) -> bool {
        let Some(value) = self.value.checked_sub(1) else { return false };
        self.value = value;
        if self.bound.is_some() {
            *balance += 1;
        }
        true
    }

    pub fn release(&mut self, balance: &mut i32) -> Result<(), AboveBound> {
        match self.bound {
            Some(bound) if self.value >= bound => return Err(AboveBound),
            Some(_) => *balance -= 1,
            None => {}
        }
        self.value = self.value.saturating_add(1).min(self.cap);
        Ok(())
    }

    /// A process with this balance has died.
    pub fn give_back(&mut self, balance: i32) {
        if let Some(bound) = self.bound {
            self.value = self.value.saturating_add(balance.max(0) as u32).min(bound);
        }
    }

    pub fn value(&self) -> u32 {
        self.value
    }

    pub fn is_bounded(&self) -> bool {
        self.bound.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_taken_until_none_is_left_and_anyone_may_give_them() {
        let (mut semaphore, mut a, mut b) = (Semaphore::new(1, false), 0, 0);
        assert!(semaphore.acquire(&mut a));
        assert!(!semaphore.acquire(&mut b));
        semaphore.release(&mut b).unwrap();
        semaphore.release(&mut b).unwrap();
        assert_eq!((semaphore.value(), a, b), (2, 0, 0));
    }

    #[test]
    fn a_bounded_one_never_has_more_than_it_began_with() {
        let (mut semaphore, mut a) = (Semaphore::new(2, true), 0);
        assert_eq!(semaphore.release(&mut a), Err(AboveBound));
        assert!(semaphore.acquire(&mut a));
        semaphore.give_back(a);
        assert_eq!(semaphore.value(), 2);
        semaphore.give_back(1);
        assert_eq!(semaphore.value(), 2);
    }
}
