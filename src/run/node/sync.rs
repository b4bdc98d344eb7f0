//! Locks, semaphores, conditions, events, barriers.
use super::hands::{Done, Hands, Undone};
use crate::graph::{Kind, ObjectId, ObjectKind};
use crate::program::Wait;
use crate::shm::{self, Acquired};
use crate::value::{Fault, Value};

impl<'w> Hands<'w> {
    fn kind(&self, id: ObjectId) -> Kind {
        self.world.plan.graph().object(id).kind()
    }

    /// The lock itself, or the one that a condition stands on.
    fn lock(&self, id: ObjectId) -> &'w shm::Lock {
        match self.kind(id) {
            Kind::Condition => self.world.object::<shm::Condition>(id).lock(&self.world.arena),
            _ => self.world.object(id),
        }
    }

    pub(super) fn acquire(&mut self, id: ObjectId, wait: Wait) -> Done {
        let until = self.until(wait);
        if self.kind(id) == Kind::Semaphore {
            self.world.object::<shm::Semaphore>(id).acquire(&self.actor, until)?;
            return Ok(Value::Bool(true));
        }
        let acquired = self.lock(id).acquire(&self.actor, until)?;
        self.acquired(id, acquired)
    }

    fn acquired(&self, id: ObjectId, acquired: Acquired) -> Done {
        match acquired {
            Acquired::Clean => Ok(Value::Bool(true)),
            Acquired::OwnerDied { slot } => {
                let dead = self.world.node_of(slot).map_or("a process", |node| self.world.node(node).name.as_str());
                Err(Fault::owner_died(format!("`{dead}` ended and held `{}`", self.name(id))).into())
            }
        }
    }

    pub(super) fn release(&mut self, id: ObjectId) -> Done {
        let name = self.name(id);
        if self.kind(id) == Kind::Semaphore {
            let semaphore: &shm::Semaphore = self.world.object(id);
            return match semaphore.release(&self.actor) {
                Ok(()) => Ok(Value::Null),
                Err(_) => Err(Fault::value(format!("`{name}` was released too many times")).into()),
            };
        }
        match self.lock(id).release(&self.actor) {
            Ok(()) => Ok(Value::Null),
            Err(_) => Err(Fault::value(format!("`{}` does not hold `{name}`", self.me.name)).into()),
        }
    }

    pub(super) fn wait_condition(&mut self, id: ObjectId, wait: Wait) -> Done {
        let until = self.until(wait);
        let condition: &shm::Condition = self.world.object(id);
        let actor = self.actor;
        // To take the lock back is a step of its own.
        match condition.wait_and(&actor, until, || self.come_to_retake()) {
            Ok(woken) => {
                self.acquired(id, woken.acquired)?;
                if woken.notified { Ok(Value::Bool(true)) } else { Err(Undone::TimedOut) }
            }
            Err(_) => Err(self.not_held(id)),
        }
    }

    fn not_held(&self, id: ObjectId) -> Undone {
        Fault::value(format!("`{}` does not hold the lock of `{}`", self.me.name, self.name(id))).into()
    }

    pub(super) fn notify(&mut self, id: ObjectId, n: Option<u64>) -> Done {
        let condition: &shm::Condition = self.world.object(id);
        let n = n.map_or(u32::MAX, |n| u32::try_from(n).unwrap_or(u32::MAX));
        match condition.notify(&self.actor, n) {
            Ok(_) => Ok(Value::Null),
            Err(_) => Err(self.not_held(id)),
        }
    }

    pub(super) fn wait_event(&mut self, id: ObjectId, wait: Wait) -> Done {
        let until = self.until(wait);
        match self.world.object::<shm::Event>(id).wait(&self.actor, until) {
            true => Ok(Value::Bool(true)),
            false => Err(Undone::TimedOut),
        }
    }

    pub(super) fn set_event(&mut self, id: ObjectId) -> Done {
        self.world.object::<shm::Event>(id).set();
        Ok(Value::Null)
    }

    pub(super) fn clear_event(&mut self, id: ObjectId) -> Done {
        self.world.object::<shm::Event>(id).clear();
        Ok(Value::Null)
    }

    pub(super) fn wait_barrier(&mut self, id: ObjectId, wait: Option<Wait>) -> Done {
        let wait = wait.unwrap_or_else(|| self.patience_of(id));
        let barrier: &shm::Barrier = self.world.object(id);
        match barrier.wait(&self.actor, self.until(wait)) {
            Ok(index) => Ok(Value::Int(i64::from(index))),
            Err(broken) => {
                let culprit = broken.culprit.and_then(|slot| self.world.node_of(slot));
                let message = match culprit {
                    Some(node) => format!("`{}` is broken: `{}` died", self.name(id), self.world.node(node).name),
                    None => format!("`{}` is broken", self.name(id)),
                };
                Err(Fault::broken_barrier(message).into())
            }
        }
    }

    /// How long a barrier waits where the step says nothing.
    pub(super) fn patience_of(&self, barrier: ObjectId) -> Wait {
        let ObjectKind::Barrier(declared) = &self.world.plan.graph().object(barrier).kind else {
            unreachable!("the kind was checked");
        };
        match declared.timeout {
            Some(timeout) if timeout.is_zero() => Wait::Poll,
            Some(timeout) => Wait::For(u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX)),
            None => Wait::Forever,
        }
    }

    pub(super) fn abort_barrier(&mut self, id: ObjectId) -> Done {
        self.world.object::<shm::Barrier>(id).abort();
        Ok(Value::Null)
    }

    pub(super) fn reset_barrier(&mut self, id: ObjectId) -> Done {
        self.world.object::<shm::Barrier>(id).reset();
        Ok(Value::Null)
    }
}
