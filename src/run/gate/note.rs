//! Noting the order in which steps are taken, where a run is recorded.
//!
//! What must stay true: a wait that somebody ended is noted as over after that one's step.
use super::{Gate, STRAGGLERS_NS, Step};
use crate::program::{Entry, Phase};
use crate::run::NodeId;
use crate::run::options::Order;
use crate::run::world::World;
use crate::shm::{self, SlotIndex, supervise};

impl Gate {
    /// Those who are on the way now, and wait, have begun their steps before whoever goes next.
    pub(super) fn begin_blocked(&mut self) {
        let begun: Vec<(SlotIndex, Step)> = self
            .inside
            .iter()
            .filter(|(_, step)| !step.begun && !matches!(&*step.verb, "sleep" | "exit"))
            .map(|(slot, step)| (*slot, step.clone()))
            .collect();
        for (slot, step) in begun {
            self.note(slot, &step, Phase::Begin, "");
            if let Some(step) = self.inside.get_mut(&slot) {
                step.begun = true;
            }
        }
        self.note_woken();
    }

    /// Somebody takes a step that is to be noted, and has not told of it.
    pub(super) fn has_mover(&self) -> bool {
        self.inside.values().any(|step| !step.begun && *step.verb != *"sleep")
    }

    /// Whether a death has to wait until somebody else has told of the step that he is in the middle of: he sees what it
    /// changes, or does not, and the record is to say which. Not for longer than one waits for a straggler.
    pub fn holds_back(&mut self, world: &World, dead: NodeId) -> bool {
        let dead = &world.node(dead).slots;
        let is_midway = |(slot, step): (&SlotIndex, &Step)| {
            let own = dead.contains(&slot.0);
            let moves = !step.begun && !matches!(&*step.verb, "sleep" | "exit");
            moves && !own && !supervise::blocked(&world.arena, *slot)
        };
        if self.open || !matches!(self.order, Order::Record) || !self.inside.iter().any(is_midway) {
            self.held_back_ns = None;
            return false;
        }
        let now = shm::now_ns();
        *self.held_back_ns.get_or_insert(now) + STRAGGLERS_NS > now
    }

    /// A death waits: see [`Gate::holds_back`].
    pub fn is_holding_back(&self) -> bool {
        self.held_back_ns.is_some()
    }

    pub(super) fn note_woken(&mut self) {
        for (slot, step, phase, result) in std::mem::take(&mut self.woken) {
            self.note(slot, &step, phase, &result);
        }
    }

    pub(super) fn note(&mut self, slot: SlotIndex, step: &Step, phase: Phase, result: &str) {
        let Some((name, _)) = self.slots.iter().find(|(_, of)| **of == slot) else { return };
        let (place, verb) = (step.place.clone(), step.verb.clone());
        // What a worker does between its jobs is known by its result.
        let result = if matches!(&*verb, "takes" | "delivers") { verb.to_string() } else { result.to_owned() };
        self.recorded.entries.push(Entry { process: name.clone(), place, verb, phase, result });
    }
}
