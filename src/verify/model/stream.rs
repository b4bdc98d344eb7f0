//! One direction of a bytes pipe: a bounded stream without borders.
use crate::graph::Until;
use crate::program::Part;
use std::collections::VecDeque;

/// Writes of up to this many bytes are never torn (`PIPE_BUF` of Linux).
const ATOMIC: usize = 4096;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stream {
    /// In bytes.
    capacity: usize,
    bytes: VecDeque<u8>,
}

/// What a `recv` gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The recv is done. A line comes without its newline.
    Bytes(Vec<u8>),
    /// There may be no room for a short write, and what is wanted is not all there: this much of it, the rest follows.
    Partly(Vec<u8>),
    /// The writing end is closed, and nothing is left: `EOFError`.
    End,
}

impl Stream {
    pub fn new(capacity: u64) -> Self {
        Stream { capacity: usize::try_from(capacity).unwrap_or(usize::MAX).max(1), bytes: VecDeque::new() }
    }

    /// How many bytes of `rest` went in: all of a short write or none, of a long one what there is room for. 0: the
    /// send waits.
    pub fn send(&mut self, rest: &[u8]) -> usize {
        let room = self.room();
        let fits = if rest.len() <= self.atomic() && room < rest.len() { 0 } else { rest.len().min(room) };
        self.bytes.extend(&rest[..fits]);
        fits
    }

    /// `had` is what this recv got partly before. `None`: not enough is there yet.
    pub fn recv(&mut self, part: Part, had: &[u8], sender_open: bool) -> Option<Taken> {
        let there = self.bytes.len();
        let wanted = match part {
            Part::Message | Part::Some => (there > 0).then_some(there),
            Part::Size(size) => {
                let missing = usize::try_from(size).unwrap_or(usize::MAX).saturating_sub(had.len());
                (there >= missing).then_some(missing)
            }
            Part::Until(Until::Line) => self.bytes.iter().position(|&byte| byte == b'\n').map(|at| at + 1),
            Part::Until(Until::Eof) => None,
        };
        let to_the_end = part == Part::Until(Until::Eof);
        match wanted {
            Some(wanted) => {
                let mut bytes = self.take(had, wanted);
                if part == Part::Until(Until::Line) {
                    bytes.pop();
                }
                Some(Taken::Bytes(bytes))
            }
            None if !sender_open && there + had.len() == 0 && !to_the_end => Some(Taken::End),
            None if !sender_open => Some(Taken::Bytes(self.take(had, there))),
            None if there > 0 && self.room() < self.atomic() => Some(Taken::Partly(self.take(had, there))),
            None => None,
        }
    }

    /// What a `recv` got partly and has no time to wait for the rest of: the next one begins with it.
    pub fn give_back(&mut self, had: &[u8]) {
        had.iter().rev().for_each(|byte| self.bytes.push_front(*byte));
    }

    /// Whether a `recv` of anything would not wait.
    pub fn poll(&self, sender_open: bool) -> bool {
        !self.bytes.is_empty() || !sender_open
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn room(&self) -> usize {
        self.capacity.saturating_sub(self.bytes.len())
    }

    /// A write of up to this many bytes goes in whole or not at all.
    fn atomic(&self) -> usize {
        ATOMIC.min(self.capacity)
    }

    fn take(&mut self, had: &[u8], count: usize) -> Vec<u8> {
        had.iter().copied().chain(self.bytes.drain(..count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Option<Taken> {
        Some(Taken::Bytes(text.as_bytes().to_vec()))
    }

    #[test]
    fn a_short_write_is_whole_and_a_long_one_goes_in_parts() {
        let mut stream = Stream::new(4);
        assert_eq!(stream.send(b"ab"), 2);
        assert_eq!(stream.send(b"cde"), 0);
        assert_eq!(stream.send(b"cdefg"), 2);
        assert_eq!(stream.send(b"efg"), 0);
        assert_eq!(stream.recv(Part::Some, b"", true), bytes("abcd"));
    }

    #[test]
    fn a_recv_takes_a_size_a_line_or_all_and_knows_the_end() {
        let mut stream = Stream::new(8);
        stream.send(b"ab\ncd");
        assert_eq!(stream.recv(Part::Until(Until::Line), b"", true), bytes("ab"));
        assert_eq!(stream.recv(Part::Size(3), b"", true), Some(Taken::Partly(b"cd".to_vec())));
        assert_eq!(stream.recv(Part::Size(3), b"cd", true), None);
        assert_eq!(stream.recv(Part::Size(3), b"cd", false), bytes("cd"));
        assert_eq!(stream.recv(Part::Size(3), b"", false), Some(Taken::End));
        assert_eq!(stream.recv(Part::Until(Until::Eof), b"", false), bytes(""));
    }

    #[test]
    fn a_recv_of_more_than_fits_goes_on_from_what_it_got() {
        let mut stream = Stream::new(2);
        stream.send(b"ab");
        assert_eq!(stream.recv(Part::Size(3), b"", true), Some(Taken::Partly(b"ab".to_vec())));
        stream.send(b"cd");
        assert_eq!(stream.recv(Part::Size(3), b"ab", true), bytes("abc"));
        assert_eq!(stream.len(), 1);
    }

    #[test]
    fn a_recv_makes_room_for_a_write_that_may_be_waiting_for_it() {
        let mut stream = Stream::new(4);
        stream.send(b"abc");
        assert_eq!(stream.send(b"de"), 0);
        assert_eq!(stream.recv(Part::Until(Until::Eof), b"", true), Some(Taken::Partly(b"abc".to_vec())));
        assert_eq!(stream.recv(Part::Until(Until::Eof), b"abc", true), None);
        assert_eq!(stream.send(b"de"), 2);
        assert_eq!(stream.recv(Part::Until(Until::Eof), b"abc", false), bytes("abcde"));
    }

    #[test]
    fn what_is_given_back_comes_first() {
        let mut stream = Stream::new(2);
        stream.send(b"cd");
        stream.give_back(b"ab");
        assert_eq!(stream.send(b"e"), 0);
        assert_eq!(stream.recv(Part::Some, b"", true), bytes("abcd"));
    }
}
