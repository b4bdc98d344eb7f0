//! A value that is mostly as it was at first, and then takes no memory.
use std::hash::{Hash, Hasher};
use std::ops::{Deref, DerefMut};

/// What a [`Thin`] can be of: its first value, once for all.
pub(super) trait Plain: Default + PartialEq + 'static {
    const PLAIN: &'static Self;
}

/// Whoever writes to it has it take memory, whatever he writes.
#[derive(Clone, Debug)]
pub(super) struct Thin<T>(Option<Box<T>>);

impl<T: Plain> Thin<T> {
    pub const PLAIN: Self = Thin(None);

    fn is_plain(&self) -> bool {
        self.0.as_deref().is_none_or(|value| value == T::PLAIN)
    }
}

impl<T: Plain> Default for Thin<T> {
    fn default() -> Self {
        Thin::PLAIN
    }
}

impl<T: Plain> Deref for Thin<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::PLAIN)
    }
}

impl<T: Plain> DerefMut for Thin<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}

impl<T: Plain> PartialEq for Thin<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_none() && other.0.is_none() || **self == **other
    }
}

impl<T: Plain + Eq> Eq for Thin<T> {}

impl<T: Plain + Hash> Hash for Thin<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let plain = self.is_plain();
        state.write_u8(u8::from(!plain));
        if !plain {
            T::hash(self, state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::BuildHasher;

    #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
    struct Numbers {
        all: Vec<u32>,
    }

    impl Plain for Numbers {
        const PLAIN: &'static Self = &Numbers { all: Vec::new() };
    }

    #[test]
    fn one_that_was_written_back_is_the_same_as_one_never_written() {
        let hasher = std::hash::RandomState::new();
        let (plain, mut other) = (Thin::<Numbers>::default(), Thin::<Numbers>::default());
        other.all.push(1);
        assert_ne!(plain, other);
        assert_eq!(other.all, [1]);
        other.all.clear();
        assert_eq!(plain, other);
        assert_eq!(hasher.hash_one(&plain), hasher.hash_one(&other));
    }
}
