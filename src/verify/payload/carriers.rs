//! The queues whose items no process decides by.
use super::sums::Sum;
use super::trail::{Hold, Trail};
use crate::graph::{ObjectId, ObjectKind};
use crate::program::{Op, Pc, Slot, Source};
use crate::value::Value;
use crate::verify::layout::Place;
use crate::verify::sinks::Sink;
use crate::verify::system::System;
use std::collections::BTreeSet;

/// A queue of such items.
pub(in crate::verify) struct Carrier {
    /// The one item that is told from others.
    pub pill: Option<Value>,
    /// Nobody takes from it: what is in it is through.
    pub is_last: bool,
    /// Its items are added up, so they have to be numbers.
    pub is_summed: bool,
}

/// What a process has of an item where it stands.
#[derive(Clone, Debug, Default)]
pub(in crate::verify) struct Stand {
    /// The variables that hold something of it, and the pill if it may be that.
    pub hidden: Vec<(Slot, Option<Value>)>,
    /// Variables in which items are still added up.
    pub sums: Vec<Slot>,
    /// It prints what the item shows.
    pub prints: bool,
    /// It puts something that is no item yet.
    pub creates: bool,
}

pub(in crate::verify) struct Payloads {
    /// By place.
    carriers: Vec<Option<Carrier>>,
    /// By body and instruction.
    stands: Vec<Vec<Stand>>,
}

impl Payloads {
    /// `None` where there are no such queues.
    pub fn new(system: &System) -> Option<Payloads> {
        let objects = 0..system.plan.graph().objects.len() as u32;
        let mut carriers: BTreeSet<ObjectId> = objects.map(ObjectId).filter(|id| may_carry(system, *id)).collect();
        while !carriers.is_empty() {
            let trails: Result<Vec<Option<Trail>>, ObjectId> = system
                .bodies
                .iter()
                .map(|body| body.as_ref().map(|body| Trail::new(body, &carriers)).transpose())
                .collect();
            let trails = trails.and_then(|trails| match in_circle(&trails).or_else(|| dealt_out(system, &trails)) {
                Some(queue) => Err(queue),
                None => Ok(trails),
            });
            match trails {
                Ok(trails) if trails.iter().flatten().any(Trail::has_items) => {
                    return Some(Payloads::of(system, &carriers, &trails));
                }
                Ok(_) => return None,
                Err(queue) => {
                    carriers.remove(&queue);
                }
            }
        }
        None
    }

    fn of(system: &System, carriers: &BTreeSet<ObjectId>, trails: &[Option<Trail>]) -> Payloads {
        let trails_of = || trails.iter().flatten();
        let carrier = |(id, side): &(ObjectId, u8)| {
            (*side == 0 && carriers.contains(id)).then(|| Carrier {
                pill: trails_of().find_map(|trail| trail.pills.get(id)).cloned(),
                is_last: takers(system, *id).is_empty(),
                is_summed: trails_of().any(|trail| trail.summed.contains(id)),
            })
        };
        let stands = trails.iter().enumerate().map(|(number, trail)| {
            let Some(trail) = trail else { return Vec::new() };
            let live = |pc: Pc, slot: Slot| system.body(number).live.at(pc).contains(usize::from(slot));
            let stand = |pc: Pc| {
                let point = trail.points[pc as usize].as_ref();
                let pill = |hold: Hold| {
                    let queue = point.and_then(|point| point.from)?;
                    if hold == Hold::Untested { trail.pills.get(&queue).cloned() } else { None }
                };
                let held = point.iter().flat_map(|point| &point.held);
                let grows = |sum: &&Sum| sum.grows[pc as usize] && live(pc, sum.slot);
                Stand {
                    hidden: held.map(|(slot, hold)| (*slot, pill(*hold))).collect(),
                    sums: trail.sums.iter().filter(grows).map(|sum| sum.slot).collect(),
                    prints: trail.lines.contains_key(&pc),
                    creates: trail.creates.contains(&pc),
                }
            };
            (0..trail.points.len() as Pc).map(stand).collect()
        });
        Payloads { carriers: system.layout.owners.iter().map(carrier).collect(), stands: stands.collect() }
    }

    pub fn carrier(&self, place: Place) -> Option<&Carrier> {
        self.carriers[place].as_ref()
    }

    pub fn carriers(&self) -> impl Iterator<Item = (Place, &Carrier)> {
        self.carriers.iter().enumerate().filter_map(|(place, carrier)| Some((place, carrier.as_ref()?)))
    }

    pub fn stand(&self, body: u32, pc: Pc) -> &Stand {
        &self.stands[body as usize][pc as usize]
    }
}

/// Whether the order of what is in a queue tells nothing, one step alone takes from it, whoever takes that step is as
/// good as any other, and nobody who has to do with it is cut short.
fn may_carry(system: &System, id: ObjectId) -> bool {
    let graph = system.plan.graph();
    let ObjectKind::Queue(queue) = &graph.object(id).kind else { return false };
    let place = system.layout.place(id);
    let in_order = |(name, items): &(crate::diag::Spanned<String>, crate::graph::Items)| {
        items.exact.is_some() && graph.object_named(name) == Some(id)
    };
    if queue.redeliver || system.is_fed(place) || graph.expect.iter().flat_map(|expect| &expect.queues).any(in_order) {
        return false;
    }
    let takers = takers(system, id);
    let one_takes = match takers[..] {
        [] => true,
        [body] => {
            let actors: Vec<usize> = actors_of(system, body).collect();
            let alike = |group: &std::ops::Range<usize>| actors.iter().all(|actor| group.contains(actor));
            actors.len() == 1 || system.groups.iter().any(alike)
        }
        _ => false,
    };
    let whole = |body: usize| {
        // A job's body has no actors of its own.
        body < graph.processes.len()
            && actors_of(system, body).all(|actor| {
                let actor = &system.actors[actor];
                !actor.is_cut_short && system.instances[actor.instance].restarts == 0
            })
    };
    one_takes && takers.into_iter().chain(putters(system, id)).all(whole)
}

fn actors_of<'a>(system: &'a System, body: usize) -> impl Iterator<Item = usize> + 'a {
    (0..system.actors.len()).filter(move |actor| system.actors[*actor].body == Some(body))
}

/// The bodies with a step that takes from a queue, once for each such step.
fn takers(system: &System, id: ObjectId) -> Vec<usize> {
    bodies_with(system, |op| match op {
        Op::Get { queue, .. } | Op::Next { from: Source::Queue(queue), .. } => *queue == id,
        _ => false,
    })
}

fn putters(system: &System, id: ObjectId) -> Vec<usize> {
    bodies_with(system, |op| matches!(op, Op::Put { queue, .. } if *queue == id))
}

fn bodies_with(system: &System, is_such: impl Fn(&Op) -> bool) -> Vec<usize> {
    let bodies = system.bodies.iter().enumerate();
    bodies
        .flat_map(|(number, body)| {
            let steps = body.iter().flat_map(|body| body.ops()).filter(|(_, op)| is_such(op)).count();
            std::iter::repeat_n(number, steps)
        })
        .collect()
}

/// A queue whose items are kept by several, each his own: who has which would show.
fn dealt_out(system: &System, trails: &[Option<Trail>]) -> Option<ObjectId> {
    let of_body = |(body, trail): (usize, &Option<Trail>)| {
        let trail = trail.as_ref().filter(|_| actors_of(system, body).nth(1).is_some())?;
        let keeps = |sink: &Sink| matches!(sink, Sink::Own(rule, _) if system.rules[*rule].keeps_lines());
        let is_kept = |pc: &Pc| {
            let Some(Op::Print { stderr, .. }) = system.body(body).op(*pc) else { return false };
            actors_of(system, body).any(|actor| system.actors[actor].sinks[usize::from(*stderr)].iter().any(keeps))
        };
        let mut lines = trail.lines.iter().filter(|(pc, _)| is_kept(pc));
        trail.summed.first().or_else(|| lines.next().map(|(_, queue)| queue)).copied()
    };
    trails.iter().enumerate().find_map(of_body)
}

/// A queue whose items come back to it.
fn in_circle(trails: &[Option<Trail>]) -> Option<ObjectId> {
    let moves: BTreeSet<(ObjectId, ObjectId)> =
        trails.iter().flatten().flat_map(|trail| trail.moves.values().copied()).collect();
    let from_on = |first: ObjectId| {
        let (mut seen, mut work) = (BTreeSet::new(), vec![first]);
        while let Some(from) = work.pop() {
            let on = moves.iter().filter(|(source, _)| *source == from).map(|(_, to)| *to);
            work.extend(on.filter(|to| seen.insert(*to)).collect::<Vec<_>>());
        }
        seen
    };
    moves.iter().map(|(from, _)| *from).find(|from| from_on(*from).contains(from))
}
