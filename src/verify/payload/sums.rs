//! Variables in which numbers are added up, and nothing else.
use super::super::body::Body;
use crate::program::{Instr, Op, Operand, Pc, Slot};
use crate::value::Value;

/// A sum is set once to a constant, before anything is added to it, and not looked at while anything still may be.
pub(super) struct Sum {
    pub slot: Slot,
    /// The instructions that add to it.
    pub additions: Vec<Pc>,
    /// By instruction, whether something may still be added from there on.
    pub grows: Vec<bool>,
}

/// The sum of so many numbers that are no larger than this stays a number, in whatever order they are added.
pub(super) const ADDEND_MAX: u64 = 1 << 40;

impl Sum {
    /// `None`: the variable is more than that.
    pub fn new(body: &Body, slot: Slot) -> Option<Sum> {
        let code = &body.program.code;
        let pcs = || 0..code.len() as Pc;
        let additions: Vec<Pc> = pcs().filter(|pc| addend(&code[*pc as usize], slot).is_some()).collect();
        let grows: Vec<bool> = pcs().map(|pc| reaches(body, pc, &additions)).collect();
        let mut begins = 0;
        for pc in pcs().filter(|pc| !additions.contains(pc)) {
            let instr = &code[pc as usize];
            let at = pc as usize;
            let (read, set) = super::super::flow::touches(instr);
            let caught = body.edges.throws[at].iter().any(|(_, error)| *error == slot);
            if caught || walks_into(instr) == Some(slot) || read.contains(&slot) && grows[at] {
                return None;
            }
            if set.contains(&slot) {
                let after_an_addition = additions.iter().any(|addition| follows(body, *addition, pc));
                if !is_number(instr) || after_an_addition {
                    return None;
                }
                begins += 1;
            }
        }
        (begins == 1).then_some(Sum { slot, additions, grows })
    }
}

/// What an instruction adds to a variable.
pub(super) fn addend(instr: &Instr, to: Slot) -> Option<Slot> {
    match instr {
        Instr::Set(slot, Operand::Code(code)) if *slot == to => code.addend(to),
        _ => None,
    }
}

/// The variable that a walk over something sets, if there is a next.
pub(super) fn walks_into(instr: &Instr) -> Option<Slot> {
    match instr {
        Instr::Advance { variable, .. } => Some(*variable),
        Instr::Op(op) => match op.as_ref() {
            Op::Next { variable, .. } => Some(*variable),
            _ => None,
        },
        _ => None,
    }
}

fn is_number(instr: &Instr) -> bool {
    let Instr::Set(_, operand) = instr else { return false };
    let constant = match operand {
        Operand::Constant(value) => Some(value),
        Operand::Code(code) => code.constant(),
        _ => None,
    };
    matches!(constant, Some(Value::Int(n)) if n.unsigned_abs() <= ADDEND_MAX)
}

/// Whether control can come from an instruction, itself too, to one of these.
fn reaches(body: &Body, from: Pc, to: &[Pc]) -> bool {
    to.contains(&from) || to.iter().any(|to| follows(body, from, *to))
}

/// Whether control can come from one instruction to the other.
fn follows(body: &Body, from: Pc, to: Pc) -> bool {
    let mut seen = vec![false; body.program.code.len()];
    let mut work: Vec<Pc> = body.edges.all(from).collect();
    while let Some(pc) = work.pop() {
        if pc == to {
            return true;
        }
        if !std::mem::replace(&mut seen[pc as usize], true) {
            work.extend(body.edges.all(pc));
        }
    }
    false
}
