//! How a process ends, and what that does to everything it had.
use super::super::block::{Leaving, Life, Phase};
use super::super::layout::Object;
use super::super::moves::{Flag, Moves, What};
use super::super::system::{Role, Time};
use super::super::world::{Row, World};
use crate::graph::{ExitPattern, ObjectId, ObjectKind, Operation, OutcomeKind};
use crate::program::{Outcome, Thing};

/// Those whose waits an end has ended, with their answers.
type Freed = Vec<(usize, Outcome)>;

impl World<'_, '_> {
    /// One that has nothing more to do ends.
    pub(super) fn leave(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves) {
        let block = self.block(row, actor).clone();
        let Life::Leaving(leaving) = &block.life else { return };
        let mut next = row.to_vec();
        let (flag, also) = self.end(&mut next, actor, leaving);
        moves.push(actor, first, &next, flag, What::Left(leaving.code), &also);
    }

    /// A signal ends it.
    pub(super) fn die(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves) {
        let Some(code) = self.block(row, actor).rare.doom else { return };
        let mut next = row.to_vec();
        let (flag, also) = self.end(&mut next, actor, &Leaving { code, all: true, error: None });
        moves.push(actor, first, &next, flag, What::Died(code), &also);
    }

    /// What the end is to expectations, and whose waits it ends.
    fn end(&mut self, row: &mut Row, actor: usize, leaving: &Leaving) -> (u32, Freed) {
        let mut also = Freed::new();
        let own = self.system.actors[actor].instance;
        let instance = &self.system.instances[own];
        let code = leaving.code;
        let threads = instance.actors.clone();
        if !leaving.all && threads.clone().any(|other| other != actor && self.block(row, other).is_alive()) {
            // A thread ends; the process goes on.
            also.extend(self.let_go_of(row, actor, 0));
            let ended = self.block(row, actor).bare(Life::Ended(0));
            row[actor] = self.number(ended, None);
            return (0, also);
        }
        if let Role::Worker(pool) = instance.role {
            return (0, self.worker_died(row, actor, pool, code));
        }
        let restarts = threads.clone().map(|thread| self.block(row, thread).rare.restarts).max().unwrap_or(0);
        let again = code != 0 && restarts < instance.restarts;
        for thread in threads.clone() {
            // All of its threads begin again, also those that have come to their end.
            let over = self.block(row, thread).is_over();
            if over && !again {
                continue;
            }
            if !over {
                also.extend(self.let_go_of(row, thread, code));
            }
            let block = self.block(row, thread).clone();
            let mut ended = block.bare(if again { Life::Resting } else { Life::Ended(code) });
            if again {
                ended.rare.restarts = restarts + 1;
                ended.timer = (self.system.time == Time::Ideal).then_some(instance.backoff_ns);
            }
            row[thread] = self.number(ended, None);
        }
        if code != 0 {
            also.extend(self.break_forsaken_barriers(row, own));
        }
        // Those of its own threads that waited have gone with it.
        also.retain(|(other, _)| !threads.contains(other));
        match self.block(row, threads.start).life {
            Life::Resting => (0, also),
            _ => (self.judge_end(actor, leaving), also),
        }
    }

    /// What an end is, held against what is expected of it: 0 if that is nothing to speak of.
    fn judge_end(&mut self, actor: usize, leaving: &Leaving) -> u32 {
        let who = &self.system.actors[actor];
        let instance = &self.system.instances[who.instance];
        let (class, code) = (who.class, leaving.code);
        let flag = match &instance.exits {
            Some((patterns, _)) => {
                let fits = |pattern: &ExitPattern| match pattern {
                    ExitPattern::Code(expected) => *expected == code,
                    ExitPattern::Nonzero => code != 0,
                };
                if patterns.iter().any(fits) {
                    return 0;
                }
                Flag::Exit { class, code }
            }
            None if code == 0 || instance.daemon || self.system.expected_outcome() != OutcomeKind::Completed => {
                return 0;
            }
            None => Flag::Error { class, code, error: leaving.error.clone() },
        };
        self.flags.number(flag).0 + 1
    }

    /// Gives up all that an actor has, which ends with this code.
    pub(super) fn let_go_of(&mut self, row: &mut Row, actor: usize, code: i32) -> Freed {
        let block = self.block(row, actor).clone();
        for (place, _) in &block.holds.locks {
            if let Object::Lock(mut lock) = *self.object(row, *place).as_ref() {
                lock.abandon();
                self.set_object(row, *place, Object::Lock(lock));
            }
        }
        if code != 0 {
            for (place, balance) in &block.holds.rest.units {
                if let Object::Semaphore(mut semaphore) = *self.object(row, *place).as_ref() {
                    semaphore.give_back(*balance);
                    self.set_object(row, *place, Object::Semaphore(semaphore));
                }
            }
            for (place, items) in &block.holds.rest.taken {
                if let Object::Queue(mut queue) = self.object(row, *place).as_ref().clone() {
                    queue.give_back(items.clone());
                    self.set_object(row, *place, Object::Queue(queue));
                }
            }
        }
        match block.phase {
            Phase::Gathering(_) => {
                let place = self.gathers_at(row, actor);
                self.enter(row, actor, Phase::Before);
                if let Some(place) = place {
                    return self.break_barrier(row, place, actor);
                }
            }
            Phase::Asleep(sleeper) => {
                if let Some(of) = self.sleeps_in(row, actor) {
                    self.enter(row, actor, Phase::Before);
                    self.sleeper_died(row, actor, of, sleeper);
                }
            }
            _ => {}
        }
        Freed::new()
    }

    /// So many have died that the living are fewer than the parties.
    fn break_forsaken_barriers(&mut self, row: &mut Row, died: usize) -> Freed {
        let mut also = Freed::new();
        let graph = self.system.plan.graph();
        for (number, object) in graph.objects.iter().enumerate() {
            let ObjectKind::Barrier(declared) = &object.kind else { continue };
            let id = ObjectId(number as u32);
            let wired = self.system.wired(Thing::Object(id), Operation::Wait);
            if !wired.contains(&died) {
                continue;
            }
            let actors = wired.iter().flat_map(|instance| self.system.instances[*instance].actors.clone());
            let living = actors.filter(|actor| !matches!(self.block(row, *actor).life, Life::Ended(code) if code != 0));
            let place = self.system.layout.place(id);
            if living.count() < declared.parties.value as usize && !self.barrier(row, place).broken() {
                also.extend(self.break_barrier(row, place, self.system.instances[died].actors.start));
            }
        }
        also
    }

    /// Its chunk fails, and another worker takes its place; none does where the initializer failed.
    fn worker_died(&mut self, row: &mut Row, actor: usize, of: ObjectId, code: i32) -> Freed {
        let also = self.let_go_of(row, actor, 1);
        let block = self.block(row, actor).clone();
        let place = self.system.layout.place(of);
        let Some(chunk) = block.rare.chunk.as_ref() else { unreachable!("a worker ends by what it calls") };
        let Object::Pool(mut pool) = self.object(row, place).as_ref().clone() else { unreachable!("it is a pool's") };
        match chunk.of {
            Some((ticket, number)) => {
                let worker = self.name_of(actor, block.rare.number);
                pool.finish(ticket, number, Err(self.lost_call(&worker, code)));
            }
            None => pool.fail(self.failed_pool(of)),
        }
        self.set_object(row, place, Object::Pool(pool));
        if chunk.of.is_none() {
            let ended = block.bare(Life::Ended(1));
            row[actor] = self.number(ended, None);
            return also;
        }
        let lines = self.begin(row, actor, block.watches.clone(), 0);
        self.show(row, actor, &lines);
        also
    }
}
