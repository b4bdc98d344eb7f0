//! States, packed: a row of numbers, one for each actor, each object, and what else belongs to a state.
//!
//! What an actor is, or an object, stands once in a table; a state holds the numbers. The same step in the same
//! situation is computed once and looked up afterwards, so a machine runs only when something new happens to it.
use super::block::{Block, Life};
use super::effects::Effects;
use super::footprint::Footprint;
use super::interner::{Interner, Memo};
use super::layout::{Object, Place};
use super::moves::{Flag, Line, Lines};
use super::payload::{Erasure, Shadow};
use super::quiet::ends_quietly;
use super::step::{Site, marked};
use super::system::{System, Time, nanoseconds};
use super::watch::Watch;
use crate::graph::{ObjectId, ObjectKind, Operation};
use crate::program::{End, Pc, Request, Thing};
use crate::value::Str;
use std::cell::Cell;
use std::rc::Rc;

/// A packed state.
pub(super) type Row = Vec<u32>;

pub(super) struct World<'s, 'p> {
    pub system: &'s System<'p>,
    pub footprint: &'s Footprint,
    pub blocks: Interner<Block>,
    /// By block: what is asked of it again and again.
    pub infos: Vec<Info>,
    pub objects: Interner<Object>,
    /// What the objects take, about, and the lists in the blocks.
    object_bytes: u64,
    list_bytes: u64,
    pub watches: Interner<Watch>,
    pub times: Interner<u64>,
    pub effects: Effects,
    /// By body and instruction: the last request.
    pub requests: Memo<(u32, Pc), Rc<Request>>,
    pub remarks: Memo<(u32, u32, u32, u32), u32>,
    pub ticks: Memo<(u32, u64), u32>,
    /// By block, and whether its time is over: the block that goes on, when that is all there is to the answer.
    pub answered: Memo<(u32, bool), (u32, Lines)>,
    /// By block that prints a line.
    pub printed: Memo<u32, (u32, Lines)>,
    /// By shared rule and watch: the watch after a line.
    pub seen: Memo<(usize, u32, Line), u32>,
    pub flags: Interner<Flag>,
    /// The first actor found to compute for ever, and where.
    pub endless: Option<(usize, Str)>,
    /// The first of actors that seemed interchangeable and print what tells them apart.
    pub apart: Option<usize>,
    pub erasure: Erasure,
    /// Items turned out to be told apart after all.
    pub is_spoilt: Cell<bool>,
    /// By how much an addition has changed a cell at most.
    pub largest_addition: u64,
    /// By actor: its end, if it goes well, is nobody's business.
    pub quiet: Vec<bool>,
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
    /// What kind of step it takes next, and where.
    pub site: Site,
    pub is_doomed: bool,
    /// It will do nothing more, ever.
    pub is_over: bool,
    pub has_marks: bool,
    pub has_timer: bool,
    /// It prints what an expectation forbids.
    pub failed: bool,
    pub shadow: Shadow,
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
            object_bytes: 0,
            list_bytes: 0,
            watches: Interner::new(),
            times: Interner::new(),
            effects: Effects::new(),
            requests: Memo::default(),
            remarks: Memo::default(),
            ticks: Memo::default(),
            answered: Memo::default(),
            printed: Memo::default(),
            seen: Memo::default(),
            flags: Interner::new(),
            endless: None,
            apart: None,
            erasure: Erasure::new(),
            is_spoilt: Cell::new(false),
            largest_addition: 0,
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
        row[slot] = self.object_number(object);
    }

    pub fn object_number(&mut self, object: Object) -> u32 {
        let (number, new) = self.objects.number(object);
        if new {
            self.object_bytes += self.objects.get(number).bytes();
        }
        number
    }

    /// Where the shared watches stand in a row; behind them the clock and the deadline of the run.
    pub fn extras(&self) -> usize {
        self.system.actors.len() + self.system.layout.objects.len()
    }

    /// Whether the time is part of a state: only where somebody looks at it.
    fn has_clock(&self) -> bool {
        self.system.time == Time::Ideal && (self.system.reads_clock || self.system.elapsed_max_ns.is_some())
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

    /// The number of a block whose machine asks this.
    pub fn number(&mut self, block: Block, request: Option<Rc<Request>>) -> u32 {
        let (number, new) = self.blocks.number(block);
        if new {
            let shadow = self.shadow(number);
            let block = self.blocks.get(number);
            self.list_bytes += block.bytes();
            let site = self.site(block, request.as_deref());
            self.infos.push(Info {
                site,
                request,
                is_over: block.is_over(),
                is_doomed: block.rare.doom.is_some() && !block.is_over(),
                has_marks: !block.marks.is_empty(),
                has_timer: block.timer.is_some_and(|left| left > 0) || block.rare.limit.is_some(),
                failed: block.watches.iter().any(|watch| watch.failed),
                shadow,
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

    /// Has memory bring the effects that the steps from a state need. The number means nothing.
    pub fn ask_ahead(&self, row: &[u32]) -> u32 {
        let actors = row[..self.system.actors.len()].iter();
        actors.fold(0, |asked, block| match self.infos[*block as usize].site {
            Site::Alone { place, .. } => {
                asked ^ self.effects.ask_ahead((*block, row[self.slot(place as usize)], false))
            }
            _ => asked,
        })
    }

    /// About how many bytes it takes.
    pub fn bytes(&self) -> u64 {
        /// Of a block: its machine, its variables, its place in the tables.
        const BLOCK: usize = size_of::<Block>() + size_of::<Info>() + 256;
        const ANSWER: usize = 2 * size_of::<((u32, bool), (u32, Lines))>();
        const LINE: usize = 2 * size_of::<((usize, u32, Line), u32)>();
        let answers = (self.answered.len() + self.printed.len()) * ANSWER + self.seen.len() * LINE;
        self.effects.bytes() + self.object_bytes + self.list_bytes + (self.infos.len() * BLOCK + answers) as u64
    }
}
