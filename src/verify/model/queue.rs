//! A queue: first in, first out, with a bound and a count of what is not yet done.
use std::collections::VecDeque;

/// `unfinished` is what was put and not yet marked done. The bound counts items; 0 is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Queue<T> {
    maxsize: u64,
    items: VecDeque<T>,
    unfinished: u64,
}

/// `task_done` was called more often than items were put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooOften;

impl<T> Queue<T> {
    /// The items it starts with count as put.
    pub fn new(maxsize: u64, items: impl IntoIterator<Item = T>) -> Self {
        let items: VecDeque<T> = items.into_iter().collect();
        Queue { maxsize, unfinished: items.len() as u64, items }
    }

    /// Gives the item back when there is no room: the put waits.
    pub fn put(&mut self, item: T) -> Result<(), T> {
        if self.is_full() {
            return Err(item);
        }
        self.items.push_back(item);
        self.unfinished += 1;
        Ok(())
    }

    /// `None`: empty, the get waits.
    pub fn get(&mut self) -> Option<T> {
        self.items.pop_front()
    }

    pub fn task_done(&mut self) -> Result<(), TooOften> {
        self.unfinished = self.unfinished.checked_sub(1).ok_or(TooOften)?;
        Ok(())
    }

    /// What a process that died had taken and not marked done, oldest first, stands at the front again. It was never
    /// done, so the count stays; the bound does not hold it back.
    pub fn give_back(&mut self, taken: impl IntoIterator<Item = T, IntoIter: DoubleEndedIterator>) {
        for item in taken.into_iter().rev() {
            self.items.push_front(item);
        }
    }

    /// The same with other items.
    #[must_use]
    pub fn map<U>(&self, with: impl FnMut(&T) -> U) -> Queue<U> {
        Queue { maxsize: self.maxsize, items: self.items.iter().map(with).collect(), unfinished: self.unfinished }
    }

    pub fn items(&self) -> impl ExactSizeIterator<Item = &T> {
        self.items.iter()
    }

    pub fn qsize(&self) -> u64 {
        self.items.len() as u64
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.maxsize > 0 && self.qsize() >= self.maxsize
    }

    /// A `join` goes on when this is 0.
    pub fn unfinished(&self) -> u64 {
        self.unfinished
    }

    pub fn maxsize(&self) -> u64 {
        self.maxsize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_out_in_the_order_they_went_in_and_the_bound_holds() {
        let mut queue = Queue::new(2, [1]);
        assert_eq!(queue.put(2), Ok(()));
        assert_eq!(queue.put(3), Err(3));
        assert_eq!((queue.get(), queue.get(), queue.get()), (Some(1), Some(2), None));
        assert_eq!(queue.unfinished(), 2);
    }

    #[test]
    fn tasks_are_marked_done_as_often_as_put_and_not_more() {
        let mut queue = Queue::new(0, [1]);
        assert_eq!(queue.task_done(), Ok(()));
        assert_eq!(queue.task_done(), Err(TooOften));
    }

    #[test]
    fn what_the_dead_had_taken_stands_at_the_front_in_the_old_order_past_the_bound() {
        let mut queue = Queue::new(2, [1, 2]);
        let taken = [queue.get().unwrap(), queue.get().unwrap()];
        queue.put(3).unwrap();
        queue.put(4).unwrap();
        queue.give_back(taken);
        assert_eq!(queue.items().copied().collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert!(queue.is_full());
        assert_eq!(queue.unfinished(), 4);
    }
}
