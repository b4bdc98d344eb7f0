//! Additions that come to the same in every order, and stretches under one lock that do nothing but add.
//!
//! Two processes that each add to a whole number may do so in any order if nobody looks in between. The same goes for
//! `acquire`, `read`, `write` of the sum, `release`: as long as one holds the lock nobody else is in such a stretch,
//! so the stretch is as good as one step, and two of them as good as two additions. That takes a lock that is never
//! taken for anything else (or one could die with it), and cells that are so added to under this lock alone. Whoever
//! looks at the number otherwise depends on both, and so does a bare `add`, which may come between a `read` and its
//! `write`. That no sum leaves the type's range is checked afterwards: see [`stays_in_range`].
use super::access::Kind as Access;
use super::body::Body;
use super::layout::{Object, is_lock};
use super::system::System;
use crate::check::Plan;
use crate::graph::{Kind, ObjectId, ObjectKind, Process, ProcessId};
use crate::program::{Instr, Op, Operand, Pc, Slot};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// More instructions than this are no short stretch.
const STRETCH_MAX: usize = 64;

/// By body, the instructions concerned.
pub(super) struct Commuting {
    /// Each `add` that nobody sees the sum of.
    adds: Vec<BTreeSet<Pc>>,
    /// Each `read` and `write` that together add, in a stretch.
    pieces: Vec<BTreeSet<Pc>>,
    /// Each `acquire` for a stretch, with all that the stretch adds to: it is as good as one step only together, so that
    /// whoever could come between its pieces depends on its beginning.
    takes: Vec<BTreeMap<Pc, Vec<(ObjectId, Access)>>>,
}

/// From an `acquire` to the `release`.
struct Stretch {
    body: usize,
    take: Pc,
    lock: ObjectId,
    /// With the cells.
    pieces: Vec<(Pc, ObjectId)>,
    /// Cells that are added to by `add`.
    added: Vec<ObjectId>,
}

impl Commuting {
    pub fn new(system: &System) -> Commuting {
        let none = || vec![BTreeSet::new(); system.bodies.len()];
        let takes = vec![BTreeMap::new(); system.bodies.len()];
        let mut commuting = Commuting { adds: none(), pieces: none(), takes };
        if !system.commute {
            return commuting;
        }
        for (number, body) in system.bodies.iter().enumerate() {
            let ops = body.iter().flat_map(Body::ops);
            let adds = ops
                .filter(|(_, op)| matches!(op, Op::Add { of, index: None, into: None, .. } if is_whole(system, *of)));
            commuting.adds[number].extend(adds.map(|(pc, _)| pc));
        }
        for Stretch { body, take, pieces, added, .. } in stretches(system) {
            let halves = pieces.iter().map(|(_, cell)| (*cell, Access::Piece));
            let whole = halves.chain(added.into_iter().map(|cell| (cell, Access::Add))).collect();
            commuting.takes[body].insert(take, whole);
            commuting.pieces[body].extend(pieces.into_iter().map(|(pc, _)| pc));
        }
        commuting
    }

    /// How the instruction touches its object, if it is one of these.
    pub fn kind(&self, body: usize, pc: Pc) -> Option<Access> {
        match () {
            () if self.adds[body].contains(&pc) => Some(Access::Add),
            () if self.pieces[body].contains(&pc) => Some(Access::Piece),
            () if self.takes[body].contains_key(&pc) => Some(Access::TakeToAdd),
            () => None,
        }
    }

    /// What the stretch that begins there adds to.
    pub fn whole(&self, body: usize, pc: Pc) -> &[(ObjectId, Access)] {
        self.takes[body].get(&pc).map_or(&[], Vec::as_slice)
    }
}

/// The stretches under locks that are taken for nothing else, on cells that have but one such lock.
fn stretches(system: &System) -> Vec<Stretch> {
    let mut all = Vec::new();
    let mut spoilt: BTreeSet<ObjectId> = BTreeSet::new();
    for (number, body) in system.bodies.iter().enumerate() {
        let Some(body) = body else { continue };
        for (pc, op) in body.ops() {
            let Op::Acquire { of, into, patience } = op else { continue };
            let patient = into.is_none() && patience.block.is_none() && patience.timeout.is_none();
            match (patient && is_plain_lock(system, *of)).then(|| stretch(system, body, pc, *of)).flatten() {
                Some((pieces, added)) => all.push(Stretch { body: number, take: pc, lock: *of, pieces, added }),
                None => {
                    spoilt.insert(*of);
                }
            }
        }
    }
    loop {
        let count = all.len();
        all.retain(|stretch| !spoilt.contains(&stretch.lock));
        let mut locks: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
        for stretch in &all {
            for (_, cell) in &stretch.pieces {
                locks.entry(*cell).or_default().insert(stretch.lock);
            }
        }
        spoilt.extend(locks.into_values().filter(|locks| locks.len() > 1).flatten());
        if all.len() == count && all.iter().all(|stretch| !spoilt.contains(&stretch.lock)) {
            return all;
        }
    }
}

/// Whether nothing can cut a process off between two of its steps: then the order of additions that nobody sees does
/// not matter, nor that of stretches under one lock that do no more than add.
pub(super) fn is_possible(plan: &Plan) -> bool {
    let graph = plan.graph();
    // The crash of one thread ends the others where they stand.
    let cut = |process: &Process| process.timeout.is_some() || process.daemon || process.threaded;
    let signals = graph.processes.iter().any(cut);
    let bodies = graph.processes.iter().enumerate().filter_map(|(at, _)| plan.program(ProcessId(at as u32)));
    let kills = bodies
        .chain(plan.jobs())
        .flat_map(|body| &body.code)
        .any(|instr| matches!(instr, Instr::Op(op) if matches!(op.as_ref(), Op::Kill(_) | Op::Terminate(_))));
    !signals && !kills && graph.timeout.is_none()
}

/// Whether no order of so many additions, none larger than `largest`, could have left the range of a cell's type.
pub(super) fn stays_in_range(system: &System, largest: u64, additions: u32) -> bool {
    let most = i64::try_from(largest).ok().and_then(|largest| largest.checked_mul(i64::from(additions)));
    let Some(most) = most else { return false };
    system.layout.objects.iter().zip(&system.layout.owners).all(|(object, (owner, _))| {
        let (Object::Cell(cell), ObjectKind::Value(declared)) = (object, &system.plan.graph().object(*owner).kind)
        else {
            return true;
        };
        let (Value::Int(first), Some((least, greatest))) = (cell.read(), declared.scalar.range()) else { return true };
        let fits = |reached: Option<i64>| reached.is_some_and(|reached| (least..=greatest).contains(&reached));
        largest == 0 || fits(first.checked_add(most)) && fits(first.checked_sub(most))
    })
}

/// What is read and written there, and to what is added by one step.
type Pieces = (Vec<(Pc, ObjectId)>, Vec<ObjectId>);

/// From an `acquire` on the reads and writes up to the `release`, if there is nothing on the way but additions.
fn stretch(system: &System, body: &Body, acquire: Pc, lock: ObjectId) -> Option<Pieces> {
    let (mut pieces, mut added) = (Vec::new(), Vec::new());
    // What was read and not yet written back.
    let mut had: Option<(ObjectId, Slot)> = None;
    let mut pc = acquire;
    for _ in 0..STRETCH_MAX {
        let [next] = body.edges.next[pc as usize][..] else { return None };
        pc = next;
        match &body.program.code[pc as usize] {
            Instr::Op(op) => match op.as_ref() {
                Op::ReadValue { of, into: Some(slot) } if had.is_none() && is_whole(system, *of) => {
                    had = Some((*of, *slot));
                    pieces.push((pc, *of));
                }
                Op::Write { of, index: None, value: Operand::Code(sum) } => {
                    let (read, slot) = had.take()?;
                    let [after] = body.edges.next[pc as usize][..] else { return None };
                    if read != *of || !sum.adds_to(slot) || body.live.at(after).contains(slot as usize) {
                        return None;
                    }
                    pieces.push((pc, *of));
                }
                Op::Add { of, index: None, into: None, .. } if had.is_none() && is_whole(system, *of) => {
                    added.push(*of)
                }
                Op::Release(of) if *of == lock && had.is_none() => return Some((pieces, added)),
                _ => return None,
            },
            Instr::Pass | Instr::Jump(_) | Instr::Then(..) => {}
            _ => return None,
        }
    }
    None
}

fn is_whole(system: &System, of: ObjectId) -> bool {
    matches!(&system.plan.graph().object(of).kind, ObjectKind::Value(value) if value.scalar.range().is_some())
}

/// A lock that can be taken but once. What is taken twice is held on after the release.
fn is_plain_lock(system: &System, of: ObjectId) -> bool {
    let object = system.plan.graph().object(of);
    is_lock(system.plan.graph(), of)
        && object.kind() == Kind::Lock
        && !matches!(&object.kind, ObjectKind::Lock(lock) if lock.recursive)
}
