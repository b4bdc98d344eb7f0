//! The process's side of the gate: it asks before each step, and tells what came of it.
use super::hands::Hands;
use crate::program::{Outcome, Request, StepInfo, Wait};
use crate::run::gate::{BRIEFLY_NS, Grant, RETAKES};
use crate::run::wire::FrameKind;

impl Hands<'_> {
    pub fn is_gated(&self) -> bool {
        self.gated
    }

    pub(super) fn perform_at_gate(&mut self, step: &StepInfo, mut request: Request) -> Outcome {
        self.place = step.place.clone();
        let grant = self.come_to_gate(&step.place, step.verb);
        let is = |other: Grant| grant == other as u32;
        if let Request::Sleep(ns) = &mut request
            && !is(Grant::Open)
            && !is(Grant::AsItIs)
        {
            // When it is over is a matter of the order.
            *ns = 0;
        }
        if let Request::WaitBarrier { barrier, wait } = &mut request {
            wait.get_or_insert(self.patience_of(*barrier));
        }
        let can_be_told =
            matches!(request, Request::WaitCondition { .. } | Request::WaitBarrier { .. } | Request::WaitEvent { .. });
        if let Some(wait) = request.wait_mut() {
            match *wait {
                _ if is(Grant::TimeOut) => *wait = Wait::Poll,
                Wait::For(_) if is(Grant::Go) => *wait = Wait::Forever,
                Wait::For(_) if is(Grant::UntilTold) && !can_be_told => *wait = Wait::For(BRIEFLY_NS),
                _ => {}
            }
        }
        self.waits_until_told = is(Grant::UntilTold);
        let outcome = self.perform(request);
        self.waits_until_told = false;
        self.tell_gate(&outcome.word());
        outcome
    }

    /// Woken in a condition: the lock is taken back when it is this one's turn.
    pub(super) fn come_to_retake(&mut self) {
        let place = self.place.clone();
        self.come_to_gate(&place, RETAKES);
    }

    /// Waits to be let through; the word of the gate.
    #[inline]
    pub(super) fn come_to_gate(&mut self, place: &str, verb: &str) -> u32 {
        if self.gated { self.pass_gate(place, verb) } else { Grant::Open as u32 }
    }

    #[cold]
    fn pass_gate(&mut self, place: &str, verb: &str) -> u32 {
        self.send_line(FrameKind::Ready, format!("{place}\t{verb}").as_bytes());
        let word = self.actor.pass();
        self.gated = word != Grant::Open as u32;
        word
    }

    pub(super) fn tell_gate(&self, result: &str) {
        if self.gated {
            self.send_line(FrameKind::Did, result.as_bytes());
        }
    }
}

impl Request {
    /// How long it may take, where it may take time.
    fn wait_mut(&mut self) -> Option<&mut Wait> {
        match self {
            Request::Put { wait, .. }
            | Request::Get { wait, .. }
            | Request::JoinQueue { wait, .. }
            | Request::Recv { wait, .. }
            | Request::Acquire { wait, .. }
            | Request::WaitEvent { wait, .. }
            | Request::WaitCondition { wait, .. }
            | Request::WaitAny { wait, .. }
            | Request::JoinProcess { wait, .. }
            | Request::Await { wait, .. } => Some(wait),
            Request::WaitBarrier { wait, .. } => wait.as_mut(),
            _ => None,
        }
    }
}
