//! `wiring/pills`: consumers that loop until they get a certain item, a poison pill, of which there are too few.
//!
//! Told only where all that is put is known, and each consumer surely goes on until it gets one of its own. More pills
//! than consumers are told where the queue is expected to be empty at the end.
//!
//! Bad: three consumers and two times `put: tasks`, `value: null`. Good: one `null` for each of them.
use std::collections::HashSet;

use crate::check::body::Body;
use crate::check::count::{can_leave, runs_to_its_end};
use crate::check::flow::{Act, Flow, Locals, Node, NodeId, Seen, Settled, trace};
use crate::check::study::{By, Study};
use crate::check::wiring::Actor;
use crate::diag::{Bag, Code, Finding};
use crate::expr::Expr;
use crate::graph::{Action, Datum, ObjectId, ObjectKind, Operation, Step, gives_up};
use crate::program::Thing;
use crate::value::{Map, Value};

const LOOP: &str = "loop until each of them gets an item that ends it";

/// Items that are looked at, of all queues; beyond, nothing is told.
const ITEMS_MAX: usize = 10_000;

pub(in crate::check) fn pills(study: &Study, bag: &mut Bag) {
    if study.is_wrong_on_purpose() {
        return;
    }
    for (number, object) in study.graph.objects.iter().enumerate() {
        let id = ObjectId(number as u32);
        let ObjectKind::Queue(queue) = &object.kind else { continue };
        let thing = Thing::Object(id);
        // Of a queue that nobody fills `wiring/no-producer` tells.
        let is_filled = !queue.items.is_empty() || study.touches_by(thing, Operation::Put).next().is_some();
        if !study.is_certain(id) || !is_filled {
            continue;
        }
        let Some(consumers) = consumers(study, thing) else { continue };
        let Some(mut items) = put(study, thing) else { continue };
        items.extend(queue.items.iter().map(|item| (item.clone(), 1)));
        let Some(pills) = pills_among(study, &consumers, &items) else { continue };
        let all: u64 = consumers.iter().map(|consumer| consumer.crowd).sum();
        let name = &object.name;
        let message = if pills < all {
            let ends = match pills {
                0 => "none that is put does".to_owned(),
                1 => "only 1 item does".to_owned(),
                _ => format!("only {pills} items do"),
            };
            let who = if all == 1 { "a consumer of" } else { "{} consumers of" }.replace("{}", &all.to_string());
            let loops = if all == 1 { "loops until it gets an item that ends it" } else { LOOP };
            format!("{who} `{}` {loops}, and {ends}", name.value)
        } else if pills > all && is_to_be_clean(study) && !is_expected(study, &name.value) {
            format!("{pills} items in `{}` end one consumer each, and there are only {all} of them", name.value)
        } else {
            continue;
        };
        let finding = Finding::new(Code::WiringPills, name.span, message, "as many pills as consumers are needed");
        let uses = study.touches(thing).iter().filter(|t| matches!(t.operation, Operation::Put | Operation::Get));
        let help = format!("put one for each consumer, or let them take items by `for: item`, `from: {}`", name.value);
        bag.add(study.show(finding, uses).help(help));
    }
}

/// Those who run a body that takes items one by one in a loop.
struct Consumer<'s, 'a> {
    body: &'s Body<'a>,
    get: NodeId,
    /// The variable that an item is in.
    into: &'s str,
    crowd: u64,
}

/// All that take from the queue, if each of them does so at one place and without giving up.
fn consumers<'s, 'a>(study: &'s Study<'a>, queue: Thing) -> Option<Vec<Consumer<'s, 'a>>> {
    let mut numbers: Vec<usize> = Vec::new();
    for touch in study.touches_by(queue, Operation::Get) {
        match touch.by {
            // A second place in the same body.
            By::Body(number) if numbers.contains(&number) => return None,
            By::Body(number) => numbers.push(number),
            By::Command(_) => return None,
        }
    }
    let consumer = |number: usize| {
        let body = &study.bodies[number];
        let flow = body.flow.as_ref().filter(|_| body.countable)?;
        let mut found = None;
        for id in flow.ids() {
            let Act::Step(Step { action: Action::Get { queue: from, into, block, timeout }, .. }) = flow.node(id).act
            else {
                continue;
            };
            if body.thing(study.graph, from) == Some(queue) {
                let into = into.as_ref()?;
                if gives_up(block, timeout) || found.replace((id, into.value.as_str())).is_some() {
                    return None;
                }
            }
        }
        let (get, into) = found?;
        let mut crowd = 0;
        for actor in &body.runners {
            let Actor::Process(process) = *actor else { return None };
            if study.graph.process(process).daemon || !runs_to_its_end(study, process) {
                return None;
            }
            crowd += study.crowd_of(*actor);
        }
        // Sets of it elsewhere hide what was taken.
        let mut sets = 0;
        for step in body.steps {
            step.walk(&mut |step| sets += step.sets().filter(|name| name.value == into).count());
        }
        (sets == 1).then_some(Consumer { body, get, into, crowd })
    };
    let all: Vec<Consumer> = numbers.into_iter().map(consumer).collect::<Option<_>>()?;
    (!all.is_empty()).then_some(all)
}

/// How many of the items end a consumer; `None` unless each of them does so for every consumer or for none.
fn pills_among(study: &Study, consumers: &[Consumer], items: &[(Value, u64)]) -> Option<u64> {
    let mut pills: u64 = 0;
    let mut seen: Vec<(&Value, bool)> = Vec::new();
    for (item, times) in items {
        let known = seen.iter().find(|(other, _)| *other == item).map(|(_, ends)| *ends);
        let ends = match known {
            Some(ends) => ends,
            None => {
                let all: HashSet<bool> =
                    consumers.iter().map(|consumer| ends(study, consumer, item)).collect::<Option<_>>()?;
                let ends = *all.iter().next().filter(|_| all.len() == 1)?;
                if seen.len() > 100 {
                    return None;
                }
                seen.push((item, ends));
                ends
            }
        };
        pills = pills.checked_add(if ends { *times } else { 0 })?;
    }
    // A loop that no item ends is told as such, and who takes a single item needs no pill.
    consumers.iter().all(|consumer| can_end(consumer) && is_in_a_loop(consumer)).then_some(pills)
}

/// Whether some item could end it.
fn can_end(consumer: &Consumer) -> bool {
    let end = &mut |at: NodeId, _: &Node| match at {
        Flow::END | Flow::EXIT => Seen::Found,
        _ => Seen::GoOn,
    };
    consumer.body.flow.as_ref().is_some_and(|flow| trace(flow, consumer.get, &|_| None, end).is_some())
}

fn is_in_a_loop(consumer: &Consumer) -> bool {
    let again = &mut |at: NodeId, _: &Node| if at == consumer.get { Seen::Found } else { Seen::GoOn };
    consumer.body.flow.as_ref().is_some_and(|flow| trace(flow, consumer.get, &|_| None, again).is_some())
}

/// Whether a consumer that got this item surely ends, or surely takes another.
fn ends(study: &Study, consumer: &Consumer, item: &Value) -> Option<bool> {
    let flow = consumer.body.flow.as_ref()?;
    let locals = Locals::from([(consumer.into.to_owned(), item.clone())]);
    let assumed = |condition: &Expr| consumer.body.expr(study.graph, condition, &locals)?.as_bool();
    let comes_to = |wanted: &dyn Fn(NodeId) -> bool| {
        let judge = &mut |at: NodeId, _: &Node| match () {
            () if wanted(at) => Seen::Found,
            () if at == consumer.get => Seen::Stop,
            () => Seen::GoOn,
        };
        trace(flow, consumer.get, &assumed, judge).is_some()
    };
    let again = comes_to(&|at| at == consumer.get);
    let over = comes_to(&|at| at == Flow::END || at == Flow::EXIT);
    match (again, over) {
        (true, false) => Some(false),
        (false, true) => Some(true),
        _ => None,
    }
}

/// All that is put, each item with how often.
fn put(study: &Study, queue: Thing) -> Option<Vec<(Value, u64)>> {
    let mut numbers: Vec<usize> = Vec::new();
    for touch in study.touches_by(queue, Operation::Put) {
        match touch.by {
            By::Body(number) if !numbers.contains(&number) => numbers.push(number),
            By::Body(_) => {}
            By::Command(_) => return None,
        }
    }
    let mut items = Vec::new();
    for number in numbers {
        let body = &study.bodies[number];
        let mut crowd = 0;
        for actor in &body.runners {
            let Actor::Process(process) = *actor else { return None };
            if !runs_to_its_end(study, process) {
                return None;
            }
            crowd += study.crowd_of(*actor);
        }
        Puts { study, body, queue, items: &mut items }.block(body.steps, crowd, &mut Locals::new())?;
    }
    Some(items)
}

struct Puts<'s, 'a, 'i> {
    study: &'s Study<'a>,
    body: &'s Body<'a>,
    queue: Thing,
    items: &'i mut Vec<(Value, u64)>,
}

impl Puts<'_, '_, '_> {
    fn block(&mut self, steps: &[Step], times: u64, locals: &mut Locals) -> Option<()> {
        let mut may_be_left = false;
        for step in steps {
            if may_be_left && self.is_in(step) {
                return None;
            }
            self.step(step, times, locals)?;
            may_be_left |= can_leave(step);
        }
        Some(())
    }

    fn is_in(&self, step: &Step) -> bool {
        let mut found = false;
        step.walk(&mut |step| {
            found |= matches!(&step.action, Action::Put { queue, .. }
                if self.body.thing(self.study.graph, queue) == Some(self.queue));
        });
        found
    }

    fn step(&mut self, step: &Step, times: u64, locals: &mut Locals) -> Option<()> {
        if !self.is_in(step) {
            return Some(());
        }
        let settled = self.body.flow.as_ref()?.settled.get(&std::ptr::from_ref(step));
        match &step.action {
            Action::Put { value, block, timeout, .. } if !gives_up(block, timeout) => {
                let value = match self.body.datum(self.study.graph, value, locals) {
                    Some(value) => value,
                    // Whatever is in it.
                    None if matches!(value, Datum::Map(..)) => Value::map(Map::new()),
                    None => return None,
                };
                if self.items.len() >= ITEMS_MAX {
                    return None;
                }
                self.items.push((value, times));
                Some(())
            }
            Action::If { then, otherwise, .. } => match settled {
                Some(Settled::Branch(true)) => self.block(then, times, locals),
                Some(Settled::Branch(false)) => self.block(otherwise, times, locals),
                _ => None,
            },
            Action::Repeat { body, .. } => match settled {
                Some(Settled::Times(rounds)) if !body.iter().any(can_leave) => {
                    self.block(body, times.checked_mul(*rounds)?, locals)
                }
                _ => None,
            },
            Action::ForIn { variable, body, .. } => match settled {
                Some(Settled::Items(items)) if !body.iter().any(can_leave) => {
                    for item in items.as_list()?.iter().take(ITEMS_MAX) {
                        locals.insert(variable.value.clone(), item.clone());
                        self.block(body, times, locals)?;
                    }
                    locals.remove(variable.value.as_str());
                    Some(())
                }
                _ => None,
            },
            Action::With { body, .. } => self.block(body, times, locals),
            _ => None,
        }
    }
}

fn is_to_be_clean(study: &Study) -> bool {
    study.graph.expect.as_ref().and_then(|expect| expect.clean.as_ref()).is_some_and(|clean| clean.value)
}

fn is_expected(study: &Study, queue: &str) -> bool {
    study.graph.expect.iter().flat_map(|expect| &expect.queues).any(|(name, _)| name.value == queue)
}
