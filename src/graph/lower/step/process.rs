//! `start`, `terminate` and `kill`.
use super::Written;
use crate::graph::Action;
use crate::graph::lower::Lower;

pub(super) fn start(lower: &mut Lower, step: &Written) -> Option<Action> {
    step.of(lower).map(|process| Action::Start { process })
}

pub(super) fn terminate(lower: &mut Lower, step: &Written) -> Option<Action> {
    step.of(lower).map(|process| Action::Terminate { process })
}

pub(super) fn kill(lower: &mut Lower, step: &Written) -> Option<Action> {
    step.of(lower).map(|process| Action::Kill { process })
}
