//! The search: breadth first, every state once, exactly.
//!
//! A step whose result is known already, and not deeper than where it was taken, may close a circle. A reduced set of
//! steps that does is widened to all of them, so no step is put off for ever; in ideal time, when nothing is left but
//! circles, the clock goes on all the same.
use super::moves::{Flag, Label, Moves};
use super::reduce::Reducer;
use super::store::Store;
use super::system::Time;
use super::world::World;
use std::time::{Duration, Instant};

/// Past the first thing found it goes on for so many more states, to find what else is wrong.
const AFTERMATH: usize = 20_000;

/// How far a search may go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub states: u64,
    /// In bytes, of the states alone.
    pub memory: u64,
    pub time: Duration,
}

/// Which of the limits was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    States,
    Memory,
    Time,
}

/// How the search stands.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub time: Time,
    pub states: u64,
    pub transitions: u64,
    pub depth: u32,
    /// States found and not yet looked at.
    pub frontier: u64,
    /// In bytes.
    pub memory: u64,
    pub elapsed: Duration,
}

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
    world: &'w mut World<'s, 'p>,
    pub store: Store,
    pub found: Vec<Found>,
    pub transitions: u64,
    pub depth: u32,
    pub terminal: u64,
    pub limit: Option<Limit>,
    /// With their depths.
    pub ends: Vec<(u32, Vec<u32>)>,
    reducer: Option<Reducer>,
    symmetric: bool,
    started: Instant,
    limits: Limits,
    /// By state, whether all its steps were taken although fewer seemed enough.
    widened: Vec<bool>,
    /// By state, whether the clock may go on there although others can move.
    hurried: Vec<bool>,
    cyclic: bool,
    /// How many states there may be when something was found.
    until: usize,
    /// Keep the terminal states, for tests that compare them.
    pub keep_ends: bool,
    /// Never stop for what was found.
    pub exhaust: bool,
}

struct Buffers {
    moves: Moves,
    row: Vec<u32>,
    can_move: Vec<bool>,
    chosen: Vec<bool>,
}

impl<'w, 's, 'p> Search<'w, 's, 'p> {
    pub fn new(world: &'w mut World<'s, 'p>, reduce: bool, limits: Limits) -> Self {
        let store = Store::new(world.width());
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
            started: Instant::now(),
            limits,
            widened: Vec::new(),
            hurried: Vec::new(),
            cyclic: false,
            until: usize::MAX,
            keep_ends: false,
            exhaust: false,
        }
    }

    /// Searches until all is seen, a limit is reached, or enough is found.
    pub fn run(&mut self, progress: &mut dyn FnMut(&Progress)) {
        let mut first = self.world.initial();
        self.sort(&mut first);
        let label = Label { actor: 0, choice: 0, flag: 0 };
        let (number, _) = self.store.insert(&first, 0, label);
        self.widened.push(false);
        self.hurried.push(false);
        let first = self.store.row(number).to_vec();
        self.notice_all(number, &first);
        self.search_from(0, 0, progress);
        while self.limit.is_none() && self.cyclic && self.wants_more() && self.world.endless.is_none() {
            let stuck = self.stuck();
            if stuck.is_empty() {
                break;
            }
            let at = self.store.len();
            let moved = self.world.system.time == Time::Ideal && self.hurry(&stuck);
            if !moved {
                self.report_endless(&stuck);
                break;
            }
            self.search_from(at, self.depth, progress);
        }
    }

    fn wants_more(&self) -> bool {
        self.exhaust || self.store.len() < self.until
    }

    /// Looks at all states from number `next` on, which are of the next depth.
    fn search_from(&mut self, mut next: usize, mut depth: u32, progress: &mut dyn FnMut(&Progress)) {
        let mut buffers = Buffers {
            moves: Moves::new(self.store.row(0).len()),
            row: Vec::new(),
            can_move: Vec::new(),
            chosen: Vec::new(),
        };
        let mut layer_end = self.store.len();
        let mut last = Instant::now();
        while next < self.store.len() {
            if next == layer_end {
                layer_end = self.store.len();
                depth += 1;
            }
            if next.is_multiple_of(64) {
                if self.over_limit() {
                    break;
                }
                if last.elapsed() > Duration::from_millis(100) {
                    last = Instant::now();
                    progress(&self.progress(next));
                }
            }
            if !self.wants_more() || self.world.endless.is_some() {
                break;
            }
            self.expand(next as u32, layer_end, &mut buffers);
            self.depth = self.depth.max(depth);
            next += 1;
        }
        progress(&self.progress(next));
    }

    fn progress(&self, next: usize) -> Progress {
        Progress {
            time: self.world.system.time,
            states: self.store.len() as u64,
            transitions: self.transitions,
            depth: self.depth,
            frontier: (self.store.len() - next) as u64,
            memory: self.store.bytes(),
            elapsed: self.started.elapsed(),
        }
    }

    fn over_limit(&mut self) -> bool {
        self.limit = if self.store.len() as u64 >= self.limits.states {
            Some(Limit::States)
        } else if self.store.bytes() >= self.limits.memory {
            Some(Limit::Memory)
        } else if self.started.elapsed() >= self.limits.time {
            Some(Limit::Time)
        } else {
            None
        };
        self.limit.is_some()
    }

    /// Takes the steps from one state. States below `layer_end` are not deeper than it.
    fn expand(&mut self, number: u32, layer_end: usize, buffers: &mut Buffers) {
        let Buffers { moves, row, can_move, chosen } = buffers;
        row.clear();
        row.extend_from_slice(self.store.row(number));
        moves.clear();
        let free = self.all_moves(row, moves, can_move, self.hurried[number as usize]);
        if moves.is_empty() {
            self.finish(number, row);
            return;
        }
        let reduced = free && !self.hurried[number as usize] && self.choose(row, can_move, chosen);
        let mut back = self.take(number, layer_end, moves, |label| !reduced || chosen[label.actor as usize]);
        if back && reduced {
            self.widened[number as usize] = true;
            back |= self.take(number, layer_end, moves, |label| !chosen[label.actor as usize]);
        }
        self.cyclic |= back;
    }

    /// All steps from a state. `false`: the runner or the clock has one, and nobody else is to be left out.
    fn all_moves(&mut self, row: &[u32], moves: &mut Moves, can_move: &mut Vec<bool>, hurried: bool) -> bool {
        can_move.clear();
        if self.world.is_timed_out(row) {
            return false;
        }
        for actor in 0..self.world.system.actors.len() {
            let before = moves.len();
            self.world.moves(row, actor, moves);
            can_move.push(moves.len() > before);
        }
        let own = moves.len();
        self.world.end_run(row, moves);
        if moves.is_empty() || hurried {
            self.world.tick(row, moves);
        }
        moves.len() == own
    }

    fn choose(&mut self, row: &[u32], can_move: &[bool], chosen: &mut Vec<bool>) -> bool {
        let Some(reducer) = &mut self.reducer else { return false };
        reducer.choose(self.world, row, can_move, chosen);
        chosen != can_move
    }

    /// Takes some steps; `true` if one leads to no greater depth.
    fn take(&mut self, from: u32, layer_end: usize, moves: &mut Moves, wanted: impl Fn(Label) -> bool) -> bool {
        let mut back = false;
        for number in 0..moves.len() {
            let label = moves.labels[number];
            if !wanted(label) {
                continue;
            }
            self.transitions += 1;
            if label.flag != 0 {
                let flag = Flag::clone(self.world.flags.get(label.flag - 1));
                let row = moves.row(number).to_vec();
                self.note(Wrong::Flag(flag), from, Some(label), row);
            }
            self.sort(moves.row_mut(number));
            let (to, new) = self.store.insert(moves.row(number), from, label);
            if new {
                self.widened.push(false);
                self.hurried.push(false);
                self.notice(to, moves.row(number));
            } else {
                back |= (to as usize) < layer_end;
            }
        }
        back
    }

    /// Interchangeable actors stand in order.
    fn sort(&self, row: &mut [u32]) {
        if self.symmetric {
            for group in &self.world.system.groups {
                row[group.clone()].sort_unstable();
            }
        }
    }

    /// Whether the step that led here printed what must not be printed.
    fn notice(&mut self, number: u32, row: &[u32]) {
        let actors = self.world.system.actors.len();
        let extras = self.world.extras();
        if (0..actors).any(|actor| self.world.infos[row[actor] as usize].failed)
            || (extras..extras + self.world.system.shared_rules.len())
                .any(|slot| self.world.watches.get(row[slot]).failed)
        {
            self.notice_all(number, row);
        }
    }

    fn notice_all(&mut self, number: u32, row: &[u32]) {
        for rule in self.world.failed_rules(row) {
            self.note(Wrong::Line { rule }, number, None, row.to_vec());
        }
    }

    /// Keeps the first of each kind.
    fn note(&mut self, what: Wrong, from: u32, label: Option<Label>, row: Vec<u32>) {
        if self.found.iter().any(|found| found.what.is_like(&what)) {
            return;
        }
        if self.found.is_empty() {
            self.until = (4 * self.store.len()).max(AFTERMATH);
        }
        let mut path = self.store.path(from);
        path.extend(label.map(|label| (label.actor, label.choice)));
        self.found.push(Found { what, path, row });
    }

    /// Nothing can move: the run is over, or stuck.
    fn finish(&mut self, number: u32, row: &[u32]) {
        self.terminal += 1;
        if self.keep_ends {
            self.ends.push((self.store.path(number).len() as u32, row.to_vec()));
        }
        for what in self.world.judge(row) {
            self.note(what, number, None, row.to_vec());
        }
    }

    /// Where it leads, state by state, as it was explored.
    fn graph(&mut self) -> Vec<Vec<u32>> {
        let mut moves = Moves::new(self.store.row(0).len());
        let (mut can_move, mut chosen) = (Vec::new(), Vec::new());
        let mut edges = Vec::with_capacity(self.store.len());
        for number in 0..self.store.len() as u32 {
            let row = self.store.row(number).to_vec();
            moves.clear();
            let hurried = self.hurried[number as usize];
            let free = self.all_moves(&row, &mut moves, &mut can_move, hurried);
            let reduced = free
                && !hurried
                && !moves.is_empty()
                && !self.widened[number as usize]
                && self.choose(&row, &can_move, &mut chosen);
            let mut to = Vec::new();
            for at in 0..moves.len() {
                if !reduced || chosen[moves.labels[at].actor as usize] {
                    self.sort(moves.row_mut(at));
                    to.extend(self.store.find(moves.row(at)));
                }
            }
            edges.push(to);
        }
        edges
    }

    /// The states in circles that nothing leads out of.
    fn stuck(&mut self) -> Vec<u32> {
        let edges = self.graph();
        super::circles::closed(&edges)
    }

    /// Lets the clock go on in these states; `false` if it has nowhere to go.
    fn hurry(&mut self, stuck: &[u32]) -> bool {
        let mut moves = Moves::new(self.store.row(0).len());
        let before = self.store.len();
        for number in stuck {
            if std::mem::replace(&mut self.hurried[*number as usize], true) {
                continue;
            }
            moves.clear();
            let row = self.store.row(*number).to_vec();
            self.world.tick(&row, &mut moves);
            self.take(*number, 0, &mut moves, |_| true);
        }
        self.store.len() > before
    }

    fn report_endless(&mut self, stuck: &[u32]) {
        if let Some(first) = stuck.iter().min()
            && self.world.system.expected_outcome() != crate::graph::OutcomeKind::Timeout
        {
            let row = self.store.row(*first).to_vec();
            self.note(Wrong::Endless, *first, None, row);
        }
    }
}

impl Wrong {
    /// The same mistake, perhaps seen elsewhere.
    fn is_like(&self, other: &Wrong) -> bool {
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
