//! What is told to the reactor, and what it orders.
use super::spec::NodeId;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The run begins.
    Begin,
    Died {
        node: NodeId,
        /// Python's: `-SIGNAL` for a signal.
        exit: i32,
    },
    /// It could not be started at all.
    StartFailed {
        node: NodeId,
        exit: i32,
    },
    AskStart(NodeId),
    AskTerminate(NodeId),
    AskKill(NodeId),
    /// Ctrl-C, SIGTERM, SIGHUP: stops with grace; kills if the run is stopping already.
    Interrupt(i32),
    Deadlock,
    /// A schedule has come to the end of the run's time.
    TimeUp,
    /// A schedule has shown what it is there to show.
    Followed,
    /// A node has met what nobody writes in the arena.
    Damaged,
    /// Nobody reads the results any more.
    OutputClosed,
    /// The system has no room for a further process.
    NoRoom,
    /// All stood still (Ctrl-Z) for so many nanoseconds, which count for no timeout.
    Resumed(u64),
    /// A time that [`Reactor::next_deadline`](super::Reactor::next_deadline) named has come.
    Clock,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Start(NodeId),
    Terminate(NodeId),
    Kill(NodeId),
    /// It has ended for good, and how.
    Ended(NodeId, i32),
    /// It will not be started again at once: a restart is due later.
    Resting(NodeId),
    /// It never starts because this one failed.
    Skipped(NodeId, NodeId),
    /// Its own timeout ended it.
    TimedOut(NodeId),
    Finish,
}

/// Why the run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Every process ended.
    Completed,
    Deadlock,
    Timeout,
    Signal(i32),
    OutputClosed,
    NoRoom,
    /// The arena holds what nobody has written there.
    Damaged,
    /// A schedule was followed to its end, and the rest cut off.
    Followed,
}
