//! Which errors a step can raise, as far as a handler asks.
use super::Known as Names;
use crate::graph::{Action, Datum, ExecInto, Kind, Step, gives_up};

/// How likely a handler gets an error of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Chance {
    Never,
    /// Only when something is wrong that the author hardly had in mind: a mistyped value, no memory.
    Remote,
    /// It is what the step is known to raise.
    Known,
}

/// What the machine raises when an expression cannot be computed.
const OF_EXPRESSIONS: &[&str] =
    &["ZeroDivisionError", "OverflowError", "IndexError", "KeyError", "TypeError", "ValueError"];

/// What any operation may meet.
const OF_ANYTHING: &[&str] = &["ValueError", "TypeError", "OSError", "MemoryError", "IndexError"];

/// Whether a handler for `error` (`any` is all of them) can be reached from `step` itself.
pub(super) fn chance(step: &Step, error: &str, names: &dyn Names) -> Chance {
    let computed = || step.data().iter().any(|datum| is_computed(datum)) || has_condition(step);
    let known = match known(step, names) {
        Known::Nothing if !computed() => return Chance::Never,
        Known::Nothing => &[][..],
        Known::Anything => return Chance::Known,
        Known::These(errors) => errors,
        Known::Raised(name) => {
            return if error == "any" || error == name { Chance::Known } else { Chance::Never };
        }
    };
    if error == "any" {
        return if known.is_empty() { Chance::Remote } else { Chance::Known };
    }
    if known.contains(&error) {
        return Chance::Known;
    }
    // Who names an error of expressions in a handler has it in mind.
    if OF_EXPRESSIONS.contains(&error) && computed() {
        return Chance::Known;
    }
    if OF_ANYTHING.contains(&error) { Chance::Remote } else { Chance::Never }
}

/// Whether an error of `step` can leave the body at all.
pub(super) fn is_quiet(step: &Step, names: &dyn Names) -> bool {
    chance(step, "any", names) == Chance::Never
}

enum Known<'a> {
    /// It can only fail where it computes something.
    Nothing,
    These(&'static [&'static str]),
    /// A `raise` with a constant name.
    Raised(&'a str),
    /// Whatever somebody else raised.
    Anything,
}

fn known<'a>(step: &'a Step, names: &dyn Names) -> Known<'a> {
    Known::These(match &step.action {
        Action::Put { block, timeout, .. } if gives_up(block, timeout) => &["Full"],
        Action::Get { block, timeout, .. } if gives_up(block, timeout) => &["Empty"],
        Action::Join { timeout: Some(_), into: None, .. } => &["TimeoutError"],
        Action::Send { .. } => &["BrokenPipeError"],
        Action::Recv { timeout: Some(_), .. } => &["EOFError", "TimeoutError"],
        Action::Recv { .. } => &["EOFError"],
        Action::Acquire { of, block, timeout, into: None } if gives_up(block, timeout) => match names.kind(of) {
            Some(Kind::Semaphore) => &["TimeoutError"],
            _ => &["OwnerDied", "TimeoutError"],
        },
        Action::Acquire { of, .. } | Action::With { of, .. } => match names.kind(of) {
            Some(Kind::Semaphore) => &[],
            _ => &["OwnerDied"],
        },
        Action::Wait { on, timeout, .. } => match names.kind(on) {
            Some(Kind::Event) if timeout.is_none() => return Known::Nothing,
            Some(Kind::Event) => &[],
            Some(Kind::Barrier) => &["BrokenBarrierError"],
            Some(Kind::Condition) => &["OwnerDied"],
            _ => &["OwnerDied", "BrokenBarrierError"],
        },
        Action::TaskDone { .. } | Action::Release { .. } => &["ValueError"],
        Action::Exec { into: Some(ExecInto::Parts { exit: Some(_), .. }), .. } => &["TimeoutError", "OSError"],
        Action::Exec { .. } => &["CalledProcessError", "TimeoutError", "OSError"],
        Action::Await { .. } => return Known::Anything,
        Action::Apply { asynchronous: false, .. } | Action::Map { asynchronous: false, .. } => return Known::Anything,
        Action::Raise { error: None, .. } => return Known::Raised("RuntimeError"),
        Action::Raise { error: Some(error), .. } => match error.constant().and_then(|name| name.as_str()) {
            Some(name) => return Known::Raised(name),
            None => return Known::Anything,
        },
        Action::Print { .. }
        | Action::Log { .. }
        | Action::Let(_)
        | Action::Sleep(_)
        | Action::If { .. }
        | Action::While { .. }
        | Action::Loop { .. }
        | Action::Repeat { .. }
        | Action::ForIn { .. }
        | Action::Try { .. }
        | Action::Return(_)
        | Action::Exit(_)
        | Action::Break
        | Action::Continue
        | Action::Pass => return Known::Nothing,
        _ => &[],
    })
}

fn has_condition(step: &Step) -> bool {
    matches!(step.action, Action::If { .. } | Action::While { .. } | Action::Repeat { .. } | Action::Await { .. })
}

fn is_computed(datum: &Datum) -> bool {
    match datum {
        Datum::Constant(..) => false,
        Datum::Template(..) => true,
        Datum::List(items, _) => items.iter().any(is_computed),
        Datum::Map(entries, _) => entries.iter().any(|(_, _, value)| is_computed(value)),
    }
}
