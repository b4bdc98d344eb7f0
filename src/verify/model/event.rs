//! An event: set or not.
//!
//! Who waits when it is set goes on, even if it is cleared at once: whoever calls [`Event::set`] lets them.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Event {
    set: bool,
}

impl Event {
    pub fn new(set: bool) -> Self {
        Event { set }
    }

    /// True if it was clear: all who wait now are let go.
    pub fn set(&mut self) -> bool {
        !std::mem::replace(&mut self.set, true)
    }

    pub fn clear(&mut self) {
        self.set = false;
    }

    pub fn is_set(&self) -> bool {
        self.set
    }
}
