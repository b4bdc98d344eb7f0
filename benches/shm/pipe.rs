//! Message pipes: one way, and there and back.
use super::ground::{arena, first_number, race, result};
use mpgraph::shm::{Actor, End, Pipe, SlotIndex, Wait};

pub fn one_way(bytes: usize, count: u64) {
    let arena = arena(2);
    let index = Pipe::create(&arena, false, [&[SlotIndex(0)], &[SlotIndex(1)]]).expect("a pipe");
    let pipe: &Pipe = arena.object(index).expect("the pipe");
    let recv = |actor: &Actor| {
        let mut into = Vec::new();
        for n in 0..count {
            pipe.recv(actor, End::A, &mut into, Wait::Forever).expect("a message");
            assert_eq!(first_number(&into), n);
        }
    };
    let send = |actor: &Actor| {
        let mut message = vec![1; bytes.max(8)];
        for n in 0..count {
            message[..8].copy_from_slice(&n.to_le_bytes());
            pipe.send(actor, End::B, &message).expect("a receiver");
        }
    };
    let seconds = race(&arena, &[&recv, &send]);
    result("msgs", count as f64 / seconds, "1/s");
    result("bytes", count as f64 * bytes as f64 / seconds / 1e9, "GB/s");
}

/// One message at a time over a duplex pipe.
pub fn round_trip(count: u64) {
    let arena = arena(2);
    let index = Pipe::create(&arena, true, [&[SlotIndex(0)], &[SlotIndex(1)]]).expect("a pipe");
    let pipe: &Pipe = arena.object(index).expect("the pipe");
    let ask = |actor: &Actor| {
        let mut into = Vec::new();
        for n in 0..count {
            pipe.send(actor, End::A, &n.to_le_bytes()).expect("a receiver");
            pipe.recv(actor, End::A, &mut into, Wait::Forever).expect("an answer");
            assert_eq!(first_number(&into), n);
        }
    };
    let answer = |actor: &Actor| {
        let mut into = Vec::new();
        for _ in 0..count {
            pipe.recv(actor, End::B, &mut into, Wait::Forever).expect("a question");
            pipe.send(actor, End::B, &into).expect("a receiver");
        }
    };
    let seconds = race(&arena, &[&ask, &answer]);
    result("rtt", seconds * 1e9 / count as f64, "ns");
}
