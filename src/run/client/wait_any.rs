//! Until one of several has something to take, is at its end, is set, or has ended.
use super::perform::{Done, Undone, damaged};
use super::visit::Visit;
use crate::run::ipc::{Granted, What};
use crate::run::node::ready;
use crate::shm::{self, Bell, SlotIndex, State, Target, Verb, Waiting};
use crate::value::{Str, Value};
use nix::poll::PollFlags;

/// Where descriptors are among the things waited for, they and shared memory are looked at by turns: 5 ms.
const TURN_NS: u64 = 5_000_000;

impl<'a> Visit<'a> {
    pub(super) fn wait_any(&self) -> Done {
        let found = |ready: Vec<Value>| (!ready.is_empty()).then(|| Value::list(ready));
        let mut targets = Vec::new();
        for thing in self.things {
            self.targets(thing, &mut targets)?;
        }
        let Some(descriptor) = self.things.iter().find_map(|thing| self.end(thing)) else {
            return Ok(Some(self.actor.wait_any(&targets, self.until, || found(self.ready_ones()))?));
        };
        loop {
            if let Some(list) = found(self.ready_ones()) {
                return Ok(Some(list));
            }
            if self.until.is_over() {
                return Err(Undone::TimedOut);
            }
            let turn = shm::now_ns().saturating_add(TURN_NS);
            let turn = match self.until {
                shm::Wait::Until(deadline) => deadline.min(turn),
                _ => turn,
            };
            ready(descriptor, PollFlags::POLLIN, shm::Wait::Until(turn));
        }
    }

    /// The names of those that are ready, in the order written.
    fn ready_ones(&self) -> Vec<Value> {
        let ready = self.things.iter().filter(|thing| self.is_ready(thing));
        ready.map(|thing| Value::Str(Str::from(&thing.name))).collect()
    }

    fn is_ready(&self, thing: &Granted) -> bool {
        let arena = self.actor.arena();
        match &thing.what {
            What::Queue(object) => self.object::<shm::Queue>(*object).is_some_and(|queue| queue.is_ready(arena)),
            What::Event(object) => self.object::<shm::Event>(*object).is_some_and(shm::Event::is_set),
            What::Messages { pipe, side } => {
                self.object::<shm::Pipe>(*pipe).is_some_and(|pipe| pipe.poll(arena, end(*side)))
            }
            What::Bytes { .. } => self.poll_bytes(thing).unwrap_or(true),
            What::Process(slots) => slots.iter().all(|slot| arena.slot(SlotIndex(*slot)).state() == State::Ended),
            _ => false,
        }
    }

    fn targets(&self, thing: &Granted, targets: &mut Vec<(Waiting, &'a Bell)>) -> Result<(), Undone> {
        match &thing.what {
            What::Queue(object) => targets.push(self.at::<shm::Queue>(*object)?.to_wait()),
            What::Event(object) => targets.push(self.at::<shm::Event>(*object)?.to_wait()),
            What::Messages { pipe, side } => targets.push(self.at::<shm::Pipe>(*pipe)?.to_wait(end(*side))),
            What::Bytes { .. } => {}
            What::Process(slots) => targets.extend(slots.iter().map(|slot| {
                let slot = SlotIndex(*slot);
                (Waiting::on(Verb::Join, Target::Slot(slot)), self.actor.arena().slot(slot).changed())
            })),
            _ => return Err(damaged()),
        }
        Ok(())
    }
}

fn end(side: u8) -> shm::End {
    if side == 0 { shm::End::A } else { shm::End::B }
}
