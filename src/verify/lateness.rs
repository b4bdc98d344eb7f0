//! How late processes have to be for a counterexample in which timers may be late.
//!
//! Its steps are taken once more with an exact clock, which goes on whenever the next of them has to wait for it,
//! although others could move: those are late by that much. One that has no step in the trace is named only if the
//! trace cannot come about with that one in time.
use super::footprint::Footprint;
use super::found::Wrong;
use super::moves::{Moves, What};
use super::path::Event;
use super::system::{System, Time, View};
use super::world::{Row, World};
use crate::program::Request;
use crate::value::Str;
use std::time::Duration;

/// A process that is in time takes no more steps than this meanwhile, and the clock goes on no more often: where one
/// sleeps again and again it would for ever.
const STEPS_MAX: usize = 10_000;

/// A process that has to be late, and by how much at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Late {
    pub process: Str,
    pub by: Duration,
}

/// Who has to be late for these steps. `view`: as they were found.
pub(super) fn lateness(view: &View, any: &System, events: &[Event], what: &Wrong) -> Vec<Late> {
    let system = System::of(any.plan, &View { time: Time::Ideal, ..view.clone() });
    let footprint = Footprint::new(&system);
    let mut world = World::new(&system, &footprint);
    let row = world.initial();
    let mut clocked = Clocked { moves: Moves::telling(row.len()), begin: row, world, flagged: false };
    let Some((lags, _)) = clocked.run(events, None) else { return Vec::new() };
    let mut all = Vec::new();
    for (actor, lag) in lags.into_iter().enumerate().filter(|(_, lag)| *lag > 0) {
        let takes_part = events.iter().any(|event| event.actor == actor);
        let matters = takes_part
            || match clocked.run(events, Some(actor)) {
                None => true,
                Some((_, row)) => match what {
                    Wrong::Line { rule } => !clocked.world.failed_rules(&row).contains(rule),
                    Wrong::Flag(_) => !clocked.flagged,
                    _ => false,
                },
            };
        if matters {
            all.push(Late { process: system.actors[actor].name.clone(), by: Duration::from_nanos(lag) });
        }
    }
    all
}

struct Clocked<'s, 'p> {
    world: World<'s, 'p>,
    moves: Moves,
    begin: Row,
    /// The last step taken raised a flag.
    flagged: bool,
}

impl Clocked<'_, '_> {
    /// Takes the steps; by actor how long it could move and did not, at most, and the last state. `prompt` moves
    /// whenever it can, its steps of the trace do not count. `None`: they cannot be taken so.
    fn run(&mut self, events: &[Event], prompt: Option<usize>) -> Option<(Vec<u64>, Row)> {
        let mut row = self.begin.clone();
        let actors = self.world.system.actors.len();
        let (mut lag, mut most) = (vec![0u64; actors], vec![0u64; actors]);
        let mut rounds = 0;
        for event in events.iter().filter(|event| Some(event.actor) != prompt) {
            loop {
                rounds += 1;
                if rounds > STEPS_MAX {
                    return None;
                }
                self.settle(&mut row, prompt)?;
                if let Some(next) = self.step(&row, event.actor, Some(&event.told.what)) {
                    row = next;
                    if event.actor < actors {
                        lag[event.actor] = 0;
                    }
                    break;
                }
                let able: Vec<usize> = (0..actors).filter(|actor| self.step(&row, *actor, None).is_some()).collect();
                self.moves.clear();
                self.world.tick(&row, &mut self.moves);
                let What::Clock(by) = self.moves.told.as_ref()?.first()?.what else { return None };
                row = self.moves.row(0).to_vec();
                for actor in able {
                    lag[actor] = lag[actor].saturating_add(by);
                    most[actor] = most[actor].max(lag[actor]);
                }
            }
        }
        Some((most, row))
    }

    /// Sleeps that are over end, and one who is in time moves as long as it can. `None`: it never stops.
    fn settle(&mut self, row: &mut Row, prompt: Option<usize>) -> Option<()> {
        for _ in 0..STEPS_MAX {
            let sleeps = |actor: &usize| matches!(self.world.asks(row[*actor]), Some(Request::Sleep(_)));
            let ready: Vec<usize> =
                (0..self.world.system.actors.len()).filter(|actor| sleeps(actor) || Some(*actor) == prompt).collect();
            let Some(next) = ready.into_iter().find_map(|actor| self.step(row, actor, None)) else { return Some(()) };
            *row = next;
        }
        None
    }

    /// The state after a step of an actor: the first that it has, or the one that is this.
    fn step(&mut self, row: &Row, actor: usize, what: Option<&What>) -> Option<Row> {
        self.moves.clear();
        if actor < self.world.system.actors.len() {
            self.world.moves(row, actor, &mut self.moves);
        } else {
            self.world.end_run(row, &mut self.moves);
        }
        let told = self.moves.told.as_ref()?;
        let at = told.iter().position(|told| what.is_none_or(|what| *what == told.what))?;
        self.flagged = self.moves.labels[at].flag != 0;
        Some(self.moves.row(at).to_vec())
    }
}
