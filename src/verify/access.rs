//! What an operation touches, and which operations depend on one another: the table that the reduction stands on.
//!
//! Two operations are independent if, wherever both can be done, neither keeps the other from being done and both
//! orders lead to the same state. That one *makes* the other possible is no dependence; it is asked of
//! [`Kind::enabled_by`].
use crate::graph::{ObjectId, ProcessId};
use crate::program::{Op, Patience};

/// What is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Resource {
    /// A place of the layout.
    Object(usize),
    /// The sleepers of a condition.
    Sleepers(ObjectId),
    /// The life of a process, of all its instances.
    Process(ProcessId),
    /// The order of lines.
    Lines,
}

/// How. `Try`: with a limit of time, or without waiting, so that its failure is an answer too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Put,
    PutTry,
    Get,
    GetTry,
    /// `for .. from`.
    Next,
    /// The same of a queue into which those put who take from it so: its end may be heard by one while another puts.
    NextFed,
    /// Comes to such a one at the end of another operation: see `approach`.
    Approach,
    /// `task_done` that can never be one too many.
    Done,
    DoneRisky,
    Join,
    JoinTry,
    /// A producer has ended or closed.
    Finish,
    /// The dead's items come back.
    GiveBack,
    Send,
    Recv,
    RecvTry,
    /// Of a bytes pipe, where a reader takes what there is.
    SendBytes,
    RecvBytes,
    /// The sending side has closed or ended.
    Shut,
    /// The receiving side has.
    Deafen,
    /// One that had closed it is to be started again, and has it open then.
    Reopen,
    Take,
    TakeTry,
    /// For a stretch of steps that only add: see `commute`.
    TakeToAdd,
    Free,
    Lower,
    LowerTry,
    /// `release` of a semaphore that is never above the bound.
    Raise,
    RaiseRisky,
    Sleep,
    SleepTry,
    Notify,
    Set,
    Clear,
    Await,
    AwaitTry,
    Arrive,
    ArriveTry,
    /// `abort`, `reset`, a death.
    Spoil,
    Read,
    Write,
    /// To a whole number, and nobody looks at the sum here.
    Add,
    /// A `read` or `write` that is half of an addition, in a stretch under a lock: see `commute`.
    Piece,
    Submit,
    Serve,
    Deliver,
    Collect,
    CollectTry,
    Start,
    Signal,
    Exit,
    Wait,
    WaitTry,
    Print,
    /// Looks at the state without changing it.
    Look,
}

impl Kind {
    /// Whether two operations on one resource depend on each other. Symmetric.
    pub fn depends(self, other: Kind) -> bool {
        #[cfg(test)]
        if mistake::hides(self, other) {
            return false;
        }
        self.on(other) || other.on(self)
    }

    /// One half of the table: each pair stands once.
    fn on(self, other: Kind) -> bool {
        use Kind::*;
        match self {
            // First in, first out: what one end does is the same whatever the other does meanwhile.
            Put => matches!(other, Put | PutTry | GetTry | Join | JoinTry | DoneRisky | Look),
            PutTry => matches!(other, PutTry | Get | GetTry | Next | Join | JoinTry | DoneRisky | GiveBack | Look),
            Get => matches!(other, Get | GetTry | Next | GiveBack | Look),
            GetTry => matches!(other, GetTry | Next | GiveBack | Look),
            Next => matches!(other, Next | GiveBack | Look),
            NextFed => matches!(other, NextFed | Put | PutTry | Get | GetTry | GiveBack | Look),
            Approach => matches!(other, NextFed | Look),
            Done => matches!(other, JoinTry | DoneRisky | Look),
            DoneRisky => matches!(other, DoneRisky | JoinTry | Look),
            Finish => matches!(other, Look),
            GiveBack => matches!(other, GiveBack | Put | Look),
            Send => matches!(other, Send | RecvTry | Deafen | Look),
            Recv => matches!(other, Recv | RecvTry | Look),
            RecvTry => matches!(other, RecvTry | Shut | Look),
            SendBytes => matches!(other, SendBytes | RecvBytes | Deafen | Look),
            RecvBytes => matches!(other, RecvBytes | Shut | Look),
            Shut | Deafen => matches!(other, Look),
            Reopen => matches!(other, Send | SendBytes | Recv | RecvTry | RecvBytes | Next | NextFed | Look),
            Take => matches!(other, Take | TakeTry | Look),
            TakeTry => matches!(other, TakeTry | Free | Look),
            TakeToAdd => matches!(other, Take | TakeTry | Look),
            Free => matches!(other, Look),
            Lower => matches!(other, Lower | LowerTry | RaiseRisky | Look),
            LowerTry => matches!(other, LowerTry | Raise | RaiseRisky | Look),
            Raise => matches!(other, RaiseRisky | Look),
            RaiseRisky => matches!(other, RaiseRisky | Look),
            // Both are done with the lock held, so never at the same time; but a sleeper's time may be over meanwhile.
            SleepTry => matches!(other, Notify),
            Sleep | Notify => false,
            Set => matches!(other, Clear | AwaitTry | Look),
            Clear => matches!(other, Await | AwaitTry | Look),
            // Who comes first has the lower index, which only some look at: those arrive with `ArriveTry`.
            Arrive => matches!(other, ArriveTry | Spoil | Look),
            ArriveTry => matches!(other, ArriveTry | Spoil | Look),
            Spoil => matches!(other, Spoil | Look),
            Write => matches!(other, Read | Write),
            Add => matches!(other, Read | Write | Piece),
            Piece => matches!(other, Read | Write),
            Submit => matches!(other, Submit | Look),
            Serve => matches!(other, Serve),
            Deliver => matches!(other, Deliver | CollectTry),
            Start => matches!(other, Start | Signal | Look),
            Signal => matches!(other, Signal | Exit | WaitTry | Look),
            Exit => matches!(other, WaitTry | Look),
            Print => matches!(other, Print),
            Join | JoinTry | Await | AwaitTry | Read | Collect | CollectTry | Wait | WaitTry | Look => false,
        }
    }

    /// Whether an operation that waits can be made possible by that one.
    pub fn enabled_by(self, other: Kind) -> bool {
        use Kind::*;
        match self {
            Put | PutTry => matches!(other, Get | GetTry | Next | NextFed),
            Get | GetTry => matches!(other, Put | PutTry | GiveBack),
            Next => matches!(other, Put | PutTry | GiveBack | Finish),
            // Another that hears of the end makes it known to all who wait.
            NextFed => matches!(other, Put | PutTry | GiveBack | Finish | NextFed),
            Join | JoinTry => matches!(other, Done | DoneRisky),
            Recv | RecvTry => matches!(other, Send | Shut),
            SendBytes => matches!(other, RecvBytes | Deafen),
            RecvBytes => matches!(other, SendBytes | Shut),
            Take | TakeTry | TakeToAdd => matches!(other, Free),
            Lower | LowerTry => matches!(other, Raise | RaiseRisky),
            Sleep | SleepTry => matches!(other, Notify),
            Await | AwaitTry => matches!(other, Set),
            Arrive | ArriveTry => matches!(other, Arrive | ArriveTry | Spoil),
            Serve => matches!(other, Submit),
            Collect | CollectTry => matches!(other, Deliver),
            Wait | WaitTry => matches!(other, Exit),
            Look => Look.depends(other),
            _ => false,
        }
    }
}

/// Whether an operation may end for want of time.
pub(super) fn is_timed(op: &Op) -> bool {
    let patience = |patience: &Patience| patience.block.is_some() || patience.timeout.is_some();
    match op {
        Op::Put { patience: p, .. }
        | Op::Get { patience: p, .. }
        | Op::JoinQueue { patience: p, .. }
        | Op::Recv { patience: p, .. }
        | Op::Acquire { patience: p, .. }
        | Op::WaitEvent { patience: p, .. }
        | Op::WaitBarrier { patience: p, .. }
        | Op::WaitCondition { patience: p, .. }
        | Op::WaitAny { patience: p, .. }
        | Op::JoinProcess { patience: p, .. }
        | Op::Await { patience: p, .. } => patience(p),
        _ => false,
    }
}

/// Mistakes put into the table on purpose, to see that they are found.
#[cfg(test)]
pub(super) mod mistake {
    use super::Kind;
    use std::cell::Cell;

    thread_local! {
        static HIDDEN: Cell<Option<(Kind, Kind)>> = const { Cell::new(None) };
    }

    /// These two seem independent from now on, in this thread.
    pub fn hide(pair: Option<(Kind, Kind)>) {
        HIDDEN.set(pair);
    }

    pub fn hides(one: Kind, other: Kind) -> bool {
        HIDDEN.get().is_some_and(|pair| pair == (one, other) || pair == (other, one))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_ends_of_a_queue_are_independent_unless_one_asks_whether_it_would_wait() {
        assert!(!Kind::Put.depends(Kind::Get) && !Kind::Get.depends(Kind::Put));
        assert!(Kind::Put.depends(Kind::GetTry) && Kind::GetTry.depends(Kind::Put));
        assert!(Kind::Get.depends(Kind::PutTry) && Kind::Put.depends(Kind::Put));
    }

    #[test]
    fn whoever_looks_depends_on_whoever_changes() {
        for change in [Kind::Put, Kind::Get, Kind::Set, Kind::Clear, Kind::Free, Kind::Exit, Kind::Arrive] {
            assert!(Kind::Look.depends(change), "{change:?}");
        }
        assert!(!Kind::Look.depends(Kind::Look) && !Kind::Read.depends(Kind::Read));
    }
}
