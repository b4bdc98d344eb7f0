//! A list of which nearly every one has a single thing at most: that takes no memory of its own.
use std::ops::Deref;

#[derive(Clone, Debug, Default)]
pub(in crate::check) enum Few<T> {
    #[default]
    None,
    One(T),
    Many(Vec<T>),
}

impl<T> Few<T> {
    pub fn push(&mut self, more: T) {
        *self = match std::mem::take(self) {
            Few::None => Few::One(more),
            Few::One(first) => Few::Many(vec![first, more]),
            Few::Many(mut all) => {
                all.push(more);
                Few::Many(all)
            }
        };
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Few::None => &[],
            Few::One(one) => std::slice::from_ref(one),
            Few::Many(all) => all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_out_as_they_were_put_in() {
        let mut few = Few::default();
        for n in 0..4 {
            assert_eq!(*few, (0..n).collect::<Vec<_>>());
            few.push(n);
        }
    }
}
