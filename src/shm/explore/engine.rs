//! The search: who goes on, what was met before, and back again.
use super::coroutine::{Coroutine, Home};
use super::{Outcome, Report, ticket};
use crate::shm::futex::Slept;
use crate::shm::{Arena, SlotIndex, supervise};
use std::collections::{BTreeMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

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

/// One way to go on. Agents are the slots' processes and, last, the supervisor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Choice {
    Run(usize),
    Kill(usize),
    TimeOut(usize),
    /// The supervisor begins its repair anew.
    Restart,
    /// The `n`th of the sleepers is woken.
    Wake(usize),
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

/// A decision that was taken, and which of the choices is being followed.
struct Node {
    choices: Vec<Choice>,
    at: usize,
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

const PAGE: usize = 4096;
const LINE: usize = 64;
/// No schedule is so long unless somebody goes round in circles.
const MOST_STEPS: u64 = 50_000;

/// Unless `MPGRAPH_EXPLORE` says otherwise so many schedules are searched, and, when there are more, half as many others thrown by
/// dice.
const SEARCHED: u64 = 2_000;

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

    fn remember_page(&mut self, page: usize) {
        let place = self.page(page);
        // SAFETY: a page of the arena, about to be changed for the first time; only one of its users runs.
        self.pages.entry(page).or_insert_with(|| unsafe { std::slice::from_raw_parts(place, PAGE) }.to_vec());
    }

    fn page(&self, page: usize) -> *mut u8 {
        (self.base + page * PAGE) as *mut u8
    }

    fn choices(&mut self) -> Vec<Choice> {
        let mut choices: Vec<Choice> = Vec::new();
        let can_run = |agent: &Agent| matches!(agent.state, State::Ready | State::Fresh);
        // The current one first: the fewest changes of stacks.
        let order = (0..self.agents.len()).map(|n| (n + self.current) % self.agents.len());
        for agent in order {
            if can_run(&self.agents[agent]) && (agent != self.supervisor() || !self.jobs.is_empty()) {
                choices.push(Choice::Run(agent));
            }
        }
        for agent in 0..self.supervisor() {
            self.offer_death(agent, &mut choices);
        }
        if self.left.timeouts > 0 {
            let timed = |n: &usize| self.agents[*n].state == State::Asleep { timed: true };
            choices.extend((0..self.agents.len()).filter(timed).map(Choice::TimeOut));
        }
        self.offer_restart(&mut choices);
        choices
    }

    /// What the current agent may do before something that concerns nobody else.
    fn private_choices(&mut self) -> Vec<Choice> {
        let me = self.current;
        let mut choices = vec![Choice::Run(me)];
        self.offer_death(me, &mut choices);
        if me == self.supervisor() {
            self.offer_restart(&mut choices);
        }
        choices
    }

    fn offer_restart(&mut self, choices: &mut Vec<Choice>) {
        let supervisor = self.supervisor();
        let agent = &mut self.agents[supervisor];
        if self.left.restarts > 0 && agent.dirty && matches!(agent.state, State::Ready) {
            agent.dirty = false;
            choices.push(Choice::Restart);
        }
    }

    fn offer_death(&mut self, agent: usize, choices: &mut Vec<Choice>) {
        let mortal = agent != self.supervisor() && self.left.deaths > 0;
        let agent_ = &mut self.agents[agent];
        if mortal && agent_.dirty && matches!(agent_.state, State::Ready | State::Asleep { .. }) {
            agent_.dirty = false;
            choices.push(Choice::Kill(agent));
        }
    }

    /// The choice that the present schedule takes; `None` when this state was met before.
    fn pick(&mut self, choices: Vec<Choice>) -> Option<Choice> {
        if let [only] = choices[..] {
            return Some(only);
        }
        if let Some(dice) = &mut self.dice {
            *dice = mix(*dice, 1);
            let at = (*dice >> 32) as usize % choices.len();
            let chosen = choices[at];
            self.path.push(Node { choices, at });
            self.depth += 1;
            return Some(chosen);
        }
        if self.depth < self.path.len() {
            let node = &self.path[self.depth];
            assert_eq!(node.choices, choices, "a schedule leads to the same state each time");
            self.depth += 1;
            return Some(node.choices[node.at]);
        }
        let state = self.hash(&choices);
        if !self.visited.insert(state) {
            return None;
        }
        let first = choices[0];
        self.report.deaths += choices.iter().filter(|choice| matches!(choice, Choice::Kill(_))).count() as u64;
        self.path.push(Node { choices, at: 0 });
        self.depth += 1;
        Some(first)
    }

    /// All that decides what can still happen.
    fn hash(&self, choices: &[Choice]) -> u64 {
        let mut hash =
            mix(self.left.deaths.into(), u64::from(self.left.timeouts) << 32 | u64::from(self.left.restarts));
        // Whose turn it is matters where there is not a choice for everybody.
        for choice in choices {
            hash = mix(
                hash,
                match *choice {
                    Choice::Run(n) => n as u64,
                    Choice::Kill(n) => 100 + n as u64,
                    Choice::TimeOut(n) => 200 + n as u64,
                    Choice::Restart => 300,
                    Choice::Wake(n) => 400 + (n as u64) + ((self.current as u64) << 10),
                },
            );
        }
        for agent in &self.agents {
            let state = match agent.state {
                State::Fresh => 0,
                State::Ready => 1 + agent.slept as u64,
                State::Asleep { timed } => 10 + u64::from(timed),
                State::Done => 20,
                State::Dead => 21,
            };
            hash = mix(hash, state << 1 | u64::from(agent.dirty));
            hash = mix(hash, if agent.state == State::Dead { 0 } else { agent.history });
            hash = mix(hash, agent.notes.len() as u64);
            hash = agent.notes.iter().fold(hash, |hash, note| mix(hash, *note));
        }
        hash = self.jobs.iter().fold(hash, |hash, (slot, died)| mix(hash, (*slot as u64) << 1 | u64::from(*died)));
        hash = self.sleepers.iter().fold(hash, |hash, (agent, word)| mix(mix(hash, *agent as u64), *word as u64));
        for (page, before) in &self.pages {
            // SAFETY: a page of the arena, which only the processes of this search use; they stand still.
            let now = unsafe { std::slice::from_raw_parts(self.page(*page), PAGE) };
            if now == before {
                continue;
            }
            for (line, (now, before)) in now.chunks_exact(LINE).zip(before.chunks_exact(LINE)).enumerate() {
                if now != before {
                    hash = mix(hash, (*page * PAGE / LINE + line) as u64);
                    let word = |bytes: &[u8]| u64::from_ne_bytes(bytes.try_into().expect("eight bytes"));
                    hash = now.chunks_exact(8).fold(hash, |hash, bytes| mix(hash, word(bytes)));
                }
            }
        }
        hash
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

    /// What happens next when nobody is in the middle of anything; `None` when it is over, known already, or a hang.
    fn choice_of_all(&mut self) -> Option<Choice> {
        let mut choices = self.choices();
        if choices.iter().all(|choice| matches!(choice, Choice::Kill(_))) {
            let in_state = |is: fn(State) -> bool| {
                (0..self.agents.len()).filter(|n| is(self.agents[*n].state)).collect::<Vec<usize>>()
            };
            let timed = in_state(|state| state == State::Asleep { timed: true });
            let asleep = in_state(|state| matches!(state, State::Asleep { .. }));
            if timed.is_empty() && !asleep.is_empty() {
                self.fail(format!("hangs: {asleep:?} sleep and nobody will wake them"));
                return None;
            }
            choices.extend(timed.into_iter().map(Choice::TimeOut));
        }
        self.over = choices.is_empty();
        if self.over { None } else { self.pick(choices) }
    }

    fn outcome(&self) -> Outcome {
        let processes = &self.agents[..self.supervisor()];
        Outcome {
            notes: processes.iter().map(|agent| agent.notes.clone()).collect(),
            died: processes.iter().map(|agent| agent.state == State::Dead).collect(),
        }
    }

    fn restore(&mut self) {
        for (page, bytes) in &self.pages {
            // SAFETY: a page of the arena; nobody runs.
            unsafe { self.page(*page).copy_from_nonoverlapping(bytes.as_ptr(), PAGE) };
        }
    }

    /// What the arena holds now is what every schedule begins with.
    fn keep(&mut self) {
        let base = self.base;
        for (page, bytes) in &mut self.pages {
            // SAFETY: a page of the arena; nobody runs.
            *bytes = unsafe { std::slice::from_raw_parts((base + page * PAGE) as *const u8, PAGE) }.to_vec();
        }
    }

    /// The next schedule; false when there is none.
    fn back(&mut self) -> bool {
        while let Some(node) = self.path.last_mut() {
            if node.at + 1 < node.choices.len() {
                node.at += 1;
                return true;
            }
            self.path.pop();
        }
        false
    }
}

/// The engine, for those who change stacks: nobody holds a reference to it across that.
#[derive(Clone, Copy)]
pub(in crate::shm) struct Ticket(*mut Engine);

impl Ticket {
    pub fn new(engine: *mut Engine) -> Ticket {
        Ticket(engine)
    }

    #[allow(clippy::mut_from_ref, reason = "each is used up before the next is asked for")]
    fn engine(&self) -> &mut Engine {
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
    fn enter(&self, agent: usize) {
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

/// Tries all schedules of what was built.
pub(super) fn search(
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

/// What the supervisor does about an end.
fn repair(arena: &Arena, slot: SlotIndex, died: bool) {
    supervise::recover(arena, slot, died);
    supervise::ended(arena, slot, if died { -9 } else { 0 }, died);
}

/// A hash of two words (a folded product, as of wyhash).
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x9E37_79B9_7F4A_7C15) * u128::from(b.rotate_left(32) ^ 0xD6E8_FEB8_6659_FD93);
    (product as u64) ^ (product >> 64) as u64 ^ a.rotate_left(17).wrapping_mul(0x2545_F491_4F6C_DD1D)
}
