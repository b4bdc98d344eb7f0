//! Where control can go from each instruction.
use crate::program::{Instr, Op, Pc, Program};

#[derive(Clone, Debug)]
pub(in crate::verify) struct Edges {
    /// By instruction: where it goes when it has done its work.
    pub next: Vec<Vec<Pc>>,
    /// By instruction: where it goes when it throws, and the slot the error is in then.
    pub throws: Vec<Vec<(Pc, u16)>>,
}

impl Edges {
    pub fn new(program: &Program) -> Edges {
        let count = program.code.len();
        let mut edges = Edges { next: vec![Vec::new(); count], throws: vec![Vec::new(); count] };
        for (at, instr) in program.code.iter().enumerate() {
            let pc = at as Pc;
            edges.next[at] = next(program, pc, instr);
            // An error stops at the first range, an exit at the first `finally`; which of them it is, is not known here.
            for exiting in [false, true] {
                if let Some(range) = program.handler_at(pc, exiting) {
                    let way = (range.handler, range.slot);
                    if can_throw(instr, exiting) && !edges.throws[at].contains(&way) {
                        edges.throws[at].push(way);
                    }
                }
            }
        }
        edges
    }

    /// All ways on, errors too.
    pub fn all(&self, pc: Pc) -> impl Iterator<Item = Pc> + '_ {
        let at = pc as usize;
        self.next[at].iter().copied().chain(self.throws[at].iter().map(|(pc, _)| *pc))
    }

    /// Whether control can come to an instruction again.
    pub fn comes_back(&self, pc: Pc) -> bool {
        let mut seen = vec![false; self.next.len()];
        let mut work: Vec<Pc> = self.all(pc).collect();
        while let Some(at) = work.pop() {
            if at == pc {
                return true;
            }
            if !std::mem::replace(&mut seen[at as usize], true) {
                work.extend(self.all(at));
            }
        }
        false
    }
}

fn next(program: &Program, pc: Pc, instr: &Instr) -> Vec<Pc> {
    let on = pc + 1;
    match instr {
        Instr::Jump(to) => vec![*to],
        Instr::Unless(_, to) | Instr::CountDown(_, to) | Instr::Catches { otherwise: to, .. } => vec![on, *to],
        Instr::Advance { end, .. } => vec![on, *end],
        Instr::EndFinally(slot) => {
            let targets = program.code.iter().filter_map(|instr| match instr {
                Instr::Then(of, to) if of == slot => Some(*to),
                _ => None,
            });
            std::iter::once(on).chain(targets).collect()
        }
        Instr::Raise { .. } | Instr::Reraise(_) | Instr::Return(_) | Instr::ReturnSlot(_) | Instr::Exit(_) => {
            Vec::new()
        }
        Instr::Op(op) => match op.as_ref() {
            Op::Next { end, .. } => vec![on, *end],
            _ => vec![on],
        },
        _ => vec![on],
    }
}

/// Whether it may throw an error, or an exit.
fn can_throw(instr: &Instr, exiting: bool) -> bool {
    match instr {
        Instr::Pass | Instr::Jump(_) | Instr::Unset(_) | Instr::Copy(..) | Instr::Then(..) => false,
        Instr::Catches { .. } | Instr::CountDown(..) | Instr::Advance { .. } | Instr::ReturnSlot(_) => false,
        Instr::Exit(_) | Instr::Reraise(_) | Instr::EndFinally(_) => true,
        _ => !exiting,
    }
}
