//! What an actor has published of itself, each in one word: the wait it is in, the operation in progress.
use super::directory::ObjectIndex;
use super::slot::SlotIndex;

/// What an actor does or waits for. The words are those of the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Verb {
    Acquire = 1,
    Release,
    Wait,
    Notify,
    Set,
    Clear,
    Abort,
    Reset,
    Put,
    Get,
    TaskDone,
    Join,
    Close,
    Send,
    Recv,
    Read,
    Write,
    Add,
    Await,
    /// `for .. from`.
    Drain,
    /// `wait` for several things at once: the targets are in the slot's list.
    WaitAny,
}

impl Verb {
    const ALL: [Verb; 21] = [
        Verb::Acquire,
        Verb::Release,
        Verb::Wait,
        Verb::Notify,
        Verb::Set,
        Verb::Clear,
        Verb::Abort,
        Verb::Reset,
        Verb::Put,
        Verb::Get,
        Verb::TaskDone,
        Verb::Join,
        Verb::Close,
        Verb::Send,
        Verb::Recv,
        Verb::Read,
        Verb::Write,
        Verb::Add,
        Verb::Await,
        Verb::Drain,
        Verb::WaitAny,
    ];

    fn from_u8(n: u8) -> Option<Verb> {
        Verb::ALL.get(usize::from(n).checked_sub(1)?).copied()
    }
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    Object(ObjectIndex),
    /// The end of that actor.
    Slot(SlotIndex),
    /// That many entries of the slot's list.
    Several(u32),
}

/// A published wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Waiting {
    pub verb: Verb,
    pub target: Target,
    /// Which part of the object, where it has several (the end of a pipe); its own business.
    pub part: u8,
    /// It has a deadline, so it is never part of a deadlock.
    pub timed: bool,
}

impl Waiting {
    pub fn on(verb: Verb, target: Target) -> Waiting {
        Waiting { verb, target, part: 0, timed: false }
    }

    /// verb 8 bits, part 8, timed 8, kind of target 8, number of the target 32.
    pub(super) fn word(self) -> u64 {
        let (kind, number) = match self.target {
            Target::Object(object) => (0, object.0),
            Target::Slot(slot) => (1, slot.0),
            Target::Several(count) => (2, count),
        };
        let bytes = [self.verb as u8, self.part, u8::from(self.timed), kind];
        u64::from(u32::from_le_bytes(bytes)) << 32 | u64::from(number)
    }

    pub(super) fn from_word(word: u64) -> Option<Waiting> {
        let [verb, part, timed, kind] = ((word >> 32) as u32).to_le_bytes();
        let number = word as u32;
        let target = match kind {
            0 => Target::Object(ObjectIndex(number)),
            1 => Target::Slot(SlotIndex(number)),
            2 => Target::Several(number),
            _ => return None,
        };
        Some(Waiting { verb: Verb::from_u8(verb)?, target, part, timed: timed != 0 })
    }
}

/// An operation in progress, published before it begins where its recovery needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doing {
    pub verb: Verb,
    /// How far it is; the object's own business.
    pub stage: u8,
    pub object: ObjectIndex,
}

impl Doing {
    pub(super) fn word(self) -> u64 {
        u64::from(self.verb as u8) << 56 | u64::from(self.stage) << 48 | u64::from(self.object.0)
    }

    pub(super) fn from_word(word: u64) -> Option<Doing> {
        let verb = Verb::from_u8((word >> 56) as u8)?;
        Some(Doing { verb, stage: (word >> 48) as u8, object: ObjectIndex(word as u32) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_and_operations_survive_their_words() {
        for (n, verb) in Verb::ALL.into_iter().enumerate() {
            assert_eq!(Verb::from_u8(n as u8 + 1), Some(verb));
            for target in [Target::Object(ObjectIndex(7)), Target::Slot(SlotIndex(9)), Target::Several(3)] {
                let waiting = Waiting { verb, target, part: 2, timed: true };
                assert_eq!(Waiting::from_word(waiting.word()), Some(waiting));
            }
            let doing = Doing { verb, stage: 3, object: ObjectIndex(u32::MAX) };
            assert_eq!(Doing::from_word(doing.word()), Some(doing));
        }
        assert_eq!((Waiting::from_word(0), Doing::from_word(0)), (None, None));
    }
}
