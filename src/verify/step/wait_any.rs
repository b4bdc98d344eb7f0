//! `wait` for the first of several.
use super::super::layout::Object;
use super::super::moves::Moves;
use super::super::world::World;
use crate::program::{Outcome, Waitee, WaiteeKind};
use crate::value::Value;

impl World<'_, '_> {
    pub(super) fn wait_any(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves, on: &[Waitee]) {
        let ready = on.iter().filter(|waitee| self.is_ready(row, waitee.what));
        let ready: Vec<Value> = ready.map(|waitee| Value::Str(waitee.name.clone())).collect();
        match ready.is_empty() {
            false => self.answer(row, actor, first, moves, Outcome::Done(Value::list(ready))),
            true => self.or_time_out(row, actor, first, moves),
        }
    }

    /// It has something to take, is at its end, or has ended.
    fn is_ready(&self, row: &[u32], what: WaiteeKind) -> bool {
        match what {
            WaiteeKind::Queue(id) => {
                let place = self.system.layout.place(id);
                let items = matches!(self.object(row, place).as_ref(), Object::Queue(queue) if !queue.is_empty());
                items || self.is_finished(row, place)
            }
            WaiteeKind::End(end) => {
                let place = self.system.layout.inlet(end);
                let open = self.sender_open(row, place);
                match self.object(row, place).as_ref() {
                    Object::Channel(channel) => channel.poll(open),
                    Object::Stream(stream) => stream.poll(open),
                    _ => false,
                }
            }
            WaiteeKind::Event(id) => {
                let place = self.system.layout.place(id);
                matches!(self.object(row, place).as_ref(), Object::Event(event) if event.is_set())
            }
            WaiteeKind::Process(process) => self.all_over(row, process),
        }
    }
}
