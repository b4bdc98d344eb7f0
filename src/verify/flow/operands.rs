//! What an operation computes and where its answer goes.
use crate::expr::Reads;
use crate::program::{Op, Operand, Patience, Slot};

/// The operands of an operation, those of its patience too.
pub(in crate::verify) fn operands(op: &Op) -> Vec<&Operand> {
    fn patient(patience: &Patience) -> impl Iterator<Item = &Operand> {
        patience.block.iter().chain(&patience.timeout)
    }
    match op {
        Op::Print { text: one, .. } | Op::Log { text: one, .. } | Op::Sleep(one) | Op::Send { value: one, .. } => {
            vec![one]
        }
        Op::Put { value: one, patience, .. } | Op::Await { handle: one, patience, .. } => {
            std::iter::once(one).chain(patient(patience)).collect()
        }
        Op::Recv { size, patience, .. } => size.iter().chain(patient(patience)).collect(),
        Op::Get { patience, .. }
        | Op::JoinQueue { patience, .. }
        | Op::Acquire { patience, .. }
        | Op::WaitEvent { patience, .. }
        | Op::WaitBarrier { patience, .. }
        | Op::WaitCondition { patience, .. }
        | Op::WaitAny { patience, .. }
        | Op::JoinProcess { patience, .. } => patient(patience).collect(),
        Op::Notify { n, .. } => n.iter().collect(),
        Op::ReadArray { index, .. } => index.iter().collect(),
        Op::Write { index, value, .. } => index.iter().chain([value]).collect(),
        Op::Add { index, by, .. } => index.iter().chain(by).collect(),
        Op::Apply { arguments, .. } => arguments.iter().collect(),
        Op::Map { over, chunksize, .. } => std::iter::once(over).chain(chunksize).collect(),
        Op::Exec { argv, input, patience, .. } => argv.iter().chain(input).chain(patient(patience)).collect(),
        Op::Next { .. }
        | Op::TaskDone(_)
        | Op::CloseQueue(_)
        | Op::CloseEnd(_)
        | Op::Release(_)
        | Op::SetEvent(_)
        | Op::ClearEvent(_)
        | Op::AbortBarrier(_)
        | Op::ResetBarrier(_)
        | Op::ReadProperty { .. }
        | Op::ReadPoll { .. }
        | Op::ReadValue { .. }
        | Op::ReadProcess { .. }
        | Op::ReadActiveChildren { .. }
        | Op::ReadClock { .. }
        | Op::Start(_)
        | Op::Terminate(_)
        | Op::Kill(_) => Vec::new(),
    }
}

/// The variables that an operation sets.
pub(in crate::verify) fn answer_slot(op: &Op) -> Vec<Slot> {
    match op {
        // At the end of what it walks over the variable keeps its value: it is not surely set.
        Op::Next { .. } => Vec::new(),
        Op::Exec { into, .. } => into.stdout.iter().chain(&into.stderr).chain(&into.exit).copied().collect(),
        _ => op.target_slot().into_iter().collect(),
    }
}

/// Everything that computing `operand` looks at.
pub(in crate::verify) fn reads(operand: &Operand) -> Reads {
    let mut all = Reads::default();
    match operand {
        Operand::Constant(_) => {}
        Operand::Code(code) => all = code.reads(),
        Operand::Slot(slot) => {
            all.slots.insert(*slot);
        }
        Operand::List(items) => items.iter().for_each(|item| join(&mut all, reads(item))),
        Operand::Map(entries) => entries.iter().for_each(|(_, value)| join(&mut all, reads(value))),
    }
    all
}

fn join(all: &mut Reads, more: Reads) {
    all.slots.extend(more.slots);
    all.me |= more.me;
    all.chance |= more.chance;
}
