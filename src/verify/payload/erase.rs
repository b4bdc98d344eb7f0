//! States without the items: the keys under which the search keeps them.
use super::sums::ADDEND_MAX;
use crate::program::Pc;
use crate::value::{Handle, Value, equals};
use crate::verify::block::Block;
use crate::verify::interner::{Interner, Memo};
use crate::verify::layout::{Object, Place};
use crate::verify::system::System;
use crate::verify::watch::{Sight, Watch};
use crate::verify::world::World;
use std::collections::BTreeMap;

/// Stands for any item. A real queue never holds a handle.
const ITEM: Value = Value::Handle(Handle { pool: u32::MAX, ticket: u64::MAX });

/// More items than this are not followed.
pub(in crate::verify) const ITEMS_MAX: usize = 255;

/// Numbers for what is the same without its items.
pub(in crate::verify) struct Erasure {
    blocks: Interner<Block>,
    queues: Interner<Object>,
    watches: Interner<Watch>,
    of_queue: Memo<(u32, u32), u32>,
    of_watch: Memo<u32, u32>,
    /// By rule and print: what all lines of it are to the order of lines.
    sights: BTreeMap<(usize, u32, Pc), Sight>,
}

/// A block without its items.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::verify) struct Shadow {
    /// The number of what is left; of the block itself where no items are hidden.
    pub number: u32,
    /// It holds an item that it is not through with.
    pub carries: bool,
    /// It adds up what may not be complete yet.
    pub sums: bool,
}

impl Erasure {
    pub fn new() -> Erasure {
        Erasure {
            blocks: Interner::new(),
            queues: Interner::new(),
            watches: Interner::new(),
            of_queue: Memo::default(),
            of_watch: Memo::default(),
            sights: BTreeMap::new(),
        }
    }
}

impl Block {
    /// It with every item the same, and whether it has any, and whether it has a sum.
    pub(in crate::verify) fn without_items(&self, system: &System) -> (Block, bool, bool) {
        let mut block = self.clone();
        block.watches.iter_mut().for_each(Watch::hide_items);
        let (Some(payloads), Some(machine)) = (&system.payloads, &mut block.machine) else {
            return (block, false, false);
        };
        let stand = payloads.stand(block.body, machine.pc());
        let mut carries = false;
        for (slot, pill) in &stand.hidden {
            if let Some(value) = &mut machine.slots_mut()[usize::from(*slot)]
                && !is_pill(value, pill.as_ref())
            {
                *value = ITEM;
                carries = true;
            }
        }
        for slot in &stand.sums {
            if let Some(value) = &mut machine.slots_mut()[usize::from(*slot)] {
                *value = ITEM;
            }
        }
        (block, carries, !stand.sums.is_empty())
    }
}

fn is_pill(value: &Value, pill: Option<&Value>) -> bool {
    pill.is_some_and(|pill| equals(value, pill))
}

impl World<'_, '_> {
    /// Whether states are kept without their items.
    pub fn erases(&self) -> bool {
        self.system.payloads.is_some()
    }

    /// A block without its items, where this is its number.
    pub fn shadow(&mut self, number: u32) -> Shadow {
        if !self.erases() {
            return Shadow { number, ..Shadow::default() };
        }
        let (block, carries, sums) = self.blocks.get(number).without_items(self.system);
        Shadow { number: self.erasure.blocks.number(block).0, carries, sums }
    }

    /// The place of a block among those of interchangeable actors.
    pub fn rank(&self, block: u32) -> (u32, u32) {
        (self.infos[block as usize].shadow.number, block)
    }

    /// Adds the key of a state.
    pub fn key(&mut self, row: &[u32], key: &mut Vec<u32>) {
        let first = key.len();
        key.extend_from_slice(row);
        let key = &mut key[first..];
        let Some(payloads) = &self.system.payloads else { return };
        for number in &mut key[..self.system.actors.len()] {
            *number = self.infos[*number as usize].shadow.number;
        }
        for (place, _) in payloads.carriers() {
            let slot = self.slot(place);
            key[slot] = self.queue_without_items(place, row[slot]);
        }
        let extras = self.extras();
        for slot in extras..extras + self.system.shared_rules.len() {
            key[slot] = self.watch_without_items(row[slot]);
        }
    }

    fn queue_without_items(&mut self, place: Place, number: u32) -> u32 {
        let known = (place as u32, number);
        if let Some(known) = self.erasure.of_queue.get(&known) {
            return *known;
        }
        let carrier = self.system.payloads.as_ref().and_then(|payloads| payloads.carrier(place));
        let (Some(carrier), Object::Queue(queue)) = (carrier, self.objects.get(number).as_ref()) else {
            unreachable!("items are carried by queues")
        };
        let is_fit = |item: &Value| matches!(item, Value::Int(n) if n.unsigned_abs() <= ADDEND_MAX);
        let pill = carrier.pill.as_ref();
        if carrier.is_summed && queue.items().any(|item| !is_pill(item, pill) && !is_fit(item)) {
            self.is_spoilt.set(true);
        }
        let queue = queue.map(|item| if is_pill(item, pill) { item.clone() } else { ITEM });
        let erased = self.erasure.queues.number(Object::Queue(queue)).0;
        self.erasure.of_queue.insert(known, erased);
        erased
    }

    fn watch_without_items(&mut self, number: u32) -> u32 {
        if let Some(known) = self.erasure.of_watch.get(&number) {
            return *known;
        }
        let mut watch = Watch::clone(self.watches.get(number));
        watch.hide_items();
        let erased = self.erasure.watches.number(watch).0;
        self.erasure.of_watch.insert(number, erased);
        erased
    }

    /// Whether an item is on its way: somebody has it and is not through with it, or can still take it.
    pub fn is_item_on_its_way(&self, row: &[u32]) -> bool {
        let Some(payloads) = &self.system.payloads else { return false };
        row[..self.system.actors.len()].iter().any(|block| self.infos[*block as usize].shadow.carries)
            || payloads.carriers().filter(|(_, carrier)| !carrier.is_last).any(|(place, carrier)| {
                let object = self.object(row, place);
                let Object::Queue(queue) = object.as_ref() else { return false };
                queue.items().any(|item| !is_pill(item, carrier.pill.as_ref()))
            })
    }

    /// A sum to which nothing more is added may be looked at: it has to have all items.
    pub fn mind_sums(&self, before: &[u32], after: &[u32]) {
        let sums = |row: &[u32], actor: usize| self.infos[row[actor] as usize].shadow.sums;
        let complete = |actor: usize| sums(before, actor) && !sums(after, actor);
        if self.erases() && (0..self.system.actors.len()).any(complete) && self.is_item_on_its_way(after) {
            self.is_spoilt.set(true);
        }
    }

    /// An error arose where it may have come from an item.
    pub fn mind_error(&self, body: u32, pc: Pc) {
        let Some(payloads) = &self.system.payloads else { return };
        let stand = payloads.stand(body, pc);
        if !stand.hidden.is_empty() || !stand.sums.is_empty() {
            self.is_spoilt.set(true);
        }
    }

    /// Whether the line that is printed there shows an item.
    pub fn prints_an_item(&self, block: &Block) -> bool {
        let stand = |payloads: &super::Payloads| Some(payloads.stand(block.body, block.machine.as_ref()?.pc()).prints);
        self.system.payloads.as_ref().and_then(stand).unwrap_or(false)
    }

    /// Lines that show items have to be the same to the order of lines, whatever the item.
    pub fn mind_line(&mut self, rule: usize, block: &Block, line: &str) {
        let Some(machine) = &block.machine else { return };
        let sight = self.system.rules[rule].sight(line).of_any_item();
        let known = self.erasure.sights.entry((rule, block.body, machine.pc())).or_insert_with(|| sight.clone());
        if *known != sight {
            self.is_spoilt.set(true);
        }
    }

    /// Notes what is put into a queue, where it is no item yet; an item may not turn into a pill.
    pub fn mind_put(&self, block: &mut Block, place: Place, value: &Value) {
        let Some(payloads) = &self.system.payloads else { return };
        let (Some(carrier), Some(machine)) = (payloads.carrier(place), &block.machine) else { return };
        let pill = is_pill(value, carrier.pill.as_ref());
        match (payloads.stand(block.body, machine.pc()).creates, pill) {
            (true, true) => {}
            (true, false) if block.rare.made.len() < ITEMS_MAX => {
                let made = (place, value.clone());
                let at = block.rare.made.partition_point(|other| *other < made);
                block.rare.made.insert(at, made);
            }
            (true, false) | (false, true) => self.is_spoilt.set(true),
            (false, false) => {}
        }
    }
}
