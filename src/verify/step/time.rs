//! Ideal time: the clock goes on when nothing else can happen, to the next moment at which something can.
use super::super::block::Life;
use super::super::moves::{Moves, What};
use super::super::system::Time;
use super::super::world::World;

impl World<'_, '_> {
    /// Adds the step of the clock, if something waits for it.
    pub fn tick(&mut self, row: &[u32], moves: &mut Moves) {
        if self.system.time == Time::Any {
            return;
        }
        let actors = 0..self.system.actors.len();
        let timers = actors.clone().flat_map(|actor| {
            let block = self.block(row, actor);
            // What has run down is answered by a step of its own.
            let alive = block.is_alive() || block.life == Life::Resting;
            [block.timer, block.rare.limit].into_iter().flatten().filter(move |left| alive && *left > 0)
        });
        let Some(next_timer) = timers.min() else { return };
        let left = self.deadline_slot().map_or(u64::MAX, |slot| **self.times.get(row[slot]));
        let by = next_timer.min(left);
        if by == 0 {
            return;
        }
        let mut next = row.to_vec();
        for actor in actors {
            next[actor] = self.elapse(next[actor], by);
        }
        if let Some(clock) = self.clock_slot() {
            let now = self.times.get(row[clock]).saturating_add(by);
            next[clock] = self.times.number(self.worth_knowing(now)).0;
        }
        if let Some(deadline) = self.deadline_slot() {
            next[deadline] = self.times.number(left - by).0;
        }
        moves.push(self.system.actors.len(), moves.len(), &next, 0, What::Clock(by), &[]);
        // The runner's step 0 is the end of the run.
        if let Some(label) = moves.labels.last_mut() {
            label.choice = 1;
        }
    }

    /// Where nobody reads the clock, all moments long past what is expected are one: a run that goes round comes back.
    fn worth_knowing(&self, now: u64) -> u64 {
        match self.system.elapsed_max_ns {
            Some(most) if !self.system.reads_clock => now.min(most),
            _ => now,
        }
    }

    /// The run's own limit of time is over.
    pub fn is_timed_out(&self, row: &[u32]) -> bool {
        self.deadline_slot().is_some_and(|slot| **self.times.get(row[slot]) == 0)
    }
}
