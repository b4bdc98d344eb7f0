//! Which writes of shared cells depend on which reads of them.
//!
//! An update is lost when a process writes what it computed from a value that somebody else has changed since. So a
//! process carries a mark for each read whose value can still flow into a write of the same object, and no others:
//! marks of reads that no longer matter would split states for nothing.
use super::super::bits::Bits;
use super::{Edges, answer_slot, reads};
use crate::graph::ObjectId;
use crate::program::{Instr, Op, Operand, Pc, Program, Slot};

/// Reads are numbered by their instruction.
#[derive(Clone, Debug)]
pub(in crate::verify) struct Taint {
    /// The instructions that read a cell, with the object.
    sites: Vec<(Pc, ObjectId)>,
    /// By instruction and slot, the reads (numbers into `sites`) that its value may come from.
    from: Vec<Vec<Bits>>,
    /// By instruction, the slots whose value may still flow into a write.
    wanted: Vec<Bits>,
}

impl Taint {
    pub fn new(program: &Program, edges: &Edges) -> Taint {
        let mut sites = Vec::new();
        for (pc, instr) in program.code.iter().enumerate() {
            let Instr::Op(op) = instr else { continue };
            match op.as_ref() {
                Op::ReadValue { of, into: Some(_) }
                | Op::ReadArray { of, into: Some(_), .. }
                | Op::Add { of, into: Some(_), .. } => sites.push((pc as Pc, *of)),
                _ => {}
            }
        }
        let mut taint = Taint { sites, from: Vec::new(), wanted: Vec::new() };
        taint.trace(program, edges);
        taint.want(program, edges);
        taint
    }

    /// Whether the value read at `read` may be part of what is written at `write`.
    pub fn flows(&self, program: &Program, read: Pc, write: Pc) -> bool {
        let Some(site) = self.site(read) else { return false };
        let Instr::Op(op) = &program.code[write as usize] else { return false };
        let Op::Write { value, of, .. } = op.as_ref() else { return false };
        let here = &self.from[write as usize];
        self.sites[site].1 == *of && reads(value).slots.iter().any(|slot| here[*slot as usize].contains(site))
    }

    /// Whether the value read at `read` may, from `pc` on, still flow into a write.
    pub fn matters(&self, read: Pc, pc: Pc) -> bool {
        let Some(site) = self.site(read) else { return false };
        let here = &self.from[pc as usize];
        self.wanted[pc as usize].iter().any(|slot| here[slot].contains(site))
    }

    fn site(&self, read: Pc) -> Option<usize> {
        self.sites.iter().position(|(pc, _)| *pc == read)
    }

    fn trace(&mut self, program: &Program, edges: &Edges) {
        let clean = vec![Bits::new(self.sites.len()); program.slots.len()];
        self.from = vec![clean; program.code.len()];
        if self.sites.is_empty() {
            return;
        }
        let mut changed = true;
        while changed {
            changed = false;
            for at in 0..program.code.len() {
                let after = self.after(program, at);
                for next in &edges.next[at] {
                    changed |= merge(&mut self.from[*next as usize], &after);
                }
                for (handler, _) in &edges.throws[at] {
                    let before = self.from[at].clone();
                    changed |= merge(&mut self.from[*handler as usize], &before);
                }
            }
        }
    }

    fn after(&self, program: &Program, at: usize) -> Vec<Bits> {
        let mut slots = self.from[at].clone();
        let sum = |operand: &Operand, slots: &[Bits]| {
            let mut all = Bits::new(self.sites.len());
            for slot in reads(operand).slots {
                all.extend(&slots[slot as usize]);
            }
            all
        };
        match &program.code[at] {
            Instr::Set(slot, operand) | Instr::Bind(slot, operand, _) | Instr::Iterate(slot, _, operand) => {
                slots[*slot as usize] = sum(operand, &slots);
            }
            Instr::Copy(from, to) => slots[*to as usize] = slots[*from as usize].clone(),
            Instr::Advance { list, variable, .. } => slots[*variable as usize] = slots[*list as usize].clone(),
            Instr::Op(op) => {
                for slot in answer_slot(op) {
                    let mut fresh = Bits::new(self.sites.len());
                    if let Some(site) = self.site(at as Pc) {
                        fresh.insert(site);
                    }
                    slots[slot as usize] = fresh;
                }
            }
            _ => {}
        }
        slots
    }

    fn want(&mut self, program: &Program, edges: &Edges) {
        self.wanted = vec![Bits::new(program.slots.len()); program.code.len()];
        if self.sites.is_empty() {
            return;
        }
        let mut changed = true;
        while changed {
            changed = false;
            for at in (0..program.code.len()).rev() {
                let mut wanted = Bits::new(program.slots.len());
                for next in edges.all(at as Pc) {
                    wanted.extend(&self.wanted[next as usize]);
                }
                pass(&program.code[at], &mut wanted);
                changed |= self.wanted[at].extend(&wanted);
            }
        }
    }
}

/// From the slots wanted after an instruction to those wanted before it. What an error keeps from happening does not
/// matter: a slot too many is only a mark too many.
fn pass(instr: &Instr, wanted: &mut Bits) {
    let mut set = |slot: &Slot, operands: &[&Operand]| {
        if wanted.contains(*slot as usize) {
            wanted.remove(*slot as usize);
            for slot in operands.iter().flat_map(|operand| reads(operand).slots) {
                wanted.insert(slot as usize);
            }
        }
    };
    match instr {
        Instr::Set(slot, operand) | Instr::Bind(slot, operand, _) | Instr::Iterate(slot, _, operand) => {
            set(slot, &[operand]);
        }
        Instr::Copy(from, to) => set(to, &[&Operand::Slot(*from)]),
        Instr::Advance { list, variable, .. } if wanted.contains(*variable as usize) => {
            wanted.insert(*list as usize);
        }
        Instr::Op(op) => {
            for slot in answer_slot(op) {
                wanted.remove(slot as usize);
            }
            if let Op::Write { value, .. } = op.as_ref() {
                for slot in reads(value).slots {
                    wanted.insert(slot as usize);
                }
            }
        }
        _ => {}
    }
}

fn merge(into: &mut [Bits], from: &[Bits]) -> bool {
    let mut grown = false;
    for (into, from) in into.iter_mut().zip(from) {
        grown |= into.extend(from);
    }
    grown
}
