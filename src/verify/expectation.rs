//! What must hold when nothing can move any more.
use super::block::Life;
use super::found::Wrong;
use super::layout::Object;
use super::sinks::Sink;
use super::system::{Role, Time, nanoseconds};
use super::world::World;
use crate::diag::Span;
use crate::graph::{Items, ObjectId, OutcomeKind, ValuePattern};
use crate::value::{Value, compare, equals};
use std::cmp::Ordering;

/// An expectation that does not hold at the end, and what is there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It came to this end instead of that.
    Outcome {
        expected: OutcomeKind,
        got: OutcomeKind,
    },
    Queue {
        object: ObjectId,
        span: Span,
        left: Vec<Value>,
    },
    Value {
        object: ObjectId,
        span: Span,
        got: Value,
    },
    Event {
        object: ObjectId,
        span: Span,
        set: bool,
    },
    /// Of `clean`.
    Unclean {
        object: ObjectId,
        how: String,
    },
    /// Lines are missing.
    Lines {
        rule: usize,
    },
    /// The run has taken so many nanoseconds, or more.
    Elapsed {
        span: Span,
        took_ns: u64,
        too_long: bool,
    },
    /// The process, by the class of an actor, has not run to an end.
    NotEnded {
        class: u32,
        span: Span,
    },
}

impl Broken {
    /// What it is about: two of the same subject are the same finding.
    pub fn subject(&self) -> (u8, u32) {
        match self {
            Broken::Outcome { .. } => (0, 0),
            Broken::Queue { object, .. } => (1, object.0),
            Broken::Value { object, .. } => (2, object.0),
            Broken::Event { object, .. } => (3, object.0),
            Broken::Unclean { object, .. } => (4, object.0),
            Broken::Lines { rule } => (5, *rule as u32),
            Broken::NotEnded { class, .. } => (6, *class),
            Broken::Elapsed { too_long, .. } => (7, u32::from(*too_long)),
        }
    }
}

impl World<'_, '_> {
    /// What is wrong with a state in which nothing can move.
    pub fn judge(&self, row: &[u32]) -> Vec<Wrong> {
        let expected = self.system.expected_outcome();
        let got = if self.is_timed_out(row) {
            OutcomeKind::Timeout
        } else if self.is_run_over(row) {
            OutcomeKind::Completed
        } else {
            OutcomeKind::Deadlock
        };
        // Whether a run is over in time, only an exact clock can tell.
        let untimed = expected == OutcomeKind::Timeout && self.system.time == Time::Any;
        if got != expected && !untimed {
            return match got {
                OutcomeKind::Deadlock => vec![Wrong::Deadlock],
                _ => vec![Wrong::End(Broken::Outcome { expected, got })],
            };
        }
        let mut broken = Vec::new();
        self.judge_objects(row, &mut broken);
        if got == OutcomeKind::Completed {
            self.judge_ends(row, &mut broken);
        }
        if got != OutcomeKind::Deadlock {
            self.judge_elapsed(row, &mut broken);
        }
        broken.extend(self.unmet_rules(row).map(|rule| Broken::Lines { rule }));
        broken.into_iter().map(Wrong::End).collect()
    }

    /// The rules on lines that can no longer hold.
    pub fn failed_rules(&self, row: &[u32]) -> Vec<usize> {
        self.watched(row).filter(|(_, watch)| watch.failed).map(|(rule, _)| rule).collect()
    }

    fn unmet_rules<'a>(&'a self, row: &'a [u32]) -> impl Iterator<Item = usize> + 'a {
        // A rule that has failed was reported when it did.
        let unmet = self.watched(row).filter(|(rule, watch)| !watch.failed && !self.system.rules[*rule].is_met(watch));
        unmet.map(|(rule, _)| rule)
    }

    /// Each rule with its watch.
    fn watched<'a>(&'a self, row: &'a [u32]) -> impl Iterator<Item = (usize, super::watch::Watch)> + 'a {
        let own = self.system.actors.iter().enumerate().flat_map(move |(number, actor)| {
            actor.sinks.iter().flatten().filter_map(move |sink| match sink {
                Sink::Own(rule, at) => Some((*rule, self.block(row, number).watches[*at].clone())),
                Sink::Shared(_) => None,
            })
        });
        let shared = self.system.shared_rules.iter().enumerate();
        own.chain(shared.map(move |(number, rule)| {
            (*rule, super::watch::Watch::clone(self.watches.get(row[self.extras() + number])))
        }))
    }

    fn judge_objects(&self, row: &[u32], broken: &mut Vec<Broken>) {
        let graph = self.system.plan.graph();
        let Some(expect) = &graph.expect else { return };
        for (name, items) in &expect.queues {
            let Some(object) = graph.object_named(name) else { continue };
            if let Object::Queue(queue) = self.object(row, self.system.layout.place(object)).as_ref() {
                let left: Vec<Value> = queue.items().cloned().collect();
                if !fits_items(items, &left) {
                    broken.push(Broken::Queue { object, span: name.span, left });
                }
            }
        }
        for (name, pattern) in expect.values.iter().chain(&expect.arrays) {
            let Some(object) = graph.object_named(name) else { continue };
            let got = match self.object(row, self.system.layout.place(object)).as_ref() {
                Object::Cell(cell) => cell.read().clone(),
                Object::Array(array) => array.read(),
                _ => continue,
            };
            if !fits_value(pattern, &got) {
                broken.push(Broken::Value { object, span: name.span, got });
            }
        }
        for (name, expected) in &expect.events {
            let Some(object) = graph.object_named(name) else { continue };
            if let Object::Event(event) = self.object(row, self.system.layout.place(object)).as_ref()
                && event.is_set() != expected.value
            {
                broken.push(Broken::Event { object, span: name.span, set: event.is_set() });
            }
        }
        if expect.clean.as_ref().is_some_and(|clean| clean.value) {
            self.judge_clean(row, broken);
        }
    }

    fn judge_clean(&self, row: &[u32], broken: &mut Vec<Broken>) {
        for (place, (object, _)) in self.system.layout.owners.iter().enumerate() {
            let declared = &self.system.plan.graph().object(*object).kind;
            let how = match self.object(row, place).as_ref() {
                Object::Queue(queue) if !queue.is_empty() => format!("{} items are left in it", queue.qsize()),
                Object::Queue(queue) if queue.unfinished() > 0 => match declared {
                    crate::graph::ObjectKind::Queue(declared) if declared.joinable => {
                        format!("{} tasks are not marked done", queue.unfinished())
                    }
                    _ => continue,
                },
                Object::Lock(lock) if lock.locked() || lock.orphaned() => "it was never released".to_owned(),
                _ => continue,
            };
            broken.push(Broken::Unclean { object: *object, how });
        }
    }

    /// By an exact clock, in which steps take no time.
    fn judge_elapsed(&self, row: &[u32], broken: &mut Vec<Broken>) {
        let elapsed = self.system.plan.graph().expect.as_ref().and_then(|expect| expect.elapsed.as_ref());
        let (Some(elapsed), Some(_), Some(clock)) = (elapsed, self.system.elapsed_max_ns, self.clock_slot()) else {
            return;
        };
        let took_ns = **self.times.get(row[clock]);
        let too_short = elapsed.min.is_some_and(|min| took_ns < nanoseconds(min));
        let too_long = elapsed.max.is_some_and(|max| took_ns > nanoseconds(max));
        if too_short || too_long {
            broken.push(Broken::Elapsed { span: elapsed.span, took_ns, too_long });
        }
    }

    /// A process whose end is expected in some way has to come to an end.
    fn judge_ends(&self, row: &[u32], broken: &mut Vec<Broken>) {
        for instance in &self.system.instances {
            let Some((_, span)) = instance.exits else { continue };
            let first = instance.actors.start;
            let stays = matches!(self.block(row, first).life, Life::Dormant | Life::Skipped);
            if stays && matches!(instance.role, Role::Process(_)) {
                broken.push(Broken::NotEnded { class: self.system.actors[first].class, span });
            }
        }
    }
}

fn fits_items(items: &Items, left: &[Value]) -> bool {
    let same = |a: &Value, b: &Value| equals(a, b);
    let any_order = |expected: &Vec<Value>| {
        let mut rest: Vec<&Value> = left.iter().collect();
        expected.iter().all(|item| match rest.iter().position(|other| same(item, other)) {
            Some(at) => {
                rest.swap_remove(at);
                true
            }
            None => false,
        }) && rest.is_empty()
    };
    items.exact.as_ref().is_none_or(|exact| {
        exact.len() == left.len() && exact.iter().zip(left).all(|(expected, item)| same(expected, item))
    }) && items.any_order.as_ref().is_none_or(any_order)
        && items
            .contains
            .as_ref()
            .is_none_or(|some| some.iter().all(|expected| left.iter().any(|item| same(expected, item))))
        && items.count.as_ref().is_none_or(|count| count.value == left.len() as u64)
}

fn fits_value(pattern: &ValuePattern, got: &Value) -> bool {
    match pattern {
        ValuePattern::Equals(expected, ..) => equals(expected, got),
        ValuePattern::AnyOf(all, _) => all.iter().any(|expected| equals(expected, got)),
        ValuePattern::Bounds(bounds) => {
            let is = |cell: &Value, bound: &Value, wrong| compare(cell, bound).is_ok_and(|order| order == Some(wrong));
            let cells = got.as_list().unwrap_or(std::slice::from_ref(got));
            cells.iter().all(|cell| {
                !bounds.min.as_ref().is_some_and(|min| is(cell, min, Ordering::Less))
                    && !bounds.max.as_ref().is_some_and(|max| is(cell, max, Ordering::Greater))
            })
        }
    }
}
