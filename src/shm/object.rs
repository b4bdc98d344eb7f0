//! What every object must answer to the supervisor.
use super::arena::Arena;
use super::directory::Kind;
use super::offset::Resident;
use super::slot::{SlotIndex, Tag};
use super::waiting::Waiting;

/// An object of the arena's directory.
pub trait Object: Resident {
    /// What it is called in the directory.
    const KIND: Kind;
}

/// The supervisor's side of an object. Called by the supervisor's process only, while others use the object.
/// It waits for nobody: it changes words by single atomic operations, or by plain stores where the dead owned them.
pub(super) trait Supervised {
    /// Undoes or completes what the dead left here. Called again for the same death it changes nothing.
    fn recover(&self, arena: &Arena, dead: &Death);

    /// Before [`Supervised::recover`] from an actor that ended in the middle of nothing: whether its end lets anybody go on
    /// here. If so everybody is woken, and else nobody.
    fn gives_way(&self, _arena: &Arena, _slot: SlotIndex) -> bool {
        false
    }

    /// A new incarnation of that actor begins: what it still has on its account from the last one is not its own.
    fn begun(&self, _arena: &Arena, _slot: SlotIndex) {}

    /// After every object has recovered: drops what none of them wanted of what the dead had in hand.
    fn finish(&self, _arena: &Arena, _dead: &Death) {}

    /// What a client that has ended still has on its account here goes to the account of its command.
    fn bequeath(&self, _arena: &Arena, _client: SlotIndex, _command: SlotIndex) {}

    /// That actor has ended for good: its slot says so already.
    fn ended(&self, _arena: &Arena, _slot: SlotIndex) {}

    /// Wakes every sleeper of every word of this object.
    fn wake_all(&self, arena: &Arena);

    /// Whether this wait of that slot can really not complete, as the object's words are now.
    fn blocks(&self, arena: &Arena, slot: SlotIndex, waiting: &Waiting) -> bool;
}

/// Who ended, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Death {
    /// The incarnation that ended.
    pub tag: Tag,
    /// It ended by a signal or with a non-zero exit.
    pub badly: bool,
}

impl Death {
    pub fn slot(&self) -> SlotIndex {
        self.tag.slot()
    }
}
