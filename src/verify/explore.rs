//! The search: the nearest states first, every state once, exactly.
//!
//! A step to a state that was looked at before may close a circle. A reduced set of steps with such a one is widened to
//! all of them, so no step is put off for ever; in ideal time, when nothing is left but circles, the clock goes on all
//! the same.
use super::batch::Batch;
use super::frontier::Frontier;
use super::limits::{BESIDES, Limit, Limits, Progress, resident};
use super::moves::{Flag, Label, Moves};
use super::reduce::Reducer;
use super::store::{Mark, Origin, Store};
use super::system::{Role, Time};
use super::world::World;
use std::time::{Duration, Instant};

/// Past the first thing found it goes on for so many more states, or a quarter of what it has seen, to find what else is
/// wrong.
const AFTERMATH: usize = 20_000;

/// So many states are looked at together.
const BATCH: usize = 32;

/// The steps of so many actors from one state take time and memory of their own.
const CROWD: usize = 256;

/// Something wrong, and how to get there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub what: Wrong,
    /// Actor and choice of each step from the first state.
    pub path: Vec<(u16, u16)>,
    /// In what state the path ends.
    pub row: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Flag(Flag),
    /// A watch has failed: of which actor's class, or a shared one.
    Line {
        rule: usize,
    },
    /// Nothing can move, and the run is not over.
    Deadlock,
    /// It can go on for ever and has no way to end.
    Endless,
    /// At the end of the run an expectation does not hold: which, and how.
    End(super::expectation::Broken),
}

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
    until: usize,
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
            // The clock may have to go on in any state of a circle.
            if std::mem::replace(&mut self.skips, false) {
                self.begin();
            } else if !self.hurry(&stuck) {
                self.report_endless(&stuck);
                break;
            }
            self.search(progress);
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

    /// Whether the steps that led here printed what must not be printed.
    pub(super) fn shows(&self, row: &[u32]) -> bool {
        let actors = self.world.system.actors.len();
        let extras = self.world.extras();
        (0..actors).any(|actor| self.world.infos[row[actor] as usize].failed)
            || (extras..extras + self.world.system.shared_rules.len())
                .any(|slot| self.world.watches.get(row[slot]).failed)
    }

    pub(super) fn notice(&mut self, number: u32, row: &[u32]) {
        if self.shows(row) {
            for rule in self.world.failed_rules(row) {
                self.note(Wrong::Line { rule }, number, None, row.to_vec());
            }
        }
    }

    /// Keeps the nearest of each kind.
    pub(super) fn note(&mut self, what: Wrong, from: u32, label: Option<Label>, row: Vec<u32>) {
        if self.only_stuck && !matches!(what, Wrong::Deadlock | Wrong::Endless) {
            return;
        }
        let steps = self.store.depth(from) as usize + usize::from(label.is_some());
        let known = self.found.iter().position(|found| found.what.is_like(&what));
        if known.is_some_and(|known| self.found[known].path.len() <= steps) {
            return;
        }
        if self.found.is_empty() {
            let seen = self.store.len();
            self.until = if self.only_stuck { 0 } else { seen + AFTERMATH.max(seen / 4) };
        }
        let mut path = self.path(from);
        path.extend(label.map(|label| (label.actor, label.choice)));
        let found = Found { what, path, row };
        match known {
            Some(known) => self.found[known] = found,
            None => self.found.push(found),
        }
    }

    /// Nothing can move: the run is over, or stuck.
    pub(super) fn finish(&mut self, number: u32, row: &[u32]) {
        self.terminal += 1;
        if self.keep_ends {
            self.ends.push((self.store.depth(number), row.to_vec()));
        }
        if self.only_stuck {
            if !self.world.is_timed_out(row) && !self.world.is_run_over(row) {
                self.note(Wrong::Deadlock, number, None, row.to_vec());
            }
            return;
        }
        let wrong = self.world.judge(row);
        // What has become of items that are not all through depends on which they are. That it is stuck does not.
        if self.erases && wrong != [Wrong::Deadlock] && self.world.is_item_on_its_way(row) {
            self.world.is_spoilt.set(true);
        }
        for what in wrong {
            self.note(what, number, None, row.to_vec());
        }
    }
}

impl Wrong {
    /// The same mistake, perhaps seen elsewhere.
    pub(super) fn is_like(&self, other: &Wrong) -> bool {
        match (self, other) {
            (
                Wrong::Flag(Flag::LostUpdate { place: a, cell: b, .. }),
                Wrong::Flag(Flag::LostUpdate { place: c, cell: d, .. }),
            ) => a == c && b == d,
            (Wrong::End(a), Wrong::End(b)) => a.subject() == b.subject(),
            _ => self == other,
        }
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
