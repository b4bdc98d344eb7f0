//! All schedules, one after the other.
use super::choice::Choice;
use super::ticket::Ticket;
use super::{State, said};
use crate::shm::explore::{Outcome, Report};
use crate::shm::futex::Slept;
use crate::shm::{Arena, SlotIndex, supervise};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Unless `MPGRAPH_EXPLORE` says otherwise so many schedules are searched, and, when there are more, half as many others thrown by
/// dice.
const SEARCHED: u64 = 2_000;

/// Tries all schedules of what was built.
pub(in crate::shm::explore) fn search(
    ticket: Ticket,
    arena: &Arena,
    play: &dyn Fn(usize),
    end: &dyn Fn(&Outcome),
) -> Result<Report, String> {
    let supervisor = ticket.engine().supervisor();
    let play = |agent: usize| {
        if agent == supervisor {
            let (slot, died) = ticket.engine().jobs[0];
            repair(arena, SlotIndex(slot as u32), died);
        } else {
            play(agent);
        }
    };
    let play: &dyn Fn(usize) = &play;
    // SAFETY: only the lifetime is left out; it is used while this function runs.
    let play = unsafe { std::mem::transmute::<*const dyn Fn(usize), *const (dyn Fn(usize) + 'static)>(play) };
    ticket.engine().play = Some(play);
    ticket.engine().keep();
    let asked = std::env::var("MPGRAPH_EXPLORE").unwrap_or_default();
    let most = if asked == "all" { u64::MAX } else { asked.parse().unwrap_or(SEARCHED) };
    loop {
        ticket.run(end);
        let engine = ticket.engine();
        if let Some(failure) = engine.failure.take() {
            return Err(failure);
        }
        engine.report.schedules += 1;
        if std::mem::take(&mut engine.mistaken) {
            // A word is shared that was not known to be: all decisions so far offered too little.
            engine.path.clear();
            engine.visited.clear();
            (engine.report, engine.dice) = (Report::default(), None);
        } else if engine.dice.is_some() {
            engine.path.clear();
            engine.report.thrown += 1;
            if engine.report.thrown >= most / 2 {
                return Ok(engine.report);
            }
        } else {
            let more = engine.back();
            engine.report.states = engine.visited.len() as u64;
            if !more {
                engine.report.complete = true;
                return Ok(engine.report);
            }
            if engine.report.schedules >= most {
                engine.path.clear();
                engine.dice = Some(1);
            }
        }
    }
}

impl Ticket {
    /// One schedule from the beginning until its end or a state met before.
    fn run(&self, end: &dyn Fn(&Outcome)) {
        let engine = self.engine();
        engine.restore();
        (engine.depth, engine.steps, engine.next, engine.abandoned) = (0, 0, None, false);
        (engine.left, engine.on, engine.current) = (engine.budget, true, engine.supervisor());
        loop {
            let engine = self.engine();
            if engine.abandoned {
                break;
            }
            let choice = match engine.next.take() {
                Some(choice) => choice,
                None => match engine.choice_of_all() {
                    Some(choice) => choice,
                    None => break,
                },
            };
            self.apply(choice);
        }
        let engine = self.engine();
        if std::mem::take(&mut engine.over) {
            engine.on = false;
            engine.report.ends += 1;
            let outcome = engine.outcome();
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| end(&outcome))) {
                let said = said(&*panic);
                self.engine().fail(format!("at the end: {said}\nnotes {:?}, died {:?}", outcome.notes, outcome.died));
            }
        }
        self.engine().on = false;
        self.unwind();
    }

    fn apply(&self, choice: Choice) {
        let engine = self.engine();
        match choice {
            Choice::Run(agent) => self.enter(agent),
            Choice::Kill(agent) => {
                engine.left.deaths -= 1;
                engine.agents[agent].state = State::Dead;
                engine.sleepers.retain(|(sleeper, _)| *sleeper != agent);
                engine.jobs.push((agent, true));
            }
            Choice::TimeOut(agent) => {
                engine.left.timeouts = engine.left.timeouts.saturating_sub(1);
                engine.sleepers.retain(|(sleeper, _)| *sleeper != agent);
                engine.rouse(agent, Slept::TimedOut);
            }
            Choice::Restart => {
                engine.left.restarts -= 1;
                // What it did so far stays; it goes back to the first line.
                self.unwind_one(engine.supervisor());
                let engine = self.engine();
                let supervisor = engine.supervisor();
                engine.agents[supervisor].rest();
            }
            Choice::Wake(_) => unreachable!("taken where it is offered"),
        }
    }

    fn unwind_one(&self, agent: usize) {
        self.engine().unwinding = true;
        self.enter(agent);
        self.engine().unwinding = false;
    }

    /// Frees what those who have not finished hold.
    fn unwind(&self) {
        for agent in 0..self.engine().agents.len() {
            if matches!(self.engine().agents[agent].state, State::Ready | State::Asleep { .. } | State::Dead) {
                self.unwind_one(agent);
            }
            let agent = &mut self.engine().agents[agent];
            agent.rest();
            agent.slept = Slept::LookAgain;
            agent.notes.clear();
        }
        self.engine().jobs.clear();
        self.engine().sleepers.clear();
    }
}

/// What the supervisor does about an end.
fn repair(arena: &Arena, slot: SlotIndex, died: bool) {
    supervise::recover(arena, slot, died);
    supervise::ended(arena, slot, if died { -9 } else { 0 }, died);
}
