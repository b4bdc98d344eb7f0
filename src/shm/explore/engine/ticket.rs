//! What a process of a search calls, and how it leaves its stack and comes back.
use super::choice::Choice;
use super::state::PAGE;
use super::{Abandoned, Access, Engine, MOST_STEPS, State, mix};
use crate::shm::explore::ticket;
use crate::shm::futex::Slept;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// The engine, for those who change stacks: nobody holds a reference to it across that.
#[derive(Clone, Copy)]
pub(in crate::shm) struct Ticket(*mut Engine);

impl Ticket {
    pub fn new(engine: *mut Engine) -> Ticket {
        Ticket(engine)
    }

    #[allow(clippy::mut_from_ref, reason = "each is used up before the next is asked for")]
    pub(super) fn engine(&self) -> &mut Engine {
        // SAFETY: lives as long as the search; one coroutine runs at a time.
        unsafe { &mut *self.0 }
    }

    pub fn step(&self, place: usize, access: Access) {
        let engine = self.engine();
        if engine.unwinding {
            if !std::thread::panicking() {
                resume_unwind(Box::new(Abandoned));
            }
            return;
        }
        if access == Access::Write {
            engine.remember_page((place - engine.base) / PAGE);
        }
        if !engine.on {
            return;
        }
        engine.steps += 1;
        if engine.steps > MOST_STEPS {
            engine.fail("goes round in circles".to_owned());
            engine.abandoned = true;
        }
        let shared = engine.note_user(place, access);
        engine.abandoned |= engine.mistaken;
        if engine.abandoned {
            self.leave();
        }
        let picked = match shared {
            false if !engine.agents[engine.current].dirty => Some(Choice::Run(engine.current)),
            false => {
                let choices = engine.private_choices();
                engine.pick(choices)
            }
            true => {
                let choices = engine.choices();
                engine.pick(choices)
            }
        };
        if picked != Some(Choice::Run(engine.current)) {
            engine.abandoned = picked.is_none();
            engine.next = picked;
            self.leave();
        }
        if access == Access::Write {
            let engine = self.engine();
            engine.agents[engine.current].dirty = true;
        }
    }

    pub fn saw(&self, value: u64) {
        let engine = self.engine();
        if engine.on && !engine.unwinding {
            let history = &mut engine.agents[engine.current].history;
            *history = mix(*history, value);
        }
    }

    pub fn touch(&self, begin: usize, length: usize) {
        let engine = self.engine();
        for page in (begin - engine.base) / PAGE..=(begin - engine.base + length.max(1) - 1) / PAGE {
            engine.remember_page(page);
        }
        // One place for all bytes of a block, and another than that of its first word.
        self.step(begin | 1, Access::Write);
    }

    pub fn note(&self, value: u64) {
        let engine = self.engine();
        let agent = &mut engine.agents[engine.current];
        agent.notes.push(value);
        agent.history = 0;
    }

    /// The current agent remembers nothing but how often it has come by here.
    pub fn milestone(&self) {
        let engine = self.engine();
        if engine.on && !engine.unwinding {
            let agent = &mut engine.agents[engine.current];
            agent.milestones += 1;
            agent.history = agent.milestones;
        }
    }

    pub fn sleep(&self, word: &AtomicU32, expected: u32, timed: bool) -> Slept {
        let place = word.as_ptr() as usize;
        self.step(place, Access::Write);
        let engine = self.engine();
        if engine.unwinding {
            return Slept::LookAgain;
        }
        if !engine.on {
            // One process alone builds the scene or looks at its end.
            return match word.load(SeqCst) == expected {
                true if timed => Slept::TimedOut,
                true => panic!("it waits, and nobody is left who could end that"),
                false => Slept::LookAgain,
            };
        }
        let value = word.load(SeqCst);
        self.saw(u64::from(value));
        if value != expected {
            return Slept::LookAgain;
        }
        let me = engine.current;
        engine.agents[me].state = State::Asleep { timed };
        engine.agents[me].dirty = true;
        engine.sleepers.push((me, place));
        self.leave();
        let slept = self.engine().agents[me].slept;
        self.saw(slept as u64);
        slept
    }

    pub fn wake(&self, place: usize, count: u32) -> usize {
        self.step(place, Access::Write);
        let mut woken = 0;
        while self.engine().on && !self.engine().unwinding && woken < count as usize {
            let engine = self.engine();
            let here: Vec<usize> = (0..engine.sleepers.len()).filter(|n| engine.sleepers[*n].1 == place).collect();
            let chosen = match here[..] {
                [] => break,
                [first, ..] if here.len() <= count as usize - woken => first,
                _ => match engine.pick(here.into_iter().map(Choice::Wake).collect()) {
                    Some(Choice::Wake(n)) => n,
                    _ => {
                        engine.abandoned = true;
                        self.leave();
                        break;
                    }
                },
            };
            let (agent, _) = engine.sleepers.remove(chosen);
            engine.rouse(agent, Slept::Woken);
            woken += 1;
        }
        self.saw(woken as u64);
        woken
    }

    /// Leaves the current agent's stack; returns when it is its turn again.
    fn leave(&self) {
        let engine = self.engine();
        let (me, home) = (engine.current, std::ptr::from_ref(&engine.home));
        let stack = std::ptr::from_mut(&mut engine.agents[me].stack);
        // SAFETY: this is the agent's own stack, and the search waits at home.
        unsafe { (*stack).leave(&*home) };
        if self.engine().unwinding {
            resume_unwind(Box::new(Abandoned));
        }
    }

    /// Goes on as that agent until it leaves.
    pub(super) fn enter(&self, agent: usize) {
        let engine = self.engine();
        engine.current = agent;
        if engine.agents[agent].state == State::Fresh {
            engine.agents[agent].state = State::Ready;
            engine.agents[agent].stack.begin_at(body);
        }
        let (stack, home) = (std::ptr::from_mut(&mut engine.agents[agent].stack), std::ptr::from_mut(&mut engine.home));
        // SAFETY: begun, and neither finished nor dead (or to be unwound).
        unsafe { (*stack).enter(&mut *home) };
    }
}

/// The first function on an agent's stack.
extern "C" fn body() -> ! {
    let ticket = ticket().expect("a search");
    let me = ticket.engine().current;
    let result = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: lives as long as the search.
        let play = unsafe { &*ticket.engine().play.expect("a search") };
        play(me);
    }));
    ticket.engine().finished(result);
    let home = std::ptr::from_ref(&ticket.engine().home);
    let stack = std::ptr::from_mut(&mut ticket.engine().agents[me].stack);
    // SAFETY: this is the agent's own stack; it is begun anew before it is entered again.
    unsafe { (*stack).leave(&*home) };
    unreachable!("a finished agent is not entered");
}
