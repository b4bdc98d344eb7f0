//! One direction of a message pipe.
//!
//! Whether the far ends are still open is for the caller to know: an end is closed when every process that has it has
//! closed it or has ended.
use std::collections::VecDeque;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Channel<T> {
    messages: VecDeque<T>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received<T> {
    Message(T),
    /// The sending end is closed, and nothing is left: `EOFError`.
    End,
}

impl<T> Channel<T> {
    pub fn new() -> Self {
        Channel { messages: VecDeque::new() }
    }

    /// Never waits. `false`, and nothing is sent: the receiving end is closed, a `BrokenPipeError`.
    pub fn send(&mut self, message: T, receiver_open: bool) -> bool {
        if receiver_open {
            self.messages.push_back(message);
        }
        receiver_open
    }

    /// `None`: nothing is there yet.
    pub fn recv(&mut self, sender_open: bool) -> Option<Received<T>> {
        match self.messages.pop_front() {
            Some(message) => Some(Received::Message(message)),
            None => (!sender_open).then_some(Received::End),
        }
    }

    /// Whether a `recv` would not wait.
    pub fn poll(&self, sender_open: bool) -> bool {
        !self.messages.is_empty() || !sender_open
    }

    pub fn len(&self) -> usize {
        self.messages.len()
    }

    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_before_the_close_is_received_before_the_end() {
        let mut channel = Channel::new();
        assert_eq!(channel.recv(true), None);
        assert!(channel.send(1, true));
        assert!(channel.poll(true));
        assert_eq!(channel.recv(false), Some(Received::Message(1)));
        assert_eq!(channel.recv(false), Some(Received::End));
        assert!(!channel.send(2, false));
        assert!(channel.is_empty());
    }
}
