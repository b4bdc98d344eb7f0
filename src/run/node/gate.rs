//! The process's side of the gate: it asks before each step, and tells what came of it.
use super::hands::Hands;
use crate::program::{Outcome, Request, StepInfo, Wait};
use crate::run::gate::{BRIEFLY_NS, Grant};
use crate::run::wire::FrameKind;

impl Hands<'_> {
    pub fn is_gated(&self) -> bool {
        self.gated
    }

    pub(super) fn perform_at_gate(&mut self, step: &StepInfo, mut request: Request) -> Outcome {
        let grant = self.come_to_gate(&step.place, step.verb);
        if let Request::Sleep(ns) = &mut request
            && grant != Grant::Open as u32
            && grant != Grant::AsItIs as u32
        {
            // When it is over is a matter of the order.
            *ns = 0;
        }
        if let Some(wait) = request.wait_mut() {
            let bounded = *wait != Wait::Forever;
            match grant {
                word if word == Grant::TimeOut as u32 => *wait = Wait::Poll,
                word if word == Grant::Briefly as u32 && bounded => *wait = Wait::For(BRIEFLY_NS),
                word if word == Grant::Go as u32 && *wait != Wait::Poll => *wait = Wait::Forever,
                _ => {}
            }
        }
        let outcome = self.perform(request);
        self.tell_gate(&outcome.word());
        outcome
    }

    /// Waits to be let through; the word of the gate.
    pub(super) fn come_to_gate(&mut self, place: &str, verb: &str) -> u32 {
        if !self.gated {
            return Grant::Open as u32;
        }
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
            // Its own timeout stands with the barrier.
            Request::WaitBarrier { wait, .. } => wait.as_mut(),
            _ => None,
        }
    }
}
