//! Whether a body gives back no more than it took.
//!
//! A `task_done` that follows a `get` of the same body can never be one too many, and a `release` that follows an
//! `acquire` never one above the bound: the order of such steps among processes does not matter then.
use super::Edges;
use crate::program::{Instr, Op, Pc, Program};

/// What an operation does to the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verify) enum Count {
    Up,
    Down,
    Same,
}

/// More than this is not counted.
const MOST: u32 = 8;

/// Whether on every way, at each operation that counts down, at least one that counted up is left.
pub(in crate::verify) fn never_below_zero(program: &Program, edges: &Edges, count: impl Fn(&Op) -> Count) -> bool {
    let mut least: Vec<Option<u32>> = vec![None; program.code.len()];
    let mut work: Vec<Pc> = vec![0];
    if let Some(first) = least.first_mut() {
        *first = Some(0);
    }
    while let Some(pc) = work.pop() {
        let at = pc as usize;
        let Some(before) = least[at] else { continue };
        let counts = match &program.code[at] {
            Instr::Op(op) => count(op),
            _ => Count::Same,
        };
        let after = match counts {
            Count::Up => (before + 1).min(MOST),
            Count::Down if before == 0 => return false,
            Count::Down => before - 1,
            Count::Same => before,
        };
        // A `for .. from` goes to its end without an item; what throws has not counted up, and may have counted down.
        let without = match counts {
            Count::Down => after,
            _ => before,
        };
        let end = match &program.code[at] {
            Instr::Op(op) => match op.as_ref() {
                Op::Next { end, .. } => Some(*end),
                _ => None,
            },
            _ => None,
        };
        let ways = edges.next[at].iter().map(|next| (*next, if end == Some(*next) { without } else { after }));
        // To acquire a semaphore without a limit of time never fails.
        let fails = !matches!(&program.code[at], Instr::Op(op) if counts == Count::Up && is_patient(op));
        let thrown = edges.throws[at].iter().filter(|_| fails).map(|(handler, _)| (*handler, without));
        for (next, count) in ways.chain(thrown).collect::<Vec<_>>() {
            let known = &mut least[next as usize];
            if known.is_none_or(|known| count < known) {
                *known = Some(count);
                work.push(next);
            }
        }
    }
    true
}

fn is_patient(op: &Op) -> bool {
    matches!(op, Op::Acquire { patience, .. } if patience.block.is_none() && patience.timeout.is_none())
}
