//! Queues and pipes.
use super::{A_WHILE, One, Scene, explore, late_comer};
use crate::shm::explore::Outcome;
use crate::shm::{Actor, Arena, End, Heap, Next, ObjectIndex, Pipe, Queue, QueueForm, SlotIndex, Wait};

const ALL: [SlotIndex; 4] = [SlotIndex(0), SlotIndex(1), SlotIndex(2), SlotIndex(3)];

pub(super) fn queue_of<'a>(player: &One<'a>) -> &'a Queue {
    player.arena.object(*player.objects).unwrap()
}

/// A queue to which everybody is wired in both ways.
pub(super) fn queue(arena: &Arena, maxsize: u64, redeliver: bool) -> ObjectIndex {
    Heap::build(arena, arena.limit()).unwrap();
    let all = &ALL[..arena.slot_count() as usize];
    Queue::create(arena, &QueueForm { maxsize, redeliver, putters: all, takers: all, clients: &[] }, &[]).unwrap()
}

/// The same, unbounded, with 1 in it.
pub(super) fn queue_with_one(arena: &Arena, redeliver: bool) -> ObjectIndex {
    let index = queue(arena, 0, redeliver);
    let queue: &Queue = arena.object(index).unwrap();
    queue.put(&Actor::new(arena, SlotIndex(0)), &bytes(1), Wait::Poll).unwrap();
    index
}

pub(super) fn number(bytes: &[u8]) -> u64 {
    assert!(bytes.len() == 9 && bytes[8] == !bytes[0], "torn: {bytes:?}");
    u64::from_le_bytes(bytes[..8].try_into().unwrap())
}

pub(super) fn bytes(number: u64) -> [u8; 9] {
    let mut bytes = [0; 9];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    bytes[8] = !bytes[0];
    bytes
}

/// Puts these, and notes each when it is put.
pub(super) fn puts(player: &One, numbers: &[u64]) {
    for n in numbers {
        if queue_of(player).put(&player.actor, &bytes(*n), A_WHILE).is_ok() {
            player.note(*n);
        }
    }
}

pub(super) const TAKEN: u64 = 1000;

pub(super) fn takes(player: &One, times: usize) {
    let mut into = Vec::with_capacity(16);
    for _ in 0..times {
        if queue_of(player).get(&player.actor, &mut into, A_WHILE).is_ok() {
            player.note(TAKEN + number(&into));
        }
    }
}

/// Every item put is taken once or still there; only what dead takers had in hand may be missing, and only where nothing is
/// redelivered.
fn books_balance(arena: &Arena, queue: &Queue, outcome: &Outcome, redelivers: bool) {
    let left = contents(arena, queue);
    let notes = || outcome.notes.iter().flatten().copied();
    let mut seen: Vec<u64> =
        notes().filter(|note| *note >= TAKEN).map(|note| note - TAKEN).chain(left.clone()).collect();
    seen.sort_unstable();
    let before = seen.len();
    seen.dedup();
    let deaths = outcome.died.iter().filter(|died| **died).count();
    // Of a redelivering one an item that a dead taker had noted comes back.
    assert!(
        before == seen.len() || redelivers && before - seen.len() <= deaths,
        "twice: {left:?}, {:?}",
        outcome.notes
    );
    let missing: Vec<u64> = notes().filter(|note| *note < TAKEN && !seen.contains(note)).collect();
    assert!(missing.len() <= if redelivers { 0 } else { deaths }, "lost: {missing:?}, {:?}", outcome.notes);
}

pub(super) fn contents(arena: &Arena, queue: &Queue) -> Vec<u64> {
    let mut all = Vec::new();
    queue.contents(arena, |item| all.push(number(item)));
    assert_eq!(all.len() as u64, queue.qsize());
    all
}

/// A late comer takes what is left, goes round once, and nothing has leaked.
pub(super) fn still_works(arena: &Arena, queue: &Queue, redelivers: bool) {
    let late = late_comer(arena);
    let mut into = Vec::new();
    let expected = contents(arena, queue);
    for n in expected {
        queue.get(&late, &mut into, Wait::Poll).unwrap();
        assert_eq!(number(&into), n);
        if redelivers {
            queue.task_done(&late).unwrap();
        }
    }
    for n in [70, 71] {
        queue.put(&late, &bytes(n), Wait::Poll).unwrap();
        queue.get(&late, &mut into, Wait::Poll).unwrap();
        assert_eq!(number(&into), n);
        if redelivers {
            queue.task_done(&late).unwrap();
        }
    }
    assert!(queue.empty() && !queue.full());
    if redelivers {
        assert_eq!(queue.unfinished(), 0);
    }
    let heap: &Heap = arena.object(ObjectIndex(0)).unwrap();
    assert_eq!(heap.in_use(), 4096, "the log's last block and nothing else");
}

pub(super) fn plain_end(arena: &Arena, index: &ObjectIndex, outcome: &Outcome) {
    let queue: &Queue = arena.object(*index).unwrap();
    books_balance(arena, queue, outcome, false);
    still_works(arena, queue, false);
}

#[test]
fn queue_of_one_putter_and_one_taker() {
    explore(
        "queue, 1 putter, 1 taker",
        &Scene {
            build: |arena| queue(arena, 0, false),
            scripts: &[|player: &One| puts(player, &[1, 2]), |player: &One| takes(player, 2)],
            end: |arena, index, outcome| {
                plain_end(arena, index, outcome);
                let taken = &outcome.notes[1];
                assert!(taken.is_sorted(), "in order");
            },
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}

/// Small enough to be tried to the end.
#[test]
fn queue_of_one_item() {
    explore(
        "queue, 1 item",
        &Scene {
            build: |arena| queue(arena, 0, false),
            scripts: &[|player: &One| puts(player, &[1]), |player: &One| takes(player, 1)],
            end: plain_end,
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}

/// The same, where an item comes back. With a repair begun anew it would not be tried to the end in minutes.
#[test]
fn queue_of_one_item_that_comes_back() {
    explore(
        "redelivering queue, 1 item",
        &Scene {
            build: |arena| queue_with_one(arena, true),
            scripts: &[|player: &One| takes(player, 1), |player: &One| takes(player, 1)],
            end: |arena, index, outcome| {
                let queue: &Queue = arena.object(*index).unwrap();
                let left = contents(arena, queue);
                let kept = (0..2).filter(|slot| outcome.lives(*slot) && !outcome.notes[*slot].is_empty()).count();
                assert_eq!(left.len() + kept, 1, "it is held by one that lives, or there: {:?}", outcome.notes);
            },
            deaths: 1,
            timeouts: 0,
            restarts: 0,
            reaps: false,
        },
    );
}

#[test]
fn queue_bounded_at_one() {
    explore(
        "queue of maxsize 1, 1 putter, 1 taker",
        &Scene {
            build: |arena| queue(arena, 1, false),
            scripts: &[|player: &One| puts(player, &[1, 2]), |player: &One| takes(player, 2)],
            end: |arena, index, outcome| {
                plain_end(arena, index, outcome);
                assert!(outcome.died.contains(&true) || outcome.notes[1].len() == 2, "all was taken");
            },
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}

#[test]
fn queue_of_two_takers() {
    explore(
        "queue, 1 putter, 2 takers",
        &Scene {
            build: |arena| queue(arena, 0, false),
            scripts: &[
                |player: &One| puts(player, &[1, 2]),
                |player: &One| takes(player, 1),
                |player: &One| takes(player, 1),
            ],
            end: plain_end,
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}

#[test]
fn queue_of_two_putters() {
    explore(
        "queue of maxsize 1, 2 putters, 1 taker",
        &Scene {
            build: |arena| queue(arena, 1, false),
            scripts: &[
                |player: &One| puts(player, &[1]),
                |player: &One| puts(player, &[2]),
                |player: &One| takes(player, 2),
            ],
            end: plain_end,
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}

/// The stream ends when the other one has ended, whatever way.
#[test]
fn queue_drained() {
    explore(
        "for .. from, until the putter ends",
        &Scene {
            build: |arena| {
                Heap::build(arena, arena.limit()).unwrap();
                let form = QueueForm { putters: &ALL[..1], takers: &ALL[..2], ..QueueForm::default() };
                Queue::create(arena, &form, &[]).unwrap()
            },
            scripts: &[
                |player: &One| puts(player, &[1]),
                |player: &One| {
                    let mut into = Vec::with_capacity(16);
                    while queue_of(player).get_or_end(&player.actor, &mut into, Wait::Forever) == Ok(Next::Item) {
                        player.note(TAKEN + number(&into));
                    }
                },
            ],
            end: |arena, index, outcome| {
                let queue: &Queue = arena.object(*index).unwrap();
                books_balance(arena, queue, outcome, false);
                assert!(!outcome.lives(1) || queue.empty(), "it ended with something left");
            },
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: true,
        },
    );
}

#[test]
fn pipe() {
    explore(
        "pipe, 1 sender, 1 receiver, to the end",
        &Scene {
            build: |arena| {
                Heap::build(arena, arena.limit()).unwrap();
                Pipe::create(arena, true, [&ALL[..1], &ALL[1..2]]).unwrap()
            },
            scripts: &[
                |player: &One| {
                    let pipe: &Pipe = player.arena.object(*player.objects).unwrap();
                    if pipe.send(&player.actor, End::A, &bytes(1)).is_ok() {
                        player.note(1);
                    }
                    pipe.close(&player.actor, End::A);
                },
                |player: &One| {
                    let pipe: &Pipe = player.arena.object(*player.objects).unwrap();
                    let mut into = Vec::with_capacity(16);
                    while pipe.recv(&player.actor, End::B, &mut into, Wait::Forever).is_ok() {
                        player.note(TAKEN + number(&into));
                    }
                },
            ],
            end: |arena, index, outcome| {
                let pipe: &Pipe = arena.object(*index).unwrap();
                if outcome.lives(1) {
                    assert_eq!(pipe.pending(End::B), 0);
                    assert!(outcome.notes[0].is_empty() || outcome.notes[1] == [TAKEN + 1], "lost");
                }
            },
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: true,
        },
    );
}

/// Nobody dies and nobody has a time limit: a wake-up that is missing is a hang.
#[test]
fn queue_without_a_limit() {
    explore(
        "queue of maxsize 1, no limit",
        &Scene {
            build: |arena| queue(arena, 1, false),
            scripts: &[
                |player: &One| {
                    for n in [1, 2] {
                        queue_of(player).put(&player.actor, &bytes(n), Wait::Forever).unwrap();
                        player.note(n);
                    }
                },
                |player: &One| {
                    let mut into = Vec::with_capacity(16);
                    for n in [1, 2] {
                        queue_of(player).get(&player.actor, &mut into, Wait::Forever).unwrap();
                        assert_eq!(number(&into), n);
                        player.note(TAKEN + n);
                    }
                },
            ],
            end: plain_end,
            deaths: 0,
            timeouts: 0,
            restarts: 0,
            reaps: false,
        },
    );
}
