//! A program with what is known of it.
use super::flow::{Edges, Live, Taint, operands, reads};
use crate::expr::Reads;
use crate::program::{Instr, Op, Operand, Pc, Program, Slot};

pub(super) struct Body<'p> {
    pub program: &'p Program,
    pub edges: Edges,
    pub live: Live,
    pub taint: Taint,
    /// Who it is matters: `self` in anything but what is printed or logged.
    pub knows_itself: bool,
    /// `self` in what is printed.
    pub prints_itself: bool,
    /// Random numbers, or another function that its arguments do not tell.
    pub takes_chances: bool,
    /// It may `exit`.
    pub exits: bool,
}

impl<'p> Body<'p> {
    pub fn new(program: &'p Program) -> Body<'p> {
        let edges = Edges::new(program);
        let (live, taint) = (Live::new(program, &edges), Taint::new(program, &edges));
        let exits = program.code.iter().any(|instr| matches!(instr, Instr::Exit(_)));
        let (knows_itself, prints_itself, takes_chances) = (false, false, false);
        let mut body = Body { program, edges, live, taint, knows_itself, prints_itself, takes_chances, exits };
        for instr in &program.code {
            let (computed, printed) = computed(instr);
            body.knows_itself |= computed.me;
            body.prints_itself |= printed.me;
            body.takes_chances |= computed.chance || printed.chance;
        }
        body
    }

    pub fn op(&self, pc: Pc) -> Option<&'p Op> {
        match &self.program.code[pc as usize] {
            Instr::Op(op) => Some(op),
            _ => None,
        }
    }

    /// All operations, with their places.
    pub fn ops(&self) -> impl Iterator<Item = (Pc, &'p Op)> + '_ {
        (0..self.program.code.len() as Pc).filter_map(|pc| self.op(pc).map(|op| (pc, op)))
    }

    /// Where a value set by these operations is looked at by anything but a print, by way of other variables too. A
    /// print that decides by it counts where somebody looks at what is printed.
    pub fn first_use(&self, watched: bool, from: impl Fn(&Op) -> Option<Slot>) -> Option<Pc> {
        let mut tainted: Vec<Slot> = self.ops().filter_map(|(_, op)| from(op)).collect();
        let mut next = 0;
        while next < tainted.len() {
            let slot = tainted[next];
            next += 1;
            for (pc, instr) in self.program.code.iter().enumerate() {
                let to = match instr {
                    Instr::Set(to, _) | Instr::Copy(_, to) => Some(*to),
                    Instr::Op(op) if matches!(op.as_ref(), Op::Print { .. } | Op::Log { .. }) => {
                        let decides = |text: &Operand| matches!(text, Operand::Code(code) if code.decides_by(&[slot]));
                        match op.as_ref() {
                            Op::Print { text, .. } if watched && decides(text) => return Some(pc as Pc),
                            _ => continue,
                        }
                    }
                    _ => None,
                };
                let (computed, _) = computed(instr);
                if !computed.slots.contains(&slot) {
                    continue;
                }
                match to {
                    Some(to) if !tainted.contains(&to) => tainted.push(to),
                    Some(_) => {}
                    None => return Some(pc as Pc),
                }
            }
        }
        None
    }
}

/// What an instruction looks at to go on, and what to print.
fn computed(instr: &Instr) -> (Reads, Reads) {
    let mut all = Reads::default();
    let mut add = |more: Reads| {
        all.slots.extend(more.slots);
        all.me |= more.me;
        all.chance |= more.chance;
    };
    match instr {
        Instr::Unless(code, _) | Instr::Count(_, code) => add(code.reads()),
        Instr::Set(_, operand) | Instr::Bind(_, operand, _) | Instr::Iterate(_, _, operand) => add(reads(operand)),
        Instr::Copy(from, _) => {
            all.slots.insert(*from);
        }
        Instr::Raise { error, text } => error.iter().chain([text]).for_each(|operand| add(reads(operand))),
        Instr::Return(operand) | Instr::Exit(operand) => operand.iter().for_each(|operand| add(reads(operand))),
        Instr::Op(op) => {
            operands(op).into_iter().for_each(|operand| add(reads(operand)));
            if matches!(op.as_ref(), Op::Print { .. } | Op::Log { .. }) {
                return (Reads::default(), all);
            }
        }
        _ => {}
    }
    (all, Reads::default())
}
