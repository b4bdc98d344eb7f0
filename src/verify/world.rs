//! States, packed: a row of numbers, one for each actor, each object, and what else belongs to a state.
//!
//! What an actor is, or an object, stands once in a table; a state holds the numbers. The same step in the same
//! situation is computed once and looked up afterwards, so a machine runs only when something new happens to it.
use super::block::{Block, Chunk, Leaving, Life, Phase};
use super::footprint::Footprint;
use super::interner::{Interner, Memo};
use super::layout::{Object, Place};
use super::moves::{Effect, Flag, Lines};
use super::system::{Role, Sink, System, Time, nanoseconds};
use super::watch::Watch;
use crate::diag::Code;
use crate::expr::{Me, Random};
use crate::graph::{ExitPattern, ObjectId, ObjectKind, Operation};
use crate::program::{End, Ending, Machine, Op, Outcome, Request, Thing, Wait, Yield};
use crate::value::{Fault, Str, Value};
use std::rc::Rc;

/// Instructions that an actor may execute between two steps. Past it, it is taken to compute for ever.
const FUEL: u64 = 2_000_000;

/// A packed state.
pub(super) type Row = Vec<u32>;

pub(super) struct World<'s, 'p> {
    pub system: &'s System<'p>,
    pub footprint: &'s Footprint,
    pub blocks: Interner<Block>,
    /// By block: what is asked of it again and again.
    pub infos: Vec<Info>,
    pub objects: Interner<Object>,
    pub watches: Interner<Watch>,
    pub times: Interner<u64>,
    pub memo: Memo<(u32, u32, u32), Rc<[Effect]>>,
    pub remarks: Memo<(u32, u32, u32, u32), u32>,
    pub ticks: Memo<(u32, u64), u32>,
    pub flags: Interner<Flag>,
    /// The first actor found to compute for ever, and where.
    pub endless: Option<(usize, Str)>,
    /// By actor: its end, if it goes well, is nobody's business.
    quiet: Vec<bool>,
    /// By place: for queues who may put; for the receiving ends of channels who has the sending end, and who this one.
    pub putters: Vec<Vec<usize>>,
    pub senders: Vec<Vec<usize>>,
    pub receivers: Vec<Vec<usize>>,
    /// By object: lost updates of it are looked for, because somebody writes what he computed from it.
    pub marked: Vec<bool>,
}

/// What a block says, at hand.
pub(super) struct Info {
    /// What its machine asks; none where there is no machine.
    pub request: Option<Rc<Request>>,
    pub is_doomed: bool,
    pub has_marks: bool,
    pub has_timer: bool,
    /// It prints what an expectation forbids.
    pub failed: bool,
}

impl<'s, 'p> World<'s, 'p> {
    pub fn new(system: &'s System<'p>, footprint: &'s Footprint) -> Self {
        let graph = system.plan.graph();
        let places = system.layout.objects.len();
        let mut world = World {
            system,
            footprint,
            blocks: Interner::new(),
            infos: Vec::new(),
            objects: Interner::new(),
            watches: Interner::new(),
            times: Interner::new(),
            memo: Memo::default(),
            remarks: Memo::default(),
            ticks: Memo::default(),
            flags: Interner::new(),
            endless: None,
            quiet: (0..system.actors.len()).map(|actor| ends_quietly(system, footprint, actor)).collect(),
            putters: vec![Vec::new(); places],
            senders: vec![Vec::new(); places],
            receivers: vec![Vec::new(); places],
            marked: marked(system),
        };
        for (number, object) in graph.objects.iter().enumerate() {
            let id = ObjectId(number as u32);
            match &object.kind {
                ObjectKind::Queue(_) => {
                    world.putters[system.layout.place(id)] = system.wired(Thing::Object(id), Operation::Put);
                }
                ObjectKind::Pipe(_) => {
                    for side in [0, 1] {
                        let end = End { pipe: id, side };
                        world.receivers[system.layout.inlet(end)] = system.holders(end);
                        world.senders[system.layout.inlet(end)] = system.holders(end.peer());
                    }
                }
                _ => {}
            }
        }
        world
    }

    pub fn width(&self) -> usize {
        self.extras()
            + self.system.shared_rules.len()
            + usize::from(self.has_clock())
            + usize::from(self.has_deadline())
    }

    pub fn block(&self, row: &[u32], actor: usize) -> &Rc<Block> {
        self.blocks.get(row[actor])
    }

    pub fn object(&self, row: &[u32], place: Place) -> &Rc<Object> {
        self.objects.get(row[self.slot(place)])
    }

    /// Where an object stands in a row.
    pub fn slot(&self, place: Place) -> usize {
        self.system.actors.len() + place
    }

    pub fn set_object(&mut self, row: &mut Row, place: Place, object: Object) {
        let slot = self.slot(place);
        row[slot] = self.objects.number(object).0;
    }

    /// Where the shared watches stand in a row; behind them the clock and the deadline of the run.
    pub fn extras(&self) -> usize {
        self.system.actors.len() + self.system.layout.objects.len()
    }

    /// Whether the time is part of a state: only where somebody reads it.
    fn has_clock(&self) -> bool {
        self.system.reads_clock && self.system.time == Time::Ideal
    }

    fn has_deadline(&self) -> bool {
        self.system.plan.graph().timeout.is_some() && self.system.time == Time::Ideal
    }

    pub fn clock_slot(&self) -> Option<usize> {
        self.has_clock().then(|| self.extras() + self.system.shared_rules.len())
    }

    pub fn deadline_slot(&self) -> Option<usize> {
        self.has_deadline().then(|| self.width() - 1)
    }

    /// The state in which everything begins.
    pub fn initial(&mut self) -> Row {
        let system = self.system;
        let mut row = vec![0; self.width()];
        for (place, object) in system.layout.objects.iter().enumerate() {
            self.set_object(&mut row, place, object.clone());
        }
        for (number, rule) in system.shared_rules.iter().enumerate() {
            row[self.extras() + number] = self.watches.number(system.rules[*rule].begin()).0;
        }
        if let Some(clock) = self.clock_slot() {
            row[clock] = self.times.number(0).0;
        }
        if let (Some(deadline), Some(limit)) = (self.deadline_slot(), &system.plan.graph().timeout) {
            row[deadline] = self.times.number(nanoseconds(limit.value)).0;
        }
        for actor in 0..system.actors.len() {
            let instance = &system.instances[system.actors[actor].instance];
            let life = match instance {
                _ if instance.manual => Life::Dormant,
                _ if !instance.after.is_empty() => Life::Queued,
                _ => {
                    let watches = self.fresh_watches(actor);
                    let lines = self.begin(&mut row, actor, watches, 0);
                    self.show(&mut row, actor, &lines);
                    continue;
                }
            };
            let block = Block::new(system.actors[actor].class, life, self.fresh_watches(actor));
            row[actor] = self.number(block, None);
        }
        row
    }

    fn fresh_watches(&self, actor: usize) -> Vec<Watch> {
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
        let mut block = Block { restarts, ..Block::new(who.class, Life::Running, watches) };
        if system.time == Time::Ideal {
            block.limit = instance.timeout_ns;
        }
        if let Role::Worker(pool) = instance.role
            && system.tells_workers_apart(pool)
        {
            let place = system.layout.place(pool);
            if let Object::Pool(mut object) = self.object(row, place).as_ref().clone() {
                block.number = object.start();
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
        let random = match (block.random.take(), self.system.body(body).takes_chances) {
            (Some(random), true) => random,
            (random, _) => {
                block.random = random;
                let worker = self.worker(actor, block.number).filter(|_| self.system.body(body).takes_chances);
                worker.map_or_else(
                    || self.random(actor, body),
                    |worker| Random::new(self.system.plan.graph().seed, &worker.name),
                )
            }
        };
        block.machine = Some(Machine::new(self.system.body(body).program, arguments, random));
        block.chunk = Some(Box::new(chunk));
    }

    /// A worker that is not the first of its place has a name of its own.
    fn worker(&self, actor: usize, number: u32) -> Option<Me> {
        let Role::Worker(pool) = self.system.instances[self.system.actors[actor].instance].role else { return None };
        let name = Str::from(format!("{}-{number}", *self.system.plan.graph().object(pool).name));
        (number > 0).then(|| Me { name, ..self.system.actors[actor].me.clone() })
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
    fn advance_printing(&mut self, actor: usize, mut block: Block, mut lines: Vec<(bool, Str)>) -> (u32, Lines) {
        let system = self.system;
        let worker = self.worker(actor, block.number);
        let me = worker.as_ref().unwrap_or(&system.actors[actor].me);
        let mut slept = Vec::new();
        let mut fuel = FUEL;
        let mut asked = None;
        while let Some(mut machine) = block.machine.take() {
            let program = system.body(block.body as usize).program;
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
            match &request {
                Request::Print { line, stderr } if !system.actors[actor].prints[usize::from(*stderr)] => {
                    self.print(actor, &mut block, *stderr, line, &mut lines);
                }
                Request::Log { .. } => {}
                // Time that nobody measures; but a loop that only sleeps is a loop of steps.
                Request::Sleep(ns) if (*ns == 0 || system.time == Time::Any) && !slept.contains(&pc) => slept.push(pc),
                _ => {
                    self.arm(&mut block, &request);
                    asked = Some(Rc::new(request));
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
            && block.doom.is_none()
            && matches!(&block.life, Life::Leaving(leaving) if leaving.code == 0)
        {
            block = block.bare(Life::Ended(0));
        }
        (self.number(block, asked), lines.into())
    }

    /// Sees a line: the actor's own watches at once, the shared ones by way of `lines`.
    /// A text of several lines is several lines.
    pub fn print(&self, actor: usize, block: &mut Block, stderr: bool, text: &Str, lines: &mut Vec<(bool, Str)>) {
        for sink in &self.system.actors[actor].sinks[usize::from(stderr)] {
            for line in text.split('\n') {
                match sink {
                    Sink::Own(rule, number) => self.system.rules[*rule].see(&mut block.watches[*number], line),
                    Sink::Shared(_) => lines.push((stderr, Str::from(line))),
                }
            }
        }
    }

    /// Shows printed lines to the shared watches.
    pub fn show(&mut self, row: &mut Row, actor: usize, lines: &Lines) {
        for (stderr, line) in lines.iter() {
            for sink in &self.system.actors[actor].sinks[usize::from(*stderr)] {
                if let Sink::Shared(number) = sink {
                    let slot = self.extras() + number;
                    let mut watch = Watch::clone(self.watches.get(row[slot]));
                    self.system.rules[self.system.shared_rules[*number]].see(&mut watch, line);
                    row[slot] = self.watches.number(watch).0;
                }
            }
        }
    }

    /// The machine has ended: a process leaves, a worker goes on with its chunk.
    fn ended(&mut self, actor: usize, block: &mut Block, ending: Ending, lines: &mut Vec<(bool, Str)>) {
        let ended = block.machine.take();
        if block.chunk.is_some() && self.system.body(block.body as usize).takes_chances {
            block.random = ended.map(|machine| machine.random().clone());
        }
        block.marks.clear();
        let code = match &ending {
            Ending::Returned(_) => 0,
            Ending::Exit(code) => *code,
            Ending::Raised(_) => 1,
        };
        let Some(chunk) = block.chunk.take() else {
            let all = !matches!(ending, Ending::Returned(_));
            let error = if let Ending::Raised(error) = ending { Some(error) } else { None };
            for line in error.iter().flat_map(|error| report_of(&self.system.actors[actor].name, error)) {
                self.print(actor, block, true, &line, lines);
            }
            block.life = Life::Leaving(Box::new(Leaving { code, all, error }));
            return;
        };
        let mut chunk = *chunk;
        match ending {
            Ending::Returned(value) => chunk.results.push(value),
            Ending::Raised(error) => {
                chunk.ended = Some(Some(fault(&error)));
            }
            Ending::Exit(_) => {
                block.chunk = Some(Box::new(chunk));
                block.life = Life::Leaving(Box::new(Leaving { code, all: true, error: None }));
                return;
            }
        }
        if chunk.ended.is_none() && !chunk.left.is_empty() {
            let arguments = chunk.left.remove(0);
            self.load(block, actor, chunk, arguments);
            return;
        }
        if chunk.of.is_some() {
            chunk.ended.get_or_insert(None);
            block.chunk = Some(Box::new(chunk));
        }
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

    /// The number of a block whose machine asks this.
    pub fn number(&mut self, block: Block, request: Option<Rc<Request>>) -> u32 {
        let (number, new) = self.blocks.number(block);
        if new {
            let block = self.blocks.get(number);
            self.infos.push(Info {
                request,
                is_doomed: block.doom.is_some() && !block.is_over(),
                has_marks: !block.marks.is_empty(),
                has_timer: block.timer.is_some_and(|left| left > 0) || block.limit.is_some(),
                failed: block.watches.iter().any(|watch| watch.failed),
            });
        }
        number
    }

    /// What a block's machine asks.
    pub fn asks(&self, number: u32) -> Option<&Request> {
        self.infos[number as usize].request.as_deref()
    }

    /// The number of a block that asks what that one asks.
    pub fn number_like(&mut self, block: Block, like: u32) -> u32 {
        let request = self.infos[like as usize].request.clone();
        self.number(block, request)
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
        block.limit = block.limit.map(|left| left.saturating_sub(ns));
        if block.limit == Some(0) {
            block.limit = None;
            block.doom = Some(block.doom.unwrap_or(-15));
        }
        let later = self.number_like(block, number);
        self.ticks.insert((number, ns), later);
        later
    }
}

/// What a process says on stderr of an error that nothing caught.
fn report_of(name: &str, error: &Value) -> Vec<Str> {
    let place = error.as_map().and_then(|map| map.field("place")).and_then(Value::as_str).unwrap_or_default();
    let mut lines = vec![format!("Process {name}:")];
    if !place.is_empty() {
        lines.push(format!("  {place}"));
    }
    lines.push(fault(error).to_string());
    lines.into_iter().map(Str::from).collect()
}

/// The error in a value with `type` and `message`.
fn fault(error: &Value) -> Fault {
    let field = |name| error.as_map().and_then(|map| map.field(name)).and_then(Value::as_str).unwrap_or_default();
    Fault::new(field("type"), field("message"))
}

/// Whether nobody waits for the end of this actor, asks about it, or is freed by it.
fn ends_quietly(system: &System, footprint: &Footprint, actor: usize) -> bool {
    use super::access::Kind;
    let own = system.actors[actor].instance;
    let instance = &system.instances[own];
    let named = system.instances.iter().any(|other| other.after.iter().any(|(first, _)| *first == own));
    let fits = |pattern: &ExitPattern| matches!(pattern, ExitPattern::Code(0));
    let unexpected = instance.exits.as_ref().is_some_and(|(patterns, _)| !patterns.iter().any(fits));
    if named || unexpected || instance.actors.len() > 1 || system.instances.iter().any(|instance| instance.daemon) {
        return false;
    }
    footprint.exit(actor).iter().all(|exit| {
        let (_, kind) = footprint.access(*exit);
        // These follow an end that goes badly, or with something held.
        if matches!(kind, Kind::Spoil | Kind::GiveBack | Kind::Raise | Kind::RaiseRisky | Kind::Free) {
            return true;
        }
        (0..system.actors.len()).all(|other| {
            let whole = footprint.whole(other);
            let enabled = || whole.iter().any(|access| footprint.enables(access).contains(*exit));
            other == actor || !(footprint.depends(*exit).meets(whole) || enabled())
        })
    })
}

/// By object, whether a lost update is possible and not allowed.
fn marked(system: &System) -> Vec<bool> {
    let graph = system.plan.graph();
    let allowed = graph.allow.iter().any(|code| code.value == Code::VerifyLostUpdate);
    let depends = |id: ObjectId| {
        system.bodies.iter().flatten().any(|body| {
            let reads = body.ops().filter(|(_, op)| touches(op, id)).map(|(pc, _)| pc);
            let writes = || body.ops().map(|(pc, _)| pc);
            reads.into_iter().any(|read| writes().any(|write| body.taint.flows(body.program, read, write)))
        })
    };
    let touches_it = |number| !allowed && depends(ObjectId(number as u32));
    (0..graph.objects.len()).map(touches_it).collect()
}

fn touches(op: &Op, id: ObjectId) -> bool {
    matches!(op, Op::ReadValue { of, .. } | Op::ReadArray { of, .. } | Op::Add { of, .. } if *of == id)
}
