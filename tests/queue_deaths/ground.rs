//! An arena with a heap, processes that are its actors, and a queue between them.
use crate::child::{self, Change};
use mpgraph::shm::{Actor, Arena, Heap, ObjectIndex, Queue, QueueForm, Sizes, SlotIndex, Wait, supervise};
use std::time::Duration;

const LIMIT: u64 = 48 << 20;
/// The longest that anything here may take, on a machine with other work to do.
pub const PATIENCE: Duration = Duration::from_secs(5);

pub fn arena(slots: u32) -> Arena {
    let bytes = Heap::reservation(slots, LIMIT) + (32 << 20);
    let arena = Arena::create(Sizes { bytes, slots, objects: 4, longest_wait: 2 }).expect("an arena");
    arena.set_limit(LIMIT);
    assert_eq!(Heap::build(&arena, LIMIT), Ok(HEAP));
    arena
}

const HEAP: ObjectIndex = ObjectIndex(0);
pub const OBJECT: ObjectIndex = ObjectIndex(1);

/// Nothing but the last block of a log is in use.
pub fn assert_no_leak(arena: &Arena) {
    let bytes = in_use(arena);
    assert!([4096, 65_536, 1 << 20].contains(&bytes), "{bytes} bytes leaked");
}

pub fn in_use(arena: &Arena) -> u64 {
    arena.object::<Heap>(HEAP).expect("the heap").in_use()
}

/// Runs `body` as that actor in a process of its own.
pub fn spawn(arena: &Arena, slot: u32, body: impl FnOnce(&Actor)) -> i32 {
    supervise::begin(arena, SlotIndex(slot), 1);
    child::fork(|| body(&Actor::new(arena, SlotIndex(slot))))
}

/// Kills the process and does what a supervisor does then; twice, for it may have to begin anew.
pub fn kill(arena: &Arena, slot: u32, pid: i32) {
    child::kill(pid, libc::SIGKILL);
    let badly = loop {
        match child::wait(pid) {
            Change::Killed(_) => break true,
            Change::Exited(0) => break false,
            Change::Exited(code) => panic!("actor {slot} ended with {code}: see above"),
            Change::Stopped(_) => (),
        }
    };
    supervise::recover(arena, SlotIndex(slot), badly);
    supervise::recover(arena, SlotIndex(slot), badly);
}

/// Whether the process has ended by itself; reaps it.
pub fn has_ended(pid: i32) -> bool {
    match child::poll(pid) {
        None => false,
        Some(change) => {
            assert_eq!(change, Change::Exited(0), "a process failed: see above");
            true
        }
    }
}

pub fn queue_of(arena: &Arena) -> &Queue {
    arena.object(OBJECT).expect("the queue")
}

/// An arena with a queue of three actors, of which 0 has begun.
pub fn with_queue(maxsize: u64, redeliver: bool) -> Arena {
    let arena = arena(3);
    let all = [SlotIndex(0), SlotIndex(1), SlotIndex(2)];
    let form = QueueForm { maxsize, redeliver, putters: &all, takers: &all, clients: &[] };
    assert_eq!(Queue::create(&arena, &form, &[]), Ok(OBJECT));
    supervise::begin(&arena, SlotIndex(0), 1);
    arena
}

pub fn actor(arena: &Arena) -> Actor<'_> {
    Actor::new(arena, SlotIndex(0))
}

pub fn put(arena: &Arena, items: &[&[u8]]) {
    for item in items {
        queue_of(arena).put(&actor(arena), item, Wait::at_most(PATIENCE)).expect("room");
    }
}

pub fn get(arena: &Arena) -> Vec<u8> {
    let mut into = Vec::new();
    queue_of(arena).get(&actor(arena), &mut into, Wait::at_most(PATIENCE)).expect("an item");
    into
}

pub fn contents(arena: &Arena) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    queue_of(arena).contents(arena, |item| all.push(item.to_vec()));
    assert_eq!(all.len() as u64, queue_of(arena).qsize(), "one counter tells the truth");
    all
}
