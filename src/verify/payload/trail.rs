//! What one body does with the items that it takes, on every way from one `get` to the next.
use super::super::body::Body;
use super::super::flow::{reads, touches};
use super::sums::{Sum, addend};
use crate::graph::ObjectId;
use crate::program::{Instr, Op, Operand, Pc, Slot, Source};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a variable has of the item that was taken last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// The item, which may be the pill.
    Untested,
    /// The item, which is not the pill.
    Item,
    /// Something computed from it.
    Derived,
}

/// Where a process stands with the item: at most one is on its way in a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Point {
    /// The queue that it was taken from; none when no variable holds anything of an item.
    pub from: Option<ObjectId>,
    pub held: BTreeMap<Slot, Hold>,
    /// The instructions that have made something of it, with how often.
    uses: BTreeMap<Pc, u8>,
}

/// Every item of a queue goes through the same uses.
#[derive(Default)]
pub(super) struct Trail {
    /// By instruction, what holds before it; none where control never comes.
    pub points: Vec<Option<Point>>,
    /// Prints of what an item shows, with the queue that it was taken from.
    pub lines: BTreeMap<Pc, ObjectId>,
    /// Puts of an item, or of what was computed from one: from which queue to which.
    pub moves: BTreeMap<Pc, (ObjectId, ObjectId)>,
    /// Puts of anything else into a carrier.
    pub creates: BTreeSet<Pc>,
    /// What ends the taking from a queue.
    pub pills: BTreeMap<ObjectId, Value>,
    pub sums: Vec<Sum>,
    /// The queues whose items are added up.
    pub summed: BTreeSet<ObjectId>,
    /// By queue, what becomes of each item.
    fates: BTreeMap<ObjectId, BTreeMap<Pc, u8>>,
    /// Queues of which an item is used that may be the pill.
    untested: BTreeSet<ObjectId>,
    /// The instructions that add an item to a sum.
    additions: BTreeMap<Pc, (Slot, ObjectId)>,
}

type Ways = Vec<(Pc, Point)>;

impl Trail {
    /// # Errors
    /// A queue of whose items the body makes more than may be.
    pub fn new(body: &Body, carriers: &BTreeSet<ObjectId>) -> Result<Trail, ObjectId> {
        let mut trail = Trail { points: vec![None; body.program.code.len()], ..Trail::default() };
        let mut work: Vec<Pc> = Vec::new();
        if let Some(first) = trail.points.first_mut() {
            *first = Some(Point::default());
            work.push(0);
        }
        while let Some(pc) = work.pop() {
            let before = trail.points[pc as usize].clone().expect("it was come to");
            for (next, after) in trail.ways(body, carriers, pc, &before)? {
                let after = trail.settle(body, next, after)?;
                match &trail.points[next as usize] {
                    None => {
                        trail.points[next as usize] = Some(after);
                        work.push(next);
                    }
                    Some(known) if *known == after => {}
                    Some(known) => return Err(known.from.or(after.from).expect("without an item they are equal")),
                }
            }
        }
        if let Some(queue) = trail.pills.keys().find(|queue| trail.untested.contains(queue)) {
            return Err(*queue);
        }
        trail.find_sums(body)?;
        Ok(trail)
    }

    /// Whether anybody ever stands somewhere with an item.
    pub fn has_items(&self) -> bool {
        self.points.iter().flatten().any(|point| point.from.is_some())
    }

    fn ways(&mut self, body: &Body, carriers: &BTreeSet<ObjectId>, pc: Pc, before: &Point) -> Result<Ways, ObjectId> {
        let instr = &body.program.code[pc as usize];
        let (next, throws) = (&body.edges.next[pc as usize], &body.edges.throws[pc as usize]);
        let (read, set) = touches(instr);
        let looks = read.iter().any(|slot| before.held.contains_key(slot));
        let mut ways: Ways = Vec::new();
        for (handler, slot) in throws {
            let mut caught = before.clone();
            caught.held.remove(slot);
            ways.push((*handler, caught));
        }
        if let Instr::Unless(code, otherwise) = instr
            && looks
        {
            let queue = before.from.expect("what holds an item took it");
            let test = code.comparison().ok_or(queue)?;
            if before.held.get(&test.slot) != Some(&Hold::Untested) {
                return Err(queue);
            }
            if self.pills.entry(queue).or_insert_with(|| test.constant.clone()) != test.constant {
                return Err(queue);
            }
            let mut item = before.clone();
            item.held.values_mut().filter(|hold| **hold == Hold::Untested).for_each(|hold| *hold = Hold::Item);
            let (equal, unequal) = if test.equal { (pc + 1, *otherwise) } else { (*otherwise, pc + 1) };
            ways.extend([(equal, Point::default()), (unequal, item)]);
            return Ok(ways);
        }
        // An error that depends on the item, and is caught.
        if looks && !throws.is_empty() {
            return Err(before.from.expect("what holds an item took it"));
        }
        let mut after = before.clone();
        if let Instr::Advance { variable, .. } = instr
            && before.held.contains_key(variable)
        {
            return Err(before.from.expect("what holds an item took it"));
        }
        match instr {
            Instr::Set(to, operand) | Instr::Bind(to, operand, _) => {
                let is_plain = matches!(instr, Instr::Set(..));
                after.held.remove(to);
                if looks {
                    self.compute(pc, before, (*to, operand), is_plain, &mut after)?;
                }
            }
            Instr::Copy(from, to) => {
                after.held.remove(to);
                if let Some(hold) = before.held.get(from) {
                    after.held.insert(*to, *hold);
                }
            }
            Instr::Op(op) => {
                if let Some(on) = self.operate((body, carriers), (pc, op), before, looks, &mut after)? {
                    ways.extend(on);
                    return Ok(ways);
                }
                set.iter().for_each(|slot| {
                    after.held.remove(slot);
                });
            }
            _ if looks => return Err(before.from.expect("what holds an item took it")),
            _ => set.iter().for_each(|slot| {
                after.held.remove(slot);
            }),
        }
        ways.extend(next.iter().map(|next| (*next, after.clone())));
        Ok(ways)
    }

    /// An instruction sets a variable to what it computes from the item.
    fn compute(
        &mut self,
        pc: Pc,
        before: &Point,
        (to, operand): (Slot, &Operand),
        is_plain: bool,
        after: &mut Point,
    ) -> Result<(), ObjectId> {
        let queue = before.from.expect("what holds an item took it");
        let item = match operand {
            Operand::Code(code) if is_plain && !before.held.contains_key(&to) => {
                code.addend(to).filter(|other| before.held.contains_key(other))
            }
            _ => None,
        };
        if let Some(item) = item {
            if before.held[&item] == Hold::Derived {
                return Err(queue);
            }
            self.additions.insert(pc, (to, queue));
            self.summed.insert(queue);
            self.count(pc, before, after);
            return Ok(());
        }
        is_made_of(operand, before)?;
        let source = match operand {
            Operand::Slot(slot) => Some(*slot),
            Operand::Code(code) => code.variable(),
            _ => None,
        };
        let hold = source.filter(|_| is_plain).map_or(Hold::Derived, |slot| before.held[&slot]);
        if hold == Hold::Derived {
            self.mind_pill(before);
        }
        after.held.insert(to, hold);
        Ok(())
    }

    /// An operation: the ways on from it if they differ.
    fn operate(
        &mut self,
        (body, carriers): (&Body, &BTreeSet<ObjectId>),
        (pc, op): (Pc, &Op),
        before: &Point,
        looks: bool,
        after: &mut Point,
    ) -> Result<Option<Ways>, ObjectId> {
        match op {
            Op::Get { queue, into, .. } if carriers.contains(queue) => {
                // Still needed, together with the next.
                if let Some(last) = before.from {
                    return Err(last);
                }
                *after = Point { from: Some(*queue), ..Point::default() };
                let item = after.clone();
                after.held.extend(into.map(|slot| (slot, Hold::Untested)));
                let on = if into.is_some() { after.clone() } else { item };
                Ok(Some(vec![(pc + 1, on)]))
            }
            Op::Next { from, variable, end } => {
                let mut without = before.clone();
                after.held.remove(variable);
                if let Source::Queue(queue) = from
                    && carriers.contains(queue)
                {
                    if let Some(last) = before.from {
                        return Err(last);
                    }
                    *after = Point { from: Some(*queue), ..Point::default() };
                    after.held.insert(*variable, Hold::Untested);
                    without = Point::default();
                }
                Ok(Some(vec![(pc + 1, after.clone()), (*end, without)]))
            }
            Op::Print { text, .. } if looks => {
                is_made_of(text, before)?;
                self.lines.extend(before.from.map(|queue| (pc, queue)));
                self.count(pc, before, after);
                Ok(None)
            }
            Op::Log { .. } => Ok(None),
            Op::Put { queue, value, patience } => {
                let holds = |operand: &Operand| reads(operand).slots.iter().any(|slot| before.held.contains_key(slot));
                let waits = patience.block.iter().chain(&patience.timeout).any(holds);
                match (before.from, holds(value)) {
                    (Some(from), _) if waits => Err(from),
                    (Some(from), true) if !carriers.contains(queue) => Err(from),
                    (Some(from), true) => {
                        is_made_of(value, before)?;
                        self.moves.insert(pc, (from, *queue));
                        self.count(pc, before, after);
                        Ok(None)
                    }
                    _ => {
                        if carriers.contains(queue) {
                            // All that are made belong to the key: there have to be few.
                            if goes_on_for_ever(body, pc) {
                                return Err(*queue);
                            }
                            self.creates.insert(pc);
                        }
                        Ok(None)
                    }
                }
            }
            _ if looks => Err(before.from.expect("what holds an item took it")),
            _ => Ok(None),
        }
    }

    /// The item is used once more.
    fn count(&mut self, pc: Pc, before: &Point, after: &mut Point) {
        self.mind_pill(before);
        let times = after.uses.entry(pc).or_default();
        *times = times.saturating_add(1);
    }

    fn mind_pill(&mut self, before: &Point) {
        if before.held.values().any(|hold| *hold == Hold::Untested) {
            self.untested.extend(before.from);
        }
    }

    /// What no way on reads is forgotten; when nothing is left of the item, its fate is known.
    fn settle(&mut self, body: &Body, pc: Pc, mut point: Point) -> Result<Point, ObjectId> {
        let live = body.live.at(pc);
        point.held.retain(|slot, _| live.contains(usize::from(*slot)));
        let Some(queue) = point.from.filter(|_| point.held.is_empty()) else { return Ok(point) };
        match self.fates.entry(queue).or_insert_with(|| point.uses.clone()) == &point.uses {
            true => Ok(Point::default()),
            false => Err(queue),
        }
    }

    fn find_sums(&mut self, body: &Body) -> Result<(), ObjectId> {
        for (slot, queue) in self.additions.values().copied().collect::<BTreeSet<_>>() {
            let sum = Sum::new(body, slot).ok_or(queue)?;
            if !sum.additions.iter().all(|pc| self.additions.contains_key(pc)) {
                return Err(queue);
            }
            debug_assert!(sum.additions.iter().all(|pc| addend(&body.program.code[*pc as usize], slot).is_some()));
            self.sums.push(sum);
        }
        Ok(())
    }
}

/// Whether an instruction may be come to again and again, in more than walks over lists and counted rounds.
fn goes_on_for_ever(body: &Body, pc: Pc) -> bool {
    let code = &body.program.code;
    let on = |at: Pc| -> Vec<Pc> {
        let all = body.edges.all(at).collect::<Vec<_>>();
        match &code[at as usize] {
            // Not into its rounds.
            Instr::CountDown(_, end) | Instr::Advance { end, .. } => vec![*end],
            _ => all,
        }
    };
    let comes_back = |from: Pc| {
        let mut seen = vec![false; code.len()];
        let mut work = on(from);
        while let Some(at) = work.pop() {
            if at == from {
                return true;
            }
            if !std::mem::replace(&mut seen[at as usize], true) {
                work.extend(on(at));
            }
        }
        false
    };
    let begins = |at: &Pc| matches!(code[*at as usize], Instr::Count(..) | Instr::Iterate(..));
    comes_back(pc) || (0..code.len() as Pc).filter(begins).any(comes_back)
}

/// Whether an operand is computed from the item and constants alone, the same whoever does it.
fn is_made_of(operand: &Operand, point: &Point) -> Result<(), ObjectId> {
    let read = reads(operand);
    match !read.chance && read.slots.iter().all(|slot| point.held.contains_key(slot)) {
        true => Ok(()),
        false => Err(point.from.expect("what holds an item took it")),
    }
}
