//! Steps on a pipe of bytes.
use super::super::block::{Block, Phase};
use super::super::layout::Object;
use super::super::model::Taken;
use super::super::world::World;
use super::alone::Tried::{self, Answer, Part, Waits};
use super::alone::null;
use crate::program::{Outcome, Request};
use crate::value::{Fault, Value};

impl World<'_, '_> {
    pub(super) fn try_stream(&self, request: &Request, block: &mut Block, object: &mut Object, open: bool) -> Tried {
        let Object::Stream(stream) = object else { unreachable!("it was asked for a bytes pipe") };
        if block.holds.has_closed(self.own_end(request).unwrap_or(usize::MAX)) {
            return Answer(self.closed(request));
        }
        if let Some(wrong) = self.wrong_way(request) {
            return Answer(wrong);
        }
        let part = match request {
            Request::Read(_) => return Answer(Outcome::Done(Value::Bool(stream.poll(open)))),
            Request::Send { value, .. } => {
                let bytes = match value {
                    Value::Bytes(bytes) => bytes.to_vec(),
                    Value::Str(text) => text.as_bytes().to_vec(),
                    other => {
                        let message = format!("a bytes pipe carries text or bytes, not {}", other.type_name());
                        return Answer(Outcome::Failed(Fault::type_error(message)));
                    }
                };
                if !open {
                    return Answer(self.broken_pipe(request));
                }
                let sent = if let Phase::Sent(sent) = block.phase { sent } else { 0 };
                let now = stream.send(&bytes[sent..]);
                return match sent + now {
                    all if all == bytes.len() => Answer(null()),
                    _ if now == 0 => Waits,
                    some => {
                        block.phase = Phase::Sent(some);
                        Part
                    }
                };
            }
            Request::Recv { part, .. } => *part,
            // A line at a time.
            _ => crate::program::Part::Until(crate::graph::Until::Line),
        };
        let had = if let Phase::Got(had) = &block.phase { had.clone() } else { Vec::new() };
        match stream.recv(part, &had, open) {
            Some(Taken::Bytes(bytes)) => Answer(Outcome::Done(Value::bytes(bytes))),
            Some(Taken::Partly(bytes)) => {
                block.phase = Phase::Got(bytes);
                Part
            }
            Some(Taken::End) => Answer(self.at_its_end(request)),
            None => Waits,
        }
    }
}
