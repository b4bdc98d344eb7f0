//! What came of a chunk, as it stands in its line.

/// What stands in a line that is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Came {
    /// Bytes in the line.
    Value = 0,
    /// Bytes in the place of the arguments.
    ValueInPlace,
    /// Bytes in an item.
    ValueItem,
    Error,
    ErrorInPlace,
    ErrorItem,
    /// There was no memory for the result.
    TooLarge,
    /// Its worker died. In the line: how.
    Died,
    /// The pool has failed before anybody took it.
    Broken,
}

impl Came {
    /// By their numbers in a line.
    pub const ALL: [Came; 9] = [
        Came::Value,
        Came::ValueInPlace,
        Came::ValueItem,
        Came::Error,
        Came::ErrorInPlace,
        Came::ErrorItem,
        Came::TooLarge,
        Came::Died,
        Came::Broken,
    ];

    /// Of a result that does not stand in the line.
    pub fn long(is_error: bool, in_place: bool) -> Came {
        match (is_error, in_place) {
            (false, true) => Came::ValueInPlace,
            (false, false) => Came::ValueItem,
            (true, true) => Came::ErrorInPlace,
            (true, false) => Came::ErrorItem,
        }
    }

    pub fn is_in_place(self) -> bool {
        matches!(self, Came::ValueInPlace | Came::ErrorInPlace)
    }

    pub fn has_item(self) -> bool {
        matches!(self, Came::ValueItem | Came::ErrorItem)
    }
}
