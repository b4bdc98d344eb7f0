//! Writes that make stale what others have read.
use super::super::block::Block;
use super::super::layout::{Object, Place};
use super::super::moves::Moves;
use super::super::world::World;
use crate::value::Value;

impl World<'_, '_> {
    /// A write or an addition: whoever has read the cell before it changes reads a past.
    pub(super) fn write(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves, place: Place) {
        let slot = self.slot(place);
        let effects = self.effects(actor, (row[actor], row[slot], 0), place);
        for effect in effects.iter() {
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
            moves.push(actor, first, &next, effect.flag, effect.what.clone(), &[]);
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
