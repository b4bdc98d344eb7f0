//! Writes that make stale what others have read.
use super::super::block::Block;
use super::super::layout::{Object, Place};
use super::super::moves::Moves;
use super::super::system::System;
use super::super::world::World;
use crate::diag::Code;
use crate::graph::ObjectId;
use crate::program::Op;
use crate::value::Value;

impl World<'_, '_> {
    /// A write or an addition: whoever has read the cell before it changes reads a past.
    pub(super) fn write(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves, place: Place) {
        let slot = self.slot(place);
        let (effect, what) = self.effect(actor, (row[actor], row[slot], false), place, moves.told.is_some());
        if let Some(effect) = effect {
            let mut next = row.to_vec();
            next[actor] = effect.block;
            next[slot] = effect.object;
            if effect.object != row[slot] {
                for other in (0..self.system.actors.len()).filter(|other| *other != actor) {
                    if self.infos[next[other] as usize].has_marks {
                        next[other] = self.remark(next[other], place, row[slot], effect.object);
                    }
                }
            }
            self.show(&mut next, actor, &effect.lines);
            moves.push(actor, first, &next, effect.flag, what, &[]);
        }
    }

    /// The block after somebody else changed an object.
    fn remark(&mut self, number: u32, place: Place, before: u32, after: u32) -> u32 {
        let key = (number, place as u32, before, after);
        if let Some(known) = self.remarks.get(&key) {
            return *known;
        }
        let mut block = Block::clone(self.blocks.get(number));
        let (before, after) = (self.objects.get(before).clone(), self.objects.get(after).clone());
        for mark in block.marks.iter_mut().filter(|mark| mark.place == place) {
            mark.stale |= cell(&before, mark.cell) != cell(&after, mark.cell);
        }
        let marked = self.number_like(block, number);
        self.remarks.insert(key, marked);
        marked
    }
}

fn cell(object: &Object, cell: u32) -> Option<&Value> {
    match object {
        Object::Cell(value) => Some(value.read()),
        Object::Array(array) => array.cells().get(cell as usize),
        _ => None,
    }
}

/// By object, whether a lost update is possible and not allowed.
pub(in crate::verify) fn marked(system: &System) -> Vec<bool> {
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
