//! Text that is cheap to clone: up to 22 bytes stand in the value itself, longer text is shared.
//!
//! Invariant: the inline bytes up to `len` are UTF-8 and equal text is always stored the same way, so bytes decide
//! equality, order and hash. Reading inline text checks its UTF-8 again, which for so few bytes costs a few
//! nanoseconds and keeps this layer free of `unsafe`.
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

const INLINE: usize = 22;

#[derive(Clone)]
pub struct Str(Store);

#[derive(Clone)]
enum Store {
    Inline { len: u8, bytes: [u8; INLINE] },
    Shared(Arc<str>),
}

impl Str {
    pub const EMPTY: Str = Str(Store::Inline { len: 0, bytes: [0; INLINE] });

    pub fn new(text: &str) -> Str {
        match Self::inline(text) {
            Some(short) => short,
            None => Str(Store::Shared(Arc::from(text))),
        }
    }

    fn inline(text: &str) -> Option<Str> {
        let mut bytes = [0; INLINE];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Str(Store::Inline { len: text.len() as u8, bytes }))
    }

    pub fn as_str(&self) -> &str {
        match &self.0 {
            Store::Inline { len, bytes } => {
                std::str::from_utf8(&bytes[..*len as usize]).expect("inline text was UTF-8 when it was stored")
            }
            Store::Shared(text) => text,
        }
    }

    /// The bytes of the text; cheaper than going through [`as_str`](Self::as_str).
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Store::Inline { len, bytes } => &bytes[..*len as usize],
            Store::Shared(text) => text.as_bytes(),
        }
    }

    /// Bytes, not characters.
    pub fn len(&self) -> usize {
        match &self.0 {
            Store::Inline { len, .. } => *len as usize,
            Store::Shared(text) => text.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Deref for Str {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Str {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<[u8]> for Str {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Str {
        Str::new(text)
    }
}

impl From<String> for Str {
    fn from(text: String) -> Str {
        match Self::inline(&text) {
            Some(short) => short,
            None => Str(Store::Shared(Arc::from(text))),
        }
    }
}

impl From<&String> for Str {
    fn from(text: &String) -> Str {
        Str::new(text)
    }
}

impl From<Str> for String {
    fn from(text: Str) -> String {
        text.as_str().to_owned()
    }
}

impl Default for Str {
    fn default() -> Str {
        Str::EMPTY
    }
}

impl PartialEq for Str {
    fn eq(&self, other: &Str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Str {}

impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Str {
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Str) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// By code point, which in UTF-8 is the order of the bytes.
impl Ord for Str {
    fn cmp(&self, other: &Str) -> std::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

/// As `str` hashes, so that a map keyed by `Str` can be asked with a `&str`.
impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl std::borrow::Borrow<str> for Str {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl std::fmt::Debug for Str {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.as_str(), f)
    }
}

impl std::fmt::Display for Str {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_back_on_both_sides_of_the_inline_bound() {
        for n in [0, 1, 21, 22, 23, 100] {
            let text = "é".repeat(n / 2) + &"x".repeat(n % 2);
            assert_eq!(Str::new(&text).as_str(), text);
            assert_eq!(Str::from(text.clone()), Str::new(&text));
            assert_eq!(matches!(Str::new(&text).0, Store::Inline { .. }), text.len() <= INLINE);
        }
    }

    #[test]
    fn a_value_is_three_words() {
        assert_eq!(size_of::<Str>(), 24);
        assert_eq!(size_of::<super::super::Value>(), 24);
        assert_eq!(size_of::<Option<super::super::Value>>(), 24);
    }
}
