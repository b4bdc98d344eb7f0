//! First in, first out, between any number of putters and takers: what a queue and each direction of a message pipe are.
//!
//! A [`Log`] with what lies around it: items that came back, items taken and not marked done, who is wired, who waits.
//!
//! | word | meaning | moves |
//! |---|---|---|
//! | `log.tail.word`, `log.head.word` | see `log` | under their guards |
//! | `returned` | stack of items that came back to the front, and how many | push: exchange by the supervisor, or under the head's guard; pop: exchange under the head's guard |
//! | `held[slot]` | redelivering only: what that actor has taken and not marked done | its actor under the head's guard; the supervisor after its death |
//! | `ended_at` | 1 + the tail's count at which the stream was found finished | who finds it so; void once the count has moved |
//!
//! Size = tail's count - head's count + returned: three words, each moved by the one store or exchange that commits an
//! operation, so no death makes it wrong, and a putter under the tail's guard can only overestimate it: `maxsize` is exact.
//!
//! # Commit points, and what a death leaves
//! Each operation names the item it moves in the hand (`item`, last) with `origin`, `commit` and `home` (before).
//!
//! | operation | commit point | death before it | death after it |
//! |---|---|---|---|
//! | put, bytes | store of `tail.word` | nothing | wake-ups owed |
//! | put, item | the same | the item is in the hand: freed | `commit` = tail's count: the hand is emptied |
//! | get, bytes | store of `head.word`, after the bytes were copied out | nothing | wake-ups owed; the item is handed over |
//! | get, item | `origin` = `FRESH`, after the bytes were copied out | not yet off the log or stack: nothing; else it goes back to the front | the item is freed |
//! | get, redelivering | store of `head.word`, or exchange of `returned` | taken off the held list again | it is held: goes back to the front if its holder dies, until it is marked done |
//! | give back | exchange of `returned` | freed (a copy), or still held | the hand is emptied; no longer held |
//! | mark done, redelivering | store of `done` | still held | freed |
//!
//! While the dead one's guard is held nobody else can have moved the same words, so each of these is decided by looking.
//!
//! # The end of the stream
//! Finished = empty, and no party keeps it open: no putter is open (see `parties`), and, redelivering, nobody holds an item
//! that could come back, except who waits at this very fifo in a `for .. from` itself. Who may have made it true (a waiter
//! that arrives, a close, the last mark, the supervisor) asks, and wakes the others if so. All parties are looked at between
//! two equal readings of the size's words: nothing was put or taken meanwhile, and a waiter un-marks itself before it takes.
use super::Actor;
use super::arena::{Arena, OutOfMemory};
use super::bell::Bell;
use super::futex::Wait;
use super::guard::Busy;
use super::heap::{self, Block, Hand, Heap, NoBlock, pack, unpack};
use super::item::{self, HEADER, Held};
use super::log::{Front, INLINE, Log, Record, after, ahead};
use super::object::Death;
use super::offset::{Offset, Resident};
use super::parties::{CLOSED_PUT, DRAINING, Parties, Party};
use super::slot::{SlotIndex, Waiting};
use std::sync::atomic::{
    AtomicU64,
    Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst},
    fence,
};
use std::time::Duration;

/// `Hand::origin`: nobody else wants the item. Freed on death.
const FRESH: u32 = 0;
/// Being taken from the log, or taken and not yet handed over.
const LOG: u32 = 1;
/// The same, from the stack of returned items.
const RETURNED: u32 = 2;
/// Being marked done.
const DONE: u32 = 3;
/// Being given back to the front.
const BACK: u32 = 4;

/// Why nothing was put. Nothing was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PutError {
    /// No room within the time.
    Full,
    /// The run's memory limit would be passed.
    Memory,
    /// This process has closed it.
    Closed,
}

/// Nothing came within the time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Empty;

/// What a taker that follows a stream to its end got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    Item,
    /// Nothing is left and nobody will put anything more.
    End,
}

/// Begins a new cache line.
#[repr(C, align(64))]
struct OwnLine<T>(T);

/// What rarely changes, or never.
#[repr(C, align(128))]
struct Plan {
    heap: AtomicU64,
    maxsize: AtomicU64,
    held: AtomicU64,
    returned: AtomicU64,
    ended_at: AtomicU64,
    parties: Parties,
}

/// See the head of the file.
#[repr(C)]
pub(super) struct Fifo {
    plan: Plan,
    log: Log,
    /// Marked done; the queue's business, but redelivering it moves under the head's guard.
    done: OwnLine<AtomicU64>,
    filled: OwnLine<Bell>,
    room: OwnLine<Bell>,
}

/// What a fifo is made for.
pub(super) struct Wiring<'a> {
    pub putters: &'a [SlotIndex],
    pub takers: &'a [SlotIndex],
    /// 0: unbounded.
    pub maxsize: u64,
    pub redeliver: bool,
}

// SAFETY: only atomics of integers and structs of such.
unsafe impl Resident for Fifo {}

impl Fifo {
    pub fn build(&self, arena: &Arena, wiring: &Wiring) -> Result<(), OutOfMemory> {
        let heap = Heap::of(arena).ok_or(OutOfMemory)?;
        self.plan.heap.store(arena.place_of(heap).bytes(), Relaxed);
        self.plan.maxsize.store(wiring.maxsize, Relaxed);
        if wiring.redeliver {
            self.plan.held.store(arena.reserve::<Held>(u64::from(arena.slot_count()))?.bytes(), Relaxed);
        }
        self.plan.parties.build(arena, wiring.putters, wiring.takers)?;
        self.log.build(heap)
    }

    #[inline]
    fn heap<'a>(&self, arena: &'a Arena) -> &'a Heap {
        arena.at(Offset::from_bytes(self.plan.heap.load(Relaxed)))
    }

    #[inline]
    pub fn redelivers(&self) -> bool {
        self.plan.held.load(Relaxed) != 0
    }

    fn held<'a>(&self, arena: &'a Arena, slot: SlotIndex) -> &'a Held {
        arena.at(Offset::from_bytes(self.plan.held.load(Relaxed)).nth(u64::from(slot.0)))
    }

    pub fn parties(&self) -> &Parties {
        &self.plan.parties
    }

    /// Rung when something came, or the end.
    pub fn filled(&self) -> &Bell {
        &self.filled.0
    }

    /// How many are in it, at one instant.
    pub fn size(&self) -> u64 {
        let (_, _, size) = self.look();
        size
    }

    /// Tail's count, head's count with the returned ones, and the size, as they were at one instant.
    fn look(&self) -> (u64, u64, u64) {
        loop {
            let (head, returned) = (self.log.head.at().count(), self.plan.returned.load(Acquire));
            let tail = self.log.tail.at().count();
            fence(Acquire);
            if self.log.head.at().count() == head && self.plan.returned.load(Acquire) == returned {
                return (tail, head, ahead(tail, head) + unpack(returned).0);
            }
            // Somebody has taken one meanwhile, so somebody makes progress.
            std::hint::spin_loop();
        }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.log.tail.at().count() == self.log.head.at().count() && unpack(self.plan.returned.load(Acquire)).0 == 0
    }

    pub fn is_full(&self) -> bool {
        let maxsize = self.plan.maxsize.load(Relaxed);
        maxsize != 0 && self.size() >= maxsize
    }

    /// Ever put, modulo the width of a count.
    pub fn put_count(&self) -> u64 {
        self.log.tail.at().count()
    }

    pub fn done(&self) -> &AtomicU64 {
        &self.done.0
    }
}

/// Putting.
impl Fifo {
    /// Puts one item, the parts one after the other; published when it returns.
    #[inline]
    pub fn put(&self, actor: &Actor, parts: &[&[u8]], what: Waiting, wait: Wait) -> Result<(), PutError> {
        let length = parts.iter().map(|part| part.len()).sum();
        if length > INLINE || self.redelivers() {
            return self.put_item(actor, parts, length, what, wait);
        }
        let crowds = self.log.crowds();
        let mut waited = false;
        while !self.try_append(actor, Record::Bytes(parts, length), wait)? {
            self.await_room(actor, what, wait)?;
            waited = true;
        }
        self.announce_item(waited);
        if self.log.crowds() != crowds && wait == Wait::Forever {
            self.pause();
        }
        Ok(())
    }

    /// Lets the takers catch up, once for every new block of a long log: 0.5 ms at most, and only while they do take. A log
    /// that stays short stays in the caches and needs no new memory, which makes both sides several times faster. Nobody
    /// is waited for: whoever only puts goes on.
    #[cold]
    fn pause(&self) {
        let begin = self.log.backlog();
        for _ in 0..5 {
            let before = self.log.head.at();
            std::thread::sleep(Duration::from_micros(100));
            if self.log.head.at() == before || self.log.backlog() <= begin / 2 {
                return;
            }
        }
    }

    fn put_item(
        &self,
        actor: &Actor,
        parts: &[&[u8]],
        length: usize,
        what: Waiting,
        wait: Wait,
    ) -> Result<(), PutError> {
        let heap = self.heap(actor.arena());
        // Full ones wait without holding memory.
        let mut waited = self.is_full();
        if waited {
            self.await_room(actor, what, wait)?;
        }
        let item = heap.make_item(actor, (HEADER + length) as u64, wait)?;
        item::write(heap, actor.arena(), item, parts, length);
        loop {
            let put = match self.try_append(actor, Record::Item(item), wait) {
                Ok(true) => break,
                Ok(false) => self.await_room(actor, what, wait),
                Err(error) => Err(error),
            };
            if let Err(error) = put {
                let _ = heap.drop_item(actor);
                return Err(error);
            }
            waited = true;
        }
        self.announce_item(waited);
        Ok(())
    }

    /// False when it is full.
    #[inline]
    fn try_append(&self, actor: &Actor, record: Record, wait: Wait) -> Result<bool, PutError> {
        let tail = &self.log.tail;
        tail.guard.lock(actor, wait)?;
        let count = tail.at().count();
        let maxsize = self.plan.maxsize.load(Relaxed);
        if maxsize != 0 && !self.has_room(count, maxsize) {
            tail.guard.unlock();
            return Ok(false);
        }
        let heap = self.heap(actor.arena());
        let next = match self.log.append(actor, heap, record, wait) {
            Ok(next) => next,
            Err(error) => {
                tail.guard.unlock();
                return Err(error.into());
            }
        };
        if let Record::Item(_) = record {
            let hand = heap.hand(actor.arena(), actor.index());
            hand.commit.store(next.count(), Release);
            tail.move_to(next);
            hand.item.store(0, Release);
        } else {
            tail.move_to(next);
        }
        tail.guard.unlock();
        Ok(true)
    }

    /// Under the tail's guard. The head seen last is too far back at worst.
    #[inline]
    fn has_room(&self, count: u64, maxsize: u64) -> bool {
        let returned = unpack(self.plan.returned.load(Acquire)).0;
        let seen = &self.log.tail.seen;
        if ahead(count, seen.load(Relaxed)) + returned < maxsize {
            return true;
        }
        let head = self.log.head.at().count();
        seen.store(head, Relaxed);
        ahead(count, head) + unpack(self.plan.returned.load(Acquire)).0 < maxsize
    }

    #[cold]
    fn await_room(&self, actor: &Actor, what: Waiting, wait: Wait) -> Result<(), PutError> {
        actor.wait(&self.room.0, what, wait, || (!self.is_full()).then_some(())).map_err(|_| PutError::Full)
    }

    /// After the tail's guard was released, so that nothing is read before what was published.
    #[inline]
    fn announce_item(&self, waited: bool) {
        self.filled.0.ring();
        if waited && !self.is_full() {
            self.room.0.ring();
        }
    }

    /// Gives an item back to the front: redelivering, the one taken last (`bytes` are then not looked at); else a copy.
    pub fn give_back(&self, actor: &Actor, bytes: &[u8]) -> Result<(), PutError> {
        let (arena, heap, place) = (actor.arena(), self.heap(actor.arena()), self.place(actor.arena()));
        let hand = heap.hand(arena, actor.index());
        let held = self.redelivers().then(|| self.held(arena, actor.index()));
        if let Some(held) = held {
            heap.drop_item(actor)?;
            if held.is_empty() {
                return Ok(());
            }
            self.log.head.guard.lock(actor, Wait::Forever)?;
            name(hand, held.last(), BACK, 0, place);
        } else {
            let item = heap.make_item(actor, (HEADER + bytes.len()) as u64, Wait::Forever)?;
            item::write(heap, arena, item, &[bytes], bytes.len());
            self.log.head.guard.lock(actor, Wait::Forever)?;
            hand.home.store(place, Release);
            hand.origin.store(BACK, Release);
        }
        heap::push(heap, arena, &self.plan.returned, Block(hand.item.load(Relaxed)));
        if let Some(held) = held {
            held.remove_last(heap, arena);
        }
        hand.item.store(0, Release);
        self.log.head.guard.unlock();
        self.filled.0.ring();
        Ok(())
    }
}

/// Says what is about to happen to an item; `item` last, for it alone makes the rest count.
fn name(hand: &Hand, item: Block, origin: u32, commit: u64, home: u64) {
    hand.origin.store(origin, Release);
    hand.commit.store(commit, Release);
    hand.home.store(home, Release);
    hand.item.store(item.0, Release);
}

/// From here on the item is freed if its holder dies.
fn let_go(hand: &Hand) {
    hand.origin.store(FRESH, Release);
    hand.commit.store(u64::MAX, Release);
}

/// Taking.
impl Fifo {
    /// Takes the first item into `into`, replacing what was there.
    #[inline]
    pub fn get(&self, actor: &Actor, into: &mut Vec<u8>, what: Waiting, wait: Wait) -> Result<(), Empty> {
        let mut waited = false;
        while !self.try_take(actor, into, wait)? {
            actor.wait(&self.filled.0, what, wait, || (!self.is_empty()).then_some(())).map_err(|_| Empty)?;
            waited = true;
        }
        self.announce_room(waited);
        Ok(())
    }

    /// As [`Fifo::get`], but says when the stream is finished. `draining`: this actor, while it waits, does not keep the
    /// stream open.
    pub fn get_or_end(
        &self,
        actor: &Actor,
        into: &mut Vec<u8>,
        what: Waiting,
        wait: Wait,
        draining: bool,
    ) -> Result<Next, Empty> {
        let arena = actor.arena();
        let party = if draining { self.plan.parties.find(arena, actor.index()) } else { None };
        let mut waited = false;
        while !self.try_take(actor, into, wait)? {
            if let Some(party) = party {
                party.set(actor, DRAINING);
            }
            let next = actor.wait(&self.filled.0, what, wait, || match self.is_empty() {
                false => Some(Next::Item),
                true => self.is_finished(arena).then_some(Next::End),
            });
            if let Some(party) = party {
                party.clear(actor, DRAINING);
            }
            if next.map_err(|_| Empty)? == Next::End {
                self.filled.0.ring_all();
                return Ok(Next::End);
            }
            waited = true;
        }
        self.announce_room(waited);
        Ok(Next::Item)
    }

    /// After the head's guard was released.
    #[inline]
    fn announce_room(&self, waited: bool) {
        if self.plan.maxsize.load(Relaxed) != 0 {
            self.room.0.ring();
        }
        if waited && !self.is_empty() {
            self.filled.0.ring();
        }
    }

    /// False when it is empty.
    #[inline]
    fn try_take(&self, actor: &Actor, into: &mut Vec<u8>, wait: Wait) -> Result<bool, Busy> {
        let head = &self.log.head;
        head.guard.lock(actor, wait)?;
        let taken = if unpack(self.plan.returned.load(Acquire)).0 == 0 {
            self.take_from_log(actor, into)
        } else {
            self.take_returned(actor)
        };
        match taken {
            Ok(Taken::Item(item)) if !self.redelivers() => {
                // The guard is released: others may take while this item is copied.
                let heap = self.heap(actor.arena());
                item::read(heap, actor.arena(), item, into);
                let_go(heap.hand(actor.arena(), actor.index()));
                let _ = heap.drop_item(actor);
                Ok(true)
            }
            Ok(Taken::Item(item)) => {
                item::read(self.heap(actor.arena()), actor.arena(), item, into);
                Ok(true)
            }
            Ok(Taken::Bytes) => Ok(true),
            Ok(Taken::Nothing) => Ok(false),
            Err(busy) => {
                head.guard.unlock();
                Err(busy)
            }
        }
    }

    /// Under the head's guard; releases it unless it fails.
    #[inline]
    fn take_from_log(&self, actor: &Actor, into: &mut Vec<u8>) -> Result<Taken, Busy> {
        let head = &self.log.head;
        if !self.log.has_front() {
            head.guard.unlock();
            return Ok(Taken::Nothing);
        }
        let heap = self.heap(actor.arena());
        match self.log.front(actor, heap)? {
            Front::Bytes { data, length, next } => {
                into.clear();
                // SAFETY: the range lies inside the log's block (`read` checked it), and its block is not freed while
                // the guard is held.
                into.extend_from_slice(unsafe { std::slice::from_raw_parts(data, length) });
                head.move_to(next);
                head.guard.unlock();
                Ok(Taken::Bytes)
            }
            Front::Item { item, next } => {
                heap.drop_item(actor)?;
                let hand = heap.hand(actor.arena(), actor.index());
                name(hand, item, LOG, next.count(), self.place(actor.arena()));
                if self.redelivers() {
                    self.held(actor.arena(), actor.index()).add(heap, actor.arena(), item);
                }
                head.move_to(next);
                if self.redelivers() {
                    hand.item.store(0, Release);
                }
                head.guard.unlock();
                Ok(Taken::Item(item))
            }
        }
    }

    /// Under the head's guard, when there are some; releases it unless it fails.
    #[cold]
    fn take_returned(&self, actor: &Actor) -> Result<Taken, Busy> {
        let (arena, heap) = (actor.arena(), self.heap(actor.arena()));
        heap.drop_item(actor)?;
        let hand = heap.hand(arena, actor.index());
        let held = self.redelivers().then(|| self.held(arena, actor.index()));
        loop {
            let word = self.plan.returned.load(Acquire);
            let (count, item) = unpack(word);
            name(hand, item, RETURNED, 0, self.place(arena));
            if let Some(held) = held {
                held.add(heap, arena, item);
            }
            let next = Block(heap.links(arena, item).list.load(Acquire));
            let popped = self.plan.returned.compare_exchange(word, pack(count - 1, next), AcqRel, Relaxed).is_ok();
            if !popped && let Some(held) = held {
                // The supervisor has pushed another one meanwhile.
                held.remove_last(heap, arena);
            }
            if !popped || held.is_some() {
                hand.item.store(0, Release);
            }
            if popped {
                self.log.head.guard.unlock();
                return Ok(Taken::Item(item));
            }
        }
    }

    /// Marks the oldest item that this actor holds done. False when it holds none. For a fifo that redelivers.
    pub fn mark_done(&self, actor: &Actor) -> Result<bool, Busy> {
        let (arena, heap) = (actor.arena(), self.heap(actor.arena()));
        heap.drop_item(actor)?;
        self.log.head.guard.lock(actor, Wait::Forever)?;
        let held = self.held(arena, actor.index());
        let item = held.first();
        if item == Block::NONE {
            self.log.head.guard.unlock();
            return Ok(false);
        }
        let hand = heap.hand(arena, actor.index());
        let done = after(self.done.0.load(Relaxed));
        name(hand, item, DONE, done, self.place(arena));
        self.done.0.store(done, Release);
        held.remove_first(heap, arena);
        let_go(hand);
        self.log.head.guard.unlock();
        let _ = heap.drop_item(actor);
        if self.is_finished(arena) {
            self.filled.0.ring_all();
        }
        Ok(true)
    }

    /// Shows the bytes of all that is in it, first to last. Only while nobody takes, as at the end of a run.
    pub fn contents(&self, arena: &Arena, mut show: impl FnMut(&[u8])) {
        let heap = self.heap(arena);
        let mut bytes = Vec::new();
        let (count, mut item) = unpack(self.plan.returned.load(Acquire));
        for _ in 0..count {
            item::read(heap, arena, item, &mut bytes);
            show(&bytes);
            item = Block(heap.links(arena, item).list.load(Acquire));
        }
        self.log.each(arena, heap, |front| match front {
            // SAFETY: the record lies inside its block, which is not freed while nobody takes.
            Front::Bytes { data, length, .. } => show(unsafe { std::slice::from_raw_parts(data, length) }),
            Front::Item { item, .. } => {
                item::read(heap, arena, item, &mut bytes);
                show(&bytes);
            }
        });
    }
}

enum Taken {
    Nothing,
    Bytes,
    Item(Block),
}

/// The end of the stream.
impl Fifo {
    /// Whether nothing is left and nobody will put anything more.
    pub fn is_finished(&self, arena: &Arena) -> bool {
        loop {
            let before = self.look();
            let (tail, _, size) = before;
            if size != 0 {
                return false;
            }
            if self.plan.ended_at.load(SeqCst) == tail + 1 {
                return true;
            }
            // A waiter's mark, a close or an end was stored before its question; of two at once, the later sees both.
            fence(SeqCst);
            if self.plan.parties.any_keeps_open(arena, |party| self.keeps_open(arena, party)) {
                return false;
            }
            fence(SeqCst);
            if self.look() == before {
                // Whoever hears of the end and goes on is no longer marked as waiting: the others hear of it from here.
                self.plan.ended_at.store(tail + 1, SeqCst);
                return true;
            }
        }
    }

    fn keeps_open(&self, arena: &Arena, party: &Party) -> bool {
        let puts = party.puts() && party.is_open(arena, CLOSED_PUT | DRAINING);
        puts || (self.redelivers() && !self.held(arena, party.slot()).is_empty() && party.is_open(arena, DRAINING))
    }

    /// This process puts, or takes, no more.
    pub fn close(&self, actor: &Actor, bits: u32) {
        self.plan.parties.close(actor, bits);
        self.look_for_end(actor.arena());
    }

    /// After something that may have made the stream finished.
    pub fn look_for_end(&self, arena: &Arena) {
        if self.is_finished(arena) {
            self.filled.0.ring_all();
        }
    }

    /// Whether a taker would get an item or hear of the end.
    pub fn is_ready(&self, arena: &Arena) -> bool {
        !self.is_empty() || self.is_finished(arena)
    }
}

/// After a death.
impl Fifo {
    /// Where it lies, which names it in a hand.
    fn place(&self, arena: &Arena) -> u64 {
        arena.place_of(self).bytes()
    }

    pub fn recover(&self, arena: &Arena, dead: &Death) {
        let (heap, place) = (self.heap(arena), self.place(arena));
        let hand = heap.hand(arena, dead.slot());
        if self.log.tail.guard.is_held_by(dead.tag) {
            self.log.recover_tail(hand);
            let put = hand.commit.load(Acquire) == self.log.tail.at().count();
            if put && hand.origin.load(Acquire) == FRESH {
                hand.item.store(0, Release);
            }
        }
        self.log.tail.guard.recover(dead.tag);
        if self.log.head.guard.is_held_by(dead.tag) {
            self.log.recover_head(hand);
            self.settle(arena, dead, heap, hand);
        }
        // Taken, not handed over, and the guard already released.
        let carried = Block(hand.item.load(Acquire));
        if carried != Block::NONE
            && hand.home.load(Acquire) == place
            && matches!(hand.origin.load(Acquire), LOG | RETURNED)
        {
            heap::push(heap, arena, &self.plan.returned, carried);
            hand.item.store(0, Release);
        }
        if self.redelivers() {
            self.redeliver(arena, dead, heap);
        }
        self.log.head.guard.recover(dead.tag);
    }

    /// Under the dead one's head guard: what became of the item it names. Afterwards a name that is left means taken and
    /// not handed over, or to be freed.
    fn settle(&self, arena: &Arena, dead: &Death, heap: &Heap, hand: &Hand) {
        let item = Block(hand.item.load(Acquire));
        if item == Block::NONE || hand.home.load(Acquire) != self.place(arena) {
            return;
        }
        let commit = hand.commit.load(Acquire);
        let held = self.redelivers().then(|| self.held(arena, dead.slot()));
        let is_back = || heap::is_in(heap, arena, &self.plan.returned, item);
        match hand.origin.load(Acquire) {
            origin @ (LOG | RETURNED) => {
                let taken = if origin == LOG { commit == self.log.head.at().count() } else { !is_back() };
                if !taken
                    && let Some(held) = held
                    && held.last() == item
                {
                    held.remove_last(heap, arena);
                }
                if !taken || held.is_some() {
                    hand.item.store(0, Release);
                }
            }
            DONE if commit == self.done.0.load(Acquire) => {
                if let Some(held) = held
                    && held.first() == item
                {
                    held.remove_first(heap, arena);
                }
                hand.origin.store(FRESH, Release);
            }
            DONE => hand.item.store(0, Release),
            BACK => match (is_back(), held) {
                (true, Some(held)) => {
                    if held.last() == item {
                        held.remove_last(heap, arena);
                    }
                    hand.item.store(0, Release);
                }
                (true, None) | (false, Some(_)) => hand.item.store(0, Release),
                (false, None) => hand.origin.store(FRESH, Release),
            },
            _ => (),
        }
    }

    /// What the dead one held is done: shown, counted, freed.
    pub fn finish_held(&self, arena: &Arena, dead: &Death, mut show: impl FnMut(&[u8])) {
        let heap = self.heap(arena);
        if self.log.head.guard.is_held_by(dead.tag) {
            let hand = heap.hand(arena, dead.slot());
            self.log.recover_head(hand);
            self.settle(arena, dead, heap, hand);
        }
        let held = self.held(arena, dead.slot());
        let mut bytes = Vec::new();
        for item in held.all(heap, arena) {
            item::read(heap, arena, item, &mut bytes);
            show(&bytes);
            self.done.0.fetch_add(1, SeqCst);
            heap.reclaim(arena, item);
        }
        held.clear();
    }

    /// What the dead one held: back to the front in the order in which it was taken, or freed if it ended well.
    fn redeliver(&self, arena: &Arena, dead: &Death, heap: &Heap) {
        let held = self.held(arena, dead.slot());
        for item in held.all(heap, arena).into_iter().rev() {
            if dead.badly {
                heap::push(heap, arena, &self.plan.returned, item);
            } else {
                heap.reclaim(arena, item);
            }
        }
        held.clear();
    }

    pub fn wake_all(&self) {
        self.log.tail.guard.wake_all();
        self.log.head.guard.wake_all();
        self.filled.0.ring_out();
        self.room.0.ring_out();
    }
}

impl From<Busy> for PutError {
    fn from(_: Busy) -> PutError {
        PutError::Full
    }
}

impl From<Busy> for Empty {
    fn from(_: Busy) -> Empty {
        Empty
    }
}

impl From<NoBlock> for PutError {
    fn from(none: NoBlock) -> PutError {
        match none {
            NoBlock::Memory => PutError::Memory,
            NoBlock::Busy => PutError::Full,
        }
    }
}
