//! Whether a run, as it was recorded, is a path of the model: every step is taken again, and what came of it compared.
//!
//! A record does not say all: when a wait began to be late, when a process was started after others. So all states are
//! kept in which the model can be, and each step must lead on from one of them.
use super::block::{Block, Life};
use super::footprint::Footprint;
use super::moves::{Moves, What};
use super::obstacle::{Obstacle, obstacles};
use super::system::{Role, System, Time};
use super::world::{Row, World};
use crate::check::Plan;
use crate::program::{Entry, Phase, Readable, Request, Schedule};
use std::collections::HashSet;

/// States that the model may be in after one and the same record.
const POSITIONS_MAX: usize = 4_096;

/// Why a record is no path of the model, as far as that can be said.
#[derive(Clone, Debug)]
pub enum Deviation {
    /// The model does not know all of what the graph does.
    NotVerifiable(Vec<Obstacle>),
    /// At this step, from 1, the run did what the model cannot do.
    Differs { step: usize, message: String },
}

/// One state in which the model may be, and the answers that others have been given and not yet told.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Position {
    row: Row,
    owed: Vec<(usize, String)>,
}

/// Takes the steps of a record on the model. Gives how many there were.
///
/// # Errors
/// The first step that the model cannot take.
pub fn follow(plan: &Plan, record: &Schedule) -> Result<usize, Deviation> {
    // Real clocks are neither exact nor the same for all.
    let system = System::new(plan, Time::Any);
    let obstacles = obstacles(&system);
    if !obstacles.is_empty() {
        return Err(Deviation::NotVerifiable(obstacles));
    }
    let footprint = Footprint::new(&system);
    let mut world = World::new(&system, &footprint);
    let row = world.initial();
    let moves = Moves::telling(row.len());
    let mut follower = Follower { world, moves, positions: vec![Position { row, owed: Vec::new() }] };
    for (number, entry) in record.entries.iter().enumerate() {
        follower.take(entry).map_err(|message| Deviation::Differs { step: number + 1, message })?;
    }
    Ok(record.entries.len())
}

struct Follower<'s, 'p> {
    world: World<'s, 'p>,
    moves: Moves,
    positions: Vec<Position>,
}

impl Follower<'_, '_> {
    fn take(&mut self, entry: &Entry) -> Result<(), String> {
        if matches!(entry.phase, Phase::Clock | Phase::Stop | Phase::Start | Phase::TimeUp) {
            return Ok(());
        }
        let Some(actor) = self.world.system.actors.iter().position(|actor| actor.name == entry.process) else {
            return Err(format!("the graph has no process `{}`", entry.process));
        };
        let before = self.settled();
        let mut after = Vec::new();
        let mut seen = HashSet::new();
        for position in &before {
            for next in self.after(position, actor, entry) {
                if seen.insert(next.clone()) {
                    after.push(next);
                }
            }
        }
        if after.is_empty() {
            return Err(self.explain(&before, actor, entry));
        }
        if after.len() > POSITIONS_MAX {
            return Err(format!("the record fits more than {POSITIONS_MAX} states of the model"));
        }
        self.positions = after;
        Ok(())
    }

    /// The positions, and those to which steps lead that nobody records: starts, and ends of single threads.
    fn settled(&mut self) -> Vec<Position> {
        let mut all = std::mem::take(&mut self.positions);
        let mut seen: HashSet<Position> = all.iter().cloned().collect();
        let mut next = 0;
        while next < all.len() && all.len() <= POSITIONS_MAX {
            for actor in 0..self.world.system.actors.len() {
                let block = self.world.block(&all[next].row, actor);
                let threads = self.world.system.instances[self.world.system.actors[actor].instance].actors.len();
                let (waits, leaves) = match &block.life {
                    Life::Queued | Life::Resting => (true, false),
                    Life::Leaving(leaving) => (false, threads > 1 && !leaving.all),
                    _ => (false, false),
                };
                let holds = !block.holds.locks.is_empty();
                let position = all[next].clone();
                if waits {
                    let on = self.steps(&position, actor, |what| matches!(what, What::Started | What::Skipped));
                    all.extend(on.into_iter().filter(|position| seen.insert(position.clone())));
                } else if leaves
                    && let Some(on) = self.steps(&position, actor, |what| matches!(what, What::Left(_))).pop()
                {
                    // Others see that it gives up a lock. Else, with every thread that may or may not have left, the
                    // positions would double.
                    if !holds {
                        all[next] = on;
                    } else if seen.insert(on.clone()) {
                        all.push(on);
                    }
                }
            }
            next += 1;
        }
        all
    }

    /// Where the entry leads from a position.
    fn after(&mut self, position: &Position, actor: usize, entry: &Entry) -> Vec<Position> {
        match entry.phase {
            Phase::Exit => self.ends(position, actor, entry),
            // An idle worker has no step to stand at.
            Phase::Begin if entry.result == "takes" => vec![position.clone()],
            Phase::Begin if !self.stands_at(position, actor, entry) => Vec::new(),
            Phase::Begin => {
                let begun = self.steps(position, actor, |what| *what == What::Begun);
                if begun.is_empty() { vec![position.clone()] } else { begun }
            }
            _ => self.answers(position, actor, entry),
        }
    }

    fn answers(&mut self, position: &Position, actor: usize, entry: &Entry) -> Vec<Position> {
        if let Some(at) = position.owed.iter().position(|(whose, _)| *whose == actor) {
            let mut paid = position.clone();
            let (_, answer) = paid.owed.remove(at);
            return if entry.agrees_with(&answer) { vec![paid] } else { Vec::new() };
        }
        let word = match &*entry.result {
            "takes" => Some(What::Takes),
            "delivers" => Some(What::Delivers),
            _ => None,
        };
        if let Some(word) = word {
            return self.steps(position, actor, |what| *what == word);
        }
        let mut all = Vec::new();
        // These are steps of the model only where somebody could notice.
        if matches!(&*entry.verb, "print" | "log" | "sleep") {
            let printed = || matches!(self.request(position, actor), Some(Request::Print { .. }));
            if entry.verb != *"print" || !(printed() && self.stands_at(position, actor, entry)) {
                all.push(position.clone());
            }
        }
        if self.stands_at(position, actor, entry) {
            let open = matches!(self.request(position, actor), Some(Request::Read(Readable::Pid(_) | Readable::Clock)));
            let agrees =
                |what: &What| matches!(what, What::Answered(outcome) if open || entry.agrees_with(&outcome.word()));
            for begun in self.begun(position, actor) {
                all.extend(self.steps(&begun, actor, agrees));
            }
            if all.is_empty() && entry.phase == Phase::End && entry.result == "timeout" {
                all.extend(self.was_late(position, actor));
            }
        }
        all
    }

    /// Its time was over before what would have ended its wait came, and it could say so only afterwards. To give up such
    /// a wait changes nothing that others see.
    fn was_late(&mut self, position: &Position, actor: usize) -> Option<Position> {
        let request = self.request(position, actor)?.clone();
        let plain = matches!(
            request,
            Request::Put { .. }
                | Request::Get { .. }
                | Request::Recv { .. }
                | Request::Acquire { .. }
                | Request::JoinQueue { .. }
                | Request::JoinProcess { .. }
                | Request::WaitAny { .. }
                | Request::Await { .. }
        );
        let block = self.world.block(&position.row, actor).clone();
        if !plain || !self.world.may_time_out(&block, &request) {
            return None;
        }
        let mut late = position.clone();
        self.world.go_on(&mut late.row, actor, crate::program::Outcome::TimedOut);
        Some(late)
    }

    /// The position, and those after parts of the actor's step.
    fn begun(&mut self, position: &Position, actor: usize) -> Vec<Position> {
        let mut all = vec![position.clone()];
        let mut next = 0;
        while next < all.len() && all.len() <= POSITIONS_MAX {
            let from = all[next].clone();
            for on in self.steps(&from, actor, |what| *what == What::Begun) {
                if !all.contains(&on) {
                    all.push(on);
                }
            }
            next += 1;
        }
        all
    }

    fn ends(&mut self, position: &Position, actor: usize, entry: &Entry) -> Vec<Position> {
        let Ok(code) = entry.result.parse::<i32>() else { return Vec::new() };
        let instance = &self.world.system.instances[self.world.system.actors[actor].instance];
        let (daemon, threads, timeout) = (instance.daemon, instance.actors.clone(), instance.timeout_ns);
        let is_worker = matches!(instance.role, Role::Worker(_));
        let known = |life: &Life| match life {
            Life::Ended(ended) => *ended == code || threads.len() > 1,
            Life::Stopped => true,
            _ => false,
        };
        if known(&self.world.block(&position.row, actor).life) {
            return vec![position.clone()];
        }
        // The runner ends what is left, and a worker ends that has done its share.
        let is_over = self.world.is_run_over(&position.row);
        if daemon && is_over && (code < 0 || is_worker) || is_worker && code == 0 {
            return vec![position.clone()];
        }
        let is_end = |what: &What| matches!(what, What::Left(ended) | What::Died(ended) if *ended == code);
        // Of several threads one ends all.
        let mut all: Vec<Position> = threads.flat_map(|thread| self.steps(position, thread, is_end)).collect();
        if timeout.is_some() && code == -15 {
            let mut doomed = position.clone();
            let mut block = Block::clone(self.world.block(&doomed.row, actor));
            block.rare.doom = Some(code);
            doomed.row[actor] = self.world.number_like(block, position.row[actor]);
            all.extend(self.steps(&doomed, actor, is_end));
        }
        all
    }

    /// Where those steps of the actor lead that are wanted.
    fn steps(&mut self, position: &Position, actor: usize, wanted: impl Fn(&What) -> bool) -> Vec<Position> {
        self.moves.clear();
        self.world.moves(&position.row, actor, &mut self.moves);
        let told = self.moves.told.as_ref().expect("these moves tell");
        let chosen = told.iter().enumerate().filter(|(_, told)| wanted(&told.what));
        let lead_to = chosen.map(|(number, told)| {
            let mut owed = position.owed.clone();
            owed.extend(told.also.iter().map(|(other, outcome)| (*other, outcome.word())));
            Position { row: self.moves.row(number).to_vec(), owed }
        });
        lead_to.collect()
    }

    fn request(&self, position: &Position, actor: usize) -> Option<&Request> {
        self.world.asks(position.row[actor])
    }

    fn stands_at(&self, position: &Position, actor: usize, entry: &Entry) -> bool {
        self.world.block(&position.row, actor).machine.is_some()
            && Entry::same_place(&self.world.stands(&position.row, actor).1, &entry.place)
    }

    /// What the model could have done instead.
    fn explain(&mut self, before: &[Position], actor: usize, entry: &Entry) -> String {
        let mut could = Vec::new();
        for position in before.iter().take(8) {
            let place = self.world.stands(&position.row, actor).1;
            let owed = position.owed.iter().filter(|(whose, _)| *whose == actor);
            could.extend(owed.map(|(_, answer)| format!("`{answer}` of the step before")));
            self.moves.clear();
            self.world.moves(&position.row, actor, &mut self.moves);
            let told = self.moves.told.as_ref().expect("these moves tell");
            could.extend(told.iter().map(|told| match &told.what {
                What::Answered(outcome) => format!("`{}` at {place}", outcome.word()),
                other => format!("{other:?} at {place}"),
            }));
        }
        could.sort();
        could.dedup();
        let could = if could.is_empty() { "nothing".to_owned() } else { could.join(" or ") };
        let (what, who) = (if entry.verb.is_empty() { entry.phase.as_str() } else { &entry.verb }, &entry.process);
        format!("`{who}` at {} did `{what}` with `{}`; the model can do {could}", entry.place, entry.result)
    }
}
