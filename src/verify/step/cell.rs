//! Steps on a value or an array, and what a process remembers of them: whether what it writes is out of date.
use super::super::access::Kind;
use super::super::block::{Block, Mark};
use super::super::layout::{Object, Place};
use super::super::moves::Flag;
use super::super::world::World;
use crate::program::{Outcome, Readable, Request};
use crate::value::Value;

impl World<'_, '_> {
    pub(super) fn try_cell(
        &mut self,
        request: &Request,
        block: &mut Block,
        object: &mut Object,
        place: Place,
        flag: &mut u32,
    ) -> Outcome {
        let before = if let Object::Cell(cell) = object { Some(cell.read().clone()) } else { None };
        let result = match (request, &mut *object) {
            (Request::Read(_), Object::Cell(cell)) => Ok(cell.read().clone()),
            (Request::Read(Readable::Cell(_, index)), Object::Array(array)) => array.read_cell(*index),
            (Request::Read(_), Object::Array(array)) => Ok(array.read()),
            (Request::Write { value, .. }, Object::Cell(cell)) => cell.write(value).map(|()| Value::Null),
            (Request::Write { index: Some(index), value, .. }, Object::Array(array)) => {
                array.write_cell(*index, value).map(|()| Value::Null)
            }
            (Request::Write { value, .. }, Object::Array(array)) => array.write(value).map(|()| Value::Null),
            (Request::Add { by, .. }, Object::Cell(cell)) => cell.add(by),
            (Request::Add { index, by, .. }, Object::Array(array)) => array.add(index.unwrap_or(0), by),
            (other, _) => unreachable!("{other:?} is nothing to do with a value"),
        };
        match result {
            Err(fault) => Outcome::Failed(fault),
            Ok(value) => {
                if let (Object::Cell(cell), Some(before)) = (&*object, before) {
                    self.measure(block, &before, cell.read());
                }
                *flag = self.mark(request, block, object, place);
                Outcome::Done(value)
            }
        }
    }

    /// Keeps how large an addition was that is taken to commute with others.
    fn measure(&mut self, block: &Block, before: &Value, after: &Value) {
        let (Value::Int(before), Value::Int(after), Some(machine)) = (before, after, &block.machine) else { return };
        let accesses = self.footprint.at(block.body as usize, machine.pc());
        if accesses.iter().any(|access| matches!(self.footprint.access(*access).1, Kind::Add | Kind::Piece)) {
            self.largest_addition = self.largest_addition.max(before.abs_diff(*after));
        }
    }

    /// Remembers what was read; tells whether what is written was computed from something stale.
    fn mark(&mut self, request: &Request, block: &mut Block, object: &Object, place: Place) -> u32 {
        let (owner, _) = self.system.layout.owners[place];
        if !self.marked[owner.index()] {
            return 0;
        }
        let Some(machine) = &block.machine else { return 0 };
        let body = self.system.body(block.body as usize);
        let pc = machine.pc();
        let all = || match object {
            Object::Array(array) => 0..array.cells().len() as u32,
            _ => 0..1,
        };
        let cells = match request {
            Request::Read(Readable::Cell(_, index))
            | Request::Write { index: Some(index), .. }
            | Request::Add { index: Some(index), .. } => match object {
                Object::Array(array) => match array.place(*index) {
                    Ok(cell) => cell as u32..cell as u32 + 1,
                    Err(_) => 0..0,
                },
                _ => 0..1,
            },
            _ => all(),
        };
        if let Request::Write { .. } = request {
            let flows = |mark: &Mark| body.taint.flows(body.program, mark.site, pc);
            let mine = |mark: &&Mark| mark.place == place && cells.contains(&mark.cell);
            if let Some(mark) = block.marks.iter().filter(mine).find(|mark| mark.stale && flows(mark)) {
                let flag = Flag::LostUpdate { place, cell: mark.cell, body: block.body, site: mark.site };
                return self.flags.number(flag).0 + 1;
            }
            block.marks.iter_mut().filter(|mark| mark.place == place && cells.contains(&mark.cell)).for_each(|mark| {
                mark.stale = false;
            });
            return 0;
        }
        block.marks.retain(|mark| !(mark.place == place && mark.site == pc));
        // Mostly nothing else is read.
        block.marks.reserve_exact(cells.len());
        block.marks.extend(cells.map(|cell| Mark { place, cell, site: pc, stale: false }));
        block.marks.sort_unstable();
        0
    }
}
