//! Blocks of memory: from one to the next in a log, and those of the heap under queues.
use super::queues::{bytes, plain_end, puts, queue, queue_of, takes};
use super::{One, Scene, explore};
use crate::shm::{Actor, Queue, SlotIndex, Wait};

/// Both sides go on in the next block at once.
#[test]
fn queue_over_the_end_of_a_block() {
    explore(
        "queue, from block to block",
        &Scene {
            build: |arena| {
                let index = queue(arena, 0, false);
                let queue: &Queue = arena.object(index).unwrap();
                let builder = Actor::new(arena, SlotIndex(0));
                let mut into = Vec::new();
                for n in 0..254 {
                    queue.put(&builder, &bytes(n), Wait::Poll).unwrap();
                    queue.get(&builder, &mut into, Wait::Poll).unwrap();
                }
                index
            },
            scripts: &[|player: &One| puts(player, &[1, 2]), |player: &One| takes(player, 2)],
            end: plain_end,
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}

/// `give_back` puts a copy in front; who takes it frees its blocks while the other one makes some.
#[test]
fn queue_given_back_to() {
    explore(
        "queue, given back and taken",
        &Scene {
            build: |arena| queue(arena, 0, false),
            scripts: &[
                |player: &One| {
                    queue_of(player).give_back(&player.actor, &bytes(1)).unwrap();
                    player.note(1);
                },
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

/// Blocks of the heap: two make and drop them at once.
#[test]
fn heap() {
    fn gives_and_takes(player: &One) {
        let mine = 1 + u64::from(player.actor.index().0);
        queue_of(player).give_back(&player.actor, &bytes(mine)).unwrap();
        player.note(mine);
        takes(player, 1);
    }
    explore(
        "heap, 2 processes",
        &Scene {
            build: |arena| queue(arena, 0, false),
            scripts: &[gives_and_takes, gives_and_takes],
            end: plain_end,
            deaths: 1,
            timeouts: 0,
            restarts: 1,
            reaps: false,
        },
    );
}
