//! The search: the nearest states first, every state once, exactly.
//!
//! A step to a state that was looked at before may close a circle. A reduced set of steps with such a one is widened to
//! all of them, so no step is put off for ever; in ideal time, when nothing is left but circles, the clock goes on all
//! the same.
use super::batch::Batch;
use super::found::{AFTERMATH, Found, Wrong};
use super::frontier::Frontier;
use super::limits::{BESIDES, Limit, Limits, Progress, resident};
use super::moves::{Flag, Label, Moves};
use super::reduce::Reducer;
use super::store::{Mark, Origin, Store};
use super::system::{Role, Time};
use super::world::World;
use std::time::{Duration, Instant};

/// So many states are looked at together.
const BATCH: usize = 32;

/// Where there are circles that only the clock leaves, all steps from every state are taken up to so many states.
const ALL: u64 = 200_000;

/// The steps of so many actors from one state take time and memory of their own.
const CROWD: usize = 256;

pub(super) struct Search<'w, 's, 'p> {
    pub(super) world: &'w mut World<'s, 'p>,
    pub store: Store,
    pub found: Vec<Found>,
    pub transitions: u64,
    pub depth: u32,
    pub terminal: u64,
    pub limit: Option<Limit>,
    /// The states in which nothing can move, with their depths.
    pub ends: Vec<(u32, Vec<u32>)>,
    reducer: Option<Reducer>,
    pub(super) symmetric: bool,
    /// States are kept by what they are without their items: see `payload`.
    pub(super) erases: bool,
    /// Chains are not kept: see `chain`.
    pub(super) skips: bool,
    frontier: Frontier,
    /// What is to be kept of a state, for a moment.
    pub(super) kept: Vec<u32>,
    started: Instant,
    /// What the process had in memory, and when that was last looked at.
    resident: u64,
    weighed: Instant,
    /// See [`Progress::positions`].
    positions: f64,
    pub(super) limits: Limits,
    pub(super) cyclic: bool,
    /// How deep the nearest state is from which a step closes a circle.
    pub(super) circle: u32,
    /// How many states there may be when something was found.
    pub(super) until: usize,
    /// Keep the terminal states, for tests that compare them.
    pub keep_ends: bool,
    /// Never stop for what was found.
    pub exhaust: bool,
    /// Look for nothing but runs that are stuck, and stop at the first.
    pub only_stuck: bool,
}

impl<'w, 's, 'p> Search<'w, 's, 'p> {
    pub fn new(world: &'w mut World<'s, 'p>, reduce: bool, limits: Limits) -> Self {
        let (width, erases) = (world.width(), reduce && world.erases());
        let store = if erases { Store::new(2 * width, width) } else { Store::new(width, width) };
        let positions = positions(world);
        let reducer = reduce.then(|| Reducer::new(world));
        Search {
            world,
            store,
            found: Vec::new(),
            transitions: 0,
            depth: 0,
            terminal: 0,
            limit: None,
            ends: Vec::new(),
            reducer,
            symmetric: reduce,
            erases,
            skips: reduce,
            frontier: Frontier::default(),
            kept: Vec::new(),
            started: Instant::now(),
            resident: resident(),
            weighed: Instant::now(),
            positions,
            limits,
            cyclic: false,
            circle: u32::MAX,
            until: usize::MAX,
            keep_ends: false,
            exhaust: false,
            only_stuck: false,
        }
    }

    /// Searches until all is seen, a limit is reached, or enough is found.
    pub fn run(&mut self, progress: &mut dyn FnMut(&Progress)) {
        self.begin();
        self.search(progress);
        let mut aside = None;
        while self.limit.is_none() && self.cyclic && self.wants_more() && !self.is_void() {
            let stuck = self.stuck();
            if stuck.is_empty() {
                break;
            }
            if self.erases {
                self.world.is_spoilt.set(true);
                break;
            }
            if self.world.system.time != Time::Ideal {
                self.report_endless(&stuck);
                break;
            }
            // The clock may have to go on in any state of a circle, also in one that the reduction leaves out.
            if std::mem::replace(&mut self.skips, false) {
                aside = Some((self.reducer.take(), self.limits.states));
                self.limits.states = self.limits.states.min(ALL);
                self.begin();
            } else if !self.hurry(&stuck) {
                self.report_endless(&stuck);
                break;
            }
            self.search(progress);
            if self.limit == Some(Limit::States)
                && let Some((reducer, states)) = aside.take_if(|(_, states)| *states > ALL)
            {
                (self.limit, self.reducer, self.limits.states) = (None, reducer, states);
                self.begin();
                self.search(progress);
            }
        }
        if let Some((_, states)) = aside {
            self.limits.states = states;
        }
    }

    /// Knows no state but the first; what was found stays found.
    fn begin(&mut self) {
        self.store.clear();
        self.frontier = Frontier::default();
        self.ends.clear();
        (self.transitions, self.depth, self.terminal) = (0, 0, 0);
        (self.cyclic, self.circle) = (false, u32::MAX);
        self.until = if self.found.is_empty() { usize::MAX } else { AFTERMATH };
        let mut first = self.world.initial();
        self.sort(&mut first);
        let hash = self.hash(&first);
        let origin = Origin { parent: 0, label: Label { actor: 0, choice: 0, flag: 0 }, depth: 0 };
        let (number, _) = self.insert(&first, hash, origin);
        self.frontier.add(number, 0);
    }

    /// Something shows that this search cannot come to anything.
    fn is_void(&self) -> bool {
        self.world.endless.is_some() || self.world.apart.is_some() || self.erases && self.world.is_spoilt.get()
    }

    fn wants_more(&self) -> bool {
        self.exhaust || self.store.len() < self.until
    }

    /// Looks at all states that it has not looked at.
    fn search(&mut self, progress: &mut dyn FnMut(&Progress)) {
        let mut batch = Batch::new(self.world.width());
        let mut looked_at = 0;
        let mut last = Instant::now();
        while self.wants_more() && !self.is_void() && !self.over_limit(0) {
            // Small searches are over soon, and what is found is said at once.
            let size = if looked_at < 16 * BATCH { 1 } else { BATCH };
            let Some(depth) = self.frontier.take(size, &mut batch.states) else { break };
            self.depth = self.depth.max(depth);
            looked_at += batch.states.len();
            // It has come nearer since.
            batch.states.retain(|number| !self.store.is(*number, Mark::Expanded));
            if last.elapsed() > Duration::from_millis(100) {
                last = Instant::now();
                progress(&self.progress());
            }
            self.collect(&mut batch);
            if self.limit.is_some() {
                break;
            }
            self.expand(&mut batch);
            if self.limit.is_some() {
                break;
            }
        }
        progress(&self.progress());
    }

    /// Every run that is over within so many steps was seen, when a limit is reached. Behind a circle the clock may still
    /// have to go on.
    pub fn complete(&self) -> u32 {
        let behind = if self.world.system.time == Time::Ideal { self.circle } else { u32::MAX };
        self.depth.min(behind).saturating_sub(1)
    }

    fn progress(&self) -> Progress {
        Progress {
            time: self.world.system.time,
            states: self.store.len() as u64,
            transitions: self.transitions,
            depth: self.depth,
            frontier: self.frontier.len() as u64,
            memory: self.bytes(),
            elapsed: self.started.elapsed(),
            positions: self.positions,
        }
    }

    /// What it keeps takes so many bytes.
    fn bytes(&self) -> u64 {
        self.store.bytes() + self.frontier.bytes() + self.world.bytes()
    }

    /// `beside`: bytes that are in use for a moment.
    pub(super) fn over_limit(&mut self, beside: u64) -> bool {
        if self.limit.is_some() {
            return true;
        }
        let now = Instant::now();
        let mut over = self.bytes() + beside >= self.limits.memory;
        if !over && now - self.weighed > Duration::from_millis(50) {
            self.weighed = now;
            over = resident() > self.limits.memory.saturating_add(self.resident + BESIDES);
        }
        self.limit = if over {
            Some(Limit::Memory)
        } else if now - self.started >= self.limits.time {
            Some(Limit::Time)
        } else {
            None
        };
        self.limit.is_some()
    }

    /// Adds all steps from a state, and not all where a limit is reached among those of a crowd. `false`: the runner or
    /// the clock has one, and nobody else is to be left out.
    pub(super) fn all_moves(
        &mut self,
        row: &[u32],
        moves: &mut Moves,
        can_move: &mut Vec<bool>,
        hurried: bool,
    ) -> bool {
        can_move.clear();
        if self.world.is_timed_out(row) {
            return false;
        }
        let first = moves.len();
        for actor in 0..self.world.system.actors.len() {
            let before = moves.len();
            self.world.moves(row, actor, moves);
            can_move.push(moves.len() > before);
            if actor % CROWD == CROWD - 1 && self.over_limit(moves.bytes()) {
                return false;
            }
        }
        let own = moves.len();
        self.world.end_run(row, moves);
        if moves.len() == first || hurried {
            self.world.tick(row, moves);
        }
        moves.len() == own
    }

    pub(super) fn choose(&mut self, row: &[u32], can_move: &[bool], chosen: &mut Vec<bool>) -> bool {
        let Some(reducer) = &mut self.reducer else { return false };
        reducer.choose(self.world, row, can_move, chosen);
        chosen != can_move
    }

    /// Takes a step, and so many in all; `true` if they lead to a state that was looked at before, or to the same. Of every
    /// circle the state that is looked at last has such a step.
    pub(super) fn take(&mut self, from: u32, moves: &Moves, at: usize, hash: u64, steps: u32) -> bool {
        let (label, row) = (moves.labels[at], moves.row(at));
        self.transitions += u64::from(steps);
        if label.flag != 0 {
            let flag = Flag::clone(self.world.flags.get(label.flag - 1));
            self.note(Wrong::Flag(flag), from, Some(label), row.to_vec());
        }
        if self.store.len() as u64 >= self.limits.states && self.find(row).is_none() {
            self.limit = Some(Limit::States);
            return false;
        }
        let origin = Origin { parent: from, label, depth: self.store.depth(from) + steps };
        let (to, new) = self.insert(row, hash, origin);
        let known = self.store.is(to, Mark::Expanded);
        let nearer = !known && origin.depth < self.store.depth(to);
        if nearer {
            self.come_nearer(to, row, origin);
        }
        if new || nearer {
            self.frontier.add(to, origin.depth);
        }
        known
    }
}

/// Of each process the steps it can stand at, and before and after them; interchangeable ones in any order.
fn positions(world: &World) -> f64 {
    let system = world.system;
    let steps = |actor: &super::system::Actor| {
        let bodies: Vec<usize> = match system.instances[actor.instance].role {
            Role::Process(_) => actor.body.into_iter().collect(),
            Role::Worker(pool) => system.jobs_of(pool).collect(),
        };
        2.0 + bodies.into_iter().map(|body| system.body(body).ops().count() as f64).sum::<f64>()
    };
    let all: f64 = system.actors.iter().map(steps).product();
    let orders = system.groups.iter().map(|group| (1..=group.len()).map(|n| n as f64).product::<f64>());
    (all / orders.product::<f64>()).max(1.0)
}
