//! One actor's part of a state: all that it is, and all that it has of the objects.
//!
//! Nothing in it says which actor it is, only of which class: interchangeable actors in the same situation have equal
//! blocks.
use super::layout::Place;
use super::model::{Sleeper, Ticket};
use super::thin::{Plain, Thin};
use super::watch::Watch;
use crate::expr::Random;
use crate::program::{JobId, Machine, Pc};
use crate::value::Value;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Block {
    pub class: u32,
    pub life: Life,
    /// Of the machine.
    pub body: u32,
    /// None while it has no steps to take: before the start, after the end, an idle worker, a command without a model.
    pub machine: Option<Machine>,
    pub phase: Phase,
    /// Ideal time: what is left of the wait or sleep it is in, in nanoseconds.
    pub timer: Option<u64>,
    pub holds: Holds,
    pub marks: Vec<Mark>,
    pub watches: Vec<Watch>,
    pub rare: Thin<Rare>,
}

/// What few have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Rare {
    /// Ideal time: what is left until it is terminated, in nanoseconds.
    pub limit: Option<u64>,
    /// The signal that will end it, as an exit code.
    pub doom: Option<i32>,
    pub restarts: u32,
    /// Calls handed to pools so far.
    pub tickets: u64,
    /// Of a worker: its number, where somebody could read it; else 0.
    pub number: u32,
    /// Of a worker that is replaced after so many: the chunks it has delivered.
    pub served: u64,
    /// Of a worker: where its random numbers go on with the next call.
    pub random: Option<Random>,
    /// Of a worker: the chunk it works on.
    pub chunk: Option<Box<Chunk>>,
    /// What it has put into queues whose items are not told apart: with the queue, sorted.
    pub made: Vec<(Place, Value)>,
}

impl Plain for Rare {
    const PLAIN: &'static Self = &Rare {
        limit: None,
        doom: None,
        restarts: 0,
        tickets: 0,
        number: 0,
        served: 0,
        random: None,
        chunk: None,
        made: Vec::new(),
    };
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Life {
    /// Waits for a `start` step.
    Dormant,
    /// Waits for those in its `after`.
    Queued,
    Running,
    /// Between a failure and the restart.
    Resting,
    /// Has nothing more to do than to end.
    Leaving(Box<Leaving>),
    Ended(i32),
    /// One of its `after` failed.
    Skipped,
    /// A daemon or worker, at the end of the run.
    Stopped,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Leaving {
    pub code: i32,
    /// Ends the other threads of the process, too.
    pub all: bool,
    /// What nothing caught: `type`, `message`, `place`.
    pub error: Option<Value>,
}

/// How far it is with its request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    Before,
    /// In a `for .. from` a queue that was finished while it waited: others have heard of it and gone on, and nothing
    /// was put since.
    Told,
    /// Waits for an event that may be cleared again before it wakes.
    Waiting,
    /// In a barrier, with this index (0 where nobody looks at it).
    Gathering(u32),
    Asleep(Sleeper),
    /// So many bytes of a send are written.
    Sent(usize),
    /// So much of a recv is read.
    Got(Vec<u8>),
}

/// What a process has of the objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Holds {
    /// Locks, with the depth; never 0.
    pub locks: Vec<(Place, u32)>,
    pub rest: Thin<Rest>,
}

/// What it has besides locks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Rest {
    /// Bounded semaphores, with the balance; never 0.
    pub units: Vec<(Place, i32)>,
    /// Items of queues with `redeliver` that are not marked done, oldest first; never empty.
    pub taken: Vec<(Place, Vec<Value>)>,
    /// Queues and ends (by the place it receives from) that it has closed.
    pub closed: Vec<Place>,
}

impl Plain for Rest {
    const PLAIN: &'static Self = &Rest { units: Vec::new(), taken: Vec::new(), closed: Vec::new() };
}

/// A value that was read and may be part of what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Mark {
    pub place: Place,
    /// The array's cell; 0 of a value.
    pub cell: u32,
    /// The instruction that read it.
    pub site: Pc,
    /// Somebody else has changed it since.
    pub stale: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Chunk {
    /// None: the pool's initializer.
    pub of: Option<(Ticket, u32)>,
    pub job: JobId,
    /// Those still to be made, the current one not among them.
    pub left: Vec<Vec<Value>>,
    pub results: Vec<Value>,
    /// It has ended: with its results, or this error.
    pub ended: Option<Option<crate::value::Fault>>,
}

impl Block {
    pub fn new(class: u32, life: Life, watches: Vec<Watch>) -> Block {
        Block {
            class,
            life,
            body: 0,
            machine: None,
            phase: Phase::Before,
            timer: None,
            holds: Holds::default(),
            marks: Vec::new(),
            watches,
            rare: Thin::PLAIN,
        }
    }

    /// Only what others may still see of it.
    pub fn bare(&self, life: Life) -> Block {
        let mut bare = Block::new(self.class, life, self.watches.clone());
        if !self.rare.made.is_empty() {
            bare.rare.made = self.rare.made.clone();
        }
        bare
    }

    /// About how many bytes its lists take. What is in them is shared with the blocks before it.
    pub fn bytes(&self) -> u64 {
        let slots = self.machine.as_ref().map_or(0, |machine| machine.slots().len());
        let taken = self.holds.rest.taken.iter().map(|(_, items)| items.len());
        let chunk = self.rare.chunk.as_ref().map_or(0, |chunk| {
            let left: usize = chunk.left.iter().map(Vec::len).sum();
            8 + 2 * chunk.left.len() + left + chunk.results.len()
        });
        let got = if let Phase::Got(bytes) = &self.phase { bytes.len() } else { 0 };
        let values = slots + taken.sum::<usize>() + chunk + 2 * self.rare.made.len() + self.marks.len();
        (values * size_of::<Value>() + got) as u64
    }

    /// It has been started and has not ended.
    pub fn is_alive(&self) -> bool {
        matches!(self.life, Life::Running | Life::Resting | Life::Leaving(_))
    }

    /// It will do nothing more, ever.
    pub fn is_over(&self) -> bool {
        matches!(self.life, Life::Ended(_) | Life::Skipped | Life::Stopped)
    }
}

impl Holds {
    pub fn depth(&self, lock: Place) -> u32 {
        self.locks.iter().find(|(place, _)| *place == lock).map_or(0, |(_, depth)| *depth)
    }

    pub fn set_depth(&mut self, lock: Place, depth: u32) {
        set(&mut self.locks, lock, depth);
    }

    pub fn balance(&self, semaphore: Place) -> i32 {
        self.rest.units.iter().find(|(place, _)| *place == semaphore).map_or(0, |(_, balance)| *balance)
    }

    pub fn set_balance(&mut self, semaphore: Place, balance: i32) {
        set(&mut self.rest.units, semaphore, balance);
    }

    pub fn take(&mut self, queue: Place, item: Value) {
        let taken = &mut self.rest.taken;
        match taken.iter_mut().find(|(place, _)| *place == queue) {
            Some((_, items)) => items.push(item),
            None => {
                taken.push((queue, vec![item]));
                taken.sort_by_key(|(place, _)| *place);
            }
        }
    }

    /// The oldest item is done.
    pub fn done(&mut self, queue: Place) {
        if let Some(at) = self.rest.taken.iter().position(|(place, _)| *place == queue) {
            let taken = &mut self.rest.taken;
            taken[at].1.remove(0);
            if taken[at].1.is_empty() {
                taken.remove(at);
            }
        }
    }

    pub fn has_closed(&self, place: Place) -> bool {
        self.rest.closed.contains(&place)
    }

    pub fn close(&mut self, place: Place) {
        if let Err(at) = self.rest.closed.binary_search(&place) {
            self.rest.closed.insert(at, place);
        }
    }
}

fn set<T: Default + PartialEq>(all: &mut Vec<(Place, T)>, place: Place, value: T) {
    all.retain(|(known, _)| *known != place);
    if value != T::default() {
        let at = all.partition_point(|(known, _)| *known < place);
        // Mostly the only one.
        all.reserve_exact(1);
        all.insert(at, (place, value));
    }
}
