//! The steps that can be taken from a state, and what each leads to.
use super::layout::Place;
use crate::program::{Outcome, Pc};
use crate::value::{Str, Value};
use std::rc::Rc;

/// A line for the watches of the whole state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Line {
    pub stderr: bool,
    /// It shows an item that is not told from others.
    pub of_item: bool,
    pub text: Str,
}

pub(super) type Lines = Rc<[Line]>;

/// What a step was, for people.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// Its request is answered.
    Answered(Rc<Outcome>),
    /// It has begun to wait, or has done a part.
    Begun,
    /// One whose `after` have ended starts; one that failed starts again.
    Started,
    Skipped,
    /// It has come to its end.
    Left(i32),
    /// A signal ended it.
    Died(i32),
    /// A worker takes a chunk of calls, or delivers its results.
    Takes,
    Delivers,
    /// Daemons and workers are stopped.
    RunEnds,
    /// The clock goes on by so many nanoseconds.
    Clock(u64),
}

/// Something wrong that a single step shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Flag {
    /// The cell was changed by somebody else since it was read at `site`.
    LostUpdate { place: Place, cell: u32, body: u32, site: Pc },
    /// An end that no expectation allows: of which instance's process (as an actor's class), with what.
    Error { class: u32, code: i32, error: Option<Value> },
    /// An end that the expectation on it does not allow.
    Exit { class: u32, code: i32 },
    /// One of its `after` failed.
    Skipped { class: u32 },
}

/// Which step of which actor. The actor past the last is the runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub actor: u16,
    /// Which of the actor's steps in this state.
    pub choice: u16,
    /// 0, or the number of a [`Flag`] and 1.
    pub flag: u32,
}

/// Steps, collected.
#[derive(Default)]
pub(super) struct Moves {
    pub labels: Vec<Label>,
    /// The states after them, one behind the other.
    rows: Vec<u32>,
    width: usize,
    /// What they were and who went on with them, if that is asked for.
    pub told: Option<Vec<Told>>,
}

#[derive(Clone, Debug)]
pub(super) struct Told {
    pub what: What,
    /// Others whose wait this ended, with their answers.
    pub also: Vec<(usize, Outcome)>,
}

impl Moves {
    pub fn new(width: usize) -> Moves {
        Moves { width, ..Moves::default() }
    }

    /// One that keeps what the steps were.
    pub fn telling(width: usize) -> Moves {
        Moves { width, told: Some(Vec::new()), ..Moves::default() }
    }

    pub fn clear(&mut self) {
        self.labels.clear();
        self.rows.clear();
        if let Some(told) = &mut self.told {
            told.clear();
        }
    }

    /// What the states take.
    pub fn bytes(&self) -> u64 {
        size_of_val(&self.rows[..]) as u64
    }

    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    pub fn row(&self, number: usize) -> &[u32] {
        &self.rows[number * self.width..][..self.width]
    }

    pub fn row_mut(&mut self, number: usize) -> &mut [u32] {
        &mut self.rows[number * self.width..][..self.width]
    }

    /// Adds a step of `actor`; `first` is the number of its first one.
    pub fn push(&mut self, actor: usize, first: usize, row: &[u32], flag: u32, what: What, also: &[(usize, Outcome)]) {
        let choice = (self.labels.len() - first) as u16;
        self.labels.push(Label { actor: actor as u16, choice, flag });
        self.rows.extend_from_slice(row);
        if let Some(told) = &mut self.told {
            told.push(Told { what, also: also.to_vec() });
        }
    }
}
