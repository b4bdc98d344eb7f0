//! The nodes whose start has been ordered and has not been carried out yet.
//!
//! Thousands are not started in one go: between some and the next the supervisor looks up, so that Ctrl-C, a timeout
//! and what the first ones say are not kept waiting. What is told to end before its turn has come is never started.
use std::collections::VecDeque;

use super::NodeId;

#[derive(Debug, Default)]
pub struct Due {
    queue: VecDeque<NodeId>,
    /// By node: its turn is still to come. What is in the queue besides has been called off.
    waits: Vec<bool>,
    count: usize,
}

impl Due {
    pub fn new(nodes: usize) -> Due {
        Due { waits: vec![false; nodes], ..Due::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn contains(&self, node: NodeId) -> bool {
        self.waits[node.index()]
    }

    pub fn push(&mut self, node: NodeId) {
        if !std::mem::replace(&mut self.waits[node.index()], true) {
            self.count += 1;
            self.queue.push_back(node);
        }
    }

    /// The next in the order of their orders.
    pub fn pop(&mut self) -> Option<NodeId> {
        while let Some(node) = self.queue.pop_front() {
            if self.call_off(node) {
                return Some(node);
            }
        }
        None
    }

    /// Whether it was still to come.
    pub fn call_off(&mut self, node: NodeId) -> bool {
        let waited = std::mem::take(&mut self.waits[node.index()]);
        self.count -= usize::from(waited);
        waited
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_once_in_order_and_what_is_called_off_does_not() {
        let mut due = Due::new(4);
        [2, 0, 3, 0].into_iter().for_each(|node| due.push(NodeId(node)));
        assert!(due.call_off(NodeId(0)) && !due.call_off(NodeId(0)) && !due.contains(NodeId(0)));
        assert_eq!((due.pop(), due.is_empty()), (Some(NodeId(2)), false));
        assert_eq!((due.pop(), due.pop(), due.is_empty()), (Some(NodeId(3)), None, true));
    }

    #[test]
    fn one_that_is_called_off_and_ordered_again_comes_once() {
        let mut due = Due::new(1);
        due.push(NodeId(0));
        due.call_off(NodeId(0));
        due.push(NodeId(0));
        assert_eq!((due.pop(), due.pop(), due.is_empty()), (Some(NodeId(0)), None, true));
    }
}
