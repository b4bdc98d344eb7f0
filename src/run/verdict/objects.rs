//! What is in queues, values, arrays and events at the end, against what was expected; and whether all is clean.
use super::Judge;
use crate::graph::{self, Expect, Kind, ObjectId, ObjectKind, ValuePattern};
use crate::run::world::{Shared, World};
use crate::shm;
use crate::value::{Value, compare, decode, equals};

impl Judge<'_> {
    pub(super) fn objects(&mut self, expect: &Expect) {
        let (world, plan) = (self.observed.world, self.plan);
        let id = |name: &graph::Name| plan.graph().object_named(&name.value);
        for (name, wanted) in &expect.queues {
            let Some(id) = id(name) else { continue };
            let items = contents(world, id);
            let of = format!("what is left in `{}`", name.value);
            let json =
                |values: &[Value]| values.iter().map(|value| value.json().unwrap_or_default()).collect::<Vec<_>>();
            let same = |a: &Value, b: &Value| equals(a, b);
            if let Some(list) = &wanted.exact
                && !(list.len() == items.len() && list.iter().zip(&items).all(|(a, b)| same(a, b)))
            {
                self.differ(wanted.span, format!("{of} is not what was expected"), json(list), json(&items));
            }
            if let Some(list) = &wanted.any_order
                && !(list.len() == items.len() && is_contained(list, &items))
            {
                self.differ(
                    wanted.span,
                    format!("{of} is not what was expected, in any order"),
                    json(list),
                    json(&items),
                );
            }
            if let Some(list) = &wanted.contains
                && !is_contained(list, &items)
            {
                self.differ(wanted.span, format!("{of} does not contain what was expected"), json(list), json(&items));
            }
            if let Some(count) = &wanted.count
                && count.value != items.len() as u64
            {
                self.fail(count.span, format!("{of} is {} items, and {} were expected", items.len(), count.value));
            }
        }
        for (name, wanted) in &expect.values {
            let Some(id) = id(name) else { continue };
            if let Ok(came) = crate::run::cells::value(world.object::<shm::Value>(id).read()) {
                self.value(name, wanted, &came);
            }
        }
        for (name, wanted) in &expect.arrays {
            let Some(id) = id(name) else { continue };
            let actor = shm::Actor::new(&world.arena, crate::run::world::SUPERVISOR);
            let cells = world.object::<shm::Array>(id).read_all(&actor);
            if let Ok(cells) = cells.into_iter().map(crate::run::cells::value).collect::<Result<Vec<Value>, _>>() {
                self.value(name, wanted, &Value::list(cells));
            }
        }
        for (name, wanted) in &expect.events {
            let Some(id) = id(name) else { continue };
            let set = world.object::<shm::Event>(id).is_set();
            if set != wanted.value {
                let word = |set| if set { "set" } else { "clear" };
                let message =
                    format!("the event `{}` is {}, and {} was expected", name.value, word(set), word(wanted.value));
                self.fail(wanted.span, message);
            }
        }
    }

    fn value(&mut self, name: &graph::Name, wanted: &ValuePattern, came: &Value) {
        use std::cmp::Ordering::{Greater, Less};
        let json = |value: &Value| value.json().unwrap_or_default();
        let message = |wanted: String| format!("`{}` is {}, and {wanted} was expected", name.value, json(came));
        match wanted {
            ValuePattern::Equals(value, span, _) if !equals(value, came) => self.fail(*span, message(json(value))),
            ValuePattern::AnyOf(values, span) if !values.iter().any(|value| equals(value, came)) => {
                let any: Vec<String> = values.iter().map(json).collect();
                self.fail(*span, message(format!("one of {}", any.join(", "))));
            }
            ValuePattern::Bounds(bounds) => {
                let cells = match came {
                    Value::List(cells) => cells.to_vec(),
                    value => vec![value.clone()],
                };
                let breaks = |bound: &Option<Value>, wrong| {
                    bound.as_ref().is_some_and(|bound| {
                        cells.iter().any(|cell| compare(cell, bound).is_ok_and(|order| order == Some(wrong)))
                    })
                };
                if breaks(&bounds.min, Less) {
                    self.fail(
                        bounds.span,
                        message(format!("at least {}", bounds.min.as_ref().map(json).unwrap_or_default())),
                    );
                }
                if breaks(&bounds.max, Greater) {
                    self.fail(
                        bounds.span,
                        message(format!("at most {}", bounds.max.as_ref().map(json).unwrap_or_default())),
                    );
                }
            }
            _ => {}
        }
    }

    /// Queues empty, tasks done, locks free.
    pub(super) fn clean(&mut self, expect: &Expect) {
        let span = expect.clean.as_ref().map_or(expect.span, |clean| clean.span);
        let world = self.observed.world;
        for (index, object) in self.plan.graph().objects.iter().enumerate() {
            let (id, name) = (ObjectId(index as u32), &object.name.value);
            match &object.kind {
                ObjectKind::Queue(declared) => {
                    let queue: &shm::Queue = world.object(id);
                    if !queue.empty() {
                        self.fail(span, format!("the queue `{name}` still has {} items", queue.qsize()));
                    }
                    if declared.joinable && queue.unfinished() > 0 {
                        self.fail(span, format!("{} tasks of the queue `{name}` are not done", queue.unfinished()));
                    }
                }
                ObjectKind::Lock(_) => {
                    let lock: &shm::Lock = world.object(id);
                    if let Some(slot) = lock.holder().or_else(|| lock.abandoned_by()) {
                        let holder = world.node_of(slot).map_or("somebody", |node| &world.node(node).name);
                        self.fail(span, format!("the lock `{name}` was never released by `{holder}`"));
                    }
                }
                _ => {}
            }
        }
    }
}

fn is_contained(wanted: &[Value], came: &[Value]) -> bool {
    let mut rest: Vec<&Value> = came.iter().collect();
    wanted.iter().all(|value| match rest.iter().position(|other| equals(value, other)) {
        Some(at) => {
            rest.swap_remove(at);
            true
        }
        None => false,
    })
}

fn contents(world: &World, id: ObjectId) -> Vec<Value> {
    let mut items = Vec::new();
    if let (Kind::Queue, Shared::Object(_)) = (world.plan.graph().object(id).kind(), world.shared(id)) {
        world.object::<shm::Queue>(id).contents(&world.arena, |bytes| items.extend(decode(bytes)));
    }
    items
}
