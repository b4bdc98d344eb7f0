//! A lock: held by one or free, and whether its last holder ended with it held.
//!
//! How deep a process holds it is the process's own: `depth`, 0 where it does not.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lock {
    recursive: bool,
    held: bool,
    orphaned: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquired {
    Clean,
    /// The lock is held now; its last holder ended with it held. Told to one taker only.
    OwnerDied,
}

/// This process does not hold the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHeld;

impl Lock {
    pub fn new(recursive: bool) -> Self {
        Lock { recursive, held: false, orphaned: false }
    }

    /// `None`: it waits, by itself even, where the lock is not recursive and its own.
    pub fn acquire(&mut self, depth: &mut u32) -> Option<Acquired> {
        if *depth > 0 && self.recursive {
            *depth += 1;
            return Some(Acquired::Clean);
        }
        if self.held {
            return None;
        }
        self.held = true;
        *depth = 1;
        Some(if std::mem::take(&mut self.orphaned) { Acquired::OwnerDied } else { Acquired::Clean })
    }

    pub fn release(&mut self, depth: &mut u32) -> Result<(), NotHeld> {
        *depth = depth.checked_sub(1).ok_or(NotHeld)?;
        self.held = *depth > 0;
        Ok(())
    }

    /// Gives it up however deep it is held, to sleep in a condition; the depth to come back to.
    pub fn release_wholly(&mut self, depth: &mut u32) -> Result<u32, NotHeld> {
        if *depth == 0 {
            return Err(NotHeld);
        }
        self.held = false;
        Ok(std::mem::take(depth))
    }

    /// Its holder has ended.
    pub fn abandon(&mut self) {
        self.held = false;
        self.orphaned = true;
    }

    /// Its last holder ended with it held, and nobody has taken it since.
    pub fn orphaned(&self) -> bool {
        self.orphaned
    }

    pub fn locked(&self) -> bool {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_at_a_time_and_only_the_holder_gives_it_back() {
        let (mut lock, mut a, mut b) = (Lock::new(false), 0, 0);
        assert_eq!(lock.acquire(&mut a), Some(Acquired::Clean));
        assert_eq!(lock.acquire(&mut a), None);
        assert_eq!(lock.acquire(&mut b), None);
        assert_eq!(lock.release(&mut b), Err(NotHeld));
        assert_eq!(lock.release(&mut a), Ok(()));
        assert_eq!(lock.acquire(&mut b), Some(Acquired::Clean));
    }

    #[test]
    fn a_recursive_lock_is_given_back_as_often_as_taken() {
        let (mut lock, mut a, mut b) = (Lock::new(true), 0, 0);
        lock.acquire(&mut a);
        lock.acquire(&mut a);
        lock.release(&mut a).unwrap();
        assert_eq!(lock.acquire(&mut b), None);
        lock.release(&mut a).unwrap();
        assert!(!lock.locked());
    }

    #[test]
    fn the_next_taker_and_no_other_is_told_of_the_death() {
        let (mut lock, mut a, mut b) = (Lock::new(false), 0, 0);
        lock.acquire(&mut a);
        lock.abandon();
        assert_eq!(lock.acquire(&mut b), Some(Acquired::OwnerDied));
        lock.release(&mut b).unwrap();
        assert_eq!(lock.acquire(&mut b), Some(Acquired::Clean));
    }
}
