//! What a run has written, up to a bound: the beginning may be lost, the end never.
use std::collections::VecDeque;

/// Bytes kept of each stream.
const KEPT_MAX: usize = 256 << 10;

#[derive(Clone, Debug, Default)]
pub struct Tail {
    bytes: VecDeque<u8>,
    /// How many bytes came before those that are kept.
    lost: u64,
}

impl Tail {
    pub fn push(&mut self, bytes: &[u8]) {
        let kept = &bytes[bytes.len().saturating_sub(KEPT_MAX)..];
        let surplus = (self.bytes.len() + kept.len()).saturating_sub(KEPT_MAX);
        self.bytes.drain(..surplus);
        self.lost += (surplus + bytes.len() - kept.len()) as u64;
        self.bytes.extend(kept);
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// As text, with a word on what is missing.
    pub fn text(&self) -> String {
        let (front, back) = self.bytes.as_slices();
        let text = String::from_utf8_lossy(&[front, back].concat()).into_owned();
        match self.lost {
            0 => text,
            lost => format!("... ({lost} bytes before this)\n{text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_and_what_is_lost_is_counted() {
        let mut tail = Tail::default();
        tail.push(b"start");
        assert_eq!(tail.text(), "start");
        tail.push(&vec![b'x'; KEPT_MAX]);
        tail.push(b"end");
        let text = tail.text();
        assert!(text.starts_with("... (8 bytes before this)\nxxx") && text.ends_with("xend"), "{}", text.len());
        assert_eq!(tail.bytes.len(), KEPT_MAX);
        tail.push(&vec![b'y'; 3 * KEPT_MAX]);
        assert_eq!((tail.bytes.len(), tail.lost), (KEPT_MAX, 8 + 3 * KEPT_MAX as u64));
    }
}
