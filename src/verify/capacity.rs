//! The smallest bounds of queues that keep a graph free of deadlock.
use super::explore::Search;
use super::footprint::Footprint;
use super::limits::{Limit, Progress};
use super::obstacle::{Obstacle, obstacles};
use super::report::{Options, Times};
use super::system::{System, Time, View};
use super::world::World;
use crate::check::Plan;
use crate::graph::{ObjectId, ObjectKind};
use std::collections::BTreeMap;

/// A bound larger than this is not tried.
const MOST: u64 = 1 << 16;

/// What was found for each queue that has a bound.
#[derive(Clone, Debug)]
pub struct Capacities {
    pub queues: Vec<Capacity>,
    pub answer: Answer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capacity {
    pub queue: String,
    pub declared: u64,
    /// None where there is no answer.
    pub smallest: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With these bounds, and none of them one smaller, no run gets stuck.
    Found,
    /// Runs get stuck without any bound, too.
    NoBoundHelps,
    /// A limit of the search was reached.
    Limited(Limit),
    NotVerifiable(Vec<Obstacle>),
}

/// Each queue in turn gets the smallest bound with which no run gets stuck, the others being as they are by then. Where
/// the declared bounds are too small, all of them are doubled first until they are not.
pub fn suggest_capacity(plan: &Plan, options: &Options, progress: &mut dyn FnMut(&Progress)) -> Capacities {
    let objects = plan.graph().objects.iter().enumerate();
    let declared: BTreeMap<ObjectId, u64> = objects
        .filter_map(|(number, object)| match &object.kind {
            ObjectKind::Queue(queue) if queue.maxsize > 0 => Some((ObjectId(number as u32), queue.maxsize)),
            _ => None,
        })
        .collect();
    let mut bounds = declared.clone();
    let mut asking = Asking { plan, options, progress, started: std::time::Instant::now() };
    let answer = match obstacles(&System::new(plan, Time::Ideal)) {
        none if none.is_empty() => asking.shrink(&mut bounds).unwrap_or_else(Answer::Limited),
        some => Answer::NotVerifiable(some),
    };
    let queues = declared.iter().map(|(queue, declared)| Capacity {
        queue: plan.graph().object(*queue).name.value.clone(),
        declared: *declared,
        smallest: (answer == Answer::Found).then(|| bounds[queue]),
    });
    Capacities { queues: queues.collect(), answer }
}

struct Asking<'a> {
    plan: &'a Plan,
    options: &'a Options,
    progress: &'a mut dyn FnMut(&Progress),
    started: std::time::Instant,
}

impl Asking<'_> {
    fn shrink(&mut self, bounds: &mut BTreeMap<ObjectId, u64>) -> Result<Answer, Limit> {
        if self.gets_stuck(bounds)? {
            let none = bounds.keys().map(|queue| (*queue, 0)).collect();
            if self.gets_stuck(&none)? {
                return Ok(Answer::NoBoundHelps);
            }
            while self.gets_stuck(bounds)? {
                if bounds.values().any(|bound| *bound >= MOST) {
                    return Ok(Answer::NoBoundHelps);
                }
                bounds.values_mut().for_each(|bound| *bound *= 2);
            }
        }
        for queue in bounds.keys().copied().collect::<Vec<ObjectId>>() {
            let enough = bounds[&queue];
            for bound in 1..enough {
                bounds.insert(queue, bound);
                if !self.gets_stuck(bounds)? {
                    break;
                }
                bounds.insert(queue, enough);
            }
        }
        Ok(Answer::Found)
    }

    /// Whether some run gets stuck with these bounds.
    fn gets_stuck(&mut self, bounds: &BTreeMap<ObjectId, u64>) -> Result<bool, Limit> {
        let times: &[Time] = match self.options.times {
            Times::Ideal => &[Time::Ideal],
            Times::Any => &[Time::Any],
            Times::Both => &[Time::Ideal, Time::Any],
        };
        for time in times {
            let mut view = View { maxsizes: bounds.clone(), commute: false, ..View::from(*time) };
            loop {
                let system = System::of(self.plan, &view);
                if *time == Time::Any && self.options.times == Times::Both && !system.has_timers() {
                    break;
                }
                let footprint = Footprint::new(&system);
                let mut world = World::new(&system, &footprint);
                let limits = self.options.limits.less(0, self.started.elapsed());
                let mut search = Search::new(&mut world, self.options.reduction, limits);
                search.only_stuck = true;
                search.run(self.progress);
                let (stuck, limit) = (!search.found.is_empty(), search.limit);
                drop(search);
                if let Some(group) = world.apart {
                    view.apart.insert(group);
                    continue;
                }
                match limit {
                    _ if stuck => return Ok(true),
                    Some(limit) => return Err(limit),
                    None => break,
                }
            }
        }
        Ok(false)
    }
}
