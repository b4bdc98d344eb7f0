//! The search: who goes on, what was met before, and back again.
//!
//! | file | says |
//! |---|---|
//! | `choice` | what can happen next, and which of it is taken |
//! | `state` | pages and processes; what tells two states apart |
//! | `ticket` | what a process calls, and how it leaves its stack |
//! | `search` | one schedule after the other |
mod choice;
mod search;
mod state;
mod ticket;

pub(super) use search::search;
pub(in crate::shm) use ticket::Ticket;

use self::choice::{Choice, Node};
use super::coroutine::{Coroutine, Home};
use super::{Outcome, Report};
use crate::shm::Arena;
use crate::shm::futex::Slept;
use std::collections::{BTreeMap, HashSet};

/// What is done to a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::shm) enum Access {
    Read,
    Write,
}

#[derive(Clone, Copy)]
pub(super) struct Budget {
    pub deaths: u32,
    pub timeouts: u32,
    pub restarts: u32,
    pub reaps: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Not begun: the supervisor without work, or a process before its first instruction.
    Fresh,
    Ready,
    Asleep {
        timed: bool,
    },
    Done,
    Dead,
}

struct Agent {
    stack: Coroutine,
    state: State,
    slept: Slept,
    /// What it has read since its last note.
    history: u64,
    milestones: u64,
    notes: Vec<u64>,
    /// It has changed something since its death was last offered.
    dirty: bool,
}

/// Who has read and who has written a word: a bit for each process; the supervisor counts as the one it repairs.
#[derive(Default, Clone, Copy)]
struct Users {
    readers: u32,
    writers: u32,
}

impl Users {
    fn are_in_conflict(self) -> bool {
        self.writers != 0 && (self.readers | self.writers).count_ones() > 1
    }
}

pub(in crate::shm) struct Engine {
    agents: Vec<Agent>,
    home: Home,
    current: usize,
    /// Neither building nor looking at the end.
    on: bool,
    /// What has not finished is being unwound.
    unwinding: bool,
    next: Option<Choice>,
    abandoned: bool,
    over: bool,
    failure: Option<String>,
    budget: Budget,
    left: Budget,
    /// Ends that the supervisor has not dealt with: slot, and whether it was a death.
    jobs: Vec<(usize, bool)>,
    /// Sleepers in order: agent, word.
    sleepers: Vec<(usize, usize)>,
    path: Vec<Node>,
    depth: usize,
    steps: u64,
    visited: HashSet<u64>,
    /// Of each place: see [`Engine::note_user`].
    users: Vec<Users>,
    /// One that was taken for private has proved to be shared.
    mistaken: bool,
    base: usize,
    /// Pages ever touched, with what they held when the search began.
    pages: BTreeMap<usize, Vec<u8>>,
    report: Report,
    /// Schedules are thrown and not searched.
    dice: Option<u64>,
    play: Option<*const dyn Fn(usize)>,
}

/// No schedule is so long unless somebody goes round in circles.
const MOST_STEPS: u64 = 50_000;

/// Unwinds a coroutine that is not needed any more.
struct Abandoned;

impl Engine {
    pub fn new(arena: &Arena, processes: usize, budget: Budget) -> Engine {
        let agent = |_| Agent {
            stack: Coroutine::new(),
            state: State::Fresh,
            slept: Slept::LookAgain,
            history: 0,
            milestones: 0,
            notes: Vec::new(),
            dirty: false,
        };
        Engine {
            agents: (0..=processes).map(agent).collect(),
            home: Home::nowhere(),
            current: processes,
            on: false,
            unwinding: false,
            next: None,
            abandoned: false,
            over: false,
            failure: None,
            budget,
            left: budget,
            jobs: Vec::new(),
            sleepers: Vec::new(),
            path: Vec::new(),
            depth: 0,
            steps: 0,
            visited: HashSet::new(),
            users: vec![Users::default(); arena.size() as usize / 2],
            mistaken: false,
            base: arena.bytes(0, 1).expect("the arena's beginning") as usize,
            pages: BTreeMap::new(),
            report: Report::default(),
            dice: None,
            play: None,
        }
    }

    fn supervisor(&self) -> usize {
        self.agents.len() - 1
    }

    fn rouse(&mut self, agent: usize, slept: Slept) {
        let agent = &mut self.agents[agent];
        (agent.state, agent.slept, agent.dirty) = (State::Ready, slept, true);
    }

    fn fail(&mut self, what: String) {
        if self.failure.is_none() {
            let schedule: Vec<String> = self.path[..self.depth.min(self.path.len())]
                .iter()
                .map(|node| match node.choices[node.at] {
                    Choice::Run(agent) if agent == self.supervisor() => "S".to_owned(),
                    Choice::Run(agent) => agent.to_string(),
                    other => format!("{other:?}"),
                })
                .collect();
            self.failure = Some(format!("{what}\nschedule: {}", schedule.join(" ")));
        }
    }

    /// Notes whose the current access is; whether the place is shared.
    fn note_user(&mut self, place: usize, access: Access) -> bool {
        let who = if self.current == self.supervisor() { self.jobs[0].0 } else { self.current };
        // A word, or, with an odd number, all the bytes that begin there.
        let users = &mut self.users[(place - self.base) / 4 * 2 + place % 2];
        let was_shared = users.are_in_conflict();
        match access {
            Access::Read => users.readers |= 1 << who,
            Access::Write => users.writers |= 1 << who,
        }
        let shared = users.are_in_conflict();
        self.mistaken |= shared && !was_shared;
        shared
    }

    fn finished(&mut self, result: std::thread::Result<()>) {
        let me = self.current;
        if self.unwinding {
            self.agents[me].state = State::Done;
            return;
        }
        if let Err(panic) = result {
            self.agents[me].state = State::Done;
            self.fail(format!("agent {me}: {}", said(&*panic)));
            self.abandoned = true;
        } else if me == self.supervisor() {
            self.jobs.remove(0);
            self.agents[me].rest();
        } else {
            self.agents[me].rest();
            self.agents[me].state = State::Done;
            if self.budget.reaps {
                self.jobs.push((me, false));
            }
        }
        self.next = None;
    }

    fn outcome(&self) -> Outcome {
        let processes = &self.agents[..self.supervisor()];
        Outcome {
            notes: processes.iter().map(|agent| agent.notes.clone()).collect(),
            died: processes.iter().map(|agent| agent.state == State::Dead).collect(),
        }
    }
}

impl Agent {
    /// It has not begun.
    fn rest(&mut self) {
        (self.state, self.history, self.milestones, self.dirty) = (State::Fresh, 0, 0, false);
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
    said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
}

/// A hash of two words (a folded product, as of wyhash).
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x9E37_79B9_7F4A_7C15) * u128::from(b.rotate_left(32) ^ 0xD6E8_FEB8_6659_FD93);
    (product as u64) ^ (product >> 64) as u64 ^ a.rotate_left(17).wrapping_mul(0x2545_F491_4F6C_DD1D)
}
