//! Which variables still matter at each instruction.
//!
//! A variable that no way on reads before it is set again tells states apart that go on alike: it is forgotten.
use super::super::bits::Bits;
use super::{Edges, answer_slot, operands, reads};
use crate::program::{Instr, Op, Pc, Program, Slot};

/// By instruction, what matters before it is carried out.
#[derive(Clone, Debug)]
pub(in crate::verify) struct Live {
    before: Vec<Bits>,
}

impl Live {
    pub fn new(program: &Program, edges: &Edges) -> Live {
        let slots = program.slots.len();
        let touched: Vec<(Vec<Slot>, Vec<Slot>)> = program.code.iter().map(touches).collect();
        let mut before = vec![Bits::new(slots); program.code.len()];
        let mut changed = true;
        while changed {
            changed = false;
            for at in (0..program.code.len()).rev() {
                let (read, set) = &touched[at];
                let mut live = Bits::new(slots);
                for next in &edges.next[at] {
                    let mut after = before[*next as usize].clone();
                    // At the end of what it walks over the variable keeps its value.
                    if let Some((variable, end)) = walk(&program.code[at])
                        && *next != end
                    {
                        after.remove(variable as usize);
                    }
                    live.extend(&after);
                }
                for slot in set {
                    live.remove(*slot as usize);
                }
                for (handler, slot) in &edges.throws[at] {
                    let mut handled = before[*handler as usize].clone();
                    handled.remove(*slot as usize);
                    live.extend(&handled);
                }
                for slot in read {
                    live.insert(*slot as usize);
                }
                changed |= before[at].extend(&live);
            }
        }
        Live { before }
    }

    pub fn at(&self, pc: Pc) -> &Bits {
        &self.before[pc as usize]
    }
}

/// The variable that a `for .. from` sets to what it takes, and where it goes when there is nothing more.
fn walk(instr: &Instr) -> Option<(Slot, Pc)> {
    let Instr::Op(op) = instr else { return None };
    if let Op::Next { variable, end, .. } = op.as_ref() { Some((*variable, *end)) } else { None }
}

/// The variables that an instruction reads, and those that it surely sets when it throws nothing.
pub(in crate::verify) fn touches(instr: &Instr) -> (Vec<Slot>, Vec<Slot>) {
    let of = |operand| reads(operand).slots.into_iter().collect::<Vec<Slot>>();
    match instr {
        Instr::Pass | Instr::Jump(_) => (vec![], vec![]),
        Instr::Unless(code, _) => (code.reads().slots.into_iter().collect(), vec![]),
        Instr::Set(slot, operand) | Instr::Bind(slot, operand, _) => (of(operand), vec![*slot]),
        Instr::Unset(slot) | Instr::Then(slot, _) => (vec![], vec![*slot]),
        Instr::Copy(from, to) => (vec![*from], vec![*to]),
        Instr::Count(slot, code) => (code.reads().slots.into_iter().collect(), vec![*slot]),
        Instr::CountDown(slot, _) => (vec![*slot], vec![]),
        Instr::Iterate(list, position, operand) => (of(operand), vec![*list, *position]),
        Instr::Advance { list, position, .. } => (vec![*list, *position], vec![]),
        Instr::Raise { error, text } => (error.iter().chain([text]).flat_map(of).collect(), vec![]),
        Instr::Reraise(slot) | Instr::EndFinally(slot) | Instr::ReturnSlot(slot) => (vec![*slot], vec![]),
        Instr::Catches { slot, .. } => (vec![*slot], vec![]),
        Instr::Return(operand) | Instr::Exit(operand) => (operand.iter().flat_map(of).collect(), vec![]),
        Instr::Op(op) => (operands(op).into_iter().flat_map(of).collect(), answer_slot(op)),
    }
}
