//! Processes as objects of one another: started, joined, asked, signalled.
use super::super::block::{Block, Life};
use super::super::moves::{Moves, What};
use super::super::system::{Role, Time};
use super::super::world::{Row, World};
use super::done;
use crate::program::{Outcome, ProcessRef};
use crate::value::{Fault, Value};

impl<'s, 'p> World<'s, 'p> {
    pub(super) fn start(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves, of: ProcessRef) {
        if self.actors_of(of).any(|other| self.block(row, other).life != Life::Dormant) {
            let name = &self.system.plan.graph().process(of.process).name;
            let fault = Fault::new("AssertionError", format!("cannot start the process `{}` twice", **name));
            return self.answer(row, actor, first, moves, Outcome::Failed(fault));
        }
        let mut next = row.to_vec();
        for other in self.actors_of(of) {
            let block = self.block(&next, other).clone();
            if self.system.instances[self.system.actors[other].instance].after.is_empty() {
                let lines = self.begin(&mut next, other, block.watches.clone(), 0);
                self.show(&mut next, other, &lines);
            } else {
                let queued = Block { life: Life::Queued, ..Block::clone(&block) };
                next[other] = self.number(queued, None);
            }
        }
        self.go_on(&mut next, actor, Outcome::Done(Value::Null));
        moves.push(actor, first, &next, 0, done(), &[]);
    }

    /// A signal is on its way: the process ends at some moment from now on. One that waits to be started again has ended
    /// already.
    pub(super) fn signal(
        &mut self,
        row: &[u32],
        actor: usize,
        first: usize,
        moves: &mut Moves,
        of: ProcessRef,
        code: i32,
    ) {
        let mut next = row.to_vec();
        for other in self.actors_of(of) {
            let mut block = Block::clone(self.block(&next, other));
            if block.is_alive() && block.life != Life::Resting {
                block.rare.doom = Some(block.rare.doom.map_or(code, |earlier| if code == -9 { code } else { earlier }));
                next[other] = self.number_like(block, next[other]);
            }
        }
        self.go_on(&mut next, actor, Outcome::Done(Value::Null));
        moves.push(actor, first, &next, 0, done(), &[]);
    }

    pub(super) fn join_process(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves, of: ProcessRef) {
        match self.all_over(row, of) {
            true => self.answer(row, actor, first, moves, Outcome::Done(Value::Null)),
            false => self.or_time_out(row, actor, first, moves),
        }
    }

    /// Starts one whose `after` have all ended, or skips it when one of them failed.
    pub(super) fn start_queued(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves) {
        let own = self.system.actors[actor].instance;
        let instance = &self.system.instances[own];
        let over = |instance: usize| {
            let mut actors = self.system.instances[instance].actors.clone();
            actors.all(|actor| self.block(row, actor).is_over())
        };
        if !instance.after.iter().all(|(first, _)| over(*first)) {
            return;
        }
        let well = |instance: usize| {
            let mut actors = self.system.instances[instance].actors.clone();
            actors.all(|actor| self.block(row, actor).life == Life::Ended(0))
        };
        let failed = instance.after.iter().any(|(first, any_end)| !any_end && !well(*first));
        // The threads of one process start together: the first of them does it for all.
        if actor != instance.actors.start {
            return;
        }
        let mut next = row.to_vec();
        let mut flag = 0;
        for actor in instance.actors.clone() {
            let block = self.block(&next, actor).clone();
            if failed {
                next[actor] = self.number(block.bare(Life::Skipped), None);
                let skipped = super::super::moves::Flag::Skipped { class: self.system.actors[actor].class };
                flag = self.flags.number(skipped).0 + 1;
            } else {
                let lines = self.begin(&mut next, actor, block.watches.clone(), 0);
                self.show(&mut next, actor, &lines);
            }
        }
        moves.push(actor, first, &next, flag, if failed { What::Skipped } else { What::Started }, &[]);
    }

    /// Starts one again that failed, when its pause is over.
    pub(super) fn start_again(&mut self, row: &[u32], actor: usize, first: usize, moves: &mut Moves) {
        let block = self.block(row, actor).clone();
        let instance = &self.system.instances[self.system.actors[actor].instance];
        let waits = self.system.time == Time::Ideal && block.timer.is_some_and(|left| left > 0);
        if waits || actor != instance.actors.start {
            return;
        }
        let mut next = row.to_vec();
        for actor in instance.actors.clone() {
            let block = self.block(&next, actor).clone();
            let lines = self.begin(&mut next, actor, block.watches.clone(), block.rare.restarts);
            self.show(&mut next, actor, &lines);
        }
        moves.push(actor, first, &next, 0, What::Started, &[]);
    }

    pub(in crate::verify) fn actors_of(&self, of: ProcessRef) -> impl Iterator<Item = usize> + use<'s, 'p> {
        let system = self.system;
        system.plan.instances_of(of).flat_map(|instance| system.instances[instance].actors.clone())
    }

    /// All of them have ended.
    pub(super) fn all_over(&self, row: &[u32], of: ProcessRef) -> bool {
        self.actors_of(of).all(|actor| self.infos[row[actor] as usize].is_over)
    }

    pub(super) fn any_alive(&self, row: &[u32], of: ProcessRef) -> bool {
        self.actors_of(of).any(|actor| self.block(row, actor).is_alive())
    }

    pub(super) fn any_started(&self, row: &[u32], of: ProcessRef) -> bool {
        let never = [Life::Dormant, Life::Queued, Life::Skipped];
        self.actors_of(of).any(|actor| !never.contains(&self.block(row, actor).life))
    }

    /// Null before the end; of a process with replicas the list of all.
    pub(super) fn exit_code(&self, row: &[u32], of: ProcessRef) -> Value {
        let declared = self.system.plan.graph().process(of.process);
        let of_instance = |instance: usize| {
            let ends = self.system.instances[instance].actors.clone().map(|actor| match self.block(row, actor).life {
                Life::Ended(code) => Some(code),
                _ => None,
            });
            // Threads that ended before the others ended with 0.
            let ends: Option<Vec<i32>> = ends.collect();
            ends.map_or(Value::Null, |ends| Value::Int(ends.into_iter().find(|code| *code != 0).unwrap_or(0).into()))
        };
        let mut all: Vec<Value> = self.system.plan.instances_of(of).map(of_instance).collect();
        match declared.replicas.is_none() || of.instance.is_some() {
            true => all.pop().unwrap_or_default(),
            false => Value::list(all),
        }
    }

    /// The names of the other live processes. They started in the order of declaration, as far as that is known.
    pub(super) fn active_children(&self, row: &[u32], asker: usize) -> Value {
        let own = self.system.actors[asker].instance;
        let instances = self.system.instances.iter().enumerate();
        let live = instances.filter(|(number, instance)| {
            *number != own
                && matches!(instance.role, Role::Process(_))
                && instance.actors.clone().any(|actor| self.block(row, actor).is_alive())
        });
        Value::list(live.map(|(_, instance)| Value::Str(instance.name.clone())).collect())
    }

    /// Whether no process is left that the run waits for.
    pub fn is_run_over(&self, row: &[u32]) -> bool {
        self.system.instances.iter().filter(|instance| !instance.daemon).all(|instance| {
            instance.actors.clone().all(|actor| {
                let block = self.block(row, actor);
                block.is_over() || block.life == Life::Dormant
            })
        })
    }

    /// The runner stops the daemons and workers that are left.
    pub fn end_run(&mut self, row: &[u32], moves: &mut Moves) {
        let left: Vec<usize> = (0..self.system.actors.len()).filter(|actor| self.is_left(row, *actor)).collect();
        if left.is_empty() || !self.is_run_over(row) {
            return;
        }
        let mut next: Row = row.to_vec();
        for actor in left {
            let _ = self.let_go_of(&mut next, actor, 0);
            let stopped = self.block(&next, actor).bare(Life::Stopped);
            next[actor] = self.number(stopped, None);
        }
        moves.push(self.system.actors.len(), moves.len(), &next, 0, What::RunEnds, &[]);
    }

    /// A daemon or a worker that has not ended.
    fn is_left(&self, row: &[u32], actor: usize) -> bool {
        let block = self.block(row, actor);
        let waits = matches!(block.life, Life::Queued);
        self.system.instances[self.system.actors[actor].instance].daemon && (block.is_alive() || waits)
    }
}
