//! The step `wait: [..]`: until one of several has something to take, is at its end, or has ended.
use super::bytes_end::ready;
use super::hands::{Done, Hands, Undone};
use super::queue::side;
use crate::program::{Wait, Waitee, WaiteeKind};
use crate::run::world::Shared;
use crate::shm::{self, Bell, State, Target, Verb, Waiting};
use crate::value::Value;
use nix::poll::PollFlags;

/// Where descriptors are among the things waited for, they and shared memory are looked at by turns.
const TURN_NS: u64 = 5_000_000;

impl<'w> Hands<'w> {
    pub(super) fn wait_any(&mut self, on: &[Waitee], wait: Wait) -> Done {
        let until = self.until(wait);
        let found = |ready: Vec<Value>| (!ready.is_empty()).then(|| Value::list(ready));
        let targets = self.targets(on);
        let Some(descriptor) = on.iter().find_map(|waitee| self.descriptor(waitee)) else {
            return Ok(self.actor.wait_any(&targets, until, || found(self.ready_of(on)))?);
        };
        loop {
            if let Some(list) = found(self.ready_of(on)) {
                return Ok(list);
            }
            if until.is_over() {
                return Err(Undone::TimedOut);
            }
            let turn = shm::Wait::Until(match until {
                shm::Wait::Until(deadline) => deadline.min(shm::now_ns() + TURN_NS),
                _ => shm::now_ns() + TURN_NS,
            });
            descriptor.with(|fd| ready(fd, PollFlags::POLLIN, turn));
        }
    }

    /// The names of those that are ready, in the order written.
    fn ready_of(&self, on: &[Waitee]) -> Vec<Value> {
        on.iter().filter(|waitee| self.is_ready(waitee)).map(|waitee| Value::Str(waitee.name.clone())).collect()
    }

    fn is_ready(&self, waitee: &Waitee) -> bool {
        match waitee.what {
            WaiteeKind::Queue(id) => self.world.object::<shm::Queue>(id).is_ready(&self.world.arena),
            WaiteeKind::Event(id) => self.world.object::<shm::Event>(id).is_set(),
            WaiteeKind::End(end) => match self.world.shared(end.pipe) {
                Shared::Bytes(_) => self.poll_bytes(end).unwrap_or(true),
                _ => self.world.object::<shm::Pipe>(end.pipe).poll(&self.world.arena, side(end)),
            },
            WaiteeKind::Process(process) => self.world.slots_of_process(process).all(|slot| {
                self.world.arena.slot(slot).state() == State::Ended && !self.world.arena.slot(slot).never_starts()
            }),
        }
    }

    fn descriptor(&self, waitee: &Waitee) -> Option<&'w crate::run::bytes_pipe::BytesEnd> {
        match waitee.what {
            WaiteeKind::End(end) => match self.world.shared(end.pipe) {
                Shared::Bytes(pipe) => Some(pipe.end(end.side)),
                _ => None,
            },
            _ => None,
        }
    }

    fn targets(&self, on: &[Waitee]) -> Vec<(Waiting, &'w Bell)> {
        let mut targets = Vec::new();
        for waitee in on {
            match waitee.what {
                WaiteeKind::Queue(id) => targets.push(self.world.object::<shm::Queue>(id).to_wait()),
                WaiteeKind::Event(id) => targets.push(self.world.object::<shm::Event>(id).to_wait()),
                WaiteeKind::End(end) => {
                    if let Shared::Object(index) = self.world.shared(end.pipe) {
                        targets.push(self.world.at::<shm::Pipe>(*index).to_wait(side(end)));
                    }
                }
                WaiteeKind::Process(process) => {
                    targets.extend(self.world.slots_of_process(process).map(|slot| {
                        let bell = self.world.arena.slot(slot).changed();
                        (Waiting::on(Verb::Join, Target::Slot(slot)), bell)
                    }));
                }
            }
        }
        targets
    }
}
