//! An actor goes on by itself: from one step that others could notice to the next.
use super::block::{Block, Chunk, Leaving, Life, Phase};
use super::layout::Object;
use super::moves::{Line, Lines};
use super::sinks::Sink;
use super::system::{Role, Time, nanoseconds};
use super::watch::{Sight, Watch};
use super::world::{Row, World};
use crate::expr::{Me, Random};
use crate::graph::{ExitPattern, ObjectKind};
use crate::program::{Machine, Outcome, Pc, Program, Request, Wait, Yield};
use crate::value::{Str, Value};
use std::collections::hash_map::Entry;
use std::rc::Rc;

/// Instructions that an actor may execute between two steps. Past it, it is taken to compute for ever.
const FUEL: u64 = 2_000_000;

impl World<'_, '_> {
    pub fn fresh_watches(&self, actor: usize) -> Vec<Watch> {
        let sinks = self.system.actors[actor].sinks.iter().flatten();
        let mut own: Vec<(usize, usize)> = sinks
            .filter_map(|sink| match sink {
                Sink::Own(rule, number) => Some((*number, *rule)),
                Sink::Shared(_) => None,
            })
            .collect();
        own.sort_unstable();
        own.into_iter().map(|(_, rule)| self.system.rules[rule].begin()).collect()
    }

    /// The actor begins its body.
    pub fn begin(&mut self, row: &mut Row, actor: usize, watches: Vec<Watch>, restarts: u32) -> Lines {
        let system = self.system;
        let who = &system.actors[actor];
        let instance = &system.instances[who.instance];
        let mut block = Block::new(who.class, Life::Running, watches);
        if restarts > 0 {
            block.rare.restarts = restarts;
        }
        if system.time == Time::Ideal && instance.timeout_ns.is_some() {
            block.rare.limit = instance.timeout_ns;
        }
        if let Role::Worker(pool) = instance.role
            && system.tells_workers_apart(pool)
        {
            let place = system.layout.place(pool);
            if let Object::Pool(mut object) = self.object(row, place).as_ref().clone() {
                block.rare.number = object.start();
                self.set_object(row, place, Object::Pool(object));
            }
        }
        if let Some(body) = who.body {
            block.body = body as u32;
            block.machine = Some(Machine::new(system.body(body).program, Vec::new(), self.random(actor, body)));
        } else if let Role::Worker(pool) = instance.role
            && let Some(job) = system.plan.initializer(pool)
        {
            let chunk = Chunk { of: None, job, left: Vec::new(), results: Vec::new(), ended: None };
            self.load(&mut block, actor, chunk, Vec::new());
        } else if matches!(instance.role, Role::Process(_)) {
            // A command without a model ends as it is expected to.
            let code = match instance.exits.as_ref().and_then(|(patterns, _)| patterns.first()) {
                Some(ExitPattern::Code(code)) => *code,
                Some(ExitPattern::Nonzero) => 1,
                None => 0,
            };
            block.life = Life::Leaving(Box::new(Leaving { code, all: true, error: None }));
        }
        let (number, lines) = self.advance(actor, block);
        row[actor] = number;
        lines
    }

    /// A worker begins a call.
    pub fn load(&mut self, block: &mut Block, actor: usize, chunk: Chunk, arguments: Vec<Value>) {
        let body = self.system.job(chunk.job);
        block.body = body as u32;
        let random = match (block.rare.random.take(), self.system.body(body).takes_chances) {
            (Some(random), true) => random,
            (random, _) => {
                block.rare.random = random;
                let worker = self.worker(actor, block.rare.number).filter(|_| self.system.body(body).takes_chances);
                worker.map_or_else(
                    || self.random(actor, body),
                    |worker| Random::new(self.system.plan.graph().seed, &worker.name),
                )
            }
        };
        block.machine = Some(Machine::new(self.system.body(body).program, arguments, random));
        block.rare.chunk = Some(Box::new(chunk));
    }

    /// A worker that is not the first of its place has a name of its own.
    fn worker(&self, actor: usize, number: u32) -> Option<Me> {
        let Role::Worker(pool) = self.system.instances[self.system.actors[actor].instance].role else { return None };
        let name = Str::from(format!("{}-{number}", *self.system.plan.graph().object(pool).name));
        (number > 0).then(|| Me { name, ..self.system.actors[actor].me.clone() })
    }

    /// What it is called; a worker of a pool that [tells them apart](System::tells_workers_apart) by its number.
    pub fn name_of(&self, actor: usize, number: u32) -> Str {
        self.worker(actor, number).map_or_else(|| self.system.actors[actor].name.clone(), |worker| worker.name)
    }

    /// One that draws nothing gets the same numbers as all others: they would only tell equal states apart.
    fn random(&self, actor: usize, body: usize) -> Random {
        match self.system.body(body).takes_chances {
            true => Random::new(self.system.plan.graph().seed, &self.system.actors[actor].name),
            false => Random::new(0, ""),
        }
    }

    /// The answer to a block's request: it goes on to the next.
    pub fn resume(&mut self, actor: usize, mut block: Block, outcome: Outcome) -> (u32, Lines) {
        block.phase = Phase::Before;
        block.timer = None;
        let program = self.system.body(block.body as usize).program;
        let mut lines = Vec::new();
        let ending = block.machine.as_mut().and_then(|machine| machine.answer(program, outcome));
        if let Some(ending) = ending {
            self.ended(actor, &mut block, ending, &mut lines);
        }
        self.advance_printing(actor, block, lines)
    }

    /// Runs a block to its next step that anybody else could notice, and gives it its number.
    pub fn advance(&mut self, actor: usize, block: Block) -> (u32, Lines) {
        self.advance_printing(actor, block, Vec::new())
    }

    /// `lines`: what it has printed already.
    fn advance_printing(&mut self, actor: usize, mut block: Block, mut lines: Vec<Line>) -> (u32, Lines) {
        let system = self.system;
        let worker = self.worker(actor, block.rare.number);
        let me = worker.as_ref().unwrap_or(&system.actors[actor].me);
        let mut slept = Vec::new();
        let mut fuel = FUEL;
        let mut asked = None;
        while let Some(mut machine) = block.machine.take() {
            let program = system.body(block.body as usize).program;
            let before = self.has_watched_twins(actor).then(|| machine.clone());
            let yielded = machine.run(program, me, &mut fuel);
            let pc = machine.pc();
            block.machine = Some(machine);
            let request = match yielded {
                Yield::Ask(request) => request,
                Yield::End(ending) => {
                    self.ended(actor, &mut block, ending, &mut lines);
                    continue;
                }
                Yield::Paused => {
                    self.endless.get_or_insert((actor, program.step_at(pc).place.clone()));
                    break;
                }
            };
            if let (Request::Print { line, stderr }, Some(before)) = (&request, before) {
                self.compare_lines(actor, (&before, program), *stderr, line);
            }
            match &request {
                Request::Print { line, stderr } if !system.actors[actor].prints[usize::from(*stderr)] => {
                    self.print(actor, &mut block, *stderr, line, &mut lines);
                }
                Request::Log { .. } => {}
                // Time that nobody measures; but a loop that only sleeps is a loop of steps.
                Request::Sleep(ns) if (*ns == 0 || system.time == Time::Any) && !slept.contains(&pc) => slept.push(pc),
                _ => {
                    self.arm(&mut block, &request);
                    asked = Some(self.last_or(block.body, pc, request));
                    break;
                }
            }
            let ending = block.machine.as_mut().and_then(|machine| machine.answer(program, Outcome::Done(Value::Null)));
            if let Some(ending) = ending {
                self.ended(actor, &mut block, ending, &mut lines);
            }
        }
        self.forget(&mut block);
        if self.quiet[actor]
            && block.holds.locks.is_empty()
            && block.rare.doom.is_none()
            && matches!(&block.life, Life::Leaving(leaving) if leaving.code == 0)
        {
            block = block.bare(Life::Ended(0));
        }
        let lines = if lines.is_empty() { self.effects.nothing.clone() } else { lines.into() };
        (self.number(block, asked), lines)
    }

    /// A request, which is mostly the one that was last made there.
    fn last_or(&mut self, body: u32, pc: Pc, request: Request) -> Rc<Request> {
        match self.requests.entry((body, pc)) {
            Entry::Occupied(last) if **last.get() == request => last.get().clone(),
            Entry::Occupied(mut last) => {
                last.insert(Rc::new(request));
                last.get().clone()
            }
            Entry::Vacant(place) => place.insert(Rc::new(request)).clone(),
        }
    }

    /// Sees a line: the actor's own watches at once, the shared ones by way of `lines`.
    /// A text of several lines is several lines.
    pub fn print(&mut self, actor: usize, block: &mut Block, stderr: bool, text: &Str, lines: &mut Vec<Line>) {
        let of_item = self.prints_an_item(block);
        // With another item there may be another number of lines.
        if of_item && text.contains('\n') {
            self.is_spoilt.set(true);
        }
        for sink in &self.system.actors[actor].sinks[usize::from(stderr)] {
            for line in text.split('\n') {
                let rule = match sink {
                    Sink::Own(rule, number) => {
                        self.system.rules[*rule].see(&mut block.watches[*number], line, of_item);
                        *rule
                    }
                    Sink::Shared(shared) => {
                        lines.push(Line { stderr, of_item, text: Str::from(line) });
                        self.system.shared_rules[*shared]
                    }
                };
                if of_item {
                    self.mind_line(rule, block, line);
                }
            }
        }
    }

    /// Whether others may stand for this actor, and somebody looks at what they print.
    fn has_watched_twins(&self, actor: usize) -> bool {
        let watched = self.system.actors[actor].sinks.iter().any(|sinks| !sinks.is_empty());
        watched && self.system.groups.iter().any(|group| group.contains(&actor))
    }

    /// Whether every actor that may stand for this one would print, from here, what is the same to those who watch.
    fn compare_lines(&mut self, actor: usize, (before, program): (&Machine, &Program), stderr: bool, line: &Str) {
        let system = self.system;
        let sights = |actor: usize, line: &str| -> Vec<(bool, Sight)> {
            let sinks = system.actors[actor].sinks[usize::from(stderr)].iter();
            let rules = sinks.map(|sink| match sink {
                Sink::Own(rule, _) => (true, *rule),
                Sink::Shared(shared) => (false, system.shared_rules[*shared]),
            });
            let lines = |rule: usize| line.split('\n').map(move |line| system.rules[rule].sight(line));
            rules.flat_map(|(own, rule)| lines(rule).map(move |sight| (own, sight))).collect()
        };
        let own = sights(actor, line);
        let group = system.groups.iter().find(|group| group.contains(&actor));
        for twin in group.cloned().into_iter().flatten().filter(|twin| *twin != actor) {
            let mut machine = before.clone();
            let same = match machine.run(program, &system.actors[twin].me, &mut { FUEL }) {
                Yield::Ask(Request::Print { line, stderr: to }) => to == stderr && sights(twin, &line) == own,
                _ => false,
            };
            if !same {
                self.apart.get_or_insert(system.actors[actor].class as usize);
                return;
            }
        }
    }

    /// Shows printed lines to the shared watches.
    pub fn show(&mut self, row: &mut Row, actor: usize, lines: &Lines) {
        for line in lines.iter() {
            for sink in &self.system.actors[actor].sinks[usize::from(line.stderr)] {
                if let Sink::Shared(number) = sink {
                    let slot = self.extras() + number;
                    row[slot] = self.seen(*number, row[slot], line);
                }
            }
        }
    }

    /// The shared watch after it has seen a line.
    fn seen(&mut self, number: usize, watch: u32, line: &Line) -> u32 {
        let key = (number, watch, line.clone());
        if let Some(known) = self.seen.get(&key) {
            return *known;
        }
        let mut next = Watch::clone(self.watches.get(watch));
        self.system.rules[self.system.shared_rules[number]].see(&mut next, &line.text, line.of_item);
        let next = self.watches.number(next).0;
        self.seen.insert(key, next);
        next
    }

    /// Begins to count the time that the request may take.
    fn arm(&self, block: &mut Block, request: &Request) {
        if self.system.time == Time::Any {
            return;
        }
        block.timer = match request {
            Request::Sleep(ns) => Some(*ns),
            other => match self.patience(other) {
                Some(Wait::For(ns)) => Some(ns),
                _ => None,
            },
        };
    }

    /// How long a request may block; a barrier's own limit counts where the step says nothing.
    pub fn patience(&self, request: &Request) -> Option<Wait> {
        Some(match request {
            Request::Put { wait, .. }
            | Request::Get { wait, .. }
            | Request::JoinQueue { wait, .. }
            | Request::Recv { wait, .. }
            | Request::Acquire { wait, .. }
            | Request::WaitEvent { wait, .. }
            | Request::WaitCondition { wait, .. }
            | Request::WaitAny { wait, .. }
            | Request::JoinProcess { wait, .. }
            | Request::Await { wait, .. } => *wait,
            Request::WaitBarrier { barrier, wait } => match (wait, &self.system.plan.graph().object(*barrier).kind) {
                (Some(wait), _) => *wait,
                (None, ObjectKind::Barrier(declared)) => match declared.timeout.map(nanoseconds) {
                    None => Wait::Forever,
                    Some(0) => Wait::Poll,
                    Some(ns) => Wait::For(ns),
                },
                _ => Wait::Forever,
            },
            _ => return None,
        })
    }

    /// Whether a request that cannot be done now may end for want of time, now.
    pub fn may_time_out(&self, block: &Block, request: &Request) -> bool {
        match self.patience(request) {
            None | Some(Wait::Forever) => false,
            Some(Wait::Poll) => true,
            Some(Wait::For(_)) => self.system.time == Time::Any || block.timer == Some(0),
        }
    }

    /// Forgets what can make no difference any more.
    fn forget(&self, block: &mut Block) {
        let Some(machine) = &mut block.machine else { return };
        let body = self.system.body(block.body as usize);
        let pc = machine.pc();
        let live = body.live.at(pc);
        for (slot, value) in machine.slots_mut().iter_mut().enumerate() {
            if !live.contains(slot) {
                *value = None;
            }
        }
        block.marks.retain(|mark| body.taint.matters(mark.site, pc));
    }

    /// The block a while later.
    pub fn elapse(&mut self, number: u32, ns: u64) -> u32 {
        if !self.infos[number as usize].has_timer {
            return number;
        }
        if let Some(known) = self.ticks.get(&(number, ns)) {
            return *known;
        }
        let mut block = Block::clone(self.blocks.get(number));
        block.timer = block.timer.map(|left| left.saturating_sub(ns));
        if let Some(left) = block.rare.limit {
            block.rare.limit = Some(left.saturating_sub(ns)).filter(|left| *left > 0);
            if left <= ns {
                block.rare.doom = Some(block.rare.doom.unwrap_or(-15));
            }
        }
        let later = self.number_like(block, number);
        self.ticks.insert((number, ns), later);
        later
    }
}
